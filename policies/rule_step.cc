// Step: a fixed step after some samples in a row beyond a threshold, as alarms of clouds do.
#include <algorithm>

#include "policies/numbers.h"
#include "policies/recommendation.h"

namespace penstock {

namespace {

/// How many of the latest samples in a row, all under the present cap, satisfy `beyond`.
template <class Test>
std::uint32_t in_a_row(const Demand& demand, Mbps cap, Test beyond) {
  std::uint32_t count = 0;
  for (std::size_t i = 0; i < demand.size(); ++i) {
    const Observation seen = demand.newest(i);
    if (seen.cap != cap || seen.evidence == Evidence::kMixed) break;
    if (!beyond(seen.egress / as_rate(cap))) break;
    ++count;
  }
  return count;
}

Mbps share_of(Mbps cap, double share) {
  return std::max(Mbps{1}, size_for(as_rate(cap) * share));
}

}  // namespace

Recommendation recommend(const StepRule& rule, const Policy&, const Situation& situation,
                         TimePoint) {
  const Demand& demand = situation.demand;
  const Mbps cap = situation.cap;
  const double used = demand.newest(0).egress / as_rate(cap);
  // More samples than are kept one by one cannot be asked for in a row.
  const auto needed = std::clamp<std::uint32_t>(rule.samples, 1, Demand::kRecent);
  if (used > rule.above &&
      in_a_row(demand, cap, [&](double share) { return share > rule.above; }) >= needed) {
    const Mbps to = cap + (rule.up > Mbps{0} ? rule.up : share_of(cap, rule.up_share));
    return {.wants = to,
            .reason = {ReasonCode::kStep, {percent(used), percent(rule.above), num(to)}}};
  }
  if (used < rule.below &&
      in_a_row(demand, cap, [&](double share) { return share < rule.below; }) >= needed) {
    const Mbps to =
        std::max(Mbps{1}, cap - (rule.down > Mbps{0} ? rule.down : share_of(cap, rule.down_share)));
    return {.wants = to,
            .reason = {ReasonCode::kStep, {percent(used), percent(rule.below), num(to)}}};
  }
  return {.wants = cap, .reason = {ReasonCode::kAtTarget, {num(cap)}}};
}

}  // namespace penstock
