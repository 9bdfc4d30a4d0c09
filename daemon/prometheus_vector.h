// The answers of Prometheus' /api/v1/query and query_range, read in one pass without building a
// tree.
//
//   VectorReader reader;
//   Result<VectorSummary> summary = reader.read(body, "instance_id", [&](const VectorPoint& p) {
//     if (p.key && p.value) use(*p.key, *p.value, p.at);
//   });
//
// simdjson has two homes: json.cc, for the documents of APIs, and prometheus_vector.cc, because an
// answer for a large fleet has tens of megabytes and its points are wanted one by one. Memory: one
// padded copy of the body plus simdjson's index, kept for the next answer. A vector gives each
// series' value; of a matrix (a query that ends in a range such as `x[5m]`) the newest value
// counts, with its own time. One reader per thread; views are valid during the call only.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "metrics/units.h"
#include "policies/result.h"

namespace penstock {

struct VectorPoint {
  std::optional<std::string_view> key;  ///< the value of the label asked for; unescaped
  std::optional<double> value;          ///< may be NaN or infinite; nullopt: not a number at all
  TimePoint at{};  ///< never overflows: far off times are cut to year 1 or 9999
};

/// All that the answer says beside its points. Texts are as the server wrote them, cut to 512
/// bytes.
struct VectorSummary {
  bool success = false;    ///< status was "success"
  std::string error_type;  ///< "bad_data", "execution", "timeout", …
  std::string error;
  std::vector<std::string> warnings;  ///< at most 8
  bool partial = false;  ///< the server says that it may know only a part (VictoriaMetrics)
  std::size_t series = 0;
  std::string keyless;  ///< labels, as JSON, of the first series without the key; empty if none
};

using VectorVisitor = std::function<void(const VectorPoint&)>;

struct RangePoint {
  TimePoint at{};
  std::optional<double> value;  ///< as VectorPoint has it
};

/// One series of a range query, in the order in which the server gave its points.
struct RangeSeries {
  std::optional<std::string_view> key;  ///< the value of the label asked for; unescaped
  std::string_view labels;              ///< without the key: all labels, as JSON, cut to 512 bytes
  std::span<const RangePoint> points;
};

using RangeVisitor = std::function<void(const RangeSeries&)>;

class VectorReader {
 public:
  VectorReader();
  ~VectorReader();
  VectorReader(VectorReader&&) noexcept;
  VectorReader& operator=(VectorReader&&) noexcept;

  /// kTransient when this is not a whole answer of the API; points visited by then are to be
  /// thrown away. An answer that reports an error is a summary without success, not an Error.
  Result<VectorSummary> read(std::string_view body, std::string_view key_label,
                             const VectorVisitor& visit);
  /// The same of /api/v1/query_range: every point of every series.
  Result<VectorSummary> read_range(std::string_view body, std::string_view key_label,
                                   const RangeVisitor& visit);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace penstock
