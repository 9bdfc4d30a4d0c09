// A steady call of decide takes nothing from the heap.
#include <gtest/gtest.h>

#include <memory>

#include "policies/decide.h"
#include "tests/testing/allocations.h"
#include "tests/testing/world.h"

namespace penstock {
namespace {

using testing::heap_taken;
using testing::Random;
using testing::World;

TEST(DecideAllocation, NoneInAnyWorld) {
  Random random{testing::seed_or(31)};
  SCOPED_TRACE(random.seed());
  for (int i = 0; i < 200; ++i) {
    World world = testing::random_world(random);
    const Situation situation = world.situation();
    const Sample next{world.now + 15s, 15s, Rate{12}};
    const std::size_t before = heap_taken().blocks;
    const Decision decision = decide(world.policy, situation, world.now);
    world.demand.observe(next, world.cap, world.cap_since, kSaturatedAt);
    EXPECT_EQ(heap_taken().blocks, before) << to_string(decision.action);
  }
  // The counter itself counts.
  const std::size_t before = heap_taken().blocks;
  const auto one = std::make_unique<int>(1);
  EXPECT_GT(heap_taken().blocks, before);
}

}  // namespace
}  // namespace penstock
