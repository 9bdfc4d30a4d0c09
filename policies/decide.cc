#include "policies/decide.h"

#include <algorithm>

#include "policies/guard.h"
#include "policies/numbers.h"
#include "policies/recommendation.h"
#include "policies/target.h"

namespace penstock {

namespace {

using enum ReasonCode;

/// The largest egress that a cut must still carry, and over which time it was looked for.
struct Delivered {
  Rate largest;
  Duration look_back;
};

Delivered delivered(const Policy& policy, const Situation& situation, const Memo& memo,
                    TimePoint now) {
  const Duration span = look_back_of(policy);
  TimePoint from = now - span;
  if (memo.lower_since) from = std::min(from, *memo.lower_since);
  from = std::max(from, now - Demand::kMemory);
  return {situation.demand.recall(from, now).largest, now - from};
}

/// The size that a wish for less comes down to: what was delivered stays below saturation.
Mbps size_of_cut(const Policy& policy, const Situation& situation, const Target& target,
                 const Memo& memo, const Delivered& seen) {
  // What is worth it has been weighed already, what was delivered included.
  if (target.pinned || target.weighed) {
    const bool at_once = situation.instance.charge == Charge::kPostpaid && !target.pinned;
    return at_once ? std::max(*target.size, ceil_to_step(memo.lower_most, policy.bounds.step))
                   : *target.size;
  }
  // Not even a bound that was set below it cuts into what was delivered.
  const Mbps carried =
      ceil_to_step(size_for(seen.largest * (1 / policy.traffic.saturated_at)), policy.bounds.step);
  Mbps to = std::max(*target.size, carried);
  if (situation.instance.charge == Charge::kPostpaid) {
    // The step may have changed since.
    to = std::max(to, ceil_to_step(memo.lower_most, policy.bounds.step));
  }
  return to;
}

Mbps least_change(const Policy& policy, Mbps cap) {
  return std::max(policy.downgrade.least, size_for(as_rate(cap) * policy.downgrade.least_share));
}

void intend_cut(const Situation& situation, Mbps to, const Reason& reason, Intent& intent) {
  const Instance& instance = situation.instance;
  const bool free_range = instance.product == Product::kBmc && situation.cap <= instance.included;
  intent.to = to;
  intent.reason = reason;
  intent.at_once = !instance.flat_rate() || free_range;
  if (instance.prepaid_flat() && !intent.at_once) {
    intent.action = Action::kScheduleDowngrade;
    intent.kinds = kLowers | kAtTermEnd;
  } else {
    intent.action = Action::kDowngrade;
    intent.kinds = kLowers;
  }
}

void intend_cancel(const Reason& reason, Mbps to, std::uint8_t kinds, Intent& intent) {
  intent.action = Action::kCancelDowngrade;
  intent.kinds = kinds;
  intent.to = to;
  intent.reason = reason;
}

Reason pending_reason(const Situation& situation) {
  const auto expires = situation.instance.expires;
  return {kDowngradePending,
          {num(situation.change.target.value_or(Mbps{0})), expires ? unix_seconds(*expires) : 0}};
}

/// Egress since the downgrade was ordered that the scheduled cap would not carry. Doubtful data
/// proves no surge, but neither does it unsay one that was seen.
std::optional<Rate> surge_above(const Policy& policy, const Situation& situation, Mbps pending,
                                TimePoint now) {
  // What was delivered before the order stays just below this by construction; the half per cent
  // is more than Demand rounds.
  const Rate carried = as_rate(pending) * (policy.traffic.saturated_at * 1.005);
  const Recall seen = situation.demand.recall(situation.change.since, now);
  const bool surge = seen.parts > 0 && seen.largest > carried;
  return surge ? std::optional{seen.largest} : std::nullopt;
}

/// A downgrade is pending: nothing else is accepted until it is cancelled.
void intend_beside_pending(const Policy& policy, const Situation& situation, const Target& target,
                           const Memo& memo, TimePoint now, Intent& intent) {
  const Mbps cap = situation.cap;
  const Mbps pending = situation.change.target.value_or(Mbps{0});
  const Mbps size = target.size.value_or(cap);
  // A rule that weighs throttling orders sizes that traffic may well exceed.
  const bool by_surge = !target.pinned && !target.weighed;
  const auto surge = by_surge ? surge_above(policy, situation, pending, now) : std::nullopt;
  intent.reason = pending_reason(situation);
  if (surge && situation.change.target) {
    const double next = size > cap ? num(size) : 0;
    intend_cancel({kSurge, {num(pending), surge->mbps(), next}}, cap, kCancels, intent);
    return;
  }
  if (size > cap) {
    intend_cancel({kCancelFirst, {num(pending), num(size)}}, size, kCancels | kRaises, intent);
    return;
  }
  const auto expires = situation.instance.expires;
  const bool rules_are_sure = target.size && target.silence.code == kNone;
  const bool in_time = expires && now >= *expires - policy.downgrade.window &&
                       now <= *expires - policy.downgrade.freeze;
  if (!rules_are_sure || !in_time || !situation.change.target) return;
  const Mbps to = size < cap ? size_of_cut(policy, situation, target, memo,
                                           delivered(policy, situation, memo, now))
                             : cap;
  if (to >= cap) {
    intend_cancel({kNotWanted, {num(pending), num(cap)}}, cap, kCancels, intent);
    return;
  }
  const Mbps difference = std::max(to, pending) - std::min(to, pending);
  if (difference < least_change(policy, cap)) return;
  intent.action = Action::kReplaceDowngrade;
  intent.kinds = kLowers | kAtTermEnd | kCancels;
  intent.to = to;
  intent.reason = {kBetterTarget, {num(pending), num(to)}};
}

Reason nothing_to_do(const Situation& situation, const Target& target) {
  if (target.pinned) return target.reason;
  if (target.unbounded > situation.cap) {
    return {kAboveLimit, {num(situation.cap), num(target.unbounded)}};
  }
  if (target.unproven.code != kNone) return target.unproven;
  if (target.silence.code != kNone) return target.silence;
  if (target.reason.code == kSchedule || target.reason.code == kPercentileBudget) {
    return target.reason;
  }
  return {kAtTarget, {num(situation.cap)}};
}

/// Nobody named a size.
Reason unspoken(const Target& target) {
  if (target.silence.code != kNone) return target.silence;
  return target.aside.code != kNone ? target.aside : Reason{kNoRuleSpoke, {}};
}

Intent form_intent(const Policy& policy, const Situation& situation, const Target& target,
                   const Memo& memo, TimePoint now) {
  Intent intent;
  intent.to = situation.cap;
  if (situation.change.kind == ChangeState::Kind::kScheduled) {
    intend_beside_pending(policy, situation, target, memo, now, intent);
  } else if (!target.size) {
    intent.reason = unspoken(target);
  } else if (*target.size > situation.cap) {
    intent.action = Action::kUpgrade;
    intent.kinds = kRaises;
    intent.to = *target.size;
    intent.reason = target.reason;
  } else if (*target.size == situation.cap) {
    intent.reason = nothing_to_do(situation, target);
  } else {
    const Delivered seen = delivered(policy, situation, memo, now);
    const Mbps to = size_of_cut(policy, situation, target, memo, seen);
    if (to < situation.cap) {
      intend_cut(situation, to, target.reason, intent);
    } else {
      intent.reason = {kDelivered,
                       {num(situation.cap), seconds(seen.look_back), seen.largest.mbps()}};
    }
  }
  if ((intent.kinds & (kRaises | kLowers)) != 0) price_intent(situation, now, intent);
  return intent;
}

/// Every rule has asked for less, in data that can be relied on, since when, and for how much.
Memo next_memo(const Review& review) {
  const Target& target = review.target;
  const bool lower =
      target.size && *target.size < review.situation.cap && target.agreed && !target.pinned;
  if (!lower || doubts_cut(review)) return {};
  Memo memo = review.memo;
  // What was wanted long ago says no more than that agreement may begin anew, or one large wish
  // would stand for good where a cut to it is too small to order.
  const Duration long_ago = 2 * std::max(review.policy.downgrade.agreement, Duration{1min});
  const bool outdated = memo.lower_since && memo.lower_most > *target.size &&
                        review.now - *memo.lower_since >= long_ago;
  if (!memo.lower_since || *memo.lower_since > review.now || outdated) {
    memo = {review.now, *target.size};
  }
  memo.lower_most = std::max(memo.lower_most, *target.size);
  return memo;
}

/// The share of demand that is throttled now, as far as the rules can guess it; what has lasted
/// longer goes first among equals.
double harm_of(const Situation& situation, const Intent& intent, TimePoint now) {
  const SaturatedRun& run = situation.demand.saturated_run();
  if (run.samples == 0 || intent.to <= situation.cap) return 0;
  const double missing = 1 - as_rate(situation.cap) / as_rate(intent.to);
  return missing + 1e-3 * std::min(1.0, seconds(now - run.since) / 3600);
}

}  // namespace

std::string_view to_string(Action action) {
  switch (action) {
    case Action::kHold:
      return "hold";
    case Action::kUpgrade:
      return "upgrade";
    case Action::kDowngrade:
      return "downgrade";
    case Action::kScheduleDowngrade:
      return "schedule-downgrade";
    case Action::kCancelDowngrade:
      return "cancel-downgrade";
    case Action::kReplaceDowngrade:
      return "replace-downgrade";
  }
  return "hold";
}

Decision decide(const Policy& policy, const Situation& situation, TimePoint now, Trace* trace) {
  const Target target = form_target(policy, situation, now, trace);
  const Memo memo = next_memo({policy, situation, now, target, Intent{}, situation.memo});
  const Intent intent = form_intent(policy, situation, target, memo, now);

  Decision decision;
  decision.from = decision.to = situation.cap;
  decision.wish = (intent.kinds & kLowers) != 0 || intent.reason.code == kDelivered
                      ? intent.to
                      : target.size.value_or(situation.cap);
  decision.wish_reason = target.size ? target.reason : unspoken(target);
  decision.reason = intent.reason;
  decision.price = intent.price;
  decision.harm = harm_of(situation, intent, now);
  decision.memo = memo;
  Hold hold;
  const Review review{policy, situation, now, target, intent, memo};
  if (first_guard_that_holds(review, hold, trace)) {
    decision.reason = hold.reason;
    decision.not_before = hold.not_before;
    return decision;
  }
  decision.action = intent.action;
  const bool cancels_only = intent.action == Action::kCancelDowngrade;
  if (!cancels_only) decision.to = intent.to;
  if (!cancels_only) decision.spend = intent.spend;
  if ((intent.kinds & kAtTermEnd) != 0) decision.effective_at = situation.instance.expires;
  return decision;
}

}  // namespace penstock
