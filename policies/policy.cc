#include "policies/policy.h"

namespace penstock {

std::string_view kind_of(const Rule& rule) {
  struct Kind {
    std::string_view operator()(const SaturationRule&) const { return "saturation"; }
    std::string_view operator()(const UtilizationRule&) const { return "utilization"; }
    std::string_view operator()(const StepRule&) const { return "step"; }
    std::string_view operator()(const PercentileRule&) const { return "percentile"; }
    std::string_view operator()(const ScheduleRule&) const { return "schedule"; }
    std::string_view operator()(const FixedRule&) const { return "fixed"; }
    std::string_view operator()(const EconomicRule&) const { return "economic"; }
    std::string_view operator()(const PercentileBudgetRule&) const { return "percentile-budget"; }
    std::string_view operator()(const ForecastRule&) const { return "forecast"; }
  };
  return std::visit(Kind{}, rule);
}

namespace {

template <class R>
const R* first_of(const Policy& policy) {
  for (const Rule& rule : policy.rules) {
    if (const auto* found = std::get_if<R>(&rule)) return found;
  }
  return nullptr;
}

}  // namespace

const EconomicRule* economic_rule_of(const Policy& policy) {
  return first_of<EconomicRule>(policy);
}

const ForecastRule* forecast_rule_of(const Policy& policy) {
  return first_of<ForecastRule>(policy);
}

const PercentileBudgetRule* percentile_budget_of(const Policy& policy) {
  return first_of<PercentileBudgetRule>(policy);
}

}  // namespace penstock
