// The cheapest non-decreasing path through one cycle: what a prepaid term looks like in hindsight.
//
//   std::vector<double> caps = rising_path(demand, price, 100 * price.unit_price(), 10'000);
//
// Minimises the sum over samples of price(x) + pain * max(0, d - x), x never falling. Pure.
#pragma once

#include <span>
#include <vector>

#include "policies/price_curve.h"

namespace penstock {

/// Exact. `pain` is money per throttled Mbps and 30 days; caps stay at or below `max`.
std::vector<double> rising_path(std::span<const double> demand, const PriceCurve& price,
                                double pain, double max);

}  // namespace penstock
