// Guards of cuts: doubt never lowers, and a downgrade is ordered only when it is worth it, may
// take effect, and comes at its time.
#include <algorithm>

#include "policies/guard.h"
#include "policies/numbers.h"
#include "policies/recommendation.h"

namespace penstock {

namespace {

using enum ReasonCode;

/// An override lowers by an operator's word, not by what the traffic says; so it needs neither
/// traffic nor patience.
bool by_hand(const Review& review) {
  return review.target.pinned;
}

bool old_or_no_data(const Review& review, Hold& hold) {
  if (by_hand(review)) return false;
  const auto doubt = doubt_of_data(review.policy, review.situation, review.now);
  if (!doubt) return false;
  hold.reason = *doubt;
  return true;
}

bool thin_data(const Review& review, Hold& hold) {
  if (by_hand(review)) return false;
  const Duration span = look_back_of(review.policy);
  const Recall seen = review.situation.demand.recall(review.now - span, review.now);
  const auto doubt = thin(seen, span, review.policy.traffic.least_coverage);
  if (!doubt) return false;
  hold.reason = *doubt;
  return true;
}

bool mixed_data(const Review& review, Hold& hold) {
  const Demand& demand = review.situation.demand;
  if (by_hand(review) || demand.empty() || demand.newest(0).evidence != Evidence::kMixed) {
    return false;
  }
  hold.reason = {kMixedData, {num(review.situation.cap)}};
  return true;
}

bool still_saturated(const Review& review, Hold& hold) {
  const SaturatedRun& run = review.situation.demand.saturated_run();
  if (by_hand(review) || review.target.weighed || run.samples == 0) return false;
  hold.reason = {kStillSaturated, {seconds(review.now - run.since), num(review.situation.cap)}};
  return true;
}

bool expiring(const Review& review, Hold& hold) {
  const Instance& instance = review.situation.instance;
  if (instance.auto_renew || !instance.expires) return false;
  hold.reason = {kExpiring, {unix_seconds(*instance.expires)}};
  return true;
}

/// Without the right to cancel, a surge after the order could not be answered until the term ends.
bool cannot_cancel(const Review& review, Hold& hold) {
  hold.reason = {kCannotCancel, {}};
  return !review.situation.fleet.can_cancel;
}

bool small_change(const Review& review, Hold& hold) {
  if (by_hand(review)) return false;
  const DowngradeTerms& terms = review.policy.downgrade;
  const Mbps cap = review.situation.cap;
  const Mbps least = std::max(terms.least, size_for(as_rate(cap) * terms.least_share));
  // A pending downgrade is replaced for the sake of its own size, which was weighed before.
  if (review.intent.action == Action::kReplaceDowngrade || cap - review.intent.to >= least) {
    return false;
  }
  hold.reason = {kSmallChange, {num(review.intent.to), num(least)}};
  return true;
}

bool cooling_down(const Review& review, Hold& hold) {
  const InstanceRecord* record = review.situation.record;
  if (record == nullptr || by_hand(review) || review.intent.action == Action::kReplaceDowngrade) {
    return false;
  }
  const auto last = std::max(record->last_upgrade_at, record->last_downgrade_at);
  if (!last) return false;
  const TimePoint until = *last + review.policy.downgrade.cooldown;
  if (review.now >= until) return false;
  hold.not_before = until;
  hold.reason = {kCooldown, {seconds(until - review.now)}};
  return true;
}

bool await_window(const Review& review, Hold& hold) {
  const auto expires = review.situation.instance.expires;
  if (!expires) return false;
  const TimePoint opens = *expires - review.policy.downgrade.window;
  if (review.now >= opens) return false;
  hold.not_before = opens;
  hold.reason = {kAwaitWindow, {num(review.intent.to), unix_seconds(opens)}};
  return true;
}

bool term_freeze(const Review& review, Hold& hold) {
  const auto expires = review.situation.instance.expires;
  if (!expires || review.now <= *expires - review.policy.downgrade.freeze) return false;
  hold.not_before = expires;
  hold.reason = {kTermFreeze, {unix_seconds(*expires)}};
  return true;
}

bool await_agreement(const Review& review, Hold& hold) {
  const Instance& instance = review.situation.instance;
  const bool billed_now = instance.flat_rate() && instance.charge == Charge::kPostpaid;
  if (!billed_now || review.intent.at_once || by_hand(review)) return false;
  const Duration needed = review.policy.downgrade.agreement;
  const TimePoint since = review.memo.lower_since.value_or(review.now);
  const Duration agreed = review.now - since;
  // Agreement over a time that nobody observed is none; a daemon that was stopped has to see anew.
  const Demand& demand = review.situation.demand;
  const TimePoint newest = demand.empty() ? since : demand.newest(0).at;
  const Recall seen = demand.recall(newest - needed, newest);
  const bool observed = !thin(seen, needed, review.policy.traffic.least_coverage);
  if (agreed >= needed && observed) return false;
  hold.not_before = since + needed;
  hold.reason = {kAwaitAgreement, {num(review.intent.to), seconds(agreed), seconds(needed)}};
  return true;
}

bool replaced_often(const Review& review, Hold& hold) {
  if (review.intent.action != Action::kReplaceDowngrade) return false;
  const int replaced = review.situation.change.replacements;
  const int limit = review.policy.downgrade.max_replacements;
  hold.reason = {kMaxReplacements, {num(replaced), num(limit)}};
  return replaced >= limit;
}

bool lowered_enough(const Review& review, Hold& hold) {
  // Replacing lowers no further instance.
  if (review.intent.action == Action::kReplaceDowngrade) return false;
  hold.reason = {kLoweredShare, {percent(review.situation.fleet.lowered_share_limit)}};
  return !review.situation.fleet.may_lower;
}

constexpr Guard kCutGuards[] = {
    {kStaleData, kLowers, old_or_no_data},
    {kThinData, kLowers, thin_data},
    {kMixedData, kLowers, mixed_data},
    {kStillSaturated, kLowers, still_saturated},
    {kExpiring, kAtTermEnd, expiring},
    {kCannotCancel, kAtTermEnd | kCancels, cannot_cancel},
    {kSmallChange, kLowers, small_change},
    {kAwaitWindow, kAtTermEnd, await_window},
    {kTermFreeze, kAtTermEnd, term_freeze},
    {kCooldown, kLowers, cooling_down},
    {kAwaitAgreement, kLowers, await_agreement},
    {kMaxReplacements, kAtTermEnd, replaced_often},
    {kLoweredShare, kLowers, lowered_enough},
};

}  // namespace

std::span<const Guard> guards_of_cuts() {
  return kCutGuards;
}

bool doubts_cut(const Review& review) {
  Hold ignored;
  return old_or_no_data(review, ignored) || mixed_data(review, ignored) ||
         still_saturated(review, ignored) || thin_data(review, ignored);
}

}  // namespace penstock
