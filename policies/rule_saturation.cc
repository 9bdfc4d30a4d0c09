// Saturation: egress that sits at the cap says only that more is wanted, not how much.
//
// How large a step is, is read off the surge itself. What grew slowly was close below the cap just
// before, and a small step will hold it; what jumped came from far below, and the first step is as
// large as the jump that could be seen, at most a doubling, since nothing is known of the rest.
// When a raised cap is full again over its first whole sample the last step did not help: then
// steps are large. With the defaults a jump from anywhere to seven times the cap takes three steps
// and ends below twice the demand, and slow growth never overshoots by more than a third.
#include <algorithm>

#include "policies/numbers.h"
#include "policies/recommendation.h"

namespace penstock {

namespace {

constexpr double kMostFirstStep = 2.0;

double step_factor(const SaturationRule& rule, const SaturatedRun& run, Mbps cap) {
  if (cap > run.cap_at_start) return rule.surge_grow;
  if (run.free_before <= Rate{}) return rule.grow;
  const double jump = as_rate(cap) / run.free_before;
  const double most = std::max(rule.grow, std::min(rule.surge_grow, kMostFirstStep));
  return std::clamp(jump, rule.grow, most);
}

Recommendation climb(const SaturationRule& rule, const Situation& situation, TimePoint now) {
  const SaturatedRun& run = situation.demand.saturated_run();
  const Mbps cap = situation.cap;
  // Saturation under another cap proves nothing about this one.
  const bool proven = run.cap == cap && run.at > situation.cap_since;
  if (!proven || run.samples < rule.samples) {
    return {.wants = cap,
            .reason = {ReasonCode::kStillSaturated, {seconds(now - run.since), num(cap)}}};
  }
  const Mbps raised = size_for(as_rate(cap) * step_factor(rule, run, cap));
  const Mbps to = std::max(cap + Mbps{1}, raised);
  return {.wants = to,
          .reason = {ReasonCode::kSaturated,
                     {num(cap), num(to), seconds(run.at - run.since), num(run.samples)}}};
}

}  // namespace

Recommendation recommend(const SaturationRule& rule, const Policy& policy,
                         const Situation& situation, TimePoint now) {
  const Demand& demand = situation.demand;
  const Mbps cap = situation.cap;
  if (demand.saturated_run().samples > 0) return climb(rule, situation, now);
  const Recall seen = demand.recall(now - rule.quiet, now);
  if (const auto doubt = thin(seen, rule.quiet, policy.traffic.least_coverage)) {
    return {.wants = std::nullopt, .reason = *doubt};
  }
  const Mbps enough = std::max(Mbps{1}, size_for(seen.largest * rule.headroom));
  if (enough >= cap) return {.wants = cap, .reason = {ReasonCode::kAtTarget, {num(cap)}}};
  return {.wants = enough,
          .reason = {ReasonCode::kQuiet, {num(enough), seconds(rule.quiet), seen.largest.mbps()}}};
}

}  // namespace penstock
