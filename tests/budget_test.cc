#include "daemon/budget.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/testing/random.h"

namespace penstock {
namespace {

TimePoint at(const char* text) {
  return *parse_time(text);
}
Money usd(std::int64_t units) {
  return Money::from_units(units);
}

Order order_of(OrderId id, const std::string& instance, const char* planned, Money day, Money month,
               OrderState state = OrderState::kEffective) {
  Order order;
  order.id = id;
  order.instance = {"main", instance};
  order.policy = "edge";
  order.state = state;
  order.planned_at = at(planned);
  order.sent_at = order.planned_at;
  order.reserved_day = day;
  order.reserved_month = month;
  return order;
}

struct CountCase {
  const char* what;
  OrderState state;
  std::int64_t reserved;
  std::optional<std::int64_t> charged;
  std::int64_t counts;
};

TEST(Budget, EachStateCountsWhatItMayHaveCost) {
  using S = OrderState;
  const std::vector<CountCase> cases = {
      {"planned reserves", S::kPlanned, 10, {}, 10},
      {"sent keeps", S::kSent, 10, {}, 10},
      {"accepted keeps", S::kAccepted, 10, {}, 10},
      {"unknown keeps", S::kUnknown, 10, {}, 10},
      {"effective keeps", S::kEffective, 10, {}, 10},
      {"superseded keeps", S::kSuperseded, 10, {}, 10},
      {"rejected releases", S::kRejected, 10, {}, 0},
      {"settled releases", S::kSettled, 10, {}, 0},
      {"never sent releases", S::kCancelled, 10, {}, 0},
      {"the charge replaces", S::kEffective, 10, 7, 7},
      {"also when it is more", S::kEffective, 10, 12, 12},
      {"settled, but charged all the same", S::kSettled, 10, 10, 10},
      {"less is given back only once in force", S::kProcessing, -10, {}, 0},
      {"and then it is", S::kEffective, -10, {}, -10},
  };
  for (const CountCase& each : cases) {
    Order order = order_of(1, "a", "2026-03-15T12:00:00Z", usd(each.reserved), usd(each.reserved),
                           each.state);
    if (each.charged) order.charged = usd(*each.charged);
    EXPECT_EQ(counted_month(order), usd(each.counts)) << each.what;
    EXPECT_EQ(counted_day(order), usd(each.counts)) << each.what;
  }
}

TEST(Budget, PeriodsAreUtcCalendarDaysAndMonths) {
  Budget budget;
  budget.put(order_of(1, "a", "2026-02-28T23:59:59.999Z", usd(1), usd(1)));
  budget.put(order_of(2, "a", "2026-03-01T00:00:00Z", usd(10), usd(10)));
  budget.put(order_of(3, "b", "2026-03-02T00:00:00Z", usd(100), usd(100)));
  const TimePoint last = at("2026-02-28T23:59:59.999Z");
  EXPECT_EQ(budget.fleet_month(last), usd(1 + 10 + 100));  // what lies ahead is not hidden either
  const TimePoint first = at("2026-03-01T00:00:00Z");
  EXPECT_EQ(budget.fleet_month(first), usd(110));
  EXPECT_EQ(budget.policy_month("edge", first), usd(110));
  const TimePoint second = at("2026-03-02T10:00:00Z");
  EXPECT_EQ(budget.fleet_day(second), usd(100));
  EXPECT_EQ(budget.fleet_month(second), usd(110));
  EXPECT_EQ(budget.orders_day(second), 1);
  const TimePoint april = at("2026-04-01T00:00:00Z");
  EXPECT_EQ(budget.fleet_month(april), usd(0));
  EXPECT_EQ(budget.fleet_day(april), usd(0));
}

TEST(Budget, ARenameDoesNotRefillAndAMoveCountsWhereItWasSpent) {
  const TimePoint now = at("2026-03-15T12:00:00Z");
  Budget budget;
  budget.put(order_of(1, "a", "2026-03-15T12:00:00Z", usd(10), usd(10)));
  budget.assign({{{"main", "a"}, "edge"}}, {"edge", "core"});
  EXPECT_EQ(budget.policy_month("edge", now), usd(10));
  // Renamed: the old name is gone, its instances belong to the new one.
  budget.assign({{{"main", "a"}, "rim"}}, {"rim", "core"});
  EXPECT_EQ(budget.policy_month("rim", now), usd(10));
  EXPECT_EQ(budget.policy_month("edge", now), usd(0));
  // Moved: both policies exist; the spending stays where it was decided.
  budget.assign({{{"main", "a"}, "core"}}, {"edge", "core"});
  EXPECT_EQ(budget.policy_month("edge", now), usd(10));
  EXPECT_EQ(budget.policy_month("core", now), usd(0));
  EXPECT_EQ(budget.fleet_month(now), usd(10));
}

TEST(Budget, WhatIsGivenBackNeverPaysForAnotherInstance) {
  const TimePoint now = at("2026-03-15T12:00:00Z");
  Budget budget;
  budget.put(order_of(1, "a", "2026-03-15T10:00:00Z", usd(10), usd(50)));
  budget.put(order_of(2, "a", "2026-03-15T11:00:00Z", usd(-8), usd(-48)));
  budget.put(order_of(3, "b", "2026-03-15T11:00:00Z", usd(-500), usd(-500)));
  EXPECT_EQ(budget.fleet_day(now), usd(2));
  EXPECT_EQ(budget.fleet_month(now), usd(2));
}

TEST(Budget, ChangesOfAnOrderChangeTheSums) {
  const TimePoint now = at("2026-03-15T12:00:00Z");
  Budget budget;
  Order order = order_of(1, "a", "2026-03-15T12:00:00Z", usd(10), usd(10), OrderState::kSent);
  budget.put(order);
  EXPECT_EQ(budget.fleet_day(now), usd(10));
  order.state = OrderState::kRejected;
  budget.put(order);
  EXPECT_EQ(budget.fleet_day(now), usd(0));
  budget.put(order_of(2, "a", "2026-03-15T12:00:00Z", usd(10), usd(10), OrderState::kPlanned));
  budget.remove(2);
  EXPECT_EQ(budget.fleet_day(now), usd(0));
}

TEST(Budget, PruneKeepsWhatStillCounts) {
  const TimePoint now = at("2026-03-01T12:00:00Z");
  Budget budget;
  budget.put(order_of(1, "a", "2026-02-28T12:00:00Z", usd(10), usd(10)));
  budget.put(order_of(2, "a", "2026-03-01T01:00:00Z", usd(5), usd(5)));
  Order open = order_of(3, "a", "2026-02-28T23:00:00Z", usd(7), usd(7));
  open.state = OrderState::kScheduled;
  budget.put(open);
  budget.prune(now);
  EXPECT_EQ(budget.fleet_month(now), usd(5));
  // The clock was ahead: what is still open counts where it belongs, what is pruned nowhere.
  EXPECT_EQ(budget.fleet_month(at("2026-02-28T23:30:00Z")), usd(5 + 7));
}

TEST(Budget, AShareOfTheFleetMayBeLoweredADay) {
  const TimePoint now = at("2026-03-15T12:00:00Z");
  Budget budget;
  const auto lower = [&](OrderId id, const std::string& instance, OrderState state) {
    Order order = order_of(id, instance, "2026-03-15T01:00:00Z", {}, {}, state);
    order.kind = OrderKind::kScheduleDowngrade;
    budget.put(order);
  };
  const InstanceKey z{"main", "z"};
  EXPECT_TRUE(budget.may_lower(z, 0.1, 4, now)) << "one at least";
  EXPECT_FALSE(budget.may_lower(z, 0.0, 4, now)) << "but none when none is allowed";
  lower(1, "a", OrderState::kScheduled);
  EXPECT_FALSE(budget.may_lower(z, 0.1, 10, now));
  EXPECT_TRUE(budget.may_lower(z, 0.1, 20, now));
  EXPECT_TRUE(budget.may_lower(z, 1.0, 1, now));
  EXPECT_TRUE(budget.may_lower({"main", "a"}, 0.1, 10, now)) << "it is counted already";
  lower(2, "b", OrderState::kRejected);
  EXPECT_EQ(budget.lowered_day(now), 1U);
  EXPECT_TRUE(budget.may_lower(z, 0.1, 10, at("2026-03-16T00:00:00Z"))) << "a new day";
}

TEST(Budget, SumsKeptUpEqualSumsMadeAnew) {
  const std::uint64_t seed = testing::seed_or(11);
  testing::Random random(seed);
  SCOPED_TRACE(seed);
  const TimePoint start = at("2026-03-15T00:00:00Z");
  Budget kept;
  std::vector<Order> orders;
  for (int step = 0; step < 2000; ++step) {
    const TimePoint now = start + 1min * step * 7;
    if (orders.empty() || random.chance(0.4)) {
      Order order = order_of(step, std::string(1, static_cast<char>('a' + random.below(5))),
                             "2026-03-15T00:00:00Z", usd(random.range(-50, 100)),
                             usd(random.range(-50, 100)), OrderState::kPlanned);
      order.kind = static_cast<OrderKind>(random.below(4));
      order.policy = random.chance(0.5) ? "edge" : "core";
      order.planned_at = now;
      orders.push_back(order);
    } else {
      Order& order =
          orders[static_cast<std::size_t>(random.below(static_cast<std::int64_t>(orders.size())))];
      order.state = static_cast<OrderState>(random.below(kOrderStates));
      if (random.chance(0.2)) order.charged = usd(random.range(0, 60));
      kept.put(order);
    }
    kept.put(orders.back());
    Budget anew;
    for (const Order& order : orders) anew.put(order);
    ASSERT_EQ(kept.fleet_month(now), anew.fleet_month(now)) << step;
    ASSERT_EQ(kept.fleet_day(now), anew.fleet_day(now)) << step;
    ASSERT_EQ(kept.policy_month("edge", now), anew.policy_month("edge", now)) << step;
    ASSERT_EQ(kept.orders_day(now), anew.orders_day(now)) << step;
    ASSERT_EQ(kept.lowered_day(now), anew.lowered_day(now)) << step;
    if (orders.size() > 40) {
      kept.remove(orders.front().id);
      orders.erase(orders.begin());
    }
  }
}

TEST(Budget, NothingIsLeftBelowZero) {
  EXPECT_EQ(left_of(std::nullopt, usd(5)), std::nullopt);
  EXPECT_EQ(left_of(usd(10), usd(4)), usd(6));
  EXPECT_EQ(left_of(usd(10), usd(14)), usd(0));
}

}  // namespace
}  // namespace penstock
