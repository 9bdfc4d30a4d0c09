#include "daemon/prometheus_vector.h"

#include <simdjson.h>

#include <algorithm>
#include <cmath>

#include "daemon/exposition_text.h"

namespace penstock {
namespace {

namespace ondemand = simdjson::ondemand;

constexpr std::size_t kMaxText = 512;
constexpr std::size_t kMaxWarnings = 8;

/// One pass over one document. Each step returns simdjson's error code; the first one ends the
/// pass, so that a cut or damaged body never passes for a small one.
class Pass {
 public:
  Pass(std::string_view key_label, const VectorVisitor* visit, const RangeVisitor* visit_range)
      : key_label_(key_label), visit_(visit), visit_range_(visit_range) {}

  simdjson::error_code read(ondemand::document& document) {
    ondemand::object root;
    if (auto e = document.get_object().get(root)) return e;
    for (auto each : root) {
      ondemand::field field;
      if (auto e = std::move(each).get(field)) return e;
      if (auto e = read_top(field)) return e;
    }
    // There is a location only while something is left.
    const bool at_end = document.current_location().error() == simdjson::OUT_OF_BOUNDS;
    return at_end ? simdjson::SUCCESS : simdjson::TRAILING_CONTENT;
  }

  VectorSummary summary;
  std::string type;
  bool has_result = false;

 private:
  simdjson::error_code read_top(ondemand::field& field) {
    const ondemand::raw_json_string name = field.key();
    if (name == "data") return read_data(field.value());
    if (name == "warnings") return read_warnings(field.value());
    if (name == "error") return read_text(field.value(), summary.error);
    if (name == "errorType") return read_text(field.value(), summary.error_type);
    if (name == "isPartial") return field.value().get_bool().get(summary.partial);
    if (name == "status") {
      std::string status;
      if (auto e = read_text(field.value(), status)) return e;
      summary.success = status == "success";
    }
    return simdjson::SUCCESS;
  }

  static simdjson::error_code read_text(ondemand::value value, std::string& out) {
    std::string_view text;
    if (auto e = value.get_string().get(text)) return e;
    out = text.substr(0, kMaxText);
    return simdjson::SUCCESS;
  }

  simdjson::error_code read_warnings(ondemand::value value) {
    ondemand::array list;
    if (auto e = value.get_array().get(list)) return e;
    for (auto each : list) {
      ondemand::value item;
      if (auto e = std::move(each).get(item)) return e;
      std::string text;
      if (auto e = read_text(item, text)) return e;
      if (summary.warnings.size() < kMaxWarnings) summary.warnings.push_back(std::move(text));
    }
    return simdjson::SUCCESS;
  }

  simdjson::error_code read_data(ondemand::value value) {
    ondemand::object data;
    if (auto e = value.get_object().get(data)) return e;
    for (auto each : data) {
      ondemand::field field;
      if (auto e = std::move(each).get(field)) return e;
      const ondemand::raw_json_string name = field.key();
      if (name == "resultType") {
        if (auto e = read_text(field.value(), type)) return e;
      } else if (name == "result") {
        has_result = true;
        if (auto e = read_result(field.value())) return e;
      }
    }
    return simdjson::SUCCESS;
  }

  simdjson::error_code read_result(ondemand::value value) {
    ondemand::array result;
    if (auto e = value.get_array().get(result)) return e;
    for (auto each : result) {
      ondemand::value item;
      if (auto e = std::move(each).get(item)) return e;
      ondemand::json_type kind{};
      if (auto e = item.type().get(kind)) return e;
      // A scalar's or string's result is a bare pair; its type is refused at the end.
      if (kind != ondemand::json_type::object) continue;
      ondemand::object series;
      if (auto e = item.get_object().get(series)) return e;
      if (auto e = read_series(series)) return e;
    }
    return simdjson::SUCCESS;
  }

  simdjson::error_code read_series(ondemand::object& series) {
    VectorPoint point;
    points_.clear();
    std::string_view labels;
    for (auto each : series) {
      ondemand::field field;
      if (auto e = std::move(each).get(field)) return e;
      const ondemand::raw_json_string name = field.key();
      if (name == "metric") {
        if (auto e = read_labels(field.value(), point, labels)) return e;
      } else if (name == "value") {
        ondemand::array pair;
        if (auto e = field.value().get_array().get(pair)) return e;
        if (auto e = read_pair(pair, point)) return e;
      } else if (name == "values") {
        if (auto e = read_values(field.value(), point)) return e;
      }
    }
    ++summary.series;
    if (visit_ != nullptr) (*visit_)(point);
    if (visit_range_ != nullptr) {
      (*visit_range_)({.key = point.key, .labels = labels, .points = points_});
    }
    return simdjson::SUCCESS;
  }

  simdjson::error_code read_labels(ondemand::value value, VectorPoint& point,
                                   std::string_view& shown) {
    ondemand::object labels;
    if (auto e = value.get_object().get(labels)) return e;
    for (auto each : labels) {
      ondemand::field field;
      if (auto e = std::move(each).get(field)) return e;
      if (!(field.key() == key_label_)) continue;
      std::string_view text;
      if (auto e = field.value().get_string().get(text)) return e;
      point.key = text;
    }
    const bool wanted = visit_range_ != nullptr || summary.keyless.empty();
    if (point.key || !wanted) return simdjson::SUCCESS;
    bool any = false;
    if (auto e = labels.reset().get(any)) return e;
    std::string_view raw;
    if (auto e = labels.raw_json().get(raw)) return e;
    shown = raw.substr(0, kMaxText);
    if (summary.keyless.empty()) summary.keyless = shown;
    return simdjson::SUCCESS;
  }

  static simdjson::error_code read_pair(ondemand::array& pair, VectorPoint& point) {
    int position = 0;
    for (auto each : pair) {
      ondemand::value item;
      if (auto e = std::move(each).get(item)) return e;
      if (position == 0) {
        double seconds = 0;
        if (auto e = item.get_double().get(seconds)) return e;
        constexpr double kYear1 = -62'135'596'800.0, kYear9999 = 253'370'764'800.0;
        seconds = std::clamp(seconds, kYear1, kYear9999);
        point.at = TimePoint{Duration{std::llround(seconds * 1000.0)}};
      } else if (position == 1) {
        std::string_view text;
        if (auto e = item.get_string().get(text)) return e;
        point.value = parse_exposition_value(text);
      }
      ++position;
    }
    return position == 2 ? simdjson::SUCCESS : simdjson::INCORRECT_TYPE;
  }

  /// All of them for a range; else the last one stands, which is the newest.
  simdjson::error_code read_values(ondemand::value value, VectorPoint& point) {
    ondemand::array values;
    if (auto e = value.get_array().get(values)) return e;
    for (auto each : values) {
      ondemand::array pair;
      if (auto e = std::move(each).get_array().get(pair)) return e;
      if (auto e = read_pair(pair, point)) return e;
      if (visit_range_ != nullptr) points_.push_back({.at = point.at, .value = point.value});
    }
    return simdjson::SUCCESS;
  }

  std::string_view key_label_;
  const VectorVisitor* visit_;
  const RangeVisitor* visit_range_;
  std::vector<RangePoint> points_;  ///< of the series being read
};

Error not_an_answer(const std::string& what) {
  return Error{ErrorKind::kTransient, "not an answer of the Prometheus query API: " + what, {}, {}};
}

}  // namespace

struct VectorReader::State {
  ondemand::parser parser;
  std::string padded;

  Result<VectorSummary> run(std::string_view body, Pass& pass);
};

VectorReader::VectorReader() : state_(std::make_unique<State>()) {}
VectorReader::~VectorReader() = default;
VectorReader::VectorReader(VectorReader&&) noexcept = default;
VectorReader& VectorReader::operator=(VectorReader&&) noexcept = default;

Result<VectorSummary> VectorReader::State::run(std::string_view body, Pass& pass) {
  padded.reserve(body.size() + simdjson::SIMDJSON_PADDING);
  padded.assign(body);
  ondemand::document document;
  const simdjson::padded_string_view view(padded.data(), body.size(), padded.capacity());
  if (auto e = parser.iterate(view).get(document)) {
    return not_an_answer(simdjson::error_message(e));
  }
  if (auto e = pass.read(document)) return not_an_answer(simdjson::error_message(e));
  if (!pass.summary.success) {
    if (pass.summary.error.empty() && pass.summary.error_type.empty()) {
      return not_an_answer("it has neither success nor an error");
    }
    return std::move(pass.summary);
  }
  if (!pass.has_result) return not_an_answer("it has no result");
  return std::move(pass.summary);
}

Result<VectorSummary> VectorReader::read(std::string_view body, std::string_view key_label,
                                         const VectorVisitor& visit) {
  Pass pass(key_label, &visit, nullptr);
  Result<VectorSummary> summary = state_->run(body, pass);
  if (summary && summary->success && pass.type != "vector" && pass.type != "matrix") {
    summary->success = false;
    summary->error_type = "bad_data";
    summary->error = "the query gives a " + (pass.type.empty() ? "nameless type" : pass.type) +
                     " instead of one series for each instance";
  }
  return summary;
}

Result<VectorSummary> VectorReader::read_range(std::string_view body, std::string_view key_label,
                                               const RangeVisitor& visit) {
  Pass pass(key_label, nullptr, &visit);
  Result<VectorSummary> summary = state_->run(body, pass);
  if (summary && summary->success && pass.type != "matrix") {
    return not_an_answer("a range query gave a " +
                         (pass.type.empty() ? "nameless type" : pass.type));
  }
  return summary;
}

}  // namespace penstock
