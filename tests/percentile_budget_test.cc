// Decisions under the percentile-budget rule, and who is left alone where the cap costs nothing.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "policies/burst_record.h"
#include "policies/decide.h"
#include "policies/economic_memory.h"
#include "policies/explain.h"

namespace penstock {
namespace {

using std::chrono::days;
using std::chrono::hours;

constexpr TimePoint kJune{std::chrono::sys_days{std::chrono::year{2026} / 6 / 1}};
constexpr int kDay = 288;

/// One instance billed by 95th percentile; what is ordered takes effect with the next sample.
struct World {
  Policy policy;
  Instance instance;
  Demand demand;
  BurstRecord bursts;
  EconomicMemory economic;
  Memo memo;
  Mbps cap{1000};
  TimePoint now = kJune;
  Decision latest;

  explicit World(PercentileBudgetRule rule) {
    policy.mode = Mode::kEnforce;
    policy.rules = {rule};
    policy.downgrade.cooldown = 0s;
    policy.downgrade.least_share = 0;
    instance.charge = Charge::kPostpaid;
    instance.internet_charge = InternetCharge::kByInstanceBandwidth95;
    instance.status = "RUNNING";
    instance.limit = Mbps{1000};
  }
  Decision decide(Trace* trace = nullptr) {
    return penstock::decide(policy, situation(), now, trace);
  }
  Situation situation() const {
    return {.instance = instance,
            .demand = demand,
            .cap = cap,
            .cap_since = kJune - days{60},
            .change = {.kind = ChangeState::Kind::kIdle},
            .memo = memo,
            .economic = &economic,
            .bursts = &bursts};
  }
  void feed(double wanted, int samples) {
    for (int i = 0; i < samples; ++i) {
      now += 5min;
      const Rate egress{std::min(wanted, as_rate(cap).mbps())};
      const Sample sample{.at = now, .span = 5min, .egress = egress};
      demand.observe(sample, cap, kJune - days{60}, kSaturatedAt);
      bursts.observe(sample, cap);
      economic.observe({.sample = sample, .cap = cap, .cap_since = kJune - days{60}});
      latest = decide();
      memo = latest.memo;
      if (latest.action != Action::kHold) cap = latest.to;
    }
  }
};

PercentileBudgetRule guarded() {
  PercentileBudgetRule rule;
  rule.guard = true;
  return rule;
}

TEST(PercentileBudget, ShowsWhatIsLeftAndOrdersNothing) {
  PercentileBudgetRule rule;
  rule.commit = Mbps{200};
  World world(rule);
  world.feed(150, kDay);
  world.feed(400, 101);
  EXPECT_EQ(world.latest.action, Action::kHold);
  EXPECT_EQ(world.latest.reason.code, ReasonCode::kPercentileBudget);
  EXPECT_EQ(world.latest.reason.numbers[1], 332) << "of 432, a hundred are over";
  EXPECT_EQ(world.latest.reason.numbers[3], 432);
  EXPECT_EQ(world.latest.reason.numbers[4], 200) << "above the commitment";
  EXPECT_EQ(world.latest.wish, world.cap);
  world.feed(400, 600);
  EXPECT_EQ(world.latest.action, Action::kHold) << "not even when none is left";
  EXPECT_EQ(world.latest.reason.numbers[1], 0);
  EXPECT_EQ(world.cap, Mbps{1000});
}

TEST(PercentileBudget, ExplainTellsTheNumbers) {
  PercentileBudgetRule rule;
  rule.commit = Mbps{200};
  World world(rule);
  world.feed(400, 101);
  Trace trace;
  const Decision decision = world.decide(&trace);
  const std::string text = explain(world.policy, world.situation(), decision, trace, world.now);
  EXPECT_NE(
      text.find("332 of 432 free burst samples (1d 3h 40m) are left this month above 200 Mbps"),
      std::string::npos)
      << text;
}

TEST(PercentileBudget, TheGuardLimitsTheCapWhenTheFreeBurstsRunOut) {
  PercentileBudgetRule rule = guarded();
  rule.commit = Mbps{200};
  rule.throttle_weight = 20;
  World world(rule);
  world.feed(150, kDay);
  world.feed(400, 400);
  EXPECT_EQ(world.cap, Mbps{1000}) << "free so far";
  world.feed(400, 25);
  EXPECT_LT(world.cap, Mbps{250}) << "and no more";
  EXPECT_GE(world.cap, Mbps{200}) << "never below the commitment";
  EXPECT_EQ(world.latest.reason.code, ReasonCode::kPercentileBudget);
  EXPECT_LE(world.bursts.above(as_rate(world.cap).mbps()), world.bursts.month().free);
}

TEST(PercentileBudget, BeingThrottledForLongOpensTheCap) {
  PercentileBudgetRule rule = guarded();
  rule.commit = Mbps{200};
  World world(rule);
  world.feed(150, kDay);
  world.feed(400, 440);
  ASSERT_LT(world.cap, Mbps{400});
  world.feed(400, 5 * kDay);
  EXPECT_GE(world.cap, Mbps{400}) << "hopeless throttling ends";
}

TEST(PercentileBudget, ANewMonthOpensTheCap) {
  PercentileBudgetRule rule = guarded();
  rule.commit = Mbps{200};
  rule.throttle_weight = 5;
  World world(rule);
  world.feed(400, 600);
  ASSERT_LT(world.cap, Mbps{400});
  while (world.now < kJune + days{30}) world.feed(100, 1);
  world.feed(100, 2);
  EXPECT_EQ(world.cap, Mbps{1000});
}

TEST(PercentileBudget, WithoutAPastOrACommitmentNothingIsLimited) {
  World world(guarded());
  world.feed(400, 2 * kDay);
  EXPECT_EQ(world.cap, Mbps{1000});
}

TEST(PercentileBudget, NoDataNoCut) {
  PercentileBudgetRule rule = guarded();
  rule.commit = Mbps{200};
  World world(rule);
  const Decision unseen = world.decide();
  EXPECT_EQ(unseen.action, Action::kHold);
  EXPECT_EQ(unseen.reason.code, ReasonCode::kNoData);
  world.feed(400, 415);
  world.now += hours{1};
  const Decision stale = world.decide();
  EXPECT_EQ(stale.action, Action::kHold);
  EXPECT_EQ(stale.reason.code, ReasonCode::kStaleData);
}

/// Each kind that weighs traffic, by itself.
std::vector<Rule> weighing_rules() {
  return {SaturationRule{}, UtilizationRule{}, StepRule{}, PercentileRule{}, EconomicRule{}};
}

TEST(CapIsFree, EveryKindThatWeighsTrafficIsHeld) {
  for (const InternetCharge charge :
       {InternetCharge::kByInstanceBandwidth95, InternetCharge::kByClusterBandwidth95,
        InternetCharge::kBandwidthCluster, InternetCharge::kByTrafficPackage}) {
    for (const Rule& rule : weighing_rules()) {
      for (const double wanted : {5.0, 2000.0}) {
        World world({});
        world.policy.rules = {rule};
        world.instance.internet_charge = charge;
        world.cap = Mbps{100};
        world.feed(wanted, 3 * kDay);
        EXPECT_EQ(world.latest.action, Action::kHold) << kind_of(rule);
        EXPECT_EQ(world.latest.reason.code, ReasonCode::kCapIsFree) << kind_of(rule);
        EXPECT_EQ(world.latest.wish, Mbps{100}) << kind_of(rule);
      }
    }
  }
}

TEST(CapIsFree, ABudgetCountsOnlyWhereTheInstanceIsBilledByItself) {
  for (const InternetCharge charge :
       {InternetCharge::kByClusterBandwidth95, InternetCharge::kByTrafficPackage}) {
    World world(guarded());
    world.instance.internet_charge = charge;
    world.feed(400, kDay);
    EXPECT_EQ(world.latest.reason.code, ReasonCode::kCapIsFree);
  }
  World world(guarded());
  world.instance.internet_charge = InternetCharge::kByBandwidth;
  world.feed(400, kDay);
  EXPECT_EQ(world.latest.action, Action::kHold);
  EXPECT_EQ(world.latest.reason.code, ReasonCode::kFlatRate);
}

TEST(CapIsFree, OneFileServesBothWaysOfBilling) {
  PercentileBudgetRule rule = guarded();
  rule.commit = Mbps{200};
  rule.throttle_weight = 20;
  World free(rule);
  free.policy.rules.emplace_back(SaturationRule{});
  free.feed(150, kDay);
  free.feed(400, 430);
  EXPECT_LT(free.cap, Mbps{250}) << "a rule for flat rates blocks no guard";

  World billed(rule);
  billed.policy.rules.emplace_back(SaturationRule{});
  billed.instance.internet_charge = InternetCharge::kByBandwidth;
  billed.cap = Mbps{100};
  billed.feed(90, 10);
  billed.feed(400, 3);
  EXPECT_GT(billed.cap, Mbps{100});
  billed.feed(20, 2 * kDay);
  EXPECT_LT(billed.cap, Mbps{100}) << "nor does a guard a cut of theirs";
}

}  // namespace
}  // namespace penstock
