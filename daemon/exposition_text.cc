#include "daemon/exposition_text.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <string>
#include <vector>

namespace penstock {
namespace {

bool is_blank(char c) {
  return c == ' ' || c == '\t' || c == '\r';
}

bool is_name_start(char c, bool metric) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || (metric && c == ':');
}

bool is_name_part(char c, bool metric) {
  return is_name_start(c, metric) || (c >= '0' && c <= '9');
}

/// Reads one line from the left. A step that fails returns what is wrong; "" means fine.
class LineReader {
 public:
  LineReader(std::string_view line, std::size_t max_labels)
      : rest_(line), max_labels_(max_labels) {}

  std::string_view read(ExpositionSample& sample, std::vector<ExpositionLabel>& labels,
                        std::string& scratch) {
    labels.clear();
    scratch.clear();
    // Unescaped values are views into `scratch`, which therefore must not move: a value never gets
    // longer by unescaping, so the line's length is enough for all of them.
    scratch.reserve(rest_.size());
    sample.name = take_name(true);
    if (sample.name.empty()) return "a line must start with a metric name";
    skip_blanks();
    if (!rest_.empty() && rest_.front() == '{') {
      const std::string_view wrong = read_labels(labels, scratch);
      if (!wrong.empty()) return wrong;
    }
    sample.labels = labels;
    return read_value_and_time(sample);
  }

 private:
  void skip_blanks() {
    while (!rest_.empty() && is_blank(rest_.front())) rest_.remove_prefix(1);
  }

  std::string_view take_name(bool metric) {
    std::size_t length = 0;
    if (!rest_.empty() && is_name_start(rest_.front(), metric)) {
      while (length < rest_.size() && is_name_part(rest_[length], metric)) ++length;
    }
    const std::string_view name = rest_.substr(0, length);
    rest_.remove_prefix(length);
    return name;
  }

  std::string_view take_word() {
    std::size_t length = 0;
    while (length < rest_.size() && !is_blank(rest_[length])) ++length;
    const std::string_view word = rest_.substr(0, length);
    rest_.remove_prefix(length);
    skip_blanks();
    return word;
  }

  bool take(char wanted) {
    skip_blanks();
    if (rest_.empty() || rest_.front() != wanted) return false;
    rest_.remove_prefix(1);
    skip_blanks();
    return true;
  }

  std::string_view read_labels(std::vector<ExpositionLabel>& labels, std::string& scratch) {
    take('{');
    while (!take('}')) {
      if (labels.size() == max_labels_) return "too many labels";
      ExpositionLabel label;
      label.name = take_name(false);
      if (label.name.empty()) return "expected a label name or '}'";
      if (!take('=')) return "expected '=' after a label name";
      const std::string_view wrong = read_quoted(label.value, scratch);
      if (!wrong.empty()) return wrong;
      const auto same = [&](const ExpositionLabel& other) { return other.name == label.name; };
      if (std::any_of(labels.begin(), labels.end(), same)) return "a label is given twice";
      labels.push_back(label);
      if (!take(',') && (rest_.empty() || rest_.front() != '}')) {
        return "expected ',' or '}' after a label";
      }
    }
    return {};
  }

  std::string_view read_quoted(std::string_view& value, std::string& scratch) {
    if (rest_.empty() || rest_.front() != '"') return "expected a quoted label value";
    rest_.remove_prefix(1);
    const std::size_t plain = rest_.find_first_of("\"\\");
    if (plain == std::string_view::npos) return "label value without closing quote";
    if (rest_[plain] == '"') {
      value = rest_.substr(0, plain);
      rest_.remove_prefix(plain + 1);
      return {};
    }
    const std::size_t begin = scratch.size();
    for (std::size_t i = 0; i < rest_.size(); ++i) {
      if (rest_[i] == '"') {
        value = std::string_view(scratch).substr(begin);
        rest_.remove_prefix(i + 1);
        return {};
      }
      if (rest_[i] == '\\') {
        if (++i == rest_.size()) break;
        if (rest_[i] == 'n') {
          scratch += '\n';
          continue;
        }
        // Any other escape stands for itself, as Prometheus reads it.
        if (rest_[i] != '\\' && rest_[i] != '"') scratch += '\\';
      }
      scratch += rest_[i];
    }
    return "label value without closing quote";
  }

  std::string_view read_value_and_time(ExpositionSample& sample) {
    skip_blanks();
    const std::optional<double> value = parse_exposition_value(take_word());
    if (!value) return "expected a number after the series";
    sample.value = *value;
    sample.at.reset();
    if (rest_.empty()) return {};
    const std::string_view word = take_word();
    std::int64_t millis = 0;
    const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), millis);
    if (error != std::errc{} || end != word.data() + word.size() || !rest_.empty()) {
      return "expected a timestamp in milliseconds, then the end of the line";
    }
    // Far off times are cut to year 1 or 9999, so that nobody's arithmetic on them overflows.
    constexpr std::int64_t kYear1 = -62'135'596'800'000, kYear9999 = 253'370'764'800'000;
    sample.at = TimePoint{Duration{std::clamp(millis, kYear1, kYear9999)}};
    return {};
  }

  std::string_view rest_;
  std::size_t max_labels_;
};

Error wrong_line(std::size_t line, std::string_view what) {
  return Error{
      ErrorKind::kInvalid, "line " + std::to_string(line) + ": " + std::string(what), {}, {}};
}

}  // namespace

std::optional<std::string_view> ExpositionSample::label(std::string_view label_name) const {
  for (const ExpositionLabel& each : labels) {
    if (each.name == label_name) return each.value;
  }
  return std::nullopt;
}

std::optional<double> parse_exposition_value(std::string_view text) {
  if (!text.empty() && text.front() == '+') {
    text.remove_prefix(1);
    if (!text.empty() && text.front() == '-') return std::nullopt;
  }
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || end != text.data() + text.size()) return std::nullopt;
  // from_chars leaves the value alone when it is out of range. Too small is nothing; too large is
  // infinite, which every reader drops as such.
  if (error == std::errc::result_out_of_range) {
    const bool tiny =
        text.find("e-") != std::string_view::npos || text.find("E-") != std::string_view::npos;
    return tiny ? 0.0 : HUGE_VAL;
  }
  if (error != std::errc{}) return std::nullopt;
  return value;
}

Result<std::size_t> parse_exposition(std::string_view text, const ExpositionVisitor& visit,
                                     const ExpositionLimits& limits) {
  std::vector<ExpositionLabel> labels;
  std::string scratch;
  ExpositionSample sample;
  std::size_t count = 0;
  for (std::size_t number = 1; !text.empty(); ++number) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line.size() > limits.line_bytes) return wrong_line(number, "the line is too long");
    while (!line.empty() && is_blank(line.front())) line.remove_prefix(1);
    if (line.empty() || line.front() == '#') continue;
    if (count == limits.samples) return wrong_line(number, "too many samples");
    const std::string_view wrong = LineReader(line, limits.labels).read(sample, labels, scratch);
    if (!wrong.empty()) return wrong_line(number, wrong);
    ++count;
    visit(sample);
  }
  return count;
}

}  // namespace penstock
