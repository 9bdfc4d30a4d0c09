// Hindsight: the least loss of any cap path that knows the whole future. Nothing can beat it.
//
//   Optimum best = hindsight(series, timeline, settings, 100 /* throttle weight */);
//   double ratio = outcome.loss(100) / best.loss(100);
//
// Real-valued caps, no latency, a free choice at each cycle's start. Prepaid is exact in
// O(n log n) by the slope trick where each further Mbps costs at least as much as the one before,
// else by dynamic programming in O(n^2) per cycle; postpaid is pointwise; burst95 chooses each
// month's level. Pure.
#pragma once

#include <vector>

#include "policies/replay.h"

namespace penstock {

struct Optimum {
  double bill = 0;
  double demanded = 0;         ///< Mbps-seconds
  double throttled = 0;        ///< Mbps-seconds
  double throttled_worth = 0;  ///< at λ = 1

  double throttled_fraction() const { return demanded > 0 ? throttled / demanded : 0; }
  double loss(double weight) const { return bill + weight * throttled_worth; }
};

/// Scored cycles only. `path` receives the cap of every sample of the series, for charts: 0 in
/// skipped cycles; left empty for models where the cap is free.
Optimum hindsight(const Series& series, const Timeline& timeline, const ReplaySettings& settings,
                  double weight, std::vector<double>* path = nullptr);

}  // namespace penstock
