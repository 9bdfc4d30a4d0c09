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
  };
  return std::visit(Kind{}, rule);
}

const EconomicRule* economic_rule_of(const Policy& policy) {
  for (const Rule& rule : policy.rules) {
    if (const auto* economic = std::get_if<EconomicRule>(&rule)) return economic;
  }
  return nullptr;
}

const PercentileBudgetRule* percentile_budget_of(const Policy& policy) {
  for (const Rule& rule : policy.rules) {
    if (const auto* budget = std::get_if<PercentileBudgetRule>(&rule)) return budget;
  }
  return nullptr;
}

}  // namespace penstock
