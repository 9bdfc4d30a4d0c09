#include "daemon/backtest_policy.h"

#include <algorithm>

#include "daemon/clock.h"
#include "daemon/log.h"
#include "daemon/settings.h"
#include "policies/policy_contender.h"
#include "policies/policy_file.h"

namespace penstock {

namespace {

PoliciesRead read_shipped() {
  const PolicyText file{"economic.toml", std::string(shipped_policy())};
  PolicySet set = load_policies({&file, 1}, {.zone = load_time_zone});
  return {.policies = std::move(set.policies), .problems = std::move(set.problems), .files = 1};
}

/// The index of the one that is meant, or why none is.
Result<std::size_t> choose(const std::vector<Policy>& policies, const BacktestOptions& options) {
  std::string names;
  for (const Policy& policy : policies) {
    if (!names.empty()) names += ", ";
    names += printable(policy.name, 64);
  }
  const auto error = [&](const std::string& what) {
    return Error{.kind = ErrorKind::kInvalid,
                 .message = printable(options.policy, 512) + ": " + what,
                 .code = {},
                 .request_id = {}};
  };
  if (policies.empty()) return error("no [[policy]] in it");
  if (!options.policy_name.empty()) {
    const auto named = std::find_if(policies.begin(), policies.end(), [&](const Policy& policy) {
      return policy.name == options.policy_name;
    });
    if (named != policies.end()) return static_cast<std::size_t>(named - policies.begin());
    return error("no policy \"" + printable(options.policy_name, 64) + "\", there are: " + names);
  }
  if (policies.size() == 1) return std::size_t{0};
  return error("several policies, choose one with --policy-name: " + names);
}

}  // namespace

PolicyProblem add_policy(const BacktestOptions& options, BacktestPlan& plan,
                         ComparisonPlan& comparison) {
  const PoliciesRead read = options.policy.empty() ? read_shipped() : read_policies(options.policy);
  if (!read.problems.empty()) return render(read.problems);
  const auto line = [](const Error& error) { return "penstock backtest: " + error.message + "\n"; };
  const Result<std::size_t> chosen = choose(read.policies, options);
  if (!chosen) return line(chosen.error());
  const Policy& policy = read.policies[*chosen];
  struct Place {
    const ReplaySettings& settings;
    PolicyMaker& maker;
  };
  for (const Place& place :
       {Place{plan.settings, plan.policy}, Place{comparison.settings[0], comparison.prepaid},
        Place{comparison.settings[1], comparison.postpaid}}) {
    Result<PolicyMaker> maker =
        policy_maker(policy, place.settings, {.at_term_end = !options.own_window});
    if (!maker) return line(maker.error());
    place.maker = *std::move(maker);
  }
  plan.policy_name = policy.name;
  return std::nullopt;
}

}  // namespace penstock
