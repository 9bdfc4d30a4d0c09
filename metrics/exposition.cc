#include "metrics/exposition.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <utility>

#include "metrics/printable.h"

namespace penstock {
namespace {

constexpr std::size_t kMaxLabelBytes = 256;
constexpr std::size_t kBlockBytes = 32U << 10;

/// Length of the valid UTF-8 sequence at the front; 0 if there is none.
std::size_t sequence_length(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char lead = byte(0);
  if (lead < 0x80) return 1;
  const std::size_t length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
  if (lead < 0xC2 || lead > 0xF4 || text.size() < length) return 0;
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xC0U) != 0x80U) return 0;
  }
  // Overlong forms, surrogates and what lies beyond Unicode differ in the second byte only.
  if ((lead == 0xE0 && byte(1) < 0xA0) || (lead == 0xED && byte(1) > 0x9F) ||
      (lead == 0xF0 && byte(1) < 0x90) || (lead == 0xF4 && byte(1) > 0x8F)) {
    return 0;
  }
  return length;
}

bool is_plain(std::string_view text) {
  for (const char c : text) {
    if (c < 0x20 || c == '"' || c == '\\' || c == 0x7F) return false;
  }
  return text.size() <= kMaxLabelBytes;
}

void append_escaped(std::string& out, std::string_view value) {
  if (is_plain(value)) {
    out += value;
    return;
  }
  for (const char c : label_text(value)) {
    if (c == '\n') {
      out += "\\n";
      continue;
    }
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
}

void append_number(std::string& out, double value) {
  if (std::isinf(value)) {
    out += value > 0 ? "+Inf" : "-Inf";
    return;
  }
  std::array<char, 32> buffer{};
  const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value).ptr;
  out.append(buffer.data(), end);
}

struct InstanceMetric {
  const char* name;
  const char* help;
  double InstanceNumbers::* value;  ///< nullptr: the info metric
};

constexpr InstanceMetric kInstanceMetrics[] = {
    {"penstock_instance_info",
     "What an instance is and which policy owns it; 1. Join it on instance_id.", nullptr},
    {"penstock_egress_mbps", "Public egress in the newest sample.", &InstanceNumbers::egress_mbps},
    {"penstock_demand_mbps",
     "What would flow without the cap; a lower bound while penstock_saturated is 1.",
     &InstanceNumbers::demand_mbps},
    {"penstock_cap_mbps", "Configured bandwidth in force; absent when unlimited.",
     &InstanceNumbers::cap_mbps},
    {"penstock_limit_mbps", "Most bandwidth that the instance type can have.",
     &InstanceNumbers::limit_mbps},
    {"penstock_target_mbps", "Bandwidth that the policy's rules want now.",
     &InstanceNumbers::target_mbps},
    {"penstock_scheduled_cap_mbps",
     "Bandwidth from the term's end on; absent without a pending downgrade.",
     &InstanceNumbers::scheduled_cap_mbps},
    {"penstock_saturated", "1 while egress sits at the cap.", &InstanceNumbers::saturated},
    {"penstock_cycle_end_timestamp_seconds", "End of the prepaid term.",
     &InstanceNumbers::cycle_end_seconds},
};

void write_sample(ExpositionWriter& out, const InstanceNumbers& row, double value,
                  bool with_account) {
  if (with_account) {
    out.sample({{"account", row.account}, {"instance_id", row.instance_id}}, value);
  } else {
    out.sample({{"instance_id", row.instance_id}}, value);
  }
}

void write_info(ExpositionWriter& out, const InstanceNumbers& row, bool with_account) {
  // A label without a value is the same as none, so the account may simply be left empty.
  out.sample({{"account", with_account ? row.account : std::string_view{}},
              {"instance_id", row.instance_id},
              {"name", row.name},
              {"product", row.product},
              {"zone", row.zone},
              {"type", row.type},
              {"policy", row.policy},
              {"mode", row.mode}},
             1);
}

}  // namespace

std::string label_text(std::string_view text) {
  std::string out;
  while (!text.empty() && out.size() < kMaxLabelBytes) {
    const std::size_t length = sequence_length(text);
    std::string_view first = text.substr(0, length);
    // A page that somebody looks at in a terminal must not move its cursor. A line break is
    // escaped.
    const bool shown = length > 0 && (text.front() == '\n' || !is_hidden(take_code_point(first)));
    if (!shown) {
      if (out.size() + 3 > kMaxLabelBytes) break;
      out += "\xEF\xBF\xBD";
    } else {
      if (out.size() + length > kMaxLabelBytes) break;
      out += text.substr(0, length);
    }
    text.remove_prefix(std::max<std::size_t>(length, 1));
  }
  return out;
}

void ExpositionWriter::family(std::string_view name, std::string_view type, std::string_view help) {
  name_ = name;
  type_ = type;
  help_ = help;
  headed_ = false;
}

void ExpositionWriter::sample(std::initializer_list<MetricLabel> labels, double value) {
  if (std::isnan(value)) return;
  if (!std::exchange(headed_, true)) {
    text_.append("# HELP ").append(name_).append(" ").append(help_);
    text_.append("\n# TYPE ").append(name_).append(" ").append(type_).append("\n");
  }
  text_ += name_;
  char before = '{';
  for (const MetricLabel& label : labels) {
    if (label.value.empty()) continue;
    text_ += std::exchange(before, ',');
    text_.append(label.name).append("=\"");
    append_escaped(text_, label.value);
    text_ += '"';
  }
  if (before == ',') text_ += '}';
  text_ += ' ';
  append_number(text_, value);
  text_ += '\n';
}

std::string ExpositionWriter::take() {
  return std::exchange(text_, {});
}

InstanceExposition::InstanceExposition(std::size_t instances, Numbers numbers, bool with_account)
    : instances_(instances), numbers_(std::move(numbers)), with_account_(with_account) {}

std::string InstanceExposition::next_block() {
  for (; metric_ < std::size(kInstanceMetrics); ++metric_, next_ = 0) {
    const InstanceMetric& metric = kInstanceMetrics[metric_];
    if (next_ == 0) out_.family(metric.name, "gauge", metric.help);
    while (next_ < instances_) {
      if (out_.size() >= kBlockBytes) return out_.take();
      const InstanceNumbers row = numbers_(next_++);
      if (metric.value == nullptr) {
        write_info(out_, row, with_account_);
      } else {
        write_sample(out_, row, row.*metric.value, with_account_);
      }
    }
  }
  return out_.take();
}

}  // namespace penstock
