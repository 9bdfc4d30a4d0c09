// A wave of orders on its way through the production loop: a stop, a pause, a failure or the tick's
// end between any two of its steps.
#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <vector>

#include "tests/testing/sim_world.h"

namespace penstock {
namespace {

using std::chrono::hours;
using testing::CallFault;
using testing::postpaid_vm;
using testing::prepaid_vm;
using testing::saturation_policy;
using testing::SimWorld;

/// Two full links; the next tick orders for both.
struct TwoFull : SimWorld {
  TwoFull() {
    for (const char* id : {"a", "b"}) add(prepaid_vm(id, Mbps{72}, DemandShape::flat(500)));
    in_force.policies = {saturation_policy("edge")};
  }
  void begin() {
    start();
    run(15s);  // the next tick has the first sample
    ASSERT_TRUE(orders().empty());
  }
  void tick() {
    loop->tick([] { return false; });
    clock.advance(options.tick);
  }
};

/// A pending downgrade and a surge; the next tick cancels it and raises.
struct Surge : SimWorld {
  Surge() : SimWorld({}, 60s) {
    options.tick = 60s;
    SimInstance it = prepaid_vm("a", Mbps{400}, DemandShape::flat(100));
    it.expires = origin + hours{20};
    add(it);
    Policy policy = saturation_policy("edge");
    policy.rules = {SaturationRule{.quiet = 20min}};
    in_force.policies = {policy};
    start();
    run(30min);
    EXPECT_EQ(view("a").scheduled_cap, Mbps{120});
    sims.at("main")->set_demand("a", 900, clock.wall());
    run(1min);
    EXPECT_EQ(cloud.calls["cancel"], 1) << "whether it may, was tried before";
  }
};

/// The tick is stopped at the n-th time that it asks, and the process ends; for every n.
template <class World>
void stop_everywhere(const std::function<void(World&)>& begin, Mbps enough, std::size_t changes) {
  bool whole = false;
  int n = 0;
  for (; !whole; ++n) {
    ASSERT_LT(n, 60);
    SCOPED_TRACE(n);
    World world;
    begin(world);
    int asked = 0;
    world.loop->tick([&] { return asked++ >= n; });
    whole = asked <= n;
    world.loop->finish();
    world.restart();
    world.run(10min);
    EXPECT_EQ(world.disagreement(), "");
    EXPECT_GE(world.cap("a"), enough);
    EXPECT_GE(world.changes("a").size(), changes);
  }
  EXPECT_GT(n, 8) << "a tick with an order asks more often";
}

TEST(LoopAct, AStopBetweenAnyTwoStepsOfAnUpgradeLosesNothing) {
  stop_everywhere<TwoFull>([](TwoFull& world) { world.begin(); }, Mbps{500}, 1);
}

TEST(LoopAct, AStopBetweenAnyTwoStepsOfACancellationLosesNothing) {
  stop_everywhere<Surge>([](Surge&) {}, Mbps{900}, 3);
}

TEST(LoopAct, AStopEndsAPassThatOrdersNothing) {
  for (int n = 0; n < 12; ++n) {
    TwoFull world;
    world.options.order = false;
    world.begin();
    int asked = 0;
    world.loop->tick([&] { return asked++ >= n; });
    EXPECT_EQ(world.cloud.calls["modify"], 0) << n;
    EXPECT_EQ(world.cloud.calls["quote"] > 0, asked <= n) << n;
  }
}

TEST(LoopAct, NoWaveBeginsAfterTheTicksEnd) {
  TwoFull world;
  world.begin();
  world.cloud.changes_per_second = 1;
  world.cloud.latency = 3s;  // of the reading and of the order
  world.tick();
  EXPECT_EQ(world.cloud.calls["modify"], 1);
  world.cloud.latency = {};
  world.run(2min);
  for (const char* id : {"a", "b"}) EXPECT_GE(world.cap(id), Mbps{500}) << id;
}

TEST(LoopAct, APassThatOrdersNothingEndsWithTheTickToo) {
  SimWorld world;
  for (int i = 0; i < 25; ++i) {
    world.add(prepaid_vm("i-" + std::to_string(i), Mbps{72}, DemandShape::flat(500)));
  }
  world.in_force.policies = {saturation_policy("edge")};
  world.options.order = false;
  world.start();
  world.run(15s);
  world.cloud.calls["status"] = 0;
  world.cloud.latency = 6s;
  world.loop->tick([] { return false; });
  EXPECT_EQ(world.cloud.calls["status"], 20) << "one batch and not the next";
}

TEST(LoopAct, WhenAnOutcomeCannotBeWrittenNoFurtherWaveBegins) {
  TwoFull world;
  world.begin();
  world.cloud.changes_per_second = 1;
  bool full = false;
  world.journal->disk_full = [&] { return full; };
  world.step = [&] { full = world.cloud.calls["modify"] > 0; };
  world.tick();
  EXPECT_EQ(world.cloud.calls["modify"], 1);
  full = false;
  world.step = [] {};
  world.run(2min);
  EXPECT_EQ(world.disagreement(), "");
  for (const char* id : {"a", "b"}) EXPECT_GE(world.cap(id), Mbps{500}) << id;
}

TEST(LoopAct, APauseOfOneInstanceCallsOnlyItsOrderOff) {
  TwoFull world;
  world.begin();
  const Pauses pauses(world.folder.path());
  int step = 0;
  world.step = [&] {
    if (++step != 2) return;  // the intents are on the disk
    EXPECT_TRUE(pauses.give({.scope = Scope::kInstance, .name = "a"}));
  };
  world.tick();
  EXPECT_EQ(world.cloud.calls["modify"], 1);
  world.run(30s);
  ASSERT_GE(world.orders().size(), 2U);
  for (const Order& order : world.orders()) {
    EXPECT_EQ(order.state == OrderState::kCancelled, order.instance.id == "a") << order.id;
  }
}

TariffRule tariff(std::int64_t cents) {
  TariffRule out;
  out.tariff.unit_price = Money::from_micros(cents * 10'000);
  return out;
}

/// The balance is read again before each price, and takes a minute each time: the calendar asks for
/// more by then.
TEST(LoopAct, AWishThatOutrunsItsPricesIsLeftToTheNextTick) {
  SimWorld world;
  world.add(prepaid_vm("a", Mbps{50}, DemandShape::flat(20)));
  Policy policy = saturation_policy("edge");
  policy.rules.clear();
  for (int minute = 1; minute <= 6; ++minute) {
    policy.rules.emplace_back(ScheduleRule{.from = 60s * minute, .at_least = Mbps{100} * minute});
  }
  world.in_force.policies = {policy};
  world.in_force.tariffs = {tariff(200)};
  world.start();
  world.run(60s);
  bool slow = true;
  world.cloud.broken = [&](const std::string& action, const std::string&) -> std::optional<Error> {
    if (slow && action == "balance") world.clock.advance(60s);
    return std::nullopt;
  };
  world.loop->tick([] { return false; });
  EXPECT_EQ(world.cloud.calls["quote"], 3);
  EXPECT_EQ(world.cloud.calls["modify"], 0);
  slow = false;
  world.run(6min);
  EXPECT_EQ(world.cap("a"), Mbps{600});
}

TEST(LoopAct, AQuoteThatDiffersFromTheTariffIsToldAndStands) {
  struct Case {
    bool prepaid;
    std::int64_t tariff;  ///< cents per Mbps and month; the provider's is 200
    bool told;
  };
  for (const Case& c : {Case{true, 260, true}, Case{true, 220, false}, Case{false, 260, true},
                        Case{false, 150, true}, Case{false, 200, false}}) {
    SimWorld world;
    const auto make = c.prepaid ? prepaid_vm : postpaid_vm;
    world.add(make("a", Mbps{100}, DemandShape::flat(150)));
    world.in_force.policies = {saturation_policy("edge")};
    world.in_force.tariffs = {tariff(c.tariff)};
    world.start();
    world.run(1min);
    EXPECT_GT(world.cap("a"), Mbps{100}) << c.tariff;
    EXPECT_EQ(world.noted("alarm"), c.told) << c.prepaid << c.tariff;
    EXPECT_EQ(world.disagreement(), "");
  }
}

TEST(LoopAct, AStateThatIsNotAsExpectedPassesAndCountsForNoBreaker) {
  SimWorld world;
  world.add(prepaid_vm("a", Mbps{72}, DemandShape::flat(500)));
  world.in_force.policies = {saturation_policy("edge")};
  world.in_force.limits.breaker = {.failures = 1};
  world.start();
  int step = 0;
  world.step = [&] {  // stopped after its status was read
    if (++step == 2) world.sims.at("main")->console_status("a", "STOPPED", world.clock.wall());
  };
  world.run(20s);
  ASSERT_EQ(world.orders().size(), 1U);
  EXPECT_EQ(world.orders()[0].state, OrderState::kRejected);
  EXPECT_FALSE(world.snapshot()->accounts[0].breaker_open);
  world.sims.at("main")->console_status("a", "RUNNING", world.clock.wall());
  world.run(3min);
  EXPECT_GE(world.cap("a"), Mbps{500});
}

TEST(LoopAct, ACancellationThatIsRefusedFreesNothing) {
  Surge world;
  world.cloud.fault = [](const std::string& action, const InstanceKey&) {
    return action == "cancel" ? CallFault::kRefused : CallFault::kNone;
  };
  const int before = world.cloud.calls["modify"];
  world.run(2min);
  EXPECT_EQ(world.cloud.calls["cancel"], 3) << "once a tick";
  EXPECT_EQ(world.cloud.calls["modify"], before);
  EXPECT_EQ(world.view("a").scheduled_cap, Mbps{120});
  world.cloud.fault = nullptr;
  world.run(30min);
  EXPECT_GE(world.cap("a"), Mbps{900});
  EXPECT_EQ(world.disagreement(), "");
}

}  // namespace
}  // namespace penstock
