// A policy as a contender: replays a series through the very decide() that the daemon runs.
//
//   Result<PolicyMaker> maker = policy_maker(policy, settings, {});
//   if (!maker) return maker.error();            // its bounds and --min/--max leave nothing
//   plan.policy = *maker;
//
// A synthetic instance stands for the series: its billing, tariff and term are the replay's. Of the
// policy everything counts but what belongs to the live world: match, mode, canary, where traffic
// is read and how old it may be. The narrower of its bounds and the replay's applies. Each replay
// has its own contender; one owner.
#pragma once

#include "policies/backtest.h"
#include "policies/policy.h"
#include "policies/replay.h"
#include "policies/result.h"

namespace penstock {

/// How a policy is played.
struct PolicyPlay {
  /// A prepaid downgrade is ordered after the term's last sample, as every contender does it, with
  /// nothing left to wait for. false: in the policy's own window and freeze, which cost something.
  bool at_term_end = true;
};

/// Makes one contender for a series and a weight. The weight that the loss is scored with is the
/// throttle weight of the policy's economic rules, so that one file serves all weights.
Result<PolicyMaker> policy_maker(const Policy& policy, const ReplaySettings& settings,
                                 const PolicyPlay& play = {});

}  // namespace penstock
