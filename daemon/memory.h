// Memory: what is kept of orders, instances and breakers over a restart, as plain values.
//
//   JournalEntry entry;
//   entry.orders.push_back(order);
//   entry.events.push_back({now, "pause", "", "maintenance"});
//
// Written and read through daemon/journal.h.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/order.h"
#include "daemon/quote_finding.h"
#include "daemon/type_told.h"
#include "metrics/units.h"
#include "policies/decide.h"
#include "policies/instance.h"

namespace penstock {

/// Our own record of one instance, beyond its orders.
struct InstanceMemory {
  InstanceKey instance;
  InstanceRecord record;  ///< pins and pauses are not in here: they live in the control folder
  Mbps cap{};             ///< last seen in force …
  TimePoint cap_since{};  ///< … since then
  Memo memo;
  int replacements = 0;                      ///< of the pending downgrade …
  std::optional<TimePoint> replacements_of;  ///< … in the term that ends then
  TypeTold told;
};

/// Failures of one account's orders, oldest first, and whether they opened the breaker.
struct BreakerMemory {
  std::string account;
  std::vector<TimePoint> failures;
  std::optional<TimePoint> opened_at;
};

/// A decision that differs from the instance's last one.
struct DecisionRow {
  TimePoint at;
  InstanceKey instance;
  std::string policy;
  Action action = Action::kHold;
  Mbps from{}, to{}, wish{};
  Reason reason, wish_reason;
};

/// Anything else worth keeping: pauses, drift, alarms, breaker, reload.
struct EventRow {
  TimePoint at;
  std::string kind;     ///< "pause", "resume", "drift", "alarm", "breaker", …
  std::string subject;  ///< whom it is about; "" = the fleet
  std::string text;
};

/// One transaction. Orders, instances and breakers replace what was there under their key.
struct JournalEntry {
  std::vector<Order> orders;
  std::vector<InstanceMemory> instances;
  std::vector<BreakerMemory> breakers;
  std::vector<DecisionRow> decisions;
  std::vector<EventRow> events;
  std::vector<InstanceKey> forgotten;  ///< instances that are gone: their memory goes as well
};

/// What a start needs: open orders, every order that still counts against a budget or the day's
/// limits at `now` (this UTC month and the last 24 hours), and all records.
struct Memory {
  OrderId last_order = 0;
  std::vector<Order> orders;
  std::vector<InstanceMemory> instances;
  std::vector<BreakerMemory> breakers;
  std::vector<std::string> approvals_used;  ///< identities; each lets one order go, over restarts
  std::vector<QuoteFinding> quote_findings;
};

/// The event that an order which used an approval up is journalled with: the identity, a blank, and
/// what there is to tell.
inline constexpr std::string_view kApprovalUsed = "approval-used";

/// A page of the past, newest first.
struct HistoryQuery {
  std::string account, instance;  ///< empty = any
  std::optional<TimePoint> from, to;
  int limit = 100;         ///< at most 10,000
  int skip = 0;            ///< so many of the newest are left out, as they were shown before
  bool open_only = false;  ///< orders only
};

}  // namespace penstock
