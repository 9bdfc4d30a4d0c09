// The production loop after the API has said no: it asks again ever more seldom, and a restart
// changes nothing about that.
#include <gtest/gtest.h>

#include "tests/testing/sim_world.h"

namespace penstock {
namespace {

using testing::CallFault;
using testing::prepaid_vm;
using testing::saturation_policy;
using testing::SimWorld;

TEST(LoopRefusal, ARefusedOrderIsNotRepeatedAtEveryTick) {
  SimWorld world;
  world.in_force.limits.breaker = {.failures = 1000, .within = 1h};
  world.add(prepaid_vm("a", Mbps{72}, DemandShape::flat(500)));
  world.in_force.policies = {saturation_policy("edge")};
  world.cloud.fault = [](const std::string&, const InstanceKey&) { return CallFault::kRefused; };
  world.start();
  world.run(30min);
  EXPECT_LE(world.cloud.calls["modify"], 8);
  EXPECT_GE(world.cloud.calls["modify"], 4);
}

/// Who is restarted by a supervisor again and again asks no more often for it.
TEST(LoopRefusal, ARefusedOrderIsNotRepeatedAtEveryRestart) {
  SimWorld world;
  world.in_force.limits.breaker = {.failures = 1000, .within = 1h};
  world.add(prepaid_vm("a", Mbps{72}, DemandShape::flat(500)));
  world.in_force.policies = {saturation_policy("edge")};
  world.cloud.fault = [](const std::string&, const InstanceKey&) { return CallFault::kRefused; };
  world.start();
  world.run(10min);
  const int before = world.cloud.calls["modify"];
  for (int i = 0; i < 10; ++i) {
    world.restart();
    world.run(1min);
  }
  EXPECT_LE(world.cloud.calls["modify"], before + 2);
  EXPECT_NE(world.view("a").refusal, "");
}

/// The account's money is short for the next run, too: its other instances ask no more than the
/// one that was refused, until the wait for an unknown balance is over.
TEST(LoopRefusal, ARefusalForMoneyHoldsTheAccountOverARestart) {
  SimWorld world;
  world.add(prepaid_vm("a", Mbps{72}, DemandShape::flat(500)));
  world.in_force.policies = {saturation_policy("edge")};
  world.in_force.accounts["main"].money_words = {"BALANCE"};
  world.cloud.refusal_code = "OPERATION_DENIED_BALANCE_TOO_LOW";
  world.cloud.fault = [](const std::string&, const InstanceKey&) { return CallFault::kRefused; };
  world.start();
  world.run(2min);
  EXPECT_EQ(world.cloud.calls["modify"], 1);
  EXPECT_EQ(world.view("a").decision.reason.code, ReasonCode::kBalance);
  world.restart();
  world.run(40min);
  EXPECT_EQ(world.cloud.calls["modify"], 1);
  EXPECT_EQ(world.view("a").decision.reason.code, ReasonCode::kBalance);
  world.cloud.fault = nullptr;
  world.run(25min);
  EXPECT_GT(world.cap("a"), Mbps{500}) << "what the balance was then is not known: an hour will do";
}

}  // namespace
}  // namespace penstock
