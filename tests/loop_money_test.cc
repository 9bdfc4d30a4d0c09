// Money through the production loop: limits, reservations, real charges, short balances.
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "tests/testing/sim_world.h"

namespace penstock {
namespace {

using std::chrono::hours;
using testing::CallFault;
using testing::postpaid_vm;
using testing::prepaid_vm;
using testing::saturation_policy;
using testing::SimWorld;

Money usd(std::int64_t units) {
  return Money::from_units(units);
}

/// Grows by a quarter at a time, 2 USD per Mbps and month, the whole term left: 50 USD a step.
Policy modest_policy(const std::string& name) {
  Policy policy = saturation_policy(name);
  policy.bounds.step = Mbps{25};
  policy.rules = {SaturationRule{.grow = 1.25, .surge_grow = 1.25}};
  return policy;
}

Money charged(SimWorld& world) {
  return world.sims.at("main")->ledger().totals().charged_at_once;
}

TEST(LoopMoney, APolicysMonthIsNeverOverspentAndANewMonthIsANewOne) {
  SimWorld world;
  world.clock.advance(*parse_time("2026-01-31T22:00:00Z") - world.origin);
  SimInstance it = prepaid_vm("a", Mbps{100}, DemandShape::flat(5000));
  it.expires = world.clock.wall() + hours{24 * 30};
  world.add(it);
  Policy policy = modest_policy("edge");
  policy.budget.per_month = usd(120);
  world.in_force.policies = {policy};
  world.start();
  world.run(hours{1});
  EXPECT_LE(charged(world), usd(120));
  EXPECT_GE(charged(world), usd(45)) << "one step fits, the next does not";
  EXPECT_EQ(world.view("a").decision.reason.code, ReasonCode::kPolicyBudget);
  EXPECT_LE(world.snapshot()->policies[0].month_spent, usd(120));
  const Money january = charged(world);
  // Neither a restart nor a rename refills it.
  world.in_force.policies[0].name = "rim";
  world.restart();
  world.run(30min);
  EXPECT_EQ(charged(world), january);
  EXPECT_EQ(world.view("a").decision.reason.code, ReasonCode::kPolicyBudget);
  world.run(hours{1});  // into February
  EXPECT_GT(charged(world), january);
  EXPECT_LE(charged(world), january + usd(120));
}

TEST(LoopMoney, AClockThatRanAheadForAWhileRefillsNothing) {
  SimWorld world;
  world.add(prepaid_vm("a", Mbps{100}, DemandShape::flat(5000)));
  Policy policy = modest_policy("edge");
  policy.budget.per_month = usd(120);
  world.in_force.policies = {policy};
  world.start();
  world.run(hours{1});
  const Money spent = world.snapshot()->fleet.month_spent;
  ASSERT_GT(spent, usd(45));
  world.quoter.silent = true;
  world.clock.step_wall(hours{24 * 40});
  world.run(1min);
  world.clock.step_wall(-hours{24 * 40});
  world.run(1min);
  EXPECT_EQ(world.snapshot()->fleet.month_spent, spent);
  EXPECT_EQ(world.snapshot()->policies[0].month_spent, spent);
}

TEST(LoopMoney, ABalanceIsReadBeforeTheFirstDecision) {
  SimWorld world;
  world.add(prepaid_vm("a", Mbps{100}, DemandShape::flat(40)));
  world.in_force.policies = {modest_policy("edge")};
  world.start();
  world.run(1min);
  EXPECT_EQ(world.cloud.calls["balance"], 1);
  EXPECT_TRUE(world.snapshot()->accounts[0].purchasing_power);
  world.restart();
  world.run(1min);
  EXPECT_EQ(world.cloud.calls["balance"], 2);
}

TEST(LoopMoney, TheFleetsDayHoldsEveryPolicy) {
  SimWorld world;
  for (const char* id : {"a", "b", "c"}) {
    world.add(prepaid_vm(id, Mbps{100}, DemandShape::flat(5000)));
  }
  world.in_force.limits.per_day = usd(160);
  world.in_force.policies = {modest_policy("edge")};
  world.start();
  world.run(hours{2});
  EXPECT_LE(charged(world), usd(160));
  EXPECT_GE(charged(world), usd(100));
  EXPECT_EQ(world.view("a").decision.reason.code, ReasonCode::kFleetDayBudget);
  EXPECT_EQ(world.snapshot()->fleet.day_spent, charged(world));
}

TEST(LoopMoney, OrdersOfOneWaveShareOnePurse) {
  SimWorld world;
  for (int i = 0; i < 5; ++i) {
    world.add(prepaid_vm("i-" + std::to_string(i), Mbps{100}, DemandShape::flat(5000)));
  }
  world.in_force.limits.per_month = usd(130);
  world.in_force.policies = {modest_policy("edge")};
  world.start();
  world.run(20s);  // one wave wants 250 USD
  EXPECT_LE(charged(world), usd(130));
  EXPECT_EQ(world.orders().size(), 2U);
}

TEST(LoopMoney, WhatIsUnknownStaysReserved) {
  SimWorld world;
  world.add(prepaid_vm("a", Mbps{100}, DemandShape::flat(5000)));
  world.in_force.policies = {modest_policy("edge")};
  world.cloud.fault = [](const std::string&, const InstanceKey&) { return CallFault::kLostBefore; };
  world.start();
  world.run(20s);
  ASSERT_EQ(world.orders().size(), 1U);
  EXPECT_EQ(world.orders()[0].state, OrderState::kUnknown);
  EXPECT_GT(world.snapshot()->fleet.month_spent, usd(45));
  world.cloud.fault = nullptr;
  world.restart();
  world.run(5s);
  EXPECT_GT(world.snapshot()->fleet.month_spent, usd(45)) << "also over a restart";
  world.run(2min);
  EXPECT_EQ(world.orders()[0].state, OrderState::kSettled);
  EXPECT_EQ(world.snapshot()->fleet.month_spent, charged(world));
}

TEST(LoopMoney, ALostOrderThatWasChargedIsHeldAndNotBoughtAgain) {
  SimWorld world;
  world.add(prepaid_vm("a", Mbps{100}, DemandShape::flat(5000)));
  world.in_force.policies = {modest_policy("edge")};
  world.cloud.fault = [](const std::string&, const InstanceKey&) { return CallFault::kLostAfter; };
  world.start();
  // Paid for, but the change itself fails: the old cap, and money gone.
  world.sims.at("main")->set_conditions({.changes_fail = true}, world.clock.wall());
  world.run(20s);
  world.cloud.fault = nullptr;
  world.run(20min);
  EXPECT_EQ(world.cloud.calls["modify"], 1);
  EXPECT_EQ(world.orders()[0].alarm, OrderAlarm::kNotStarted);
}

// Several alike want the same at once and every answer is lost: what was charged belongs to those
// that are in force, and the one that never arrived is ordered again.
TEST(LoopMoney, OthersChargesDoNotHoldAnOrderThatNeverArrived) {
  for (const bool restarted : {false, true}) {
    SCOPED_TRACE(restarted);
    SimWorld world;
    for (const char* id : {"a", "b", "c"}) {
      world.add(prepaid_vm(id, Mbps{100}, DemandShape::flat(115)));
    }
    world.in_force.policies = {modest_policy("edge")};
    world.cloud.fault = [](const std::string&, const InstanceKey& key) {
      return key.id == "b" ? CallFault::kLostBefore : CallFault::kLostAfter;
    };
    world.start();
    world.run(20s);
    ASSERT_EQ(world.orders().size(), 3U);
    world.cloud.fault = nullptr;
    if (restarted) world.restart();
    world.run(5min);
    for (const char* id : {"a", "b", "c"}) EXPECT_EQ(world.cap(id), Mbps{125}) << id;
    EXPECT_EQ(world.cloud.calls["modify"], 4);
    for (const Order& order : world.orders()) EXPECT_EQ(order.alarm, OrderAlarm::kNone);
    EXPECT_FALSE(world.noted("alarm"));
  }
}

// Hourly bills carry no order number. Where orders were seen to carry theirs, a bill without one is
// no order's; where none was seen, it may be.
TEST(LoopMoney, ABillWithoutAnOrderNumberCountsOnlyWhereOrdersMayHaveNone) {
  const struct {
    const char* name;
    CallFault others;  // what becomes of the other instance's order
    double demand;     // of the other instance, in Mbps
    bool held;
  } cases[] = {
      {"no order was seen to carry a number", CallFault::kNone, 10, true},
      {"one came back with its number", CallFault::kNone, 115, false},
      {"one lost its number and has a charge that carries one", CallFault::kLostAfter, 115, false},
  };
  for (const auto& each : cases) {
    SCOPED_TRACE(each.name);
    SimWorld world;
    world.add(prepaid_vm("a", Mbps{100}, DemandShape::flat(115)));
    world.add(prepaid_vm("b", Mbps{100}, DemandShape::flat(each.demand)));
    world.in_force.policies = {modest_policy("edge")};
    world.cloud.fault = [&](const std::string&, const InstanceKey& key) {
      return key.id == "a" ? CallFault::kLostBefore : each.others;
    };
    world.cloud.others = {{.order_number = "",
                           .at = world.clock.wall() + 30s,
                           .amount = usd(45),
                           .type = "DEDUCTION"}};
    world.start();
    world.run(20s);
    world.cloud.fault = nullptr;
    world.run(5min);
    EXPECT_EQ(world.cap("a"), each.held ? Mbps{100} : Mbps{125});
    EXPECT_EQ(world.noted("alarm"), each.held);
  }
}

TEST(LoopMoney, AChargeThatNobodyElseExplainsHoldsTheLostOrder) {
  SimWorld world;
  for (const char* id : {"a", "b", "c"}) {
    world.add(prepaid_vm(id, Mbps{100}, DemandShape::flat(115)));
  }
  world.in_force.policies = {modest_policy("edge")};
  // All three are charged; the last one's change fails.
  world.cloud.fault = [&](const std::string&, const InstanceKey& key) {
    world.sims.at("main")->set_conditions({.changes_fail = key.id == "b"}, world.clock.wall());
    return CallFault::kLostAfter;
  };
  world.start();
  world.run(20s);
  world.cloud.fault = nullptr;
  world.sims.at("main")->set_conditions({}, world.clock.wall());
  world.restart();
  world.run(hours{1});
  EXPECT_EQ(world.cap("b"), Mbps{100});
  EXPECT_EQ(world.cloud.calls["modify"], 3);
  EXPECT_TRUE(world.noted("alarm"));
}

TEST(LoopMoney, TheRealChargeReplacesTheReservation) {
  SimWorld world;
  SimInstance it = prepaid_vm("a", Mbps{100}, DemandShape::flat(115));
  world.add(it);
  world.in_force.policies = {modest_policy("edge")};
  world.quoter.silent = true;
  TariffRule tariff;  // ours says three times what it costs
  tariff.tariff.unit_price = usd(6);
  world.in_force.tariffs = {tariff};
  world.start();
  world.run(20s);
  EXPECT_GT(world.snapshot()->fleet.month_spent, usd(145));
  world.run(5min);
  ASSERT_EQ(world.orders().size(), 1U);
  EXPECT_EQ(world.orders()[0].charged, charged(world));
  EXPECT_EQ(world.snapshot()->fleet.month_spent, charged(world));
  EXPECT_EQ(world.cloud.calls["transactions"], 1);
}

TEST(LoopMoney, WithoutTheRightToReadTransactionsTheReservationStands) {
  SimWorld world;
  world.add(prepaid_vm("a", Mbps{100}, DemandShape::flat(115)));
  world.in_force.policies = {modest_policy("edge")};
  world.cloud.granted.transactions = false;
  world.cloud.broken = [](const std::string& action, const std::string&) {
    const Error no{ErrorKind::kRefused, "no", "", ""};
    return action == "transactions" ? std::optional(no) : std::nullopt;
  };
  world.start();
  world.run(hours{1});
  EXPECT_FALSE(world.orders()[0].charged);
  EXPECT_LE(world.cloud.calls["transactions"], 4);
  EXPECT_GT(world.snapshot()->fleet.month_spent, usd(45));
}

TEST(LoopMoney, AShortBalanceStopsUpgradesUntilItGrows) {
  SimWorld world({.cash = usd(60)});
  world.add(prepaid_vm("a", Mbps{100}, DemandShape::flat(5000)));
  world.in_force.policies = {modest_policy("edge")};
  world.start();
  world.run(10min);
  EXPECT_EQ(world.cap("a"), Mbps{125});
  EXPECT_EQ(world.view("a").decision.reason.code, ReasonCode::kBalance);
  world.sims.at("main")->deposit(usd(100), world.clock.wall());
  world.run(10min);
  EXPECT_EQ(world.cap("a"), Mbps{175});
}

TEST(LoopMoney, ARefusalForMoneyStopsTheAccountNotTheBreaker) {
  SimWorld world;
  for (const char* id : {"a", "b", "c", "d", "e", "f", "g"}) {
    world.add(prepaid_vm(id, Mbps{100}, DemandShape::flat(5000)));
  }
  world.in_force.policies = {modest_policy("edge")};
  world.start();
  // The balance looks fine, yet the provider says no.
  world.sims.at("main")->set_conditions({.short_balance = true}, world.clock.wall());
  world.cloud.granted.balance = false;
  world.cloud.broken = [](const std::string& action, const std::string&) {
    const Error no{ErrorKind::kRefused, "no", "", ""};
    return action == "balance" ? std::optional(no) : std::nullopt;
  };
  world.run(30min);
  EXPECT_LE(world.cloud.calls["modify"], 5) << "one wave";
  EXPECT_FALSE(world.snapshot()->accounts[0].breaker_open);
  EXPECT_EQ(world.view("g").decision.reason.code, ReasonCode::kBalance);
}

TEST(LoopMoney, ARefusalForMoneyIsOverAfterAnHourThoughTheBalanceNeverGrew) {
  for (const bool restarted : {false, true}) {
    SimWorld world;
    world.add(prepaid_vm("a", Mbps{100}, DemandShape::flat(5000)));
    world.in_force.policies = {modest_policy("edge")};
    // An account that is overdue, whatever its balance says.
    world.cloud.refusal_code = "ORDER_UNPROCESSED_ORDERS_FOR_THIS_RESOURCE";
    world.cloud.fault = [](const std::string&, const InstanceKey&) { return CallFault::kRefused; };
    world.start();
    world.run(10min);
    world.cloud.fault = nullptr;
    const int asked = world.cloud.calls["modify"];
    if (restarted) world.restart();
    world.run(45min);
    EXPECT_EQ(world.cloud.calls["modify"], asked) << "within the hour nothing is tried";
    world.run(15min);
    EXPECT_GT(world.cap("a"), Mbps{100});
  }
}

TEST(LoopMoney, ARefusalForMoneyThatIsDatedAheadIsOverAfterAnHourToo) {
  SimWorld world;
  world.add(prepaid_vm("a", Mbps{100}, DemandShape::flat(5000)));
  world.in_force.policies = {modest_policy("edge")};
  world.cloud.refusal_code = "ORDER_UNPROCESSED_ORDERS_FOR_THIS_RESOURCE";
  world.cloud.fault = [](const std::string&, const InstanceKey&) { return CallFault::kRefused; };
  world.start();
  world.run(1min);
  world.clock.step_wall(hours{24});
  world.run(10min);
  world.cloud.fault = nullptr;
  world.clock.step_wall(-hours{24});
  const int asked = world.cloud.calls["modify"];
  world.run(90min);
  EXPECT_GT(world.cloud.calls["modify"], asked);
}

TEST(LoopMoney, WithoutAnyPriceNothingIsBoughtAndTheApiIsLeftInPeace) {
  SimWorld world;
  world.add(prepaid_vm("a", Mbps{100}, DemandShape::flat(5000)));
  world.in_force.policies = {modest_policy("edge")};
  world.quoter.silent = true;
  world.start();
  world.run(10min);
  EXPECT_EQ(world.cloud.calls["modify"], 0);
  EXPECT_EQ(world.view("a").decision.reason.code, ReasonCode::kNoPrice);
  EXPECT_LE(world.cloud.calls["quote"], 11);
  EXPECT_LE(world.cloud.calls["status"], 11);
}

TEST(LoopMoney, AHeldBudgetDoesNotAskForPricesAtEveryTick) {
  SimWorld world;
  world.add(prepaid_vm("a", Mbps{100}, DemandShape::flat(5000)));
  Policy policy = modest_policy("edge");
  policy.budget.per_month = usd(20);
  world.in_force.policies = {policy};
  world.start();
  world.run(hours{1});
  EXPECT_EQ(world.view("a").decision.reason.code, ReasonCode::kPolicyBudget);
  EXPECT_LE(world.cloud.calls["quote"], 8);
}

TEST(LoopMoney, OrdersPerDayAreLimited) {
  SimWorld world({}, 60s);
  world.options.tick = 60s;
  world.add(prepaid_vm("a", Mbps{100}, DemandShape::flat(5000)));
  world.in_force.policies = {modest_policy("edge")};
  world.in_force.limits.orders_per_day = 3;
  world.start();
  world.run(hours{2});
  EXPECT_EQ(world.changes("a").size(), 3U);
  EXPECT_EQ(world.view("a").decision.reason.code, ReasonCode::kOrdersPerDay);
  world.run(hours{23});
  EXPECT_EQ(world.changes("a").size(), 6U);
}

TEST(LoopMoney, PostpaidGivesBackWhatItNoLongerSpends) {
  SimWorld world({}, 60s);
  world.options.tick = 60s;
  world.add(postpaid_vm("a", Mbps{100}, DemandShape::burst(30, 190, hours{200}, 30min, 1h)));
  Policy policy = saturation_policy("edge");
  policy.rules = {SaturationRule{.quiet = hours{1}}};
  world.in_force.policies = {policy};
  world.start();
  world.run(hours{1} + 30min);
  const Money peak = world.snapshot()->fleet.month_spent;
  EXPECT_GT(peak, usd(100)) << "the difference until the end of the month";
  world.run(hours{4});
  ASSERT_LT(world.cap("a"), Mbps{100});
  EXPECT_LT(world.snapshot()->fleet.month_spent, usd(30));
  EXPECT_GE(world.snapshot()->fleet.month_spent, usd(0));
}

}  // namespace
}  // namespace penstock
