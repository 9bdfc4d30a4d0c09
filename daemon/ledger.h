// Ledger: what the provider really charged, read from the account's transactions.
//
//   ledger.watch(order, now);          // after each step of an order: what did it cost?
//   ledger.run(now);                   // asks now and then; the order's `charged` replaces what
//                                      // was reserved
//   ledger.look_for(order, now)        // an upgrade without an answer: was it charged?
//
// Transactions may appear late: asked after half a minute, then ever more rarely for a day; what
// never appears stays counted as reserved. One call per account and tick. Without the right to read
// transactions nothing is asked. Loop thread only.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "daemon/charge_matching.h"
#include "daemon/cloud.h"
#include "daemon/order_book.h"
#include "daemon/quoter.h"

namespace penstock {

class Ledger {
 public:
  Ledger(Cloud& cloud, Quoter& quoter, OrderBook& book)
      : cloud_(cloud), quoter_(quoter), book_(book) {}

  /// Remembers for a day what an order explains. Once it is in force its charge is asked for,
  /// unless it cannot have been charged or the charge is known.
  void watch(const Order& order, TimePoint now);
  void run(TimePoint now);

  enum class Found {
    kCharge,  ///< something that may well be this order's
    kNone,
    kEarly,      ///< may turn out to be another order's: to be asked again
    kForbidden,  ///< no right to read: nothing can be said, now or later
    kFailed,     ///< not readable just now
  };
  /// A transaction since the order was sent that no other order explains, of about its price.
  Found look_for(const Order& order, TimePoint now);

 private:
  struct Watched {
    Order order;
    TimePoint next{};
    int tries = 0;
  };
  struct Explained {
    std::string account;
    std::string order_number;  ///< "" = lost; it is in force all the same, so it was charged
    LostNumber order;
  };
  struct Reading {
    TimePoint at{}, from{};
    Result<std::vector<Transaction>> transactions;
  };
  void correct(Order order, Money charged, TimePoint now);
  void explain(const Order& order);
  std::map<OrderId, Explained> explained_by(const std::string& account) const;
  /// At most one call a tick, however many orders ask.
  const Result<std::vector<Transaction>>& read(const std::string& account, TimePoint from,
                                               TimePoint now);

  Cloud& cloud_;
  Quoter& quoter_;
  OrderBook& book_;
  std::map<OrderId, Watched> watched_;
  std::map<OrderId, Explained> explained_;
  std::map<std::string, Reading> readings_;  ///< by account, the newest
};

}  // namespace penstock
