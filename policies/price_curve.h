// A price curve: what a cap costs per 30 days, for any real cap, as scores need it.
//
//   PriceCurve price(tariff);
//   double bill = price.at(120.5) * seconds / kMonthSeconds;
//
// Scores are sums over real-valued caps, so they are doubles in whole currency units; money that is
// ever charged is billing.h's. Agrees with monthly_price() at whole caps. Plain value.
#pragma once

#include <vector>

#include "policies/billing.h"

namespace penstock {

inline constexpr double kMonthSeconds = 30.0 * 86400;

class PriceCurve {
 public:
  explicit PriceCurve(const Tariff& tariff);

  double at(double cap) const;  ///< per 30 days
  /// What λ multiplies: the unit price, of the first step where there are steps.
  double unit_price() const { return unit_price_; }
  double included() const { return included_; }
  /// Whether each further Mbps costs at least as much as the one before. Then hindsight has a
  /// fast exact solution.
  bool convex() const { return convex_; }

  /// A kink: above `from` each Mbps (by volume: all of them) costs `slope`.
  struct Kink {
    double from;
    double slope;
  };
  /// Ascending by `from`, the first at included(); below it nothing costs.
  const std::vector<Kink>& kinks() const { return kinks_; }
  /// Where the price jumps or kinks; a best cap is always one of these or a demand.
  const std::vector<double>& edges() const { return edges_; }

 private:
  double unit_price_ = 0;
  double included_ = 0;
  bool volume_ = false;
  bool convex_ = true;
  std::vector<Kink> kinks_;
  std::vector<double> edges_;
};

}  // namespace penstock
