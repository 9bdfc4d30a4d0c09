// What becomes of orders in the production loop when the provider, a person or the journal gets in
// their way.
#include <gtest/gtest.h>

#include <optional>
#include <string>

#include "tests/testing/sim_world.h"

namespace penstock {
namespace {

using std::chrono::hours;
using testing::prepaid_vm;
using testing::saturation_policy;
using testing::SimWorld;

TEST(LoopSafety, ADeletedInstanceEndsItsOrders) {
  SimWorld world;
  SimInstance it = prepaid_vm("a", Mbps{400}, DemandShape::flat(50));
  it.expires = world.origin + hours{30};
  world.add(it);
  for (const char* id : {"b", "c", "d", "e", "f"}) {
    world.add(prepaid_vm(id, Mbps{100}, DemandShape::flat(50)));
  }
  world.options.tick = 60s;
  Policy policy = saturation_policy("edge");
  policy.rules = {SaturationRule{.quiet = hours{4}}};
  policy.traffic.least_coverage = 0.1;
  policy.downgrade.window = hours{30};
  world.in_force.policies = {policy};
  world.start();
  world.run(hours{2});
  ASSERT_EQ(world.snapshot()->open_orders.size(), 1U);
  world.sims.at("main")->vanish("a", world.clock.wall());
  world.run(hours{3});
  EXPECT_TRUE(world.snapshot()->open_orders.empty());
  EXPECT_EQ(world.snapshot()->instances.size(), 5U);
}

TEST(LoopSettle, ResumeForgivesDriftAndDoubtsOverAnOrderThatRuns) {
  for (const bool hangs : {false, true}) {
    SimWorld world({.processing = hours{1}});
    world.add(prepaid_vm("a", Mbps{100}, DemandShape::flat(hangs ? 115 : 40)));
    world.in_force.policies = {saturation_policy("edge")};
    world.start();
    world.run(1min);
    if (!hangs) {
      world.sims.at("main")->console_modify("a", Mbps{150}, world.clock.wall());
      world.run(hours{1} + 5min);
      ASSERT_EQ(world.view("a").decision.reason.code, ReasonCode::kDrift);
    }
    // Where the status cannot be read just now, nothing is said to be settled by a guess.
    world.cloud.broken = [&](const std::string& action, const std::string&) {
      const Error no{ErrorKind::kTransient, "no answer", "", ""};
      return hangs && action == "status" ? std::optional(no) : std::nullopt;
    };
    ASSERT_TRUE(
        Pauses(world.folder.path())
            .give({.kind = Instruction::Kind::kResume, .scope = Scope::kInstance, .name = "a"}));
    world.run(1min);
    EXPECT_NE(world.view("a").decision.reason.code, ReasonCode::kDrift);
    ASSERT_EQ(world.orders().size(), hangs ? 1U : 0U);
    if (hangs) {
      EXPECT_EQ(world.orders()[0].state, OrderState::kSettled) << "a person has said so";
    }
  }
}

}  // namespace
}  // namespace penstock
