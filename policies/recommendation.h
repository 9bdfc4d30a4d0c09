// A recommendation: what one rule would like, and why. One file per rule kind implements one.
#pragma once

#include <optional>

#include "metrics/demand.h"
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
  /// It has weighed what it throttles: a cut to it may go below what was delivered.
  bool weighed = false;
  /// It does not apply or only shows something: it neither asks for anything nor blocks a cut.
  bool aside = false;
};

/// The look-back that a cut under this policy must know: the longest `quiet` of its rules, 24 hours
/// where a rule has none.
Duration look_back_of(const Policy& policy);
/// Why a look-back of `span` cannot be relied on; nullopt when samples cover enough of it.
std::optional<Reason> thin(const Recall& seen, Duration span, double least_coverage);

Recommendation recommend(const SaturationRule& rule, const Policy&, const Situation&, TimePoint);
Recommendation recommend(const UtilizationRule& rule, const Policy&, const Situation&, TimePoint);
Recommendation recommend(const StepRule& rule, const Policy&, const Situation&, TimePoint);
Recommendation recommend(const PercentileRule& rule, const Policy&, const Situation&, TimePoint);
Recommendation recommend(const ScheduleRule& rule, const Policy&, const Situation&, TimePoint);
Recommendation recommend(const FixedRule& rule, const Policy&, const Situation&, TimePoint);
Recommendation recommend(const EconomicRule& rule, const Policy&, const Situation&, TimePoint);
Recommendation recommend(const PercentileBudgetRule& rule, const Policy&, const Situation&,
                         TimePoint);
Recommendation recommend(const ForecastRule& rule, const Policy&, const Situation&, TimePoint);

}  // namespace penstock
