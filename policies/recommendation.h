// A recommendation: what one rule would like, and why. One file per rule kind implements one.
#pragma once

#include <optional>

#include "metrics/units.h"
#include "policies/decide.h"
#include "policies/reason.h"

namespace penstock {

struct Recommendation {
  /// nullopt: the rule abstains (too little data). An abstaining rule blocks every cut, since a
  /// cut needs all rules to agree, but never an upgrade.
  std::optional<Mbps> wants;
  Reason reason;
  /// Schedules only: they neither ask for a cut nor block one beyond their floor.
  bool floor_only = false;
  std::optional<Mbps> ceiling;
};

Recommendation recommend(const SaturationRule& rule, const Policy&, const Situation&, TimePoint);
Recommendation recommend(const UtilizationRule& rule, const Policy&, const Situation&, TimePoint);
Recommendation recommend(const StepRule& rule, const Policy&, const Situation&, TimePoint);
Recommendation recommend(const PercentileRule& rule, const Policy&, const Situation&, TimePoint);
Recommendation recommend(const ScheduleRule& rule, const Policy&, const Situation&, TimePoint);
Recommendation recommend(const FixedRule& rule, const Policy&, const Situation&, TimePoint);

}  // namespace penstock
