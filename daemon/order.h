// Order: one change we ask the provider for, and its states from intent to effect.
//
//   Order order{.id = 7, .instance = key, .kind = OrderKind::kUpgrade, .to = Mbps{200}};
//   order.advance(OrderState::kSent, now);        // asserts that the step is legal
//   if (order.open()) ...                         // something at the provider is still to come
//
//   planned -> sent -> accepted -> processing -> effective
//      |         |        |`-----> scheduled --> effective | cancelled | superseded
//      |         |`-> rejected     `-> settled | superseded
//      |         `--> unknown --> (whatever reading proves) | settled
//      `-> cancelled               (never sent)
//
// Plain value. Written by the loop thread only; copies travel in snapshots.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "metrics/units.h"
#include "policies/instance.h"
#include "policies/reason.h"

namespace penstock {

/// What is asked for. A replaced downgrade is two orders: a cancellation, then a new downgrade.
enum class OrderKind : std::uint8_t { kUpgrade, kDowngrade, kScheduleDowngrade, kCancelDowngrade };

enum class OrderState : std::uint8_t {
  kPlanned,     ///< intent and reservation are journalled; nothing has been sent
  kSent,        ///< the call is about to go out or has gone out
  kAccepted,    ///< the API said yes; the change is not visible yet
  kProcessing,  ///< the provider is at it
  kEffective,   ///< in force (a cancellation: the pending downgrade is gone)
  kScheduled,   ///< a prepaid downgrade waits for the term's end
  kRejected,    ///< the API said no: nothing happened, nothing was charged
  kUnknown,     ///< no clear answer: to be settled by reading, never resent
  kSettled,     ///< reading proved that it did not happen, or a person said so
  kCancelled,   ///< a scheduled downgrade was cancelled, or a planned order was never sent
  kSuperseded,  ///< something else changed the cap before this took effect
};
inline constexpr std::size_t kOrderStates = 11;

/// Why an open order wants a person. The instance stays held; nothing is ordered a second time.
enum class OrderAlarm : std::uint8_t {
  kNone,
  kNotStarted,  ///< accepted, but no change came: with an order number it is probably unpaid
  kTimeout,     ///< accepted or running for more than 30 minutes
  kOverdue,     ///< the term ended and the scheduled downgrade did not take effect
  kUnreadable,  ///< its outcome cannot be read
};

std::string_view to_string(OrderKind kind);    ///< "upgrade", "downgrade", "schedule-downgrade", …
std::string_view to_string(OrderState state);  ///< "planned", "sent", …
std::string_view to_string(OrderAlarm alarm);  ///< "", "not-started", "timeout", …
std::optional<OrderKind> parse_order_kind(std::string_view text);
std::optional<OrderState> parse_order_state(std::string_view text);
std::optional<OrderAlarm> parse_order_alarm(std::string_view text);

bool may_follow(OrderState from, OrderState to);  ///< the table above
bool is_final(OrderState state);

using OrderId = std::int64_t;

struct Order {
  OrderId id = 0;  ///< ours, rising over all restarts
  InstanceKey instance;
  Product product = Product::kVm;
  Charge charge = Charge::kUnknown;
  std::string policy;
  OrderKind kind = OrderKind::kUpgrade;
  Mbps from{};  ///< the cap in force when it was planned
  Mbps to{};    ///< the cap asked for; a cancellation: the pending cap that is dropped
  OrderState state = OrderState::kPlanned;
  OrderAlarm alarm = OrderAlarm::kNone;
  bool replaces = false;  ///< a cancellation that makes room for a better downgrade
  Reason reason;          ///< why it was ordered

  /// Reserved with the intent against the day's and the month's budgets (they differ for postpaid,
  /// which counts the rest of the period). Negative: given back once effective.
  Money reserved_day, reserved_month;
  std::optional<Money> charged;  ///< what the provider really took; replaces both once known

  TimePoint planned_at{};
  TimePoint sent_at{};
  TimePoint changed_at{};                 ///< of `state`
  std::optional<TimePoint> effective_at;  ///< scheduled: the term's end; else when seen in force

  std::string order_number;  ///< the provider's; empty = no payment was involved
  std::string request_id;
  std::string code;     ///< of a refusal or an unclear answer
  std::string message;  ///< its text, bounded

  bool open() const { return !is_final(state); }
  /// Something about it must be read before anything new is ordered for the instance. A scheduled
  /// downgrade is open but settled enough: it may be cancelled.
  bool unsettled() const { return open() && state != OrderState::kScheduled; }
  /// Takes a legal step; an illegal one is our bug and asserts.
  void advance(OrderState next, TimePoint now);
};

}  // namespace penstock
