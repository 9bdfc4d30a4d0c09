// Utilization: keep egress at a share of the cap, up by a short mean, down by a long maximum.
#include <algorithm>

#include "policies/numbers.h"
#include "policies/recommendation.h"

namespace penstock {

Recommendation recommend(const UtilizationRule& rule, const Policy& policy,
                         const Situation& situation, TimePoint now) {
  const Demand& demand = situation.demand;
  const Mbps cap = situation.cap;
  const TimePoint newest = demand.newest(0).at;
  const Recall recent = demand.recall(newest - rule.look_back, newest);
  const auto mean = demand.average(newest - rule.look_back, newest);
  const auto doubt = thin(recent, rule.look_back, policy.traffic.least_coverage);
  if (doubt || !mean) return {.wants = std::nullopt, .reason = doubt.value_or(Reason{})};

  const double used = *mean / as_rate(cap);
  if (used > rule.target * (1 + rule.tolerance)) {
    const Mbps to = std::max(cap + Mbps{1}, size_for(*mean * (1 / rule.target)));
    return {.wants = to,
            .reason = {ReasonCode::kUtilization, {percent(used), percent(rule.target), num(to)}}};
  }
  const Recall quiet = demand.recall(now - rule.quiet, now);
  if (const auto too_thin = thin(quiet, rule.quiet, policy.traffic.least_coverage)) {
    return {.wants = std::nullopt, .reason = *too_thin};
  }
  const double most_used = quiet.largest / as_rate(cap);
  const Mbps enough = std::max(Mbps{1}, size_for(quiet.largest * (1 / rule.target)));
  if (most_used >= rule.target * (1 - rule.tolerance) || enough >= cap) {
    return {.wants = cap, .reason = {ReasonCode::kAtTarget, {num(cap)}}};
  }
  return {.wants = enough,
          .reason = {ReasonCode::kUtilization,
                     {percent(most_used), percent(rule.target), num(enough)}}};
}

}  // namespace penstock
