// Budget: what orders have spent and reserved, and what is therefore still allowed.
//
//   Budget budget;
//   for (const Order& order : memory.orders) budget.put(order);
//   purse.policy_month = budget.left_of_policy("edge", limit, now);
//
// UTC calendar days and months. Nothing is stored here: every figure is the sum over the orders
// themselves, so money is reserved by the very transaction that journals the intent, stays while
// the outcome is unknown, becomes the real charge once that is known, and is free again when the
// order was refused. What postpaid downgrades give back is netted against the same instance's own
// orders of the period only. An order whose policy is no longer there counts for the policy that
// owns its instance now: a rename does not refill. Loop thread only.
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>

#include "daemon/order.h"
#include "metrics/units.h"

namespace penstock {

/// What an order counts for now, in the day's and in the month's sums.
Money counted_day(const Order& order);
Money counted_month(const Order& order);

class Budget {
 public:
  void put(const Order& order);  ///< new, or changed
  void remove(OrderId id);       ///< its intent could not be written
  /// Who owns those instances now, and which policies there are: after every list and reload.
  void assign(std::map<InstanceKey, std::string> owners, std::set<std::string> policies);
  /// Whom its orders are for.
  std::set<InstanceKey> instances() const;
  /// Drops what can no longer count.
  void prune(TimePoint now);

  Money policy_month(const std::string& policy, TimePoint now);
  Money fleet_day(TimePoint now);
  Money fleet_month(TimePoint now);
  int orders_day(TimePoint now);  ///< orders sent today
  /// Instances lowered today, or about to be.
  std::size_t lowered_day(TimePoint now);
  /// One more instance may be lowered: at most `share` of `total` a day, but one at least (unless
  /// the share is 0). One that was lowered today already is not counted again.
  bool may_lower(const InstanceKey& instance, double share, std::size_t total, TimePoint now);

 private:
  struct Spent {
    Money day, month;  ///< of one policy and instance; what is given back may make it negative
  };
  struct Sums {
    TimePoint day{}, month{};
    std::map<std::pair<std::string, InstanceKey>, Spent> groups;
    Money fleet_day, fleet_month;
    std::map<std::string, Money> policy_month;
    int orders = 0;
    std::map<InstanceKey, int> lowered;  ///< orders that lower it, today
  };
  const Sums& sums(TimePoint now);
  /// Adds (+1) or takes away (-1) one order.
  void apply(Sums& sums, const Order& order, int sign) const;
  const std::string& counts_for(const Order& order) const;

  std::map<OrderId, Order> orders_;
  std::map<InstanceKey, std::string> owners_;
  std::set<std::string> policies_;
  std::optional<Sums> sums_;  ///< kept up with every change of an order
};

/// What is left of a limit: never negative; nullopt when there is no limit.
std::optional<Money> left_of(std::optional<Money> limit, Money spent);

}  // namespace penstock
