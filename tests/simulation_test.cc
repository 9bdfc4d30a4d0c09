// The simulated world in the suite: some dozens of seeds, the same run twice, every checker proven
// able to fail, and a failing run shrunk to what it needs.
#include "daemon/sim/simulation.h"

#include <gtest/gtest.h>

#include "daemon/log.h"
#include "daemon/sim/restart_check.h"
#include "daemon/sim/shrink.h"

namespace penstock {
namespace {

using std::chrono::hours;

Scenario small_world(std::uint64_t seed, Duration length, int instances = 4) {
  silence_log();
  return draw_scenario({.seed = seed, .length = length, .instances = instances});
}

std::string text_of(const Violations& violations) {
  std::string out;
  for (const Violation& each : violations) {
    out += format(each.at) + " " + each.checker + ": " + each.text + "\n";
  }
  return out;
}

TEST(Simulation, NothingIsViolatedInAnyOfManyWorlds) {
  std::uint64_t changes = 0;
  for (std::uint64_t seed = 1000; seed < 1024; ++seed) {
    const Scenario scenario = small_world(seed, hours{5}, 3);
    const auto plan = draw_plan(seed, scenario.length, 36);
    const SimulationOutcome outcome = simulate(scenario, plan, {.most_violations = 1});
    EXPECT_EQ(text_of(outcome.violations), "") << "penstock simulate --seed " << seed;
    for (const auto& [what, times] : outcome.changes) changes += times;
  }
  EXPECT_GT(changes, 20U) << "worlds in which nothing happens prove nothing";
}

TEST(Simulation, ASeedIsOneTrace) {
  for (const std::uint64_t seed : {3U}) {
    const Scenario scenario = small_world(seed, hours{6});
    const auto plan = draw_plan(seed, scenario.length, 30);
    const SimulationOutcome first = simulate(scenario, plan, {.keep_events = true});
    const SimulationOutcome second = simulate(scenario, plan, {.keep_events = true});
    EXPECT_EQ(first.events, second.events);
    EXPECT_EQ(first.trace, second.trace);
    EXPECT_EQ(first.requests, second.requests);
  }
  const auto trace = [](std::uint64_t seed) {
    return simulate(small_world(seed, hours{1}), {}, {}).trace;
  };
  EXPECT_NE(trace(5), trace(6));
}

TEST(Simulation, AnOperatorsOwnPoliciesAreAtWork) {
  Policy own;
  own.name = "own";
  own.rules = {SaturationRule{}};
  Policy weighing = own;
  weighing.name = "weighing";
  weighing.rules = {EconomicRule{}};
  const Scenario scenario = [&] {
    silence_log();
    return draw_scenario(
        {.seed = 3, .length = hours{24}, .instances = 6, .policies = {own, weighing}});
  }();
  const SimulationOutcome outcome =
      simulate(scenario, draw_plan(3, scenario.length, 6), {.most_violations = 1});
  EXPECT_EQ(text_of(outcome.violations), "");
  EXPECT_GT(outcome.ticks, 200U);
  EXPECT_FALSE(outcome.changes.empty());
}

TEST(Simulation, AWorldWhoseDaemonCannotStartIsNotAGoodOne) {
  Scenario scenario = small_world(3, hours{1});
  scenario.configuration = "tick = 7\n";
  const SimulationOutcome outcome = simulate(scenario, {}, {});
  ASSERT_FALSE(outcome.violations.empty());
  EXPECT_EQ(outcome.violations.front().checker, "start");
}

TEST(Simulation, RecordedDemandDrivesWorldsToo) {
  // Half a day of quarter hours with a peak, as a recording would have them.
  DemandTrace recorded;
  for (int i = 0; i < 48; ++i) {
    recorded.at.push_back(i * 15min);
    recorded.mbps.push_back(i % 12 == 0 ? 9 : 3);
  }
  recorded.interval = 15min;
  const std::vector<DemandTrace> traces{recorded};
  const Scenario drawn = small_world(11, hours{5}, 12);
  const Scenario replayed =
      draw_scenario({.seed = 11, .length = hours{5}, .instances = 12, .traces = traces});
  int recordings = 0;
  for (std::size_t i = 0; i < drawn.fleet.size(); ++i) {
    EXPECT_EQ(drawn.fleet[i].id, replayed.fleet[i].id);
    EXPECT_EQ(drawn.fleet[i].cap, replayed.fleet[i].cap) << "all else is as without recordings";
    const DemandShape& demand = replayed.fleet[i].demand;
    const double cap = static_cast<double>(drawn.fleet[i].cap.count());
    // A recording repeats itself to the digit after its whole length.
    if (demand.at(1h) != demand.at(13h) || demand.at(7h) != demand.at(19h)) continue;
    ++recordings;
    if (cap > 0) {
      EXPECT_GT(demand.at(0h) + demand.at(6h), 0.1 * cap);
      EXPECT_LT(demand.at(0h), 2 * cap);
    }
  }
  EXPECT_GE(recordings, 4);
  EXPECT_LT(recordings, 12);
  const SimulationOutcome outcome =
      simulate(replayed, draw_plan(11, replayed.length, 12), {.most_violations = 1});
  EXPECT_EQ(text_of(outcome.violations), "");
  EXPECT_FALSE(outcome.changes.empty());
}

TEST(Simulation, PlansDependOnTheSeedAloneAndEndBeforeTheWorld) {
  const auto a = draw_plan(7, hours{72}, 10);
  const auto b = draw_plan(7, hours{72}, 10);
  ASSERT_FALSE(a.empty());
  ASSERT_EQ(a.size(), b.size());
  std::set<Trouble> kinds;
  for (std::size_t i = 0; i < a.size(); ++i) {
    EXPECT_EQ(describe(a[i]), describe(b[i]));
    EXPECT_LE(a[i].at + a[i].lasting, hours{72} - 2h);
  }
  for (std::uint64_t seed = 1; seed < 60; ++seed) {
    for (const PlannedFault& fault : draw_plan(seed, hours{72}, 10)) kinds.insert(fault.trouble);
  }
  EXPECT_EQ(kinds.size(), kTroubles) << "every kind of fault is drawn sooner or later";
}

/// The process dies at its n-th step (a request, a write of orders), or the power goes in its n-th
/// write to the disk, while links are full and orders go out.
TEST(Simulation, ItMayEndAtAnyStepAndInAnyWrite) {
  for (const auto& [trouble, most] :
       {std::pair{Trouble::kKillAtStep, 60}, std::pair{Trouble::kPowerCutInWrite, 200}}) {
    for (int n = 0; n < most; n += most / 5) {
      const Scenario scenario = small_world(1005, 80min, 4);
      std::vector<PlannedFault> plan;
      for (std::size_t i = 0; i < 4; ++i) {
        plan.push_back({.index = i,
                        .trouble = Trouble::kSurge,
                        .at = 20min,
                        .lasting = 30min,
                        .seed = i,
                        .size = 20});
      }
      plan.push_back({.index = 4, .trouble = trouble, .at = 20min, .seed = 5, .size = n});
      const SimulationOutcome outcome = simulate(scenario, plan, {.most_violations = 1});
      EXPECT_EQ(text_of(outcome.violations), "") << to_string(trouble) << " " << n;
      EXPECT_GE(outcome.starts, 2U) << to_string(trouble) << " " << n;
    }
  }
}

/// Says that something is wrong whenever a certain fault is on.
class FailsWhenPaused final : public Checker {
 public:
  std::string name() const override { return "pause"; }
  void after_step(const Scene& scene, Violations& out) override {
    if (scene.fleet_paused) report(scene, "paused", out);
  }
};

TEST(Simulation, AFailureIsShrunkToTheFaultThatItNeeds) {
  const Scenario scenario = small_world(11, hours{9}, 2);
  std::vector<PlannedFault> plan;
  const Trouble troubles[] = {Trouble::kKill, Trouble::kSamplesNan, Trouble::kPauseFleet,
                              Trouble::kHtml, Trouble::kCounterReset};
  for (std::size_t i = 0; i < std::size(troubles); ++i) {
    plan.push_back({.index = i,
                    .trouble = troubles[i],
                    .at = 30min * static_cast<int>(i + 1),
                    .lasting = troubles[i] == Trouble::kKill ? 0s : 20min,
                    .seed = i});
  }
  SimulationOptions options;
  options.checkers = [] {
    std::vector<std::unique_ptr<Checker>> all;
    all.push_back(std::make_unique<FailsWhenPaused>());
    return all;
  };
  const SimulationOutcome outcome = simulate(scenario, plan, options);
  ASSERT_FALSE(outcome.violations.empty());
  const Shrunk least = shrink(scenario, plan, outcome.violations.front(), options);
  ASSERT_EQ(least.faults.size(), 1U);
  EXPECT_EQ(least.faults[0].trouble, Trouble::kPauseFleet);
  EXPECT_LT(least.length, 2h);
}

TEST(RestartCheck, SeesWhatIsNotKept) {
  Snapshot before;
  before.ready = true;
  before.instances.emplace_back();
  auto instance = std::make_shared<Instance>();
  instance->key = {"main", "i"};
  before.instances[0].instance = instance;
  before.instances[0].record.last_upgrade_at = TimePoint{1h};
  EXPECT_TRUE(fit_to_compare(before));
  Snapshot after = before;
  EXPECT_TRUE(differences_after_restart(before, after).empty());
  after.instances[0].record.last_upgrade_at.reset();
  EXPECT_TRUE(differences_after_restart(before, after).contains("i"));
  after = before;
  after.fleet.orders_today = 1;
  EXPECT_TRUE(differences_after_restart(before, after).contains("the fleet's budget"));
  after = before;
  after.instances[0].decision.action = Action::kUpgrade;
  EXPECT_TRUE(differences_after_restart(before, after).contains("i"));
}

}  // namespace
}  // namespace penstock
