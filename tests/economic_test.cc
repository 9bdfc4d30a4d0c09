// Properties of decisions with the economic rule, whatever the traffic.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "policies/decide.h"
#include "policies/economic_memory.h"
#include "policies/numbers.h"
#include "policies/policy_contender.h"
#include "tests/testing/random.h"

namespace penstock {
namespace {

using std::chrono::hours;
using testing::Random;

constexpr TimePoint kStart{hours{24 * 365 * 50}};
constexpr std::size_t kDay = 288;

/// One instance under the rule, sample by sample, without anything being ordered.
struct World {
  Policy policy;
  Instance instance;
  Tariff tariff{.unit_price = Money::from_units(2)};
  Demand demand;
  EconomicMemory economic;
  Mbps cap{100};
  TimePoint now = kStart;

  World() {
    policy.mode = Mode::kEnforce;
    policy.rules = {EconomicRule{}};
    policy.downgrade.window = hours{2};
    policy.downgrade.freeze = 0s;
    instance.charge = Charge::kPrepaid;
    instance.internet_charge = InternetCharge::kByBandwidth;
    instance.status = "RUNNING";
    instance.limit = Mbps{10'000};
    instance.expires = kStart + hours{24 * 30};
    instance.period_months = 1;
    instance.auto_renew = true;
  }
  void feed(double wanted) {
    now += 5min;
    const double egress = std::min(wanted, as_rate(cap).mbps());
    const Sample sample{.at = now, .span = 5min, .egress = Rate{egress}};
    demand.observe(sample, cap, kStart, kSaturatedAt);
    economic.observe(
        {.sample = sample, .cap = cap, .cap_since = kStart, .term_end = instance.expires});
  }
  Decision decide(TimePoint at) const {
    return penstock::decide(policy,
                            {.instance = instance,
                             .demand = demand,
                             .cap = cap,
                             .cap_since = kStart,
                             .change = {.kind = ChangeState::Kind::kIdle},
                             .tariff = &tariff,
                             .economic = &economic},
                            at);
  }
};

World random_world(Random& random) {
  World world;
  world.cap = Mbps{random.range(20, 400)};
  const double level = random.between(5, 300);
  const double burst = random.between(1, 6);
  const std::int64_t samples = random.range(50, 3000);
  for (std::int64_t i = 0; i < samples; ++i) {
    world.feed(level * random.between(0.7, 1.3) * (random.chance(0.03) ? burst : 1));
  }
  auto& rule = std::get<EconomicRule>(world.policy.rules[0]);
  rule.throttle_weight = std::exp(random.between(std::log(5), std::log(1000)));
  // Some near the term's end, where a lower size may be wanted.
  if (random.chance(0.5)) world.instance.expires = world.now + random.range(1, 200) * 1min;
  return world;
}

TEST(Economic, MoreTrafficNeverWantsLess) {
  Random random{testing::seed_or(31)};
  SCOPED_TRACE(random.seed());
  int differed = 0;
  for (int i = 0; i < 150; ++i) {
    const World world = random_world(random);
    Mbps before{0};
    for (const double share : {0.1, 0.4, 0.7, 0.9, 0.96, 1.0}) {
      World next = world;
      next.feed(as_rate(world.cap).mbps() * share);
      const Mbps wish = next.decide(next.now).wish;
      // A grid of levels is behind it; what rounding does is no change of mind.
      EXPECT_GE(num(wish) * 1.02 + 1, num(before)) << i << " at " << share;
      differed += before > Mbps{0} && wish > before ? 1 : 0;
      before = wish;
    }
  }
  EXPECT_GT(differed, 20) << "the worlds must be able to fail this test";
}

TEST(Economic, TimeBetweenSamplesChangesNothing) {
  Random random{testing::seed_or(32)};
  SCOPED_TRACE(random.seed());
  for (int i = 0; i < 100; ++i) {
    const World world = random_world(random);
    const Decision first = world.decide(world.now);
    const Decision later = world.decide(world.now + 45s);
    EXPECT_EQ(first.wish, later.wish);
    EXPECT_EQ(first.reason.code, later.reason.code);
    EXPECT_EQ(first.wish, world.decide(world.now).wish) << "and asking changes nothing";
  }
}

TEST(Economic, StaysWithinBoundsStepAndLimit) {
  Random random{testing::seed_or(33)};
  SCOPED_TRACE(random.seed());
  for (int i = 0; i < 150; ++i) {
    World world = random_world(random);
    world.policy.bounds = {.min = Mbps{40}, .max = Mbps{250}, .step = Mbps{10}};
    world.instance.limit = Mbps{random.range(100, 400)};
    const Decision decision = world.decide(world.now);
    if (decision.to == world.cap) continue;
    EXPECT_GE(decision.to, Mbps{40});
    EXPECT_LE(decision.to, std::min(Mbps{250}, *world.instance.limit));
  }
}

TEST(Economic, WithoutMemoryOrTermItSaysNothing) {
  World world;
  world.feed(100);
  const EconomicMemory none;
  const Situation untaught{.instance = world.instance,
                           .demand = world.demand,
                           .cap = world.cap,
                           .change = {.kind = ChangeState::Kind::kIdle},
                           .tariff = &world.tariff,
                           .economic = &none};
  EXPECT_EQ(decide(world.policy, untaught, world.now).reason.code, ReasonCode::kNoData);
  world.instance.expires.reset();
  EXPECT_EQ(world.decide(world.now).action, Action::kHold);
}

TEST(Economic, AFreeCapIsHeld) {
  World world;
  for (int i = 0; i < 300; ++i) world.feed(100);
  world.instance.internet_charge = InternetCharge::kByInstanceBandwidth95;
  EXPECT_EQ(world.decide(world.now).reason.code, ReasonCode::kCapIsFree);
}

TEST(Economic, TheReasonNamesTheMoney) {
  World world;
  for (std::size_t i = 0; i < 20 * kDay; ++i) world.feed(60);
  Decision decision = world.decide(world.now);
  for (int i = 0; i < 40 && decision.action != Action::kUpgrade; ++i) {
    world.feed(150);
    decision = world.decide(world.now);
  }
  ASSERT_EQ(decision.action, Action::kUpgrade);
  ASSERT_EQ(decision.reason.code, ReasonCode::kEconomic);
  const auto& numbers = decision.reason.numbers;
  EXPECT_EQ(numbers[1], num(decision.to));
  EXPECT_GT(numbers[2], 0) << "saturated";
  ASSERT_TRUE(decision.price);
  EXPECT_NEAR(numbers[4], num(decision.price->due_now), 1) << "what decide asks the price of";
  EXPECT_GE(numbers[6], numbers[4]) << "worth its price";
}

// ---- over whole replays --------------------------------------------------------------------

template <class Wanted>
Recording play(std::size_t days, double weight, BillingModel billing, Wanted wanted,
               std::int64_t min_cap = 1, std::int64_t max_cap = 10'000) {
  Series series{.name = "test", .at = {}, .demand = {}};
  for (std::size_t i = 0; i < days * kDay; ++i) {
    series.at.push_back(kStart + static_cast<std::int64_t>(i) * 5min);
    series.demand.push_back(wanted(i));
  }
  ReplaySettings settings;
  settings.billing = billing;
  settings.tariff.unit_price = Money::from_units(1);
  settings.cycle = hours{24 * 7};
  settings.min_cap = min_cap;
  settings.max_cap = max_cap;
  Policy policy;
  policy.rules = {EconomicRule{}};
  policy.downgrade = {.agreement = 0s, .cooldown = 0s, .least_share = 0};
  const Timeline timeline = make_timeline(series, settings.cycle);
  Recording recording;
  replay(series, timeline, *(*policy_maker(policy, settings))(series, timeline, weight), settings,
         &recording);
  return recording;
}

TEST(Economic, ConstantTrafficLeavesItIdle) {
  for (const BillingModel billing : {BillingModel::kPrepaid, BillingModel::kPostpaid}) {
    const Recording seen = play(28, 100, billing, [](std::size_t) { return 61.3; });
    for (const Event& event : seen.events) {
      EXPECT_LT(event.sample, 10 * kDay) << event.from << " -> " << event.to;
    }
    EXPECT_GE(seen.cap.back(), 61.3);
    EXPECT_LE(seen.cap.back(), 66);
  }
}

TEST(Economic, AScaledSeriesGetsScaledCaps) {
  const auto wanted = [](std::size_t i) {
    Random random(i);
    const double day = std::sin(static_cast<double>(i) * 2 * 3.14159 / kDay);
    return (200 + 100 * day) * random.between(0.8, 1.2) * (random.chance(0.01) ? 2 : 1);
  };
  const auto total = [](const Recording& seen) {
    double sum = 0;
    for (const double cap : seen.cap) sum += cap;
    return sum;
  };
  // A multiple of the grid, so that only whole Mbps can differ.
  const double scale = std::pow(1.05, 30);
  const auto scaled = [&](std::size_t i) { return wanted(i) * scale; };
  for (const double weight : {20.0, 500.0}) {
    const Recording one = play(21, weight, BillingModel::kPrepaid, wanted, 100, 1000);
    const Recording other = play(21, weight, BillingModel::kPrepaid, scaled,
                                 std::lround(100 * scale), std::lround(1000 * scale));
    EXPECT_NEAR(total(other) / total(one) / scale, 1, 0.01) << weight;
  }
}

TEST(Economic, WhatIsIncludedIsNeverGivenUp) {
  Series series{.name = "test", .at = {}, .demand = {}};
  for (std::size_t i = 0; i < 21 * kDay; ++i) {
    series.at.push_back(kStart + static_cast<std::int64_t>(i) * 5min);
    series.demand.push_back(30);
  }
  ReplaySettings settings;
  settings.tariff = {.unit_price = Money::from_units(1), .included = Mbps{80}};
  settings.cycle = hours{24 * 7};
  Policy policy;
  policy.rules = {EconomicRule{}};
  const Timeline timeline = make_timeline(series, settings.cycle);
  Recording seen;
  replay(series, timeline, *(*policy_maker(policy, settings))(series, timeline, 100), settings,
         &seen);
  EXPECT_EQ(seen.cap.back(), 80);
}

}  // namespace
}  // namespace penstock
