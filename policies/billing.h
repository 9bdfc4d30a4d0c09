// Billing: what a cap costs, by tariff, and what a change costs now.
//
//   Tariff tariff{.unit_price = Money::from_units(2), .included = Mbps{10}};
//   Money due = prepaid_upgrade_price(tariff, Mbps{100}, Mbps{200}, expires - now);
//
// Definitions: economics.md section 1. Prices are per 30 days; money is rounded up, never double.
// Pure functions over plain values.
#pragma once

#include <vector>

#include "metrics/units.h"

namespace penstock {

/// The month that prices are stated for. A sandbox shrinks it; everything real has 30 days.
inline constexpr Duration kBillingMonth = std::chrono::hours{24 * 30};

/// One step of a stepped price: applies from `from` (exclusive) upwards until the next step.
struct PriceStep {
  Mbps from;
  Money unit_price;  ///< per Mbps and 30 days
};

enum class StepsMode { kMarginal, kVolume };  ///< volume: all units at the reached step's price

struct Tariff {
  Money unit_price;              ///< per Mbps and 30 days; used where `steps` is empty
  Mbps included{};               ///< free
  std::vector<PriceStep> steps;  ///< ascending; steps[0].from is 0
  StepsMode steps_mode = StepsMode::kMarginal;
};

/// price(cap) per billing month: p * max(0, cap - included), or by steps.
Money monthly_price(const Tariff& tariff, Mbps cap);
/// The monthly price of another size, as far as that of one tells: what is paid for costs alike.
Money scaled_month_price(Money price, Mbps known, Mbps wanted, Mbps included);
/// What a prepaid upgrade charges at once: (price(to) - price(from)) * left / month; 0 if not more.
Money prepaid_upgrade_price(const Tariff& tariff, Mbps from, Mbps to, Duration left,
                            Duration month = kBillingMonth);
/// Postpaid: the price difference over `span`, which budgets count; may be negative.
Money postpaid_change(const Tariff& tariff, Mbps from, Mbps to, Duration span,
                      Duration month = kBillingMonth);

}  // namespace penstock
