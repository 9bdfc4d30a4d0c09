#include "daemon/clock_step.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "tests/testing/sim_world.h"

namespace penstock {
namespace {

using std::chrono::hours;
using testing::postpaid_vm;
using testing::saturation_policy;
using testing::SimWorld;

TEST(ClockStep, RunningIsNone) {
  const ClockReading before{TimePoint{hours{100}}, hours{5}};
  EXPECT_FALSE(clock_step(before, {before.wall + 15s, before.monotonic + 15s}));
  EXPECT_FALSE(clock_step(before, {before.wall + 40s, before.monotonic + 15s}));
  EXPECT_EQ(clock_step(before, {before.wall + 2h, before.monotonic + 15s}), 2h - 15s);
  EXPECT_EQ(clock_step(before, {before.wall - 2h, before.monotonic + 15s}), -2h - 15s);
}

Policy looks_back_four_hours() {
  Policy policy = saturation_policy("edge");
  policy.rules = {SaturationRule{.quiet = hours{4}}};
  policy.downgrade.agreement = {};
  return policy;
}

std::int64_t least_cap(SimWorld& world) {
  std::int64_t least = world.cap("a").count();
  for (const auto& change : world.changes("a")) least = std::min(least, change.to.count());
  return least;
}

/// A clock that is wrong for a while, by any distance, must not make a cut below what was delivered
/// before; and once the look-back has passed anew, the cut comes.
TEST(ClockStep, WhatWasDeliveredBeforeStaysInTheLookBack) {
  constexpr Duration kSteps[] = {-hours{26}, -2h, -10min, 10min, 3h, 40h, hours{24 * 35}};
  for (const Duration step : kSteps) {
    SimWorld world;
    world.add(postpaid_vm("a", Mbps{100}, DemandShape::flat(20)));
    double seen = 80;
    world.source.distort = [&](const std::string&, Rate) { return std::optional(Rate{seen}); };
    world.in_force.policies = {looks_back_four_hours()};
    world.start();
    world.run(5h);
    seen = 20;
    world.run(10min);
    world.clock.step_wall(step);
    world.run(30min);
    world.clock.step_wall(-step);
    world.run(3h);
    EXPECT_GE(least_cap(world), 80) << format(step);
    world.run(3h);
    EXPECT_LT(least_cap(world), 80) << format(step);
  }
}

}  // namespace
}  // namespace penstock
