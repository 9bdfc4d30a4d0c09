// A person's approval through the production loop: asked for, given, used up once, wherever the
// process dies.
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "tests/testing/sim_world.h"

namespace penstock {
namespace {

using std::chrono::hours;
using testing::CallFault;
using testing::Crash;
using testing::prepaid_vm;
using testing::saturation_policy;
using testing::SimWorld;

Money usd(std::int64_t units) {
  return Money::from_units(units);
}

/// Grows by a quarter at a time, 2 USD per Mbps and month: 50 USD, then 62.50, then 75 …
Policy asking_policy(const std::string& name) {
  Policy policy = saturation_policy(name);
  policy.bounds.step = Mbps{25};
  policy.rules = {SaturationRule{.grow = 1.25, .surge_grow = 1.25}};
  policy.upgrade.approve_above = usd(30);
  return policy;
}

std::unique_ptr<SimWorld> asking_world(const std::vector<std::string>& ids = {"a"}) {
  auto world = std::make_unique<SimWorld>();
  for (const std::string& id : ids) {
    SimInstance it = prepaid_vm(id, Mbps{100}, DemandShape::flat(5000));
    it.expires = world->clock.wall() + hours{24 * 30};
    world->add(it);
  }
  world->in_force.policies = {asking_policy("edge")};
  return world;
}

Status approve(SimWorld& world, const std::string& id, Money up_to, Duration span = 1h) {
  const TimePoint now = world.clock.wall();
  Instruction approval{.kind = Instruction::Kind::kApproval, .scope = Scope::kInstance};
  approval.name = id;
  approval.up_to = up_to;
  approval.until = now + span;
  approval.at = now;
  approval.by = "ann";
  return Pauses(world.folder.path()).give(approval);
}

std::vector<std::string> texts_of(SimWorld& world, const std::string& kind) {
  std::vector<std::string> out;
  const auto events = world.journal->events({.limit = 1000});
  if (!events) return out;
  for (const EventRow& event : *events) {
    if (event.kind == kind) out.push_back(event.text);
  }
  return out;
}

TEST(LoopApproval, NoAnswerHoldsAndOneAnswerLetsOneOrderGo) {
  auto world = asking_world();
  world->start();
  world->run(hours{3});
  EXPECT_TRUE(world->orders().empty()) << "nobody has answered";
  EXPECT_EQ(world->view("a").decision.reason.code, ReasonCode::kNeedsApproval);
  ASSERT_TRUE(approve(*world, "a", usd(60)));
  world->run(hours{2});
  ASSERT_EQ(world->orders().size(), 1U);
  EXPECT_EQ(world->cap("a"), Mbps{125});
  EXPECT_EQ(world->view("a").decision.reason.code, ReasonCode::kNeedsApproval);
  const auto used = texts_of(*world, std::string(kApprovalUsed));
  ASSERT_EQ(used.size(), 1U);
  EXPECT_NE(used[0].find("by ann"), std::string::npos) << used[0];
  EXPECT_NE(used[0].find("order " + std::to_string(world->orders()[0].id)), std::string::npos);
  EXPECT_EQ(Pauses(world->folder.path()).read(world->clock.wall()).approval_of({"main", "a"}),
            nullptr)
      << "what is used up is cleared away";
}

/// Two accounts have an instance of that id, and the approval names no account.
TEST(LoopApproval, OneAnswerThatFitsTwoLetsOneGo) {
  auto world = asking_world();
  world->add(prepaid_vm("a", Mbps{100}, DemandShape::flat(5000)), "other");
  // Traffic that may be either's is nobody's.
  world->in_force.policies[0].rules = {FixedRule{Mbps{125}}};
  world->start();
  world->run(15s);
  Instruction approval{.kind = Instruction::Kind::kApproval, .scope = Scope::kInstance};
  approval.name = "a";
  approval.up_to = usd(60);
  approval.until = world->clock.wall() + 1h;
  approval.at = world->clock.wall();
  approval.reason = "a game";
  ASSERT_TRUE(Pauses(world->folder.path()).give(approval));
  world->run(3min);
  EXPECT_EQ(world->orders().size(), 1U);
  ASSERT_EQ(texts_of(*world, "approval-used").size(), 1U);
  EXPECT_NE(texts_of(*world, "approval-used")[0].find(": a game"), std::string::npos);
}

TEST(LoopApproval, APriceAboveWhatWasApprovedHoldsAgain) {
  auto world = asking_world();
  world->start();
  world->run(5min);
  ASSERT_TRUE(approve(*world, "a", usd(49)));
  world->run(30min);
  EXPECT_TRUE(world->orders().empty());
  const Reason why = world->view("a").decision.reason;
  EXPECT_EQ(why.code, ReasonCode::kNeedsApproval);
  EXPECT_EQ(why.numbers[2], 49e6) << "the sentence tells what was approved";
}

TEST(LoopApproval, ItSurvivesARestartAndExpires) {
  auto world = asking_world();
  world->source.dark = true;
  world->start();
  ASSERT_TRUE(approve(*world, "a", usd(60), 30min));
  world->run(5min);
  world->restart();
  world->source.dark = false;
  world->run(10min);
  EXPECT_EQ(world->orders().size(), 1U);
  world->source.dark = true;
  world->run(5min);  // nothing is raised on what is stale
  ASSERT_TRUE(approve(*world, "a", usd(500), 10min));
  world->run(30min);
  world->source.dark = false;
  world->run(30min);
  EXPECT_EQ(world->orders().size(), 1U) << "the second answer came to its end unused";
  EXPECT_EQ(texts_of(*world, "approval-ended").size(), 1U);
}

TEST(LoopApproval, ARefusedOrderHasUsedItUpToo) {
  auto world = asking_world();
  world->cloud.fault = [](const std::string& action, const InstanceKey&) {
    return action == "modify" ? CallFault::kRefused : CallFault::kNone;
  };
  world->start();
  ASSERT_TRUE(approve(*world, "a", usd(60)));
  world->run(hours{1});
  EXPECT_EQ(world->orders().size(), 1U);
  EXPECT_EQ(world->cap("a"), Mbps{100});
}

/// The file is left behind as it would be by a disk that cannot be written, or put back by hand.
TEST(LoopApproval, AnApprovalThatIsPutBackIsNoSecondOne) {
  auto world = asking_world();
  world->start();
  ASSERT_TRUE(approve(*world, "a", usd(100)));
  const Pauses pauses(world->folder.path());
  const Instruction given = *pauses.read(world->clock.wall()).approval_of({"main", "a"});
  world->run(10min);
  ASSERT_EQ(world->orders().size(), 1U);
  for (int i = 0; i < 4; ++i) {
    ASSERT_TRUE(pauses.give(given));
    if (i == 2) world->restart();
    world->run(5min);
    EXPECT_EQ(world->orders().size(), 1U) << i;
  }
}

TEST(LoopApproval, OneAnswerBuysOnceWhereverTheProcessDies) {
  const auto play = [](SimWorld& world) {
    world.run_through_crashes(3min);
    ASSERT_TRUE(approve(world, "a", usd(100)));
    world.run_through_crashes(10min);
  };
  int steps = 0;
  {
    auto world = asking_world();
    world->step = [&] { ++steps; };
    world->start();
    play(*world);
    ASSERT_EQ(world->orders().size(), 1U);
  }
  ASSERT_GT(steps, 4);
  for (int deadly = 1; deadly <= steps; ++deadly) {
    SCOPED_TRACE(deadly);
    auto world = asking_world();
    int step = 0;
    world->step = [&] {
      if (++step == deadly) throw Crash{};
    };
    world->start();
    play(*world);
    EXPECT_LE(world->orders().size(), 1U);
    EXPECT_LE(world->cap("a"), Mbps{125});
    EXPECT_EQ(world->disagreement(), "");
  }
}

}  // namespace
}  // namespace penstock
