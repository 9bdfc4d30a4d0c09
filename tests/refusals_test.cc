#include "daemon/refusals.h"

#include <gtest/gtest.h>

#include <vector>

#include "daemon/in_force.h"

namespace penstock {
namespace {

const TimePoint kBegin{std::chrono::hours{24 * 20000}};
const std::vector<std::string> kWords = {"BALANCE"};

Order order(const std::string& id, OrderState state, Duration after, std::string code = "") {
  Order out;
  out.instance = {"main", id};
  out.kind = OrderKind::kUpgrade;
  out.sent_at = kBegin + after;
  out.changed_at = kBegin + after + 1s;
  out.state = state;
  out.code = std::move(code);
  out.message = "for " + id;
  return out;
}

TEST(Refusals, EachDoublesTheWaitUpToAnHour) {
  EXPECT_EQ(wait_after(0), 15s);
  EXPECT_EQ(wait_after(1), 30s);
  EXPECT_EQ(wait_after(7), 32min);
  EXPECT_EQ(wait_after(8), 1h);
  EXPECT_EQ(wait_after(1000), 1h);
  EXPECT_EQ(wait_after(-1), 15s);
}

TEST(Refusals, CountWhatTheApiRefusedSinceItLastAccepted) {
  const std::vector<Order> orders = {
      order("a", OrderState::kRejected, 0s),    order("a", OrderState::kEffective, 60s),
      order("a", OrderState::kRejected, 120s),  order("b", OrderState::kUnknown, 130s),
      order("a", OrderState::kRejected, 180s),  order("c", OrderState::kRejected, 190s),
      order("c", OrderState::kScheduled, 200s),
  };
  const auto found = refusals_of(orders);
  ASSERT_EQ(found.size(), 2U);
  EXPECT_EQ(found.at({"main", "a"}).in_row, 2);
  EXPECT_EQ(found.at({"main", "a"}).retry_at, kBegin + 181s + 30s);
  EXPECT_EQ(found.at({"main", "a"}).why, "for a");
  EXPECT_EQ(found.at({"main", "b"}).in_row, 1);
}

TEST(Refusals, AnAnswerThatWasLostCountsWhateverReadingProvedLater) {
  Order settled = order("a", OrderState::kSettled, 0s, "NETWORK_ERROR");
  settled.changed_at = kBegin + 10min;
  EXPECT_EQ(refusals_of(std::vector{settled}).at({"main", "a"}).retry_at, kBegin + 15s);
  EXPECT_TRUE(refusals_of(std::vector{order("a", OrderState::kSettled, 0s)}).empty());
}

TEST(Refusals, WhatWasNeverSentIsNone) {
  Order planned = order("a", OrderState::kRejected, 0s);
  planned.sent_at = {};
  EXPECT_TRUE(refusals_of(std::vector{planned}).empty());
}

TEST(Refusals, OnlyAnUpgradeIsRefusedForMoney) {
  EXPECT_TRUE(refused_for_money(order("a", OrderState::kRejected, 0s, "LOW_BALANCE"), kWords));
  EXPECT_FALSE(refused_for_money(order("a", OrderState::kUnknown, 0s, "LOW_BALANCE"), kWords));
  EXPECT_FALSE(refused_for_money(order("a", OrderState::kRejected, 0s, "NOT_RUNNING"), kWords));
  Order down = order("a", OrderState::kRejected, 0s, "LOW_BALANCE");
  down.kind = OrderKind::kDowngrade;
  EXPECT_FALSE(refused_for_money(down, kWords));
}

TEST(Refusals, AnUpgradeThatWentThroughSinceShowsThatThereIsMoney) {
  InForce in_force;
  in_force.accounts["main"].money_words = kWords;
  std::vector<Order> orders = {order("a", OrderState::kRejected, 0s, "LOW_BALANCE")};
  EXPECT_EQ(short_of_money_since(orders, in_force),
            (std::map<std::string, TimePoint>{{"main", kBegin + 1s}}));
  orders.push_back(order("b", OrderState::kUnknown, 60s, "NETWORK_ERROR"));
  orders.push_back(order("b", OrderState::kEffective, 70s));
  orders.back().charge = Charge::kPostpaid;
  EXPECT_EQ(short_of_money_since(orders, in_force).size(), 1U) << "neither says anything of money";
  orders.push_back(order("b", OrderState::kProcessing, 120s));
  orders.back().charge = Charge::kPrepaid;
  EXPECT_TRUE(short_of_money_since(orders, in_force).empty());
  orders.push_back(order("c", OrderState::kRejected, 180s, "LOW_BALANCE"));
  EXPECT_EQ(short_of_money_since(orders, in_force).at("main"), kBegin + 181s);
}

}  // namespace
}  // namespace penstock
