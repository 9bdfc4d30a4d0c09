// What traffic taught survives the daemon: the loop ends, another begins on the same disk.
#include <gtest/gtest.h>

#include <filesystem>

#include "daemon/demand_store.h"
#include "daemon/learned.h"
#include "tests/testing/sim_world.h"

namespace penstock {
namespace {

using std::chrono::hours;
using testing::postpaid_vm;
using testing::saturation_policy;
using testing::SimWorld;

template <class Memory>
std::string bytes_of(const Memory& memory) {
  std::string bytes;
  memory.save(bytes);
  return bytes;
}

/// What lies in the world's demand store of its only instance.
Learned stored(SimWorld& world) {
  Learned learned;
  const Status read = world.demand_store->load([&](const InstanceKey&, std::string_view bytes) {
    EXPECT_TRUE(restore_learned(bytes, learned));
  });
  EXPECT_TRUE(read);
  return learned;
}

TEST(RestartMemory, WhatRulesHaveLearnedIsKeptAndLearnedOn) {
  SimWorld world({}, 60s);
  world.options.tick = 60s;
  world.add(postpaid_vm("a", Mbps{100}, DemandShape::flat(40)));
  Policy policy = saturation_policy("edge");
  policy.mode = Mode::kObserve;
  policy.rules = {EconomicRule{}, ForecastRule{}};
  world.in_force.policies = {policy};
  world.start();
  world.run(hours{5});
  world.loop->finish();
  const Learned before = stored(world);
  ASSERT_NE(before.economic, nullptr);
  ASSERT_NE(before.forecast, nullptr);
  EXPECT_GT(before.forecast->seen(), hours{4});

  world.restart();
  world.run(2min);
  world.loop->finish();
  const Learned after = stored(world);
  ASSERT_NE(after.economic, nullptr);
  ASSERT_NE(after.forecast, nullptr);
  EXPECT_GT(after.forecast->seen(), before.forecast->seen()) << "learned on, not anew";
  EXPECT_LT(after.forecast->seen() - before.forecast->seen(), 10min);
  // A memory that had begun anew would know of two minutes only.
  const double level = LevelCounts::position(30);
  EXPECT_NEAR(after.economic->share(level), before.economic->share(level), 0.01);
  EXPECT_NE(bytes_of(*after.economic), bytes_of(*before.economic));
  EXPECT_GT(after.economic->at(), before.economic->at());
  EXPECT_GT(after.demand.observed(), hours{4});
}

TEST(RestartMemory, AfterAKillWhatWasSavedLastIsThere) {
  SimWorld world({}, 60s);
  world.options.tick = 60s;
  world.add(postpaid_vm("a", Mbps{100}, DemandShape::flat(40)));
  Policy policy = saturation_policy("edge");
  policy.mode = Mode::kObserve;
  policy.rules = {EconomicRule{}, ForecastRule{}};
  world.in_force.policies = {policy};
  world.start();
  world.run(hours{3});
  world.restart();
  world.run(5min);
  const Learned after = stored(world);
  ASSERT_NE(after.forecast, nullptr);
  EXPECT_GT(after.forecast->seen(), hours{2});
  ASSERT_NE(after.economic, nullptr);
  EXPECT_GT(after.demand.observed(), hours{2});
}

/// A disk that is full at the start and free an hour later.
TEST(RestartMemory, WhatCouldNotBeReadAtTheStartIsReadLater) {
  SimWorld world({}, 60s);
  world.options.tick = 60s;
  world.demand_file = "/disk/demand.db";
  const std::string disk = world.folder.path() + "/disk";
  std::filesystem::create_directory(disk);
  world.add(postpaid_vm("a", Mbps{100}, DemandShape::flat(40)));
  Policy policy = saturation_policy("edge");
  policy.mode = Mode::kObserve;
  policy.rules = {EconomicRule{}, ForecastRule{}};
  world.in_force.policies = {policy};
  world.start();
  world.run(hours{5});
  world.loop->finish();
  world.loop.reset();
  world.demand_store.reset();
  std::filesystem::rename(disk, disk + "-away");
  world.restart();
  world.run(hours{1});
  std::filesystem::rename(disk + "-away", disk);
  world.run(hours{1});
  world.loop->finish();
  const Learned after = stored(world);
  ASSERT_NE(after.forecast, nullptr);
  EXPECT_GT(after.forecast->seen(), hours{5});
  ASSERT_NE(after.economic, nullptr);
  EXPECT_GT(after.demand.observed(), 90min) << "what was seen meanwhile stands";
}

/// A process that ends at any tick after its order took effect knows it for its own.
TEST(RestartMemory, OurOwnChangeIsNobodyElsesAfterAKill) {
  for (int tick = 1; tick <= 8; ++tick) {
    SimWorld world;
    world.add(postpaid_vm("a", Mbps{100}, DemandShape::flat(20)));
    world.in_force.policies = {saturation_policy("edge")};
    world.start();
    world.run(2min + tick * 15s);
    world.sims.at("main")->set_demand("a", 400, world.clock.wall());
    for (int i = 0; i < 12 && world.view("a").cap == Mbps{100}; ++i) world.run(15s);
    ASSERT_GT(world.view("a").cap, Mbps{100});
    world.restart();
    world.run(2min);
    EXPECT_FALSE(world.noted("drift")) << "begun at tick " << tick;
  }
}

/// Every rule asked for less, then nobody saw the traffic for hours and the daemon began anew: it
/// forgets the agreement, and whoever begins after it does not know of it either.
TEST(RestartMemory, AgreementThatEndedAtARestartIsNotRememberedByTheNext) {
  SimWorld world({}, 60s);
  world.options.tick = 60s;
  world.add(postpaid_vm("a", Mbps{400}, DemandShape::flat(40)));
  Policy policy = saturation_policy("edge");
  policy.mode = Mode::kObserve;
  policy.downgrade.agreement = hours{24};
  world.in_force.policies = {policy};
  const auto agreed_since = [&world] {
    const Result<Memory> memory = world.journal->load(world.clock.wall());
    EXPECT_TRUE(memory && memory->instances.size() == 1);
    return memory->instances.at(0).memo.lower_since;
  };
  world.start();
  world.run(hours{14});
  ASSERT_TRUE(agreed_since().has_value());
  world.loop->finish();
  world.source.dark = true;
  world.clock.advance(hours{30});
  world.restart();
  world.run(5min);
  EXPECT_EQ(world.view("a").decision.memo.lower_since, std::nullopt);
  EXPECT_EQ(agreed_since(), std::nullopt);
}

}  // namespace
}  // namespace penstock
