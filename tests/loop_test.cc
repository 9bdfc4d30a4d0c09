// The production loop in a simulated world: what it does when all is well, and when people
// interfere.
#include "daemon/loop.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "daemon/api_error.h"
#include "tests/testing/sim_world.h"

namespace penstock {
namespace {

using std::chrono::hours;
using testing::postpaid_vm;
using testing::prepaid_vm;
using testing::saturation_policy;
using testing::SimWorld;

std::vector<std::string> words(SimWorld& world, const std::string& id) {
  std::vector<std::string> out;
  for (const LedgerEntry& entry : world.changes(id)) {
    out.push_back(entry.what + " " + std::to_string(entry.to.count()));
  }
  return out;
}

/// Ticks rarely and looks back a little: for scenarios of hours.
Policy slow_policy() {
  Policy policy = saturation_policy("edge");
  policy.rules = {SaturationRule{.quiet = hours{2}}};
  return policy;
}

struct SlowWorld : SimWorld {
  explicit SlowWorld(Duration tick = 60s) : SimWorld({}, tick) {
    options.tick = tick;
    options.list_every = 5min;
  }
};

struct Jump {
  Duration sample_at;  ///< where in a sample the demand jumps
  Duration latency;    ///< of every call
};

/// A link capped at 72 Mbps whose demand jumps to 500 Mbps: 15 s samples, tick 5 s, changes take
/// 5 s, the shipped saturation policy.
TEST(Loop, AJumpIsServedWithinSeventyFiveSecondsByThreeOrders) {
  for (const Jump& jump : {Jump{0s, 0s}, Jump{1s, 50ms}, Jump{7s, 300ms}, Jump{14s, 900ms}}) {
    SCOPED_TRACE("jump at " + format(jump.sample_at) + ", latency " + format(jump.latency));
    SimWorld world;
    world.cloud.latency = jump.latency;
    const Duration when = 10min + jump.sample_at;
    world.add(prepaid_vm("i-1", Mbps{72}, DemandShape::flat(40)));
    world.in_force.policies = {saturation_policy("edge")};
    world.start();
    world.run(when - world.options.tick);
    world.sims.at("main")->set_demand("i-1", 500, world.origin + when);
    ASSERT_EQ(world.cap("i-1"), Mbps{72});
    std::optional<TimePoint> first, unbound;
    while (!unbound && world.clock.wall() < world.origin + 15min) {
      world.run(world.options.tick);
      if (!first && world.view("i-1").saturated) first = world.view("i-1").sample_at;
      if (world.cap("i-1") > Mbps{500}) unbound = world.clock.wall();
    }
    ASSERT_TRUE(first && unbound);
    EXPECT_LE(*unbound - *first, 75s);
    world.run(20min);
    EXPECT_LE(world.changes("i-1").size(), 3U);
    EXPECT_LE(world.cap("i-1"), Mbps{1000});
    EXPECT_EQ(world.disagreement(), "");
  }
}

TEST(Loop, APrepaidDowngradeWaitsForItsWindowAndTakesEffectAtTheTermsEnd) {
  SlowWorld world;
  SimInstance it = prepaid_vm("i-1", Mbps{400}, DemandShape::flat(100));
  it.expires = world.origin + hours{36};
  world.add(it);
  world.in_force.policies = {slow_policy()};
  world.start();
  world.run(hours{11} + 30min);
  EXPECT_TRUE(world.changes("i-1").empty()) << "the window opens 24 h before the end";
  EXPECT_EQ(world.view("i-1").decision.reason.code, ReasonCode::kAwaitWindow);
  EXPECT_EQ(world.view("i-1").decision.wish, Mbps{120});
  world.run(hours{2});
  EXPECT_EQ(words(world, "i-1"), std::vector<std::string>{"schedule-downgrade 120"});
  EXPECT_EQ(world.view("i-1").scheduled_cap, Mbps{120});
  EXPECT_EQ(world.cap("i-1"), Mbps{400});
  world.run(hours{23});
  EXPECT_EQ(world.cap("i-1"), Mbps{120});
  EXPECT_EQ(world.view("i-1").scheduled_cap, std::nullopt);
  ASSERT_EQ(world.orders().size(), 1U);
  EXPECT_EQ(world.orders()[0].state, OrderState::kEffective);
  EXPECT_FALSE(world.noted("drift")) << "our own change is no drift";
  EXPECT_EQ(world.disagreement(), "");
  EXPECT_EQ(world.cloud.calls["cancel"], 1) << "the right to cancel is tried once, before";
}

/// Whoever believed at once that nothing pends would order a second time.
TEST(Loop, OneReadingIsTooLittleToBelieveThatAPendingDowngradeIsGone) {
  SlowWorld world;
  SimInstance it = prepaid_vm("i-1", Mbps{400}, DemandShape::flat(100));
  it.expires = world.origin + hours{20};
  world.add(it);
  world.in_force.policies = {slow_policy()};
  world.start();
  world.run(hours{4});
  ASSERT_EQ(words(world, "i-1"), std::vector<std::string>{"schedule-downgrade 120"});
  int lies = 1;
  world.cloud.distort = [&lies](const InstanceKey&, BandwidthStatus& status) {
    if (lies-- > 0) status = {.cap = Mbps{400}, .modified = {}, .kind = ChangeState::Kind::kIdle};
  };
  world.run(hours{2});
  EXPECT_LT(lies, 0) << "it was read";
  EXPECT_EQ(words(world, "i-1").size(), 1U);
  EXPECT_EQ(world.orders()[0].state, OrderState::kScheduled);
  EXPECT_EQ(world.view("i-1").scheduled_cap, Mbps{120});
  EXPECT_EQ(world.cloud.calls["cancel"], 1) << "and nobody tried the right to cancel on it";
  lies = 2;  // said twice, it is believed, and the real state is met with again
  world.run(hours{2});
  EXPECT_EQ(world.orders()[0].state, OrderState::kCancelled);
}

TEST(Loop, WhoMayNotCancelDoesNotSchedule) {
  SlowWorld world;
  SimInstance it = prepaid_vm("i-1", Mbps{400}, DemandShape::flat(100));
  it.expires = world.origin + hours{36};
  world.add(it);
  world.in_force.policies = {slow_policy()};
  world.cloud.refusal_code = kCodeUnauthorized;
  world.cloud.fault = [](const std::string& action, const InstanceKey&) {
    return action == "cancel" ? testing::CallFault::kRefused : testing::CallFault::kNone;
  };
  world.start();
  world.run(hours{30});
  EXPECT_TRUE(world.changes("i-1").empty());
  EXPECT_TRUE(world.orders().empty());
  EXPECT_EQ(world.view("i-1").decision.reason.code, ReasonCode::kCannotCancel);
  EXPECT_EQ(world.cloud.calls["cancel"], 1);
}

TEST(Loop, ASurgeCancelsThePendingDowngradeAndRaisesInTheSameTick) {
  SlowWorld world;
  SimInstance it = prepaid_vm("i-1", Mbps{400}, DemandShape::flat(100));
  it.expires = world.origin + hours{20};
  world.add(it);
  world.in_force.policies = {slow_policy()};
  world.start();
  world.run(hours{4});
  ASSERT_EQ(world.view("i-1").scheduled_cap, Mbps{120});
  world.sims.at("main")->set_demand("i-1", 900, world.clock.wall());
  for (int i = 0; i < 40 && world.changes("i-1").size() < 3; ++i) world.run(15s);
  EXPECT_EQ(world.orders()[0].state, OrderState::kCancelled) << "in that tick, not some time later";
  world.run(5min);
  const std::vector<LedgerEntry> changes = world.changes("i-1");
  ASSERT_GE(changes.size(), 3U);
  EXPECT_EQ(changes[1].what, "cancel-downgrade");
  EXPECT_EQ(changes[2].what, "upgrade");
  EXPECT_EQ(changes[1].at, changes[2].at);
  EXPECT_EQ(world.orders()[0].state, OrderState::kCancelled);
  EXPECT_GE(world.cap("i-1"), Mbps{900});
  EXPECT_EQ(world.disagreement(), "");
}

TEST(Loop, APostpaidDowngradeComesAfterAgreement) {
  SlowWorld world;
  world.add(postpaid_vm("i-1", Mbps{400}, DemandShape::flat(100)));
  world.in_force.policies = {slow_policy()};
  world.start();
  world.run(hours{1});
  const TimePoint opinion = world.clock.wall();
  EXPECT_TRUE(world.changes("i-1").empty()) << "half of the look-back is not seen yet";
  world.run(hours{1});
  ASSERT_EQ(words(world, "i-1"), std::vector<std::string>{"downgrade 120"});
  EXPECT_GE(world.changes("i-1")[0].at, opinion + 14min);
  EXPECT_EQ(world.cap("i-1"), Mbps{120});
}

TEST(Loop, NothingIsOrderedForWhatNoPolicyMatchesOrOnlyObserves) {
  SimWorld world;
  for (const char* id : {"mine", "watched", "other"}) {
    world.add(prepaid_vm(id, Mbps{72}, DemandShape::flat(500)));
  }
  Policy mine = saturation_policy("mine");
  mine.match.id = {"mine"};
  Policy watched = saturation_policy("watched");
  watched.match.id = {"watched"};
  watched.mode = Mode::kObserve;
  world.in_force.policies = {mine, watched};
  world.start();
  world.run(5min);
  EXPECT_GT(world.cap("mine"), Mbps{500});
  EXPECT_EQ(world.cap("watched"), Mbps{72});
  EXPECT_EQ(world.cap("other"), Mbps{72});
  EXPECT_EQ(world.view("watched").decision.reason.code, ReasonCode::kObserve);
  EXPECT_EQ(world.view("other").decision.reason.code, ReasonCode::kUnmatched);
  EXPECT_TRUE(world.snapshot()->ready);
}

TEST(Loop, SomebodyElsesChangeIsAdoptedSaidAndLeftAlone) {
  SimWorld world;
  world.add(prepaid_vm("i-1", Mbps{300}, DemandShape::flat(100)));
  Policy policy = saturation_policy("edge");
  policy.drift_hold = hours{1};
  world.in_force.policies = {policy};
  world.start();
  world.run(2min);
  SimCloud& sim = *world.sims.at("main");
  sim.console_modify("i-1", Mbps{350}, world.clock.wall());
  sim.set_demand("i-1", 900, world.clock.wall());
  world.run(5min);
  EXPECT_TRUE(world.noted("drift"));
  EXPECT_EQ(world.view("i-1").cap, Mbps{350});
  EXPECT_EQ(world.view("i-1").decision.reason.code, ReasonCode::kDrift);
  EXPECT_TRUE(world.changes("i-1").empty());
  world.restart();
  world.run(50min);
  EXPECT_TRUE(world.changes("i-1").empty()) << "a restart does not forget it";
  world.run(10min);
  EXPECT_GE(world.cap("i-1"), Mbps{900}) << "and an hour later it is ours again";
  EXPECT_EQ(world.disagreement(), "");
}

TEST(Loop, APauseStopsOrdersAtOnceAndEndsByItself) {
  SimWorld world;
  world.add(prepaid_vm("i-1", Mbps{72}, DemandShape::steps({{0s, 40}, {1min, 500}})));
  world.in_force.policies = {saturation_policy("edge")};
  world.start();
  const Pauses pauses(world.folder.path());
  ASSERT_TRUE(pauses.give({.until = world.origin + 10min, .reason = "audit"}));
  world.run(10min);
  EXPECT_TRUE(world.changes("i-1").empty());
  EXPECT_EQ(world.view("i-1").decision.reason.code, ReasonCode::kFleetPaused);
  EXPECT_TRUE(world.snapshot()->fleet.paused);
  EXPECT_EQ(world.snapshot()->fleet.pause_reason, "audit");
  world.run(2min);
  EXPECT_FALSE(world.changes("i-1").empty());
  EXPECT_TRUE(world.noted("pause"));
  EXPECT_TRUE(world.noted("pause-ended"));
}

TEST(Loop, APauseBetweenIntentAndCallCallsTheOrderOff) {
  for (const bool stop : {false, true}) {
    SimWorld world;
    world.add(prepaid_vm("i-1", Mbps{72}, DemandShape::flat(500)));
    world.in_force.policies = {saturation_policy("edge")};
    world.start();
    world.run(15s);  // the next tick has the first sample
    const Pauses pauses(world.folder.path());
    bool stopped = false;
    int step = 0;
    world.step = [&] {
      if (++step != 2) return;  // the intent is on the disk
      stopped = stop;
      EXPECT_TRUE(stop || pauses.give({.reason = "now"}).has_value());
    };
    world.loop->tick([&] { return stopped; });
    EXPECT_EQ(world.cloud.calls["modify"], 0);
    if (stop) world.restart();
    world.run(0s);
    world.loop->finish();
    ASSERT_EQ(world.orders().size(), 1U);
    EXPECT_EQ(world.orders()[0].state, OrderState::kCancelled);
    EXPECT_EQ(world.snapshot() ? world.snapshot()->fleet.month_spent : Money{}, Money{});
  }
}

TEST(Loop, AnOverrideIsKeptUntilItEnds) {
  SimWorld world;
  world.add(postpaid_vm("i-1", Mbps{100}, DemandShape::flat(20)));
  world.in_force.policies = {saturation_policy("edge")};
  world.start();
  const Pauses pauses(world.folder.path());
  ASSERT_TRUE(pauses.give({.kind = Instruction::Kind::kPin,
                           .scope = Scope::kInstance,
                           .name = "i-1",
                           .until = world.origin + 1h,
                           .cap = Mbps{250}}));
  world.run(2min);
  EXPECT_EQ(world.cap("i-1"), Mbps{250});
  world.restart();
  world.run(30min);
  EXPECT_EQ(world.cap("i-1"), Mbps{250});
}

TEST(Loop, AReloadTakesEffectBeforeTheNextTick) {
  SimWorld world;
  world.add(prepaid_vm("i-1", Mbps{72}, DemandShape::flat(500)));
  Policy policy = saturation_policy("edge");
  policy.bounds.max = Mbps{72};
  world.in_force.policies = {policy};
  world.start();
  world.run(2min);
  EXPECT_EQ(world.cap("i-1"), Mbps{72});
  InForce next = world.in_force;
  next.policies[0].bounds.max.reset();
  next.policies[0].name = "rim";
  world.loop->reload(std::make_shared<const InForce>(next));
  world.run(2min);
  EXPECT_GT(world.cap("i-1"), Mbps{500});
  EXPECT_EQ(world.view("i-1").policy, "rim");
}

/// The same world twice, once with a daemon that is killed every few minutes.
TEST(Loop, ARestartChangesNothing) {
  const auto play = [](SimWorld& world, bool restarts) {
    SimInstance prepaid = prepaid_vm("prepaid", Mbps{300}, DemandShape::daily(60, 500));
    prepaid.expires = world.origin + hours{40};
    world.add(prepaid);
    world.add(postpaid_vm("hourly", Mbps{200},
                          DemandShape::burst(80, 700, hours{5}, hours{1}, hours{1})));
    world.in_force.policies = {slow_policy()};
    world.in_force.policies[0].budget.per_month = Money::from_units(3000);
    world.start();
    for (int i = 0; i < 45; ++i) {
      world.run(62min);
      if (!restarts) continue;
      world.loop->finish();  // what a killed daemon loses of demand is history, at most a minute
      world.restart();
    }
    EXPECT_EQ(world.disagreement(), "");
  };
  SlowWorld once(2min), often(2min);
  play(once, false);
  play(often, true);
  const std::vector<Order> a = once.orders();
  const std::vector<Order> b = often.orders();
  ASSERT_GT(a.size(), 8U);
  ASSERT_EQ(a.size(), b.size());
  for (std::size_t i = 0; i < a.size(); ++i) {
    EXPECT_EQ(a[i].planned_at, b[i].planned_at) << i;
    EXPECT_EQ(a[i].instance, b[i].instance) << i;
    EXPECT_EQ(a[i].kind, b[i].kind) << i;
    EXPECT_EQ(a[i].to, b[i].to) << i;
    EXPECT_EQ(a[i].reserved_month, b[i].reserved_month) << i;
  }
}

TEST(Loop, CallsDoNotGrowWithTheFleet) {
  SimWorld world;
  for (int i = 0; i < 200; ++i) {
    world.add(prepaid_vm("i-" + std::to_string(i), Mbps{200}, DemandShape::flat(60)));
  }
  world.in_force.policies = {saturation_policy("edge")};
  world.start();
  world.run(10min);  // 120 ticks, a list every 30 s
  EXPECT_EQ(world.cloud.calls["list"], 20);
  EXPECT_EQ(world.cloud.calls["status"], 0) << "nothing is under way";
  EXPECT_EQ(world.cloud.calls["balance"], 1);
}

TEST(Loop, TheWorstThrottledComeFirstAndTheRateIsKept) {
  SimWorld world;
  world.cloud.changes_per_second = 1;
  world.cloud.latency = 200ms;
  for (int i = 0; i < 24; ++i) {
    // The later in the alphabet, the more is missing.
    const std::string id = "i-" + std::string(1, static_cast<char>('a' + i));
    world.add(prepaid_vm(id, Mbps{100}, DemandShape::steps({{0s, 90.0 - 3 * i}, {2min, 600}})));
  }
  world.in_force.policies = {saturation_policy("edge")};
  world.start();
  world.run(2min + 15s);
  world.run(5s);
  std::vector<LedgerEntry> changes;
  for (const LedgerEntry& entry : world.sims.at("main")->ledger().entries()) {
    if (entry.kind == LedgerKind::kChange) changes.push_back(entry);
  }
  ASSERT_FALSE(changes.empty());
  EXPECT_LE(changes.size(), 12U) << "a tick of five seconds, a wave of a second each";
  EXPECT_GT(changes.front().to, changes.back().to) << "the largest jump first";
  world.run(3min);
  EXPECT_GT(world.cap("i-a"), Mbps{500}) << "but nobody is forgotten";
}

TEST(Loop, APassThatOrdersNothingSaysWhatItWould) {
  SimWorld world;
  world.options.order = false;
  world.add(prepaid_vm("i-1", Mbps{72}, DemandShape::flat(500)));
  world.in_force.policies = {saturation_policy("edge")};
  world.start();
  const Pauses pauses(world.folder.path());
  ASSERT_TRUE(pauses.give({.kind = Instruction::Kind::kResume}));
  world.run(25s);
  const Decision& decision = world.view("i-1").decision;
  EXPECT_EQ(decision.action, Action::kUpgrade);
  ASSERT_TRUE(decision.price);
  EXPECT_GT(decision.price->due_now, Money{});
  EXPECT_EQ(world.cloud.calls["modify"], 0);
  EXPECT_TRUE(world.orders().empty());
  EXPECT_EQ(pauses.read(world.clock.wall()).instructions.size(), 1U) << "the daemon's, not ours";
}

TEST(Loop, ARenewalIsSeenSoonAfterTheTermsEnd) {
  SimWorld world;
  world.options.list_every = 10min;
  SimInstance it = prepaid_vm("i-1", Mbps{72}, DemandShape::flat(40));
  it.expires = world.origin + 15min;
  world.add(it);
  world.in_force.policies = {saturation_policy("edge")};
  world.start();
  world.run(15min + 15s);
  EXPECT_GT(world.view("i-1").cycle_end, world.clock.wall());
}

}  // namespace
}  // namespace penstock
