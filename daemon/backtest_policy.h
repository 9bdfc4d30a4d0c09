// The policy under test: read from a file as the daemon reads it, or the one that is shipped.
//
//   if (const PolicyProblem wrong = add_policy(options, plan, comparison); wrong)
//   std::fputs(wrong->c_str(), …);
//
// Reads one file and nothing else.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "daemon/backtest_options.h"
#include "policies/billing_comparison.h"

namespace penstock {

/// What is wrong, in lines for a person, or nothing.
using PolicyProblem = std::optional<std::string>;

/// Puts the maker of the policy that `options` name, and its name, into the plan,
/// and, for each flat model, into the comparison.
PolicyProblem add_policy(const BacktestOptions& options, BacktestPlan& plan,
                         ComparisonPlan& comparison);

/// The shipped policy's file, as it was when this program was built.
std::string_view shipped_policy();

}  // namespace penstock
