#include "policies/series.h"

#include <algorithm>
#include <cassert>
#include <cmath>

namespace penstock {

namespace {

double seconds(Duration span) {
  return static_cast<double>(span.count()) / 1000.0;
}

double median_distance(const std::vector<TimePoint>& at) {
  if (at.size() < 2) return 300;
  std::vector<double> distances;
  distances.reserve(at.size() - 1);
  for (std::size_t i = 1; i < at.size(); ++i) distances.push_back(seconds(at[i] - at[i - 1]));
  const auto middle = distances.begin() + static_cast<std::ptrdiff_t>(distances.size() / 2);
  std::nth_element(distances.begin(), middle, distances.end());
  if (distances.size() % 2 == 1) return *middle;
  return (*middle + *std::max_element(distances.begin(), middle)) / 2;
}

}  // namespace

std::size_t Timeline::samples_per_cycle() const {
  const double samples = std::floor(seconds(cycle) / interval);
  return samples < 1 ? 1 : static_cast<std::size_t>(samples);
}

bool Timeline::scorable(int skipped) const {
  return span >= seconds(cycle) * (std::max(skipped, 0) + 1);
}

std::size_t Timeline::first_scored(int skipped) const {
  for (const CycleSpan& one : cycles) {
    if (one.number >= skipped) return one.begin;
  }
  return cycles.empty() ? 0 : cycles.back().end;
}

Timeline make_timeline(const Series& series, Duration cycle) {
  assert(!series.at.empty() && series.at.size() == series.demand.size());
  assert(cycle > Duration::zero());
  Timeline timeline;
  timeline.interval = median_distance(series.at);
  timeline.cycle = cycle;
  const TimePoint start = series.at.front();
  timeline.span = seconds(series.at.back() - start) + timeline.interval;
  for (std::size_t i = 0; i < series.size(); ++i) {
    const std::int64_t number = (series.at[i] - start) / cycle;
    if (timeline.cycles.empty() || timeline.cycles.back().number != number) {
      timeline.cycles.push_back({.begin = i, .end = i, .number = number});
    }
    timeline.cycles.back().end = i + 1;
    if (i == 0) continue;
    const double distance = seconds(series.at[i] - series.at[i - 1]);
    if (distance > 1.5 * timeline.interval) timeline.gap += distance - timeline.interval;
  }
  return timeline;
}

void scale_mean(Series& series, double mean, double max) {
  double sum = 0;
  for (const double demand : series.demand) sum += demand;
  if (sum <= 0) return;
  const double factor = mean * static_cast<double>(series.size()) / sum;
  for (double& demand : series.demand) demand = std::min(demand * factor, max);
}

}  // namespace penstock
