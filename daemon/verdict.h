// Verdict: what one reading of an instance's status proves about one of our orders.
//
//   Verdict verdict = judge(order, status, now, times);
//   if (verdict.next) order.advance(*verdict.next, now);
//
// Right after an accepted change the provider may still show the old state: for the first minute
// that means "not started yet". An order with an order number that never starts is probably unpaid:
// alarm, held, no second order. What runs for more than half an hour is an alarm too. Nothing is
// ever resent. Pure.
#pragma once

#include <optional>

#include "daemon/cloud.h"
#include "daemon/order.h"
#include "metrics/units.h"

namespace penstock {

struct SettleTimes {
  Duration not_started = 60s;  ///< until then the old state only means "not started yet"
  Duration time_out = 30min;   ///< of a change that runs, and of an outcome that cannot be read
  Duration overdue = 30min;    ///< after the term's end
};

struct Verdict {
  std::optional<OrderState> next;  ///< nullopt: nothing is proved yet
  OrderAlarm alarm = OrderAlarm::kNone;
  bool failed = false;  ///< a change that was accepted did not come: counts for the breaker
  /// Before this counts as "did not happen", the ledger must not show a charge for it.
  bool ask_ledger = false;
};

/// `order` is sent or later, and open.
Verdict judge(const Order& order, const BandwidthStatus& status, TimePoint now,
              const SettleTimes& times);

/// The status could not be read. `gone`: the instance is missing from good lists as well.
Verdict judge_unreadable(const Order& order, bool gone, TimePoint now, const SettleTimes& times);

}  // namespace penstock
