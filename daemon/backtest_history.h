// Where a backtest's series come from: files, folders, a Prometheus; each checked before any is
// read.
//
//   Result<History> history = parse_history(options, now);        // wrong usage in words
//   Result<std::vector<SeriesSource>> sources = open_history(*history, options.progress);
//
// Files are read one by one as they are played; a Prometheus is asked at once.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "daemon/backtest_options.h"
#include "daemon/prometheus_history.h"
#include "daemon/series_feed.h"

namespace penstock {

struct History {
  std::vector<std::string> traces;  ///< files and folders
  TraceColumns columns;
  struct Range {
    SourceConfig source;
    HistoryQuestion question;
  };
  std::optional<Range> range;
};

Result<History> parse_history(const BacktestOptions& options, TimePoint now);

/// In the command line's order, Prometheus last.
Result<std::vector<SeriesSource>> open_history(const History& history, bool progress);

}  // namespace penstock
