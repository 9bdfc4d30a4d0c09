// RangeReader: range queries to Prometheus, one piece of time at a time.
//
//   RangeReader reader(url, {.query = "sum by (id) (x)", .key = "id", .step = 5min});
//   HttpRequest request = reader.request({.first = from, .points = 288});   // then authenticate it
//   Result<RangeTaken> taken = reader.take(response, [&](const RangeSeries& series) { … });
//
// A server gives at most kMaxRangePoints points of a series at once, and no answer beyond a size: a
// piece that is too large for it is to be asked for again in halves. What is wrong is said with the
// server's own words. Loop thread, or any one thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "daemon/http.h"
#include "daemon/prometheus_vector.h"
#include "metrics/units.h"
#include "policies/result.h"

namespace penstock {

inline constexpr std::int64_t kMaxRangePoints = 11'000;

/// Equally distant points in time.
struct RangePiece {
  TimePoint first;
  std::int64_t points = 0;
};

struct RangeQuestion {
  std::string query;
  std::string key;  ///< the label that names a series
  Duration step{};
};

enum class RangeTaken : std::uint8_t { kYes, kTooLarge };

class RangeReader {
 public:
  RangeReader(std::string_view base_url, RangeQuestion question);

  /// Without who is asking: see SourceAuth.
  HttpRequest request(const RangePiece& piece) const;
  /// After an error or kTooLarge what was visited is to be thrown away.
  Result<RangeTaken> take(const HttpResponse& response, const RangeVisitor& visit);
  Error failed(ErrorKind kind, const std::string& what) const;

 private:
  Result<RangeTaken> refused(const VectorSummary& summary) const;

  RangeQuestion question_;
  std::string url_;
  std::string shown_;
  VectorReader reader_;
};

}  // namespace penstock
