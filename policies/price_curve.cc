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
  if (tariff.steps.empty()) {
    steps_.push_back({.from = 0, .slope = unit_price_});
  } else {
    for (const PriceStep& step : tariff.steps) {
      steps_.push_back({.from = to_mbps(step.from), .slope = units(step.unit_price)});
    }
  }
  edges_.push_back(included_);
  for (const Kink& step : steps_) {
    if (step.from <= included_) continue;
    edges_.push_back(step.from);
    // All units fall to the next step's price just above its edge.
    if (volume_) edges_.push_back(std::nextafter(step.from, 2 * step.from));
  }
  if (volume_) {
    convex_ = steps_.size() == 1;
    return;
  }
  for (std::size_t i = 0; i < steps_.size(); ++i) {
    const bool passed = i + 1 < steps_.size() && steps_[i + 1].from <= included_;
    if (passed) continue;
    const Kink kink{.from = std::max(included_, steps_[i].from), .slope = steps_[i].slope};
    convex_ = convex_ && (kinks_.empty() || kink.slope >= kinks_.back().slope);
    kinks_.push_back(kink);
  }
}

double PriceCurve::at(double cap) const {
  if (cap <= included_) return 0;
  if (volume_) {
    double slope = steps_.front().slope;
    for (const Kink& step : steps_) {
      if (cap > step.from) slope = step.slope;
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
