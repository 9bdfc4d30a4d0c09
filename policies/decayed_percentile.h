// The exact percentile of everything observed, newer observations weighing more.
//
//   DecayedPercentile history(std::chrono::hours{24} /* half-life */);
//   history.add(42.5, now);
//   double p90 = history.at(0.90);
//
// Exact up to observations so old that double precision no longer sees them, which are dropped
// (their number stays bounded by that). O(sqrt n) a call. One owner.
#pragma once

#include <vector>

#include "metrics/units.h"

namespace penstock {

class DecayedPercentile {
 public:
  explicit DecayedPercentile(Duration half_life) : half_life_(half_life) {}

  void add(double value, TimePoint now);
  /// The smallest value whose share of weight at or below is at least `q`; 0 when empty.
  double at(double q) const;

 private:
  struct Item {
    double value;
    double weight;
  };
  struct Block {
    std::vector<Item> items;  ///< ascending by value
    double weight = 0;
  };

  void rescale(double factor);

  Duration half_life_;
  std::vector<Block> blocks_;  ///< ascending; none empty
  double total_ = 0;
  TimePoint origin_{};  ///< where an observation's weight would be 1
};

}  // namespace penstock
