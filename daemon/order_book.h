// OrderBook: every order that is open or still counts, and the one way to change one: memory,
// budget and journal together.
//
//   std::vector<Order> intents = …;
//   if (Status s = book.write(intents); !s) return;       // nothing may be sent
//   order.advance(OrderState::kAccepted, now);
//   book.put(order);                                      // never lost: kept until it is written
//   book.flush(now);
//
// write() journals first and changes nothing when that fails; put() and note() change memory at
// once and are journalled with the next flush(), again and again until it works. While the journal
// cannot be written healthy() is false and nothing may be ordered. Loop thread only.
#pragma once

#include <deque>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "daemon/breaker.h"
#include "daemon/budget.h"
#include "daemon/journal.h"
#include "daemon/order.h"
#include "daemon/telemetry.h"

namespace penstock {

/// An order of `instance` takes the approval of that identity.
struct ApprovalUse {
  std::string identity;
  std::string instance;
  std::string text;  ///< which order, at what price, by whom
};

class OrderBook {
 public:
  OrderBook(Journal& journal, Telemetry& telemetry) : journal_(journal), telemetry_(telemetry) {}

  /// Reads the journal. What was planned but never sent is called off; what was being sent when the
  /// last run ended is unknown.
  Result<Memory> load(TimePoint now);

  /// Reads again what counts against budgets: after the clock was set back, orders may count that
  /// were over and done with while it ran ahead.
  Status recount(TimePoint now);

  OrderId next_id() { return ++last_id_; }
  /// Journals these orders now, with everything that waits; all or nothing.
  Status write(const std::vector<Order>& orders, TimePoint now) { return write(orders, {}, now); }
  /// The same with the approvals that they use up, which then can never be used again.
  Status write(const std::vector<Order>& orders, const std::vector<ApprovalUse>& uses,
               TimePoint now);
  bool approval_used(const std::string& identity) const {
    return approvals_used_.contains(identity);
  }
  void put(const Order& order);
  void remember(InstanceMemory memory);
  void forget(const InstanceKey& key);
  void decided(DecisionRow row);  ///< very many are written at once, without a flush
  /// An event for the journal; the caller logs it in its own words.
  void note(std::string kind, std::string subject, std::string text, TimePoint now);
  Status flush(TimePoint now);

  bool healthy() const { return trouble_.empty(); }
  const std::string& trouble() const { return trouble_; }  ///< why the journal fails; "" = fine

  const std::map<OrderId, Order>& open() const { return open_; }
  /// The one whose outcome is still to come; at most one per instance.
  const Order* unsettled_of(const InstanceKey& key) const { return find(key, false); }
  const Order* scheduled_of(const InstanceKey& key) const { return find(key, true); }
  Budget& budget() { return budget_; }

  /// A refusal, an alarm or a change that did not come. True when it opened the breaker.
  bool fail(const std::string& account, const BreakerLimits& limits, TimePoint now);
  const Breaker& breaker(const std::string& account);
  /// Closes it; false if there was nothing to close.
  bool reset_breaker(const std::string& account);

 private:
  Status commit(JournalEntry entry, TimePoint now);
  void keep(const Order& order);
  const Order* find(const InstanceKey& key, bool scheduled) const;
  Breaker& breaker_of(const std::string& account);
  bool waiting() const;

  Journal& journal_;
  Telemetry& telemetry_;
  OrderId last_id_ = 0;
  std::map<OrderId, Order> open_;
  std::map<InstanceKey, std::set<OrderId>> open_of_;
  Budget budget_;
  std::map<std::string, Breaker> breakers_;
  std::string trouble_;
  std::set<std::string> approvals_used_;

  // What still has to be written, newest state per key.
  std::map<OrderId, Order> orders_;
  std::map<InstanceKey, InstanceMemory> instances_;
  std::map<std::string, BreakerMemory> breaker_rows_;
  std::deque<DecisionRow> decisions_;
  std::deque<EventRow> events_;
  std::vector<InstanceKey> forgotten_;
};

}  // namespace penstock
