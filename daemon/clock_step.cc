#include "daemon/clock_step.h"

#include <algorithm>

#include "daemon/answer_builder.h"
#include "policies/recommendation.h"

namespace penstock {

std::optional<Duration> clock_step(const ClockReading& before, const ClockReading& now) {
  const Duration step = (now.wall - before.wall) - (now.monotonic - before.monotonic);
  return std::chrono::abs(step) > kClockTolerance ? std::optional(step) : std::nullopt;
}

void carry_over(Tracked& tracked, TimePoint before, TimePoint now) {
  Demand& demand = tracked.demand;
  if (demand.empty() || tracked.policy == nullptr) return;
  const TimePoint newest = demand.newest(0).at;
  const Recall seen =
      demand.recall(before - look_back_of(*tracked.policy), std::max(before, newest));
  // Nothing known of it is no proof that little flowed.
  const Rate most = seen.parts > 0 ? seen.largest : as_rate(tracked.cap);
  // Dated so that the next sample, however late, is still a later one.
  const TimePoint at = now - tracked.policy->traffic.max_age;
  if (newest >= at) {
    if (newest <= now + kClockTolerance) return;
    demand = Demand();
  }
  // As part of a change of the cap it proves no saturation.
  demand.observe({.at = at, .span = Duration{1}, .egress = most}, tracked.cap, at,
                 tracked.policy->traffic.saturated_at);
  tracked.demand_dirty = true;
}

void forget_what_is_to_come(Tracked& tracked, TimePoint now) {
  const TimePoint latest = now + kClockTolerance;
  const Demand& demand = tracked.demand;
  if (!demand.empty() && demand.newest(0).at > latest) {
    carry_over(tracked, now, now);
    if (!demand.empty() && demand.newest(0).at > latest) tracked.demand = Demand();
  }
  // It would hide every sample until then, or make it one in which the cap changed.
  if (tracked.economic && tracked.economic->at() > latest) tracked.economic.reset();
  if (tracked.bursts && tracked.bursts->at() > latest) tracked.bursts.reset();
  if (tracked.forecast && tracked.forecast->at() > latest) tracked.forecast.reset();
  if (tracked.past && tracked.past->at() > latest) tracked.past.reset();
  if (tracked.cap_since > latest) tracked.cap_since = now;
}

}  // namespace penstock
