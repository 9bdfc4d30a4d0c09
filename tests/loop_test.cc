#include "daemon/loop.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "tests/testing/sim_world.h"

namespace penstock {
namespace {

using std::chrono::hours;
using testing::postpaid_vm;
using testing::prepaid_vm;
using testing::saturation_policy;
using testing::SimWorld;

/// A link capped at 72 Mbps whose demand jumps to 500 Mbps: 15 s samples, tick 5 s, changes take
/// 5 s, the shipped saturation policy.
TEST(Loop, AJumpIsServedWithinSeventyFiveSecondsByThreeOrders) {
  SimWorld world;
  world.add(prepaid_vm("i-1", Mbps{72}, DemandShape::steps({{0s, 40}, {10min, 500}})));
  world.in_force.policies = {saturation_policy("edge")};
  world.start();
  world.run(10min);
  ASSERT_EQ(world.cap("i-1"), Mbps{72});
  std::optional<TimePoint> first, unbound;
  while (!unbound && world.clock.wall() < world.origin + 15min) {
    world.run(world.options.tick);
    if (!first && world.view("i-1").saturated) first = world.view("i-1").sample_at;
    if (world.cap("i-1") > Mbps{500}) unbound = world.clock.wall();
  }
  ASSERT_TRUE(first && unbound);
  EXPECT_LE(*unbound - *first, 75s);
  world.run(30min);
  EXPECT_LE(world.changes("i-1").size(), 3U);
  EXPECT_LE(world.cap("i-1"), Mbps{1000});
  EXPECT_EQ(world.disagreement(), "");
}

}  // namespace
}  // namespace penstock
