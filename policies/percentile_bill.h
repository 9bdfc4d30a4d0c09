// The 95th percentile bill: UTC calendar months of 5-minute averages, the top 5 % dropped.
//
//   auto months = billed_months(series, timeline, first_scored, values);
//   double level = billed_level(months[0].values);
//
// Samples finer than five minutes are averaged to five; a partial month is billed by its share of
// the month's time. Pure functions over plain values.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "policies/series.h"

namespace penstock {

struct BilledMonth {
  std::vector<double> values;  ///< 5-minute averages of what was passed in, in order of time
  double share = 0;            ///< of the month's time that the scored part of the series spans
  double interval = 300;       ///< seconds each value stands for
};

/// `values` has one number per sample of `series`; those before `first` do not count.
std::vector<BilledMonth> billed_months(const Series& series, const Timeline& timeline,
                                       std::size_t first, std::span<const double> values);
/// How many of n values are billed: the ceil(0.95 n)-th smallest is the level.
std::size_t billed_rank(std::size_t n);
/// The level itself; 0 for no values.
double billed_level(std::span<const double> values);

}  // namespace penstock
