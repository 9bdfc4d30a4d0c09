#include "policies/price_curve.h"

#include <algorithm>
#include <cmath>

namespace penstock {

namespace {

double units(Money money) {
  return static_cast<double>(money.micros()) / 1e6;
}

double to_mbps(Mbps cap) {
  return as_rate(cap).mbps();
}

}  // namespace

PriceCurve::PriceCurve(const Tariff& tariff)
    : unit_price_(units(tariff.steps.empty() ? tariff.unit_price : tariff.steps[0].unit_price)),
      included_(to_mbps(tariff.included)),
      volume_(!tariff.steps.empty() && tariff.steps_mode == StepsMode::kVolume) {
  // Steps hold sizes beyond the included bandwidth.
  kinks_.push_back({.from = included_, .slope = unit_price_});
  edges_.push_back(included_);
  for (std::size_t i = 1; i < tariff.steps.size(); ++i) {
    const PriceStep& step = tariff.steps[i];
    const double from = included_ + to_mbps(step.from);
    kinks_.push_back({.from = from, .slope = units(step.unit_price)});
    edges_.push_back(from);
    // All units fall to the next step's price just above its edge.
    if (volume_) edges_.push_back(std::nextafter(from, 2 * from));
    convex_ = convex_ && !volume_ && kinks_[i].slope >= kinks_[i - 1].slope;
  }
}

double PriceCurve::at(double cap) const {
  if (cap <= included_) return 0;
  if (volume_) {
    double slope = unit_price_;
    for (const Kink& kink : kinks_) {
      if (cap > kink.from) slope = kink.slope;
    }
    return slope * (cap - included_);
  }
  double price = 0;
  for (std::size_t i = 0; i < kinks_.size() && kinks_[i].from < cap; ++i) {
    const double to = i + 1 < kinks_.size() ? std::min(cap, kinks_[i + 1].from) : cap;
    price += kinks_[i].slope * (to - kinks_[i].from);
  }
  return price;
}

}  // namespace penstock
