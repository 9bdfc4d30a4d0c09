#include "daemon/fleet.h"

#include <gtest/gtest.h>

#include <string>

#include "daemon/log.h"

namespace penstock {
namespace {

const TimePoint kNow{std::chrono::seconds{1'767'225'600}};

class FleetTest : public ::testing::Test {
 protected:
  void SetUp() override { set_log_level(LogLevel::kError); }

  /// Lists instances 0 … count-1 of `account`, all with this cap.
  void list(int count, TimePoint now, Mbps cap = Mbps{100}, const std::string& account = "main") {
    Inventory inventory;
    for (int i = 0; i < count; ++i) {
      Instance instance;
      instance.key = {account, "i-" + std::to_string(i)};
      instance.cap = cap;
      inventory.instances.push_back(instance);
    }
    std::map<std::string, Result<Inventory>> lists;
    lists.emplace(account, std::move(inventory));
    fleet.take(std::move(lists), now);
  }
  void fail(TimePoint now, const std::string& account = "main") {
    std::map<std::string, Result<Inventory>> lists;
    lists.emplace(account, Error{ErrorKind::kTransient, "no answer", "", ""});
    fleet.take(std::move(lists), now);
  }
  std::size_t dropped(TimePoint now) {
    return fleet.drop_gone(now, [](const InstanceKey&) { return true; }).size();
  }
  const AccountState& account() { return fleet.accounts().at("main"); }

  Fleet fleet;
};

TEST_F(FleetTest, AFailingListKeepsTheOldInstances) {
  list(10, kNow);
  fail(kNow + 1min);
  EXPECT_EQ(fleet.all().size(), 10U);
  EXPECT_EQ(account().error, "no answer");
  EXPECT_FALSE(account().doubt);
  EXPECT_EQ(dropped(kNow + 100h), 0U);
}

TEST_F(FleetTest, WhoComesBackWithinADayIsWhatItWas) {
  list(10, kNow);
  Tracked& last = *fleet.find({"main", "i-9"});
  last.record.expected_cap = Mbps{70};
  last.demand.observe({.at = kNow, .span = 1min, .egress = Rate{60}}, Mbps{100}, TimePoint{}, 0.95);
  list(9, kNow + 1min);
  EXPECT_EQ(dropped(kNow + 2h), 1U);
  EXPECT_EQ(fleet.find({"main", "i-9"}), nullptr);
  EXPECT_TRUE(fleet.forget_departed(kNow + 20h).empty());
  list(10, kNow + 20h);
  EXPECT_EQ(fleet.find({"main", "i-9"})->record.expected_cap, Mbps{70});
  EXPECT_EQ(fleet.find({"main", "i-9"})->demand.size(), 1U);
  EXPECT_TRUE(fleet.forget_departed(kNow + 100h).empty()) << "it is there";

  list(9, kNow + 101h);
  EXPECT_EQ(dropped(kNow + 103h), 1U);
  EXPECT_EQ(fleet.forget_departed(kNow + 103h + Fleet::kRemembered).size(), 1U);
  list(10, kNow + 130h);
  EXPECT_TRUE(fleet.find({"main", "i-9"})->demand.empty());
  EXPECT_EQ(fleet.find({"main", "i-9"})->record.expected_cap, Mbps{100});
}

TEST_F(FleetTest, WhatTheJournalRemembersOfWhoNeverComesIsForgotten) {
  Memory memory;
  memory.instances.push_back({.instance = {"main", "long-gone"}});
  fleet.remember(memory);
  EXPECT_TRUE(fleet.forget_departed(kNow).empty());
  fail(kNow);
  EXPECT_TRUE(fleet.forget_departed(kNow + 100h).empty()) << "no list has said that it is gone";
  list(10, kNow + 100h);
  EXPECT_TRUE(fleet.forget_departed(kNow + 100h).empty());
  fail(kNow + 110h);
  EXPECT_TRUE(fleet.forget_departed(kNow + 200h).empty());
  list(10, kNow + 200h);
  EXPECT_EQ(fleet.forget_departed(kNow + 200h), std::vector<InstanceKey>({{"main", "long-gone"}}));
}

TEST_F(FleetTest, AFifthMissingIsGoneMoreIsDoubt) {
  list(10, kNow);
  list(8, kNow + 1min);
  EXPECT_FALSE(account().doubt);
  EXPECT_EQ(fleet.size(), 8U);
  EXPECT_EQ(dropped(kNow + 1min), 0U) << "not at once";
  EXPECT_EQ(dropped(kNow + 1min + Fleet::kGone), 2U);
  list(6, kNow + 2h);
  EXPECT_TRUE(account().doubt);
  EXPECT_EQ(fleet.size(), 8U) << "nothing is given up in doubt";
  EXPECT_EQ(dropped(kNow + 100h), 0U);
  list(6, kNow + 3h);
  EXPECT_TRUE(account().doubt) << "saying it twice does not make it true";
  list(7, kNow + 4h);
  EXPECT_FALSE(account().doubt) << "seven of eight";
}

TEST_F(FleetTest, AnEmptyListIsDoubt) {
  list(1, kNow);
  list(0, kNow + 1min);
  EXPECT_TRUE(account().doubt);
}

TEST_F(FleetTest, APersonMayVouchForAShrunkenList) {
  list(10, kNow);
  list(2, kNow + 1min);
  ASSERT_TRUE(account().doubt);
  fleet.accept_shrinking("");
  list(2, kNow + 2min);
  EXPECT_FALSE(account().doubt);
  EXPECT_EQ(fleet.size(), 2U);
  list(1, kNow + 3min);
  EXPECT_TRUE(account().doubt) << "vouched for once, not for ever";
}

TEST_F(FleetTest, OneAccountsTroubleIsItsOwn) {
  list(10, kNow);
  list(10, kNow, Mbps{100}, "other");
  list(1, kNow + 1min, Mbps{100}, "other");
  EXPECT_TRUE(fleet.accounts().at("other").doubt);
  EXPECT_FALSE(account().doubt);
}

TEST_F(FleetTest, AListThatDiffersIsASuspicionNotAFact) {
  list(1, kNow);
  list(1, kNow + 1min, Mbps{300});
  const Tracked& tracked = *fleet.find({"main", "i-0"});
  EXPECT_EQ(tracked.cap, Mbps{100});
  EXPECT_TRUE(tracked.suspect);
}

TEST_F(FleetTest, MemoryIsTakenUpWhenTheInstanceAppears) {
  InstanceMemory memory;
  memory.instance = {"main", "i-0"};
  memory.cap = Mbps{100};
  memory.cap_since = kNow - 5h;
  memory.record.last_upgrade_at = kNow - 1min;
  memory.record.expected_cap = Mbps{100};
  memory.replacements = 2;
  memory.memo = {kNow - 3min, Mbps{40}};
  fleet.remember(Memory{.last_order = 0, .orders = {}, .instances = {memory}, .breakers = {}});
  list(2, kNow);
  const Tracked& tracked = *fleet.find({"main", "i-0"});
  EXPECT_EQ(tracked.cap_since, kNow - 5h);
  EXPECT_EQ(tracked.record.last_upgrade_at, kNow - 1min);
  EXPECT_EQ(tracked.memo, memory.memo);
  EXPECT_FALSE(tracked.suspect);
  EXPECT_EQ(fleet.find({"main", "i-1"})->cap_since, kNow);
  const InstanceMemory back = memory_of(tracked);
  EXPECT_EQ(back.record.expected_cap, memory.record.expected_cap);
  EXPECT_EQ(back.replacements, 2);
}

TEST_F(FleetTest, AnInstanceOfAnotherAccountInAListIsIgnored) {
  Inventory inventory;
  inventory.instances.resize(1);
  inventory.instances[0].key = {"other", "i-9"};
  std::map<std::string, Result<Inventory>> lists;
  lists.emplace("main", std::move(inventory));
  fleet.take(std::move(lists), kNow);
  EXPECT_TRUE(fleet.all().empty());
}

TEST_F(FleetTest, OwnersAndTariffsFollowTheSet) {
  list(2, kNow);
  InForce set;
  Policy all;
  all.name = "all";
  Policy first;
  first.name = "first";
  first.priority = 1;
  first.match.id = {"i-0"};
  set.policies = {all, first};
  TariffRule tariff;
  tariff.match.id = {"i-1"};
  set.tariffs = {tariff};
  fleet.own(set);
  EXPECT_EQ(fleet.find({"main", "i-0"})->policy->name, "first");
  EXPECT_EQ(fleet.find({"main", "i-1"})->policy->name, "all");
  EXPECT_EQ(fleet.find({"main", "i-0"})->tariff, nullptr);
  EXPECT_NE(fleet.find({"main", "i-1"})->tariff, nullptr);
}

}  // namespace
}  // namespace penstock
