// The process dies at every step of every order's life, one step per run, and begins again on the
// same disk. Whatever happened: the provider saw exactly one change per intent, and the journal
// knows each of them.
#include <gtest/gtest.h>

#include <set>
#include <string>
#include <vector>

#include "tests/testing/sim_world.h"

namespace penstock {
namespace {

using testing::CallFault;
using testing::Crash;
using testing::postpaid_vm;
using testing::prepaid_vm;
using testing::saturation_policy;
using testing::SimWorld;

constexpr Duration kTerm = 40min;
constexpr Duration kSpan = 60min;

Policy quick_policy() {
  Policy policy = saturation_policy("edge");
  policy.rules = {SaturationRule{.quiet = 8min}};
  policy.downgrade = {.window = 15min, .freeze = 2min, .agreement = 5min, .cooldown = 5min};
  policy.drift_hold = 0s;
  return policy;
}

/// Upgrades at once, postpaid down, a prepaid downgrade in its window that a surge cancels, and one
/// that takes effect at the term's end; some answers are lost on the way.
std::unique_ptr<SimWorld> make_world() {
  auto world = std::make_unique<SimWorld>(SimSettings{.month = kTerm, .processing = 20s}, 60s);
  world->options.tick = 60s;
  world->options.list_every = 4min;
  SimInstance surging = prepaid_vm("surging", Mbps{300}, DemandShape::flat(40));
  SimInstance calm = prepaid_vm("calm", Mbps{300}, DemandShape::flat(60));
  SimInstance hourly = postpaid_vm("hourly", Mbps{100}, DemandShape::flat(200));
  surging.expires = calm.expires = world->origin + kTerm;
  for (const SimInstance& each : {surging, calm, hourly}) world->add(each);
  world->in_force.policies = {quick_policy()};
  world->start();
  int call = 0;
  world->cloud.fault = [call](const std::string&, const InstanceKey&) mutable {
    ++call;
    if (call % 5 == 2) return CallFault::kLostAfter;
    return call % 5 == 4 ? CallFault::kLostBefore : CallFault::kNone;
  };
  return world;
}

/// Demand moves at fixed times, whatever else happens.
void play(SimWorld& world) {
  SimCloud& sim = *world.sims.at("main");
  world.run_through_crashes(10min);
  sim.set_demand("hourly", 30, world.clock.wall());
  world.run_through_crashes(20min);  // into the window: both prepaid ones are lowered
  sim.set_demand("surging", 500, world.clock.wall());
  world.run_through_crashes(kSpan - 30min);
}

TEST(LoopCrash, OneChangePerIntentWhereverTheProcessDies) {
  int steps = 0;
  {
    auto world = make_world();
    world->step = [&] { ++steps; };
    play(*world);
    ASSERT_EQ(world->disagreement(), "");
    std::set<OrderKind> kinds;
    for (const Order& order : world->orders()) kinds.insert(order.kind);
    ASSERT_EQ(kinds.size(), 4U) << "the scenario must show every kind of order";
    ASSERT_GT(world->cap("surging"), Mbps{500});
    ASSERT_LT(world->cap("calm"), Mbps{100});
  }
  ASSERT_GT(steps, 40);
  for (int deadly = 1; deadly <= steps; ++deadly) {
    auto world = make_world();
    int step = 0;
    world->step = [&] {
      if (++step == deadly) throw Crash{};
    };
    play(*world);
    EXPECT_EQ(world->disagreement(), "") << "killed at step " << deadly;
    EXPECT_GT(world->cap("surging"), Mbps{500}) << "killed at step " << deadly;
    EXPECT_LT(world->cap("calm"), Mbps{100}) << "killed at step " << deadly;
    EXPECT_LT(world->cap("hourly"), Mbps{100}) << "killed at step " << deadly;
    for (const Order& order : world->orders()) {
      EXPECT_FALSE(order.unsettled()) << "order " << order.id << ", killed at step " << deadly;
    }
    if (HasFailure()) break;
  }
}

/// The disk is full from the n-th step of orders on, for three minutes.
TEST(LoopCrash, NoOrderGoesOutWhileTheIntentCannotBeWritten) {
  for (int first = 1; first <= 12; ++first) {
    auto world = make_world();
    int steps = 0;
    std::optional<TimePoint> full_until;
    int while_full = 0;
    world->step = [&] {
      if (++steps == first) full_until = world->clock.wall() + 3min;
    };
    const auto full = [&] { return full_until && world->clock.wall() < *full_until; };
    world->journal->disk_full = full;
    world->cloud.fault = [&](const std::string&, const InstanceKey&) {
      while_full += full() ? 1 : 0;
      return CallFault::kNone;
    };
    play(*world);
    EXPECT_EQ(world->disagreement(), "") << "full from step " << first;
    // At most the change that was on its way when the disk filled.
    EXPECT_LE(while_full, 1) << "full from step " << first;
    EXPECT_EQ(world->snapshot()->journal_error, "");
    EXPECT_GT(world->cap("surging"), Mbps{500});
    EXPECT_LT(world->cap("calm"), Mbps{100});
    if (HasFailure()) break;
  }
}

}  // namespace
}  // namespace penstock
