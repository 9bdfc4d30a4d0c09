// A feed of series: each is read, played and let go again, several at a time.
//
//   Status done = for_each_series(trace_sources(*files, columns), {.jobs = 2},
//                                 [&](std::size_t i, Series series) { figures[i] = … });
//
// A series is in memory only while it is played, so a folder of thousands needs no more than a few
// do. The play runs on several threads at once and must keep to what belongs to its index.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <vector>

#include "daemon/trace_csv.h"
#include "policies/result.h"
#include "policies/series.h"

namespace penstock {

/// Reads one series; called once.
using SeriesSource = std::function<Result<Series>()>;
using SeriesPlay = std::function<void(std::size_t index, Series series)>;

struct FeedOptions {
  int jobs = 0;           ///< 0 = one for each processor
  bool progress = false;  ///< a line on stderr for each; on a terminal it is shown anyway
};

std::vector<SeriesSource> trace_sources(const std::vector<std::string>& files,
                                        const TraceColumns& columns);
/// For series that are in memory already.
std::vector<SeriesSource> held_sources(std::vector<Series> series);

/// The first source's error, in the order given, when one cannot be read; what came after it may
/// not have been played then.
Status for_each_series(const std::vector<SeriesSource>& sources, const FeedOptions& options,
                       const SeriesPlay& play);

/// Whether progress is to be told: it was asked for, or somebody watches.
bool progress_is_shown(bool wanted);

}  // namespace penstock
