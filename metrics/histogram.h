// A decayed histogram of traffic levels: 5 % wide logarithmic bins from below 1 to 10,000+ Mbps.
//
//   Histogram h;  h.add(Rate{120}, 15s /* weight */, at);
//   Rate p95 = h.quantile(0.95);
//
// Weights decay by time with a half-life, by growing the increment (O(1) per sample, no sweep but
// for a rare renormalisation). 191 levels of float: 764 bytes. Plain value.
#pragma once

#include <array>
#include <cstddef>
#include <string>
#include <string_view>

#include "metrics/units.h"

namespace penstock {

class Histogram {
 public:
  static constexpr std::size_t kLevels = 191;
  static constexpr double kGrowth = 1.05;

  explicit Histogram(Duration half_life = std::chrono::hours{24 * 7}) : half_life_(half_life) {}

  /// Adds `weight` (time covered) at `rate`. `at` may not run backwards by more than it matters.
  void add(Rate rate, Duration weight, TimePoint at);
  /// Level whose share of weight at or below is at least `q` (0..1); upper edge of the bin, so
  /// never below the true quantile by more than the bin. 0 when empty.
  Rate quantile(double q) const;
  double share_above(Rate rate) const;  ///< share of weight in bins above `rate`'s bin
  bool empty() const { return total_ <= 0; }

  void save(std::string& out) const;
  bool restore(std::string_view& in);  ///< takes its bytes off the front of `in`

  static std::size_t level_of(Rate rate);
  static Rate upper_edge(std::size_t level);

 private:
  std::array<float, kLevels> weight_{};
  double total_ = 0;
  double increment_ = 1;  ///< grows with time; a weight of age h was added 2^-(h/half-life) smaller
  TimePoint last_{};
  Duration half_life_;
};

}  // namespace penstock
