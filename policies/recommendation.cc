#include "policies/recommendation.h"

#include <algorithm>

#include "policies/numbers.h"

namespace penstock {

namespace {

/// Of rules that do not state one: long enough to have seen a day's rhythm.
constexpr Duration kUsualLookBack = std::chrono::hours{24};

struct QuietOf {
  Duration operator()(const SaturationRule& rule) const { return rule.quiet; }
  Duration operator()(const UtilizationRule& rule) const { return rule.quiet; }
  Duration operator()(const StepRule&) const { return kUsualLookBack; }
  Duration operator()(const PercentileRule&) const { return kUsualLookBack; }
  Duration operator()(const FixedRule&) const { return kUsualLookBack; }
  Duration operator()(const EconomicRule&) const { return kUsualLookBack; }
  Duration operator()(const PercentileBudgetRule&) const { return kUsualLookBack; }
  // What was delivered longer ago is in the forecast.
  Duration operator()(const ForecastRule& rule) const { return rule.horizon; }
  Duration operator()(const ScheduleRule&) const { return Duration::zero(); }
};

}  // namespace

Duration look_back_of(const Policy& policy) {
  Duration longest{};
  for (const Rule& rule : policy.rules) longest = std::max(longest, std::visit(QuietOf{}, rule));
  return longest > Duration::zero() ? longest : kUsualLookBack;
}

std::optional<Reason> thin(const Recall& seen, Duration span, double least_coverage) {
  if (span <= Duration::zero()) return std::nullopt;
  // Beyond its memory a Demand cannot tell what was delivered, however well it is covered.
  const double share = span > Demand::kMemory ? 0 : ratio(seen.covered, span);
  if (share >= least_coverage && seen.parts > 0) return std::nullopt;
  return Reason{ReasonCode::kThinData, {percent(share), percent(least_coverage), seconds(span)}};
}

}  // namespace penstock
