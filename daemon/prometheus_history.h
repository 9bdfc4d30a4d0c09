// History from Prometheus: a range query, asked for in pieces that the server accepts, as series.
//
//   Result<std::vector<Series>> series = fetch_history(http, config, read_secret, question, {});
//
// A server gives at most 11,000 points of a series at once, and no answer beyond a size; pieces are
// as large as both allow and halve where an answer is refused for its size. The value at t speaks
// for the step before it, as rate() does, so a sample begins a step earlier. Everything is held in
// memory, which is why the number of samples is bounded. Blocks; one thread.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "daemon/http.h"
#include "daemon/range_reader.h"
#include "daemon/source_auth.h"
#include "daemon/source_config.h"
#include "policies/result.h"
#include "policies/series.h"

namespace penstock {

inline constexpr std::size_t kMaxHistorySamples = 60'000'000;

struct HistoryQuestion {
  std::string query;
  std::string key = "instance_id";  ///< the label that names a series; without it all labels do
  TimePoint from;
  TimePoint to;
  Duration step = std::chrono::minutes{5};
  double scale = 1;  ///< from the query's unit to Mbps
};

/// Told after each piece: how much of the span has been read.
using HistoryProgress = std::function<void(double share)>;

/// Asks the first URL of `config`. Series come sorted by name; NaN is a missing sample. An error
/// says what the server said; a negative or infinite value and a name that two series have are
/// errors too.
Result<std::vector<Series>> fetch_history(Http& http, const SourceConfig& config,
                                          const SecretReader& read_secret,
                                          const HistoryQuestion& question,
                                          const HistoryProgress& progress);

}  // namespace penstock
