#include "policies/guard.h"

#include "policies/match.h"
#include "policies/numbers.h"
#include "policies/schedule.h"

namespace penstock {

namespace {

using enum ReasonCode;

bool applies(const Guard& guard, std::uint8_t kinds) {
  if ((guard.asked_of & kAlways) != 0) return true;
  if ((guard.asked_of & kAnyOrder) != 0 && kinds != kNothing) return true;
  return (guard.asked_of & kinds) != 0;
}

/// Numbers of an order under way: its size (0 = not known) and how long it has been seen.
Reason under_way(ReasonCode code, const Review& review) {
  const ChangeState& change = review.situation.change;
  return {code, {num(change.target.value_or(Mbps{0})), seconds(review.now - change.since)}};
}

// --- the state of things: asked even when there is nothing to do ------------------------------

bool fleet_paused(const Review& review, Hold& hold) {
  hold.reason = {kFleetPaused, {}};
  return review.situation.fleet.paused;
}

bool paused(const Review& review, Hold& hold) {
  const InstanceRecord* record = review.situation.record;
  if (record == nullptr || !record->paused) return false;
  if (record->paused_until && review.now >= *record->paused_until) return false;
  hold.not_before = record->paused_until;
  hold.reason = {kPaused, {record->paused_until ? unix_seconds(*record->paused_until) : 0}};
  return true;
}

bool inventory_doubt(const Review& review, Hold& hold) {
  hold.reason = {kInventoryDoubt, {}};
  return review.situation.fleet.inventory_doubt;
}

bool not_running(const Review& review, Hold& hold) {
  hold.reason = {kNotRunning, {}};
  return !review.situation.instance.running();
}

bool unlimited(const Review& review, Hold& hold) {
  hold.reason = {kUnlimited, {}};
  return review.situation.cap <= Mbps{0};
}

bool not_limitable(const Review& review, Hold& hold) {
  hold.reason = {kNotLimitable, {}};
  return !review.situation.instance.limitable;
}

bool charge_unknown(const Review& review, Hold& hold) {
  hold.reason = {kChargeUnknown, {}};
  const Instance& instance = review.situation.instance;
  return instance.charge == Charge::kUnknown ||
         instance.internet_charge == InternetCharge::kUnknown;
}

bool term_over(const Review& review, Hold& hold) {
  const Instance& instance = review.situation.instance;
  if (instance.charge != Charge::kPrepaid) return false;
  hold.reason = {kTermOver, {instance.expires ? unix_seconds(*instance.expires) : 0}};
  return !instance.expires || *instance.expires <= review.now;
}

bool order_unsettled(const Review& review, Hold& hold) {
  if (review.situation.change.kind != ChangeState::Kind::kUnsettled) return false;
  hold.reason = under_way(kOrderUnsettled, review);
  return true;
}

bool change_running(const Review& review, Hold& hold) {
  if (review.situation.change.kind != ChangeState::Kind::kRunning) return false;
  hold.reason = under_way(kChangeRunning, review);
  return true;
}

bool drifted(const Review& review, Hold& hold) {
  const InstanceRecord* record = review.situation.record;
  // An override says what a person wants now; it ends the wait for what a person wanted then.
  if (record == nullptr || !record->drifted_at || review.target.pinned) return false;
  const TimePoint until = *record->drifted_at + review.policy.drift_hold;
  if (review.now >= until) return false;
  hold.not_before = until;
  hold.reason = {kDrift,
                 {num(record->drifted_from), num(review.situation.cap), unix_seconds(until)}};
  return true;
}

/// An overdue account is throttled to 1 Mbps whatever is paid for; its egress tells nothing of
/// demand. More cannot be bought then, and less would outlast the debt.
bool overdue_suspected(const Review& review, Hold& hold) {
  constexpr std::size_t kSamples = 3;
  constexpr double kLeast = 0.85;
  constexpr double kMost = 1.15;
  const Demand& demand = review.situation.demand;
  if (review.situation.cap <= Mbps{1} || demand.size() < kSamples) return false;
  for (std::size_t i = 0; i < kSamples; ++i) {
    const double egress = demand.newest(i).egress.mbps();
    if (egress < kLeast || egress > kMost) return false;
  }
  hold.reason = {kOverdueSuspected, {num(review.situation.cap)}};
  return true;
}

// --- the fleet and the policy's own leave: asked last -----------------------------------------

bool orders_used_up(const Review& review, Hold& hold) {
  hold.reason = {kOrdersPerDay, {num(review.situation.fleet.orders_per_day)}};
  return !review.situation.fleet.orders_left;
}

bool breaker_open(const Review& review, Hold& hold) {
  hold.reason = {kBreaker, {num(review.situation.fleet.breaker_failures)}};
  return review.situation.fleet.breaker_open;
}

bool frozen(const Review& review, Hold& hold) {
  for (const FreezeWindow& freeze : review.policy.freezes) {
    if (const auto window = current_window(freeze.when, review.now)) {
      hold.not_before = window->to;
      hold.reason = {kFrozen, {unix_seconds(window->to)}};
      return true;
    }
  }
  return false;
}

bool outside_canary(const Review& review, Hold& hold) {
  const double share = review.policy.canary_share;
  if (share >= 1 || in_canary(share, review.situation.instance.key.id)) return false;
  hold.reason = {kCanary, {percent(share)}};
  return true;
}

bool observing(const Review& review, Hold& hold) {
  const bool cancels = review.intent.action == Action::kCancelDowngrade;
  const Mbps cap = review.situation.cap;
  const Mbps from = cancels ? review.situation.change.target.value_or(cap) : cap;
  hold.reason = {kObserve, {num(from), num(review.intent.to)}};
  return review.policy.mode == Mode::kObserve;
}

/// Asked last of all that a person could mend: nobody is woken for what may not be ordered anyway.
bool needs_approval(const Review& review, Hold& hold) {
  if (!asks_approval(review.policy, review.intent.spend)) return false;
  const InstanceRecord* record = review.situation.record;
  const bool approved =
      record != nullptr && record->approved && review.now < record->approved->until;
  const Money up_to = approved ? record->approved->up_to : Money{};
  const Money price = review.intent.spend->month;
  hold.reason = {kNeedsApproval,
                 {num(price), num(*review.policy.upgrade.approve_above), num(up_to)}};
  return price > up_to;
}

/// Enough is known to decide and not to order: a list never shows a pending downgrade.
bool state_unread(const Review& review, Hold& hold) {
  hold.reason = {kStateUnread, {}};
  return review.situation.change.kind == ChangeState::Kind::kUnread;
}

constexpr Guard kStateGuards[] = {
    {kFleetPaused, kAlways, fleet_paused},
    {kPaused, kAlways, paused},
    {kInventoryDoubt, kAlways, inventory_doubt},
    {kNotRunning, kAlways, not_running},
    {kUnlimited, kAlways, unlimited},
    {kNotLimitable, kAlways, not_limitable},
    {kChargeUnknown, kAlways, charge_unknown},
    {kTermOver, kAlways, term_over},
    {kOrderUnsettled, kAlways, order_unsettled},
    {kChangeRunning, kAlways, change_running},
    {kDrift, kAlways, drifted},
    {kOverdueSuspected, kAlways, overdue_suspected},
};

constexpr Guard kFleetGuards[] = {
    {kFrozen, kAnyOrder, frozen},
    {kBreaker, kAnyOrder, breaker_open},
    // Dropping a downgrade costs nothing and keeps what there is: it is not counted.
    {kOrdersPerDay, kRaises | kLowers, orders_used_up},
    {kCanary, kAnyOrder, outside_canary},
    {kObserve, kAnyOrder, observing},
    {kNeedsApproval, kRaises, needs_approval},
    {kStateUnread, kAnyOrder, state_unread},
};

}  // namespace

std::span<const Guard> guards_of_state() {
  return kStateGuards;
}
std::span<const Guard> guards_of_fleet() {
  return kFleetGuards;
}

bool first_guard_that_holds(const Review& review, Hold& hold, Trace* trace) {
  bool held = false;
  for (const auto guards :
       {guards_of_state(), guards_of_cuts(), guards_of_money(), guards_of_fleet()}) {
    for (const Guard& guard : guards) {
      if (!applies(guard, review.intent.kinds)) continue;
      Hold answer;
      const bool holds = guard.holds(review, answer);
      if (holds && !held) hold = answer;
      held = held || holds;
      if (trace != nullptr) {
        trace->guards.push_back({holds ? answer.reason : Reason{guard.code, {}}, holds});
      } else if (held) {
        return true;
      }
    }
  }
  return held;
}

}  // namespace penstock
