// `penstock backtest --compare-billing`: which billing model would have been the cheapest?
//
//   Result<ComparisonPlan> comparison = make_comparison(options, plan);
//   ComparedSeries one = compare_series(series, plan, *comparison);
//   std::fputs(comparison_tables(options, plan, *comparison, {one}, colour).c_str(), stdout);
//
// Pure but for what the caller prints.
#pragma once

#include <string>
#include <vector>

#include "daemon/backtest_options.h"
#include "policies/billing_comparison.h"

namespace penstock {

struct ComparedSeries {
  std::string name;
  std::size_t samples = 0;
  bool scored = false;                     ///< false: too short; no weights then
  std::vector<BillingComparison> weights;  ///< in the plan's order
};

/// Everything but the policies. A price that is not given is derived from the prepaid one: the
/// others' unit price is the same, and a GB costs a hundredth of it, which is what an Mbps carries
/// in 30 days at 31 % use.
Result<ComparisonPlan> make_comparison(const BacktestOptions& options, const BacktestPlan& plan);

ComparedSeries compare_series(const Series& series, const BacktestPlan& plan,
                              const ComparisonPlan& comparison);

std::string comparison_tables(const BacktestOptions& options, const BacktestPlan& plan,
                              const ComparisonPlan& comparison,
                              const std::vector<ComparedSeries>& series, bool colour);
std::string comparison_json(const BacktestOptions& options, const BacktestPlan& plan,
                            const ComparisonPlan& comparison,
                            const std::vector<ComparedSeries>& series);

}  // namespace penstock
