// What becomes of orders in the production loop when the provider, a person or the journal gets in
// their way.
#include <gtest/gtest.h>

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

}  // namespace
}  // namespace penstock
