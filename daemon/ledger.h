// Ledger: what the provider really charged, read from the account's transactions.
//
//   ledger.watch(order, now);          // a paid upgrade is in force: what did it cost?
//   ledger.run(now);                   // asks now and then; the order's `charged` replaces what
//                                      // was reserved
//   ledger.look_for(order, now)        // an upgrade without an answer: was it charged?
//
// Transactions may appear late: asked after half a minute, then ever more rarely for a day; what
// never appears stays counted as reserved. One call per account at a time. Without the right to
// read transactions nothing is asked. Loop thread only.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "daemon/cloud.h"
#include "daemon/order_book.h"
#include "daemon/quoter.h"

namespace penstock {

class Ledger {
 public:
  Ledger(Cloud& cloud, Quoter& quoter, OrderBook& book)
      : cloud_(cloud), quoter_(quoter), book_(book) {}

  /// Nothing happens for orders that cannot have been charged, or whose charge is known.
  void watch(const Order& order, TimePoint now);
  void run(TimePoint now);

  enum class Found {
    kCharge,  ///< something that may well be this order's
    kNone,
    kForbidden,  ///< no right to read: nothing can be said, now or later
    kFailed,     ///< not readable just now
  };
  /// A transaction since the order was sent that no known order explains, of about its price.
  Found look_for(const Order& order, TimePoint now);

 private:
  struct Watched {
    Order order;
    TimePoint next{};
    int tries = 0;
  };
  void correct(Order order, Money charged, TimePoint now);

  Cloud& cloud_;
  Quoter& quoter_;
  OrderBook& book_;
  std::map<OrderId, Watched> watched_;
};

}  // namespace penstock
