// [limits] of penstock.toml: what the whole fleet may do, over all accounts and policies, in UTC
// calendar days and months. Plain values.
#pragma once

#include <optional>

#include "daemon/breaker.h"
#include "metrics/units.h"

namespace penstock {

struct FleetLimits {
  int orders_per_day = 200;
  /// nullopt = no such limit: only code can say so. A configuration without them gets these.
  std::optional<Money> per_day = Money::from_units(500);
  std::optional<Money> per_month = Money::from_units(5000);
  double max_lowered_share = 0.1;  ///< of all instances, per day
  BreakerLimits breaker;           ///< of each account
};

}  // namespace penstock
