// A series: one instance's demand over time, as a backtest reads it, and its calendar of cycles.
//
//   Series series{.name = "edge-1", .at = {...}, .demand = {...}};
//   Timeline timeline = make_timeline(series, cycle);
//   timeline.cycle_of(i);          // sample i belongs wholly to this cycle
//
// Every sample stands for exactly one interval (the median distance of the timestamps), whatever
// its neighbours' distance; a longer distance is a gap in which nothing is observed or billed.
// Plain values; safe to share once built.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "metrics/units.h"

namespace penstock {

struct Series {
  std::string name;
  std::vector<TimePoint> at;   ///< start of each sample's interval; ascending
  std::vector<double> demand;  ///< Mbps, averaged over the interval; finite, not negative

  std::size_t size() const { return at.size(); }
};

/// A contiguous range of samples that belong to one cycle.
struct CycleSpan {
  std::size_t begin = 0;
  std::size_t end = 0;      ///< one past the last sample
  std::int64_t number = 0;  ///< cycles since the first sample
};

struct Timeline {
  double interval = 0;  ///< seconds each sample stands for
  double gap = 0;       ///< seconds in which nothing was observed
  Duration cycle{};
  std::vector<CycleSpan> cycles;  ///< only those with samples, ascending
  double span = 0;                ///< seconds from the first sample's start to the last one's end

  /// Samples of a full cycle; at least 1.
  std::size_t samples_per_cycle() const;
  /// Whether the series is long enough that `skipped` cycles leave one to score.
  bool scorable(int skipped) const;
  /// First sample that counts when the first `skipped` cycles are for learning.
  std::size_t first_scored(int skipped) const;
};

/// Requires at least one sample, ascending times and a positive cycle. A single sample has an
/// interval of five minutes.
Timeline make_timeline(const Series& series, Duration cycle);

/// Multiplies so that the mean demand is `mean`, then cuts at `max`: series of any size weigh the
/// same. A series without traffic is left alone.
void scale_mean(Series& series, double mean, double max);

}  // namespace penstock
