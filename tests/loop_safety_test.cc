// The production loop when the world misbehaves: blackouts, lying sources, failing accounts, calls
// that are refused or never answered. Doubt never lowers, and one part's trouble is its own.
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "tests/testing/random.h"
#include "tests/testing/sim_world.h"

namespace penstock {
namespace {

using std::chrono::hours;
using testing::CallFault;
using testing::postpaid_vm;
using testing::prepaid_vm;
using testing::Random;
using testing::saturation_policy;
using testing::SimWorld;
using testing::SourceOfSim;

const Error kRefusal{ErrorKind::kRefused, "no", "AUTHFAILURE_UNAUTHORIZED_OPERATION", ""};
const Error kOutage{ErrorKind::kTransient, "no answer", "NETWORK_ERROR", ""};

int count_orders(SimWorld& world, OrderKind kind) {
  const std::vector<Order> orders = world.orders();
  return static_cast<int>(
      std::ranges::count_if(orders, [&](const Order& order) { return order.kind == kind; }));
}

/// Two accounts, each with its own source and policy, both with a link that is too small.
struct TwoHalves : SimWorld {
  TwoHalves() : second("second", cloud, 15s, origin) {
    sources = {&source, &second};
    add(prepaid_vm("a", Mbps{72}, DemandShape::flat(500)), "main");
    add(prepaid_vm("b", Mbps{72}, DemandShape::flat(500)), "other");
    Policy one = saturation_policy("one");
    one.match.account = {"main"};
    one.traffic.source = "sim";
    Policy two = saturation_policy("two");
    two.match.account = {"other"};
    two.traffic.source = "second";
    in_force.policies = {one, two};
  }
  SourceOfSim second;
};

TEST(LoopSafety, OneSourceFailingLeavesTheOthersUntouched) {
  TwoHalves world;
  world.source.dark = true;
  world.start();
  world.run(5min);
  EXPECT_EQ(world.cap("a"), Mbps{72});
  EXPECT_GT(world.cap("b"), Mbps{500});
  const auto snapshot = world.snapshot();
  ASSERT_EQ(snapshot->sources.size(), 2U);
  for (const SourceView& source : snapshot->sources) {
    EXPECT_EQ(source.error.empty(), source.name == "second") << source.name;
  }
}

TEST(LoopSafety, OneAccountFailingLeavesTheOthersUntouched) {
  for (const std::string broken : {"list", "status", "modify"}) {
    SCOPED_TRACE(broken);
    TwoHalves world;
    world.cloud.broken = [&](const std::string& action,
                             const std::string& account) -> std::optional<Error> {
      if (account == "main" && action == broken) return action == "list" ? kOutage : kRefusal;
      return std::nullopt;
    };
    world.start();
    world.run(5min);
    EXPECT_EQ(world.cap("a"), Mbps{72});
    EXPECT_GT(world.cap("b"), Mbps{500});
  }
}

TEST(LoopSafety, OnePolicyWithoutASourceLeavesTheOthersUntouched) {
  TwoHalves world;
  world.in_force.policies[0].traffic.source = "nowhere";
  world.start();
  world.run(5min);
  EXPECT_EQ(world.cap("a"), Mbps{72});
  EXPECT_GT(world.cap("b"), Mbps{500});
  EXPECT_NE(world.snapshot()->policies[0].error, "");
}

TEST(LoopSafety, AListThatFailsLaterKeepsItsInstancesServed) {
  SimWorld world;
  world.add(prepaid_vm("a", Mbps{72}, DemandShape::steps({{0s, 40}, {5min, 500}})));
  world.in_force.policies = {saturation_policy("edge")};
  world.start();
  world.run(1min);
  world.cloud.broken = [](const std::string& action, const std::string&) {
    return action == "list" ? std::optional(kOutage) : std::nullopt;
  };
  world.run(9min);
  EXPECT_GT(world.cap("a"), Mbps{500});
  EXPECT_NE(world.snapshot()->accounts[0].error, "");
}

TEST(LoopSafety, AShrunkenListHoldsUntilAPersonVouches) {
  SimWorld world;
  for (const char* id : {"a", "b", "c", "d"}) {
    world.add(prepaid_vm(id, Mbps{72}, DemandShape::steps({{0s, 40}, {5min, 500}})));
  }
  world.in_force.policies = {saturation_policy("edge")};
  world.start();
  world.run(1min);
  world.cloud.hidden = {"c", "d"};
  world.run(9min);
  EXPECT_EQ(world.cap("a"), Mbps{72});
  EXPECT_EQ(world.view("a").decision.reason.code, ReasonCode::kInventoryDoubt);
  EXPECT_TRUE(world.snapshot()->accounts[0].doubt);
  ASSERT_TRUE(Pauses(world.folder.path()).give({.kind = Instruction::Kind::kResume}));
  world.run(5min);
  EXPECT_GT(world.cap("a"), Mbps{500});
  EXPECT_EQ(world.cap("c"), Mbps{72}) << "gone: left alone";
}

/// A list that is short for hours is no reason to take our own downgrade for somebody else's.
TEST(LoopSafety, AScheduledDowngradeIsOursAlsoAfterTheInstanceWasOutOfSight) {
  SimWorld world({.month = hours{72}}, 60s);
  world.options.tick = 60s;
  SimInstance it = prepaid_vm("a", Mbps{400}, DemandShape::flat(40));
  it.expires = world.origin + hours{20};
  world.add(it);
  world.add(prepaid_vm("b", Mbps{72}, DemandShape::flat(40)));
  Policy policy = saturation_policy("edge");
  policy.rules = {SaturationRule{.quiet = hours{4}}};
  policy.downgrade.window = hours{12};
  world.in_force.policies = {policy};
  world.start();
  world.run(hours{12});
  ASSERT_EQ(count_orders(world, OrderKind::kScheduleDowngrade), 1);
  world.cloud.hidden = {"a"};
  world.restart();
  world.run(hours{3});
  world.cloud.hidden.clear();
  world.run(hours{8});
  EXPECT_LT(world.cap("a"), Mbps{100});
  EXPECT_FALSE(world.view("a").record.drifted_at);
}

/// Every way of not knowing the traffic, each over the whole window of a prepaid term and over the
/// agreement of a postpaid one. Nothing is ever lowered.
TEST(LoopSafety, ABlackoutNeverLowers) {
  const std::uint64_t seed = testing::seed_or(20260101);
  Random random(seed);
  SCOPED_TRACE(seed);
  for (int kind = 0; kind < 5; ++kind) {
    SCOPED_TRACE(kind);
    SimWorld world({}, 60s);
    world.options.tick = 60s;
    SimInstance prepaid = prepaid_vm("prepaid", Mbps{400}, DemandShape::flat(370));
    prepaid.expires = world.origin + hours{27};
    world.add(prepaid);
    world.add(postpaid_vm("hourly", Mbps{400}, DemandShape::flat(370)));
    Policy policy = saturation_policy("edge");
    policy.rules = {SaturationRule{.quiet = hours{2}}};
    world.in_force.policies = {policy};
    world.start();
    world.run(hours{3});  // busy: no reason to lower
    // From here on the truth is not to be had.
    world.source.distort = [&](const std::string& id, Rate real) -> std::optional<Rate> {
      switch (kind) {
        case 0:
          return std::nullopt;  // every series is gone
        case 1:
          return id == "hourly" ? std::nullopt : std::optional(real);  // half of them
        case 2:
          return random.chance(0.7) ? std::nullopt : std::optional(real);
        case 3:
          return random.chance(0.5) ? std::nullopt : std::optional(real);
        default:
          return real;
      }
    };
    if (kind == 4) world.source.dark = true;
    world.run(hours{6});
    EXPECT_EQ(count_orders(world, OrderKind::kDowngrade), 0);
    EXPECT_EQ(count_orders(world, OrderKind::kScheduleDowngrade), 0);
    world.restart();  // a blackout and an empty start on top
    world.run(hours{1});
    EXPECT_EQ(count_orders(world, OrderKind::kDowngrade), 0);
    EXPECT_EQ(count_orders(world, OrderKind::kScheduleDowngrade), 0);
  }
}

/// What was dated by a clock that ran ahead must not hide what comes after it was set right.
TEST(LoopSafety, AClockThatIsSetBackDoesNotBlind) {
  SimWorld world;
  world.add(postpaid_vm("a", Mbps{100}, DemandShape::flat(40)));
  world.in_force.policies = {saturation_policy("edge")};
  double seen = 40;
  world.source.distort = [&](const std::string&, Rate) { return std::optional(Rate{seen}); };
  world.start();
  world.run(std::chrono::hours{3});
  world.clock.step_wall(-std::chrono::hours{2});
  seen = 100;
  world.run(10min);
  EXPECT_FALSE(world.changes("a").empty());
}

/// Nor must a cap that came into force, by that clock, at a time that is still to come.
TEST(LoopSafety, AClockThatIsSetBackDoesNotMakeEverySampleMixed) {
  for (const bool economic : {false, true}) {
    SimWorld world;
    world.add(postpaid_vm("a", Mbps{100}, DemandShape::flat(40)));
    Policy policy = saturation_policy("edge");
    if (economic) policy.rules = {EconomicRule{}};
    world.in_force.policies = {policy};
    double seen = 40;
    world.source.distort = [&](const std::string&, Rate) { return std::optional(Rate{seen}); };
    world.start();
    world.run(std::chrono::hours{3});
    seen = 100;
    world.run(3min);
    const std::size_t before = world.changes("a").size();
    ASSERT_GT(before, 0U) << economic;
    world.clock.step_wall(-std::chrono::hours{2});
    seen = static_cast<double>(world.cap("a").count());
    world.run(10min);
    EXPECT_GT(world.changes("a").size(), before) << economic;
  }
}

TEST(LoopSafety, PartialTrafficMayRaiseAndNeverLowers) {
  SimWorld world({}, 60s);
  world.options.tick = 60s;
  world.add(postpaid_vm("hourly", Mbps{400}, DemandShape::flat(370)));
  Policy policy = saturation_policy("edge");
  policy.rules = {SaturationRule{.quiet = hours{1}}};
  world.in_force.policies = {policy};
  world.source.lower_bound = true;
  double seen = 50;
  world.source.distort = [&](const std::string&, Rate) { return Rate{seen}; };
  world.start();
  world.run(hours{6});
  EXPECT_TRUE(world.orders().empty()) << "at least 50 Mbps proves nothing";
  seen = 395;
  world.run(2min);
  EXPECT_EQ(count_orders(world, OrderKind::kUpgrade), 1) << "at least 395 of 400 does";
}

TEST(LoopSafety, NoOrderWithoutReadingTheStatusFirst) {
  SimWorld world;
  world.add(prepaid_vm("a", Mbps{72}, DemandShape::flat(500)));
  world.in_force.policies = {saturation_policy("edge")};
  world.cloud.broken = [](const std::string& action, const std::string&) {
    return action == "status" ? std::optional(kOutage) : std::nullopt;
  };
  world.start();
  world.run(5min);
  EXPECT_EQ(world.cloud.calls["modify"], 0);
  EXPECT_EQ(world.view("a").refusal, "no answer");
  EXPECT_LE(world.cloud.calls["status"], 30) << "and not at every tick";
  world.cloud.broken = nullptr;
  world.run(5min);
  EXPECT_GT(world.cap("a"), Mbps{500});
}

TEST(LoopSafety, RefusalsOpenTheBreakerOfTheirAccountAlone) {
  TwoHalves world;
  world.in_force.limits.breaker = {.failures = 3, .within = 1h};
  world.cloud.refusal_code = "OPERATION_DENIED_SOMETHING";
  world.cloud.fault = [](const std::string&, const InstanceKey& key) {
    return key.account == "main" ? CallFault::kRefused : CallFault::kNone;
  };
  world.start();
  world.run(30min);
  EXPECT_EQ(world.view("a").decision.reason.code, ReasonCode::kBreaker);
  EXPECT_EQ(count_orders(world, OrderKind::kUpgrade), 3 + 3) << "three refused, three of the other";
  EXPECT_GT(world.cap("b"), Mbps{500});
  EXPECT_TRUE(world.snapshot()->accounts[0].breaker_open);
  EXPECT_FALSE(world.snapshot()->accounts[1].breaker_open);
  EXPECT_NE(world.view("a").refusal, "");
  world.restart();
  world.run(30min);
  EXPECT_EQ(world.view("a").decision.reason.code, ReasonCode::kBreaker) << "a restart is no resume";
  world.cloud.fault = nullptr;
  ASSERT_TRUE(
      Pauses(world.folder.path())
          .give({.kind = Instruction::Kind::kResume, .scope = Scope::kAccount, .account = "main"}));
  world.run(5min);
  EXPECT_GT(world.cap("a"), Mbps{500});
}

TEST(LoopSafety, ResumeAsksAgainWhatWasDeniedBeforeItSettlesAnOrder) {
  for (const Scope scope : {Scope::kInstance, Scope::kAccount}) {
    TwoHalves world;
    // Accepted; then the right to read is taken away, and the denial remembered for an hour.
    world.cloud.broken = [&](const std::string& action, const std::string& account) {
      const bool denied = account == "main" && world.cloud.calls["modify"] > 0 &&
                          !world.cloud.retried.contains(account);
      return action == "status" && denied ? std::optional(kRefusal) : std::nullopt;
    };
    world.start();
    world.run(40min);
    ASSERT_EQ(world.view("a").order->alarm, OrderAlarm::kUnreadable);
    Pauses pauses(world.folder.path());
    Instruction resume{.kind = Instruction::Kind::kResume, .scope = scope, .account = "main"};
    if (scope == Scope::kInstance) resume.name = "a";
    ASSERT_TRUE(pauses.give(resume));
    world.run(2min);
    EXPECT_EQ(world.cloud.retried, std::set<std::string>{"main"});
    ASSERT_FALSE(world.orders().empty());
    for (const Order& order : world.orders()) {
      EXPECT_EQ(order.state, OrderState::kEffective) << "it did happen, whoever says what";
    }
  }
}

TEST(LoopSafety, AnUnpaidOrderIsHeldWithAnAlarmAndNeverDoubled) {
  SimWorld world;
  world.add(prepaid_vm("a", Mbps{72}, DemandShape::flat(500)));
  world.in_force.policies = {saturation_policy("edge")};
  world.start();
  // Accepted with an order number, and then nothing comes of it.
  world.sims.at("main")->set_conditions({.changes_fail = true}, world.clock.wall());
  world.run(30min);
  EXPECT_EQ(world.cloud.calls["modify"], 1);
  ASSERT_EQ(world.orders().size(), 1U);
  EXPECT_EQ(world.orders()[0].alarm, OrderAlarm::kNotStarted);
  EXPECT_EQ(world.view("a").decision.reason.code, ReasonCode::kOrderUnsettled);
  EXPECT_TRUE(world.noted("alarm"));
  world.restart();
  world.run(5min);
  EXPECT_EQ(world.cloud.calls["modify"], 1) << "neither after a restart";
  // A person looks at it and says so.
  world.sims.at("main")->set_conditions({}, world.clock.wall());
  ASSERT_TRUE(
      Pauses(world.folder.path())
          .give({.kind = Instruction::Kind::kResume, .scope = Scope::kInstance, .name = "a"}));
  world.run(5min);
  EXPECT_GT(world.cap("a"), Mbps{500});
  EXPECT_EQ(world.orders()[0].state, OrderState::kSettled);
}

TEST(LoopSafety, AChangeThatRunsForTooLongIsAnAlarm) {
  SimWorld world({.processing = hours{2}});
  world.add(prepaid_vm("a", Mbps{400}, DemandShape::flat(500)));
  world.in_force.policies = {saturation_policy("edge")};
  world.start();
  world.run(40min);
  ASSERT_EQ(world.orders().size(), 1U);
  EXPECT_EQ(world.orders()[0].state, OrderState::kProcessing);
  EXPECT_EQ(world.orders()[0].alarm, OrderAlarm::kTimeout);
  EXPECT_LE(world.cloud.calls["status"], 120) << "polled ever more rarely";
  world.run(90min);
  EXPECT_EQ(world.orders()[0].state, OrderState::kEffective);
  EXPECT_EQ(world.orders()[0].alarm, OrderAlarm::kNone);
}

/// A person's word ends what hangs; what has come about, or still runs, is not hanging.
TEST(LoopSafety, ResumeDoesNotSettleWhatTookEffect) {
  for (const Duration since : {-20s, -1s}) {
    SimWorld world({.processing = hours{2}});
    world.add(prepaid_vm("a", Mbps{400}, DemandShape::flat(500)));
    world.in_force.policies = {saturation_policy("edge")};
    world.start();
    world.run(40min);
    ASSERT_EQ(world.orders().size(), 1U);
    const TimePoint ready = world.orders()[0].sent_at + hours{2} + since;
    world.run(ready - world.clock.wall());
    ASSERT_EQ(world.orders()[0].state, OrderState::kProcessing);
    ASSERT_TRUE(
        Pauses(world.folder.path())
            .give({.kind = Instruction::Kind::kResume, .scope = Scope::kInstance, .name = "a"}));
    world.run(3min);
    EXPECT_EQ(world.orders()[0].state, OrderState::kEffective) << format(since);
  }
}

/// No list shows that a change ran, or that it has ended.
/// It ends with the old value, so that no list ever shows that there was one.
TEST(LoopSafety, AForeignChangeIsFollowedToItsEnd) {
  SimWorld world({.processing = 10min});
  world.add(prepaid_vm("a", Mbps{400}, DemandShape::flat(300)));
  world.in_force.policies = {saturation_policy("edge")};
  world.start();
  world.run(5min);
  world.sims.at("main")->set_conditions({.changes_fail = true}, world.clock.wall());
  world.sims.at("main")->console_modify("a", Mbps{450}, world.clock.wall());
  ASSERT_TRUE(
      Pauses(world.folder.path())
          .give({.kind = Instruction::Kind::kResume, .scope = Scope::kInstance, .name = "a"}));
  world.run(1min);
  EXPECT_EQ(world.view("a").change.kind, ChangeState::Kind::kRunning);
  world.run(12min);
  EXPECT_EQ(world.view("a").change.kind, ChangeState::Kind::kIdle);
}

/// Lost answers of every kind, at random: one change per intent, always.
TEST(LoopSafety, LostAnswersNeverDoubleAnOrder) {
  const std::uint64_t seed = testing::seed_or(7);
  for (std::uint64_t round = 0; round < 3; ++round) {
    Random random(seed + round);
    SCOPED_TRACE(random.seed());
    SimWorld world({.processing = 20s});
    world.options.tick = 15s;
    world.in_force.limits.breaker = {.failures = 0};
    for (const char* id : {"a", "b", "c"}) {
      world.add(postpaid_vm(
          id, Mbps{100}, DemandShape::burst(30, 800, 1h, 20min, Duration{random.below(600'000)})));
    }
    Policy policy = saturation_policy("edge");
    policy.rules = {SaturationRule{.quiet = 10min}};
    policy.downgrade.cooldown = 5min;
    policy.downgrade.agreement = 2min;
    world.in_force.policies = {policy};
    world.cloud.fault = [&](const std::string&, const InstanceKey&) {
      const double dice = random.unit();
      if (dice < 0.25) return CallFault::kLostAfter;
      return dice < 0.45 ? CallFault::kLostBefore : CallFault::kNone;
    };
    world.start();
    world.run(2h);
    world.cloud.fault = nullptr;
    world.sims.at("main")->set_demand("a", 50, world.clock.wall());
    world.run(5min);
    EXPECT_EQ(world.disagreement(), "");
    EXPECT_GT(world.orders().size(), 10U);
  }
}

}  // namespace
}  // namespace penstock
