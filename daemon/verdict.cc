#include "daemon/verdict.h"

#include <cassert>

namespace penstock {
namespace {

using Kind = ChangeState::Kind;
using S = OrderState;

bool idle(const BandwidthStatus& status) {
  return status.kind == Kind::kIdle;
}
bool pending(const BandwidthStatus& status) {
  return status.kind == Kind::kScheduled;
}
bool running(const BandwidthStatus& status) {
  return !idle(status) && !pending(status);
}
bool young(const Order& order, TimePoint now, const SettleTimes& times) {
  return now - order.sent_at < times.not_started;
}

Verdict wait(const Order& order) {
  return {.next = {}, .alarm = order.alarm};
}

/// An open order is never there already: what is scheduled is judged by itself.
Verdict step(const Order& order, S next) {
  assert(order.state != next);
  return {.next = next};
}

/// The old state where a change should be: too early to tell, or it did not come.
Verdict did_not_come(const Order& order, TimePoint now, const SettleTimes& times) {
  if (young(order, now, times)) return wait(order);
  if (order.state == S::kUnknown) {
    // Never accepted as far as we know. Money may have moved all the same where money is asked.
    const bool buys = order.kind == OrderKind::kUpgrade && order.charge == Charge::kPrepaid;
    return {.next = S::kSettled, .ask_ledger = buys};
  }
  const bool paid_order = order.kind == OrderKind::kUpgrade && !order.order_number.empty();
  if (paid_order) return {.next = {}, .alarm = OrderAlarm::kNotStarted};
  return {.next = S::kSettled, .failed = true};
}

Verdict still_running(const Order& order, const BandwidthStatus& status, TimePoint now,
                      const SettleTimes& times) {
  const OrderAlarm alarm =
      now - order.sent_at >= times.time_out ? OrderAlarm::kTimeout : order.alarm;
  // Somebody else's change says nothing about ours; one without a target is taken for ours.
  if (status.modified && *status.modified != order.to) return {.next = {}, .alarm = alarm};
  if (order.state == S::kProcessing) return {.next = {}, .alarm = alarm};
  return {.next = S::kProcessing, .alarm = alarm};
}

Verdict judge_immediate(const Order& order, const BandwidthStatus& status, TimePoint now,
                        const SettleTimes& times) {
  if (running(status)) return still_running(order, status, now, times);
  // The provider made a scheduled change of what we took for an immediate one.
  if (pending(status) && status.modified == order.to && status.cap != order.to) {
    return step(order, S::kScheduled);
  }
  if (!status.cap) return wait(order);
  if (*status.cap == order.to) return step(order, S::kEffective);
  if (*status.cap == order.from) return did_not_come(order, now, times);
  return step(order, S::kSuperseded);
}

/// A scheduled downgrade that the provider has confirmed: waits for the end of the term.
Verdict judge_scheduled(const Order& order, const BandwidthStatus& status, TimePoint now,
                        const SettleTimes& times) {
  const bool ended = order.effective_at && now >= *order.effective_at;
  const bool overdue = order.effective_at && now >= *order.effective_at + times.overdue;
  const OrderAlarm alarm = overdue ? OrderAlarm::kOverdue : order.alarm;
  if (running(status)) return {.next = {}, .alarm = alarm};
  if (pending(status) && status.modified == order.to) return {.next = {}, .alarm = alarm};
  if (pending(status)) return {.next = S::kSuperseded};
  if (!status.cap) return wait(order);
  if (*status.cap == order.to) return {.next = S::kEffective};
  if (*status.cap != order.from) return {.next = S::kSuperseded};
  if (!ended) return {.next = S::kCancelled};  // by an order of ours, or by somebody else
  // Between the old term and the new one nothing may be pending for a while.
  if (!overdue) return wait(order);
  return {.next = S::kSuperseded, .alarm = OrderAlarm::kOverdue, .failed = true};
}

Verdict judge_schedule(const Order& order, const BandwidthStatus& status, TimePoint now,
                       const SettleTimes& times) {
  if (order.state == S::kScheduled) return judge_scheduled(order, status, now, times);
  if (running(status)) return still_running(order, status, now, times);
  if (pending(status)) {
    if (status.modified == order.to) return step(order, S::kScheduled);
    return young(order, now, times) ? wait(order) : step(order, S::kSuperseded);
  }
  if (!status.cap) return wait(order);
  if (*status.cap == order.to) return step(order, S::kEffective);
  if (*status.cap == order.from) return did_not_come(order, now, times);
  return step(order, S::kSuperseded);
}

Verdict judge_cancel(const Order& order, const BandwidthStatus& status, TimePoint now,
                     const SettleTimes& times) {
  if (running(status)) {
    const bool late = now - order.sent_at >= times.time_out;
    return {.next = {}, .alarm = late ? OrderAlarm::kTimeout : order.alarm};
  }
  if (pending(status)) {
    if (status.modified == order.to) return did_not_come(order, now, times);
    return step(order, S::kSuperseded);
  }
  // The term's end was faster: the smaller cap is in force.
  if (status.cap == order.to) return step(order, S::kSuperseded);
  return step(order, S::kEffective);
}

}  // namespace

Verdict judge(const Order& order, const BandwidthStatus& status, TimePoint now,
              const SettleTimes& times) {
  assert(order.open() && order.state != S::kPlanned && order.state != S::kSent);
  switch (order.kind) {
    case OrderKind::kUpgrade:
    case OrderKind::kDowngrade:
      // What the provider turned into a scheduled change is watched like one.
      if (order.state == S::kScheduled) return judge_scheduled(order, status, now, times);
      return judge_immediate(order, status, now, times);
    case OrderKind::kScheduleDowngrade:
      return judge_schedule(order, status, now, times);
    case OrderKind::kCancelDowngrade:
      return judge_cancel(order, status, now, times);
  }
  return {};
}

Verdict judge_unreadable(const Order& order, bool gone, TimePoint now, const SettleTimes& times) {
  // Nothing is left to change; what it cost stays counted.
  if (gone) return {.next = S::kSuperseded};
  if (order.state == S::kScheduled) return wait(order);
  if (now - order.sent_at >= times.time_out) {
    return {.next = {}, .alarm = OrderAlarm::kUnreadable};
  }
  return wait(order);
}

}  // namespace penstock
