#include "policies/explain.h"

#include <gtest/gtest.h>

#include "tests/testing/world.h"

namespace penstock {
namespace {

using testing::kStart;
using testing::Random;
using testing::World;

World held_by_budget() {
  World world;
  world.policy.name = "edge";
  world.policy.mode = Mode::kEnforce;
  world.policy.rules = {SaturationRule{}};
  world.instance.key = {"main", "i-7"};
  world.instance.status = "RUNNING";
  world.instance.charge = Charge::kPrepaid;
  world.instance.internet_charge = InternetCharge::kByBandwidth;
  world.instance.limit = Mbps{1000};
  world.instance.expires = kStart + std::chrono::days{12};
  world.tariff.unit_price = Money::from_units(2);
  world.cap = Mbps{100};
  world.purse.policy_month = Money::from_units(50);
  for (int i = -3; i < 0; ++i) world.feed({kStart + i * 15s, 15s, Rate{40}});
  world.feed({kStart, 15s, Rate{100}});
  return world;
}

TEST(Explain, TellsWhyAndWithWhichNumbers) {
  const World world = held_by_budget();
  Trace trace;
  const Decision decision = decide(world.policy, world.situation(), world.now, &trace);
  const std::string text = explain(world.policy, world.situation(), decision, trace, world.now);
  for (const char* part :
       {"i-7 at 100 Mbps: hold", "policy-budget", "80.00 USD", "50.00 USD", "wish     200 Mbps",
        "at the cap", "rule 1   saturation, 200 Mbps", "passed   fleet-paused", "by the tariff"}) {
    EXPECT_NE(text.find(part), std::string::npos) << part << "\n" << text;
  }
}

TEST(Explain, NamesFromOutsideAreHarmless) {
  World world = held_by_budget();
  world.instance.key.id = "i-\x1b[2J\n7";
  Trace trace;
  const Decision decision = decide(world.policy, world.situation(), world.now, &trace);
  const std::string text = explain(world.policy, world.situation(), decision, trace, world.now);
  EXPECT_EQ(text.find('\x1b'), std::string::npos);
  EXPECT_EQ(text.find("\n7"), std::string::npos);
}

TEST(Explain, HasWordsForEveryWorld) {
  Random random{testing::seed_or(41)};
  SCOPED_TRACE(random.seed());
  for (int i = 0; i < 300; ++i) {
    World world = testing::random_world(random);
    world.change.kind = static_cast<ChangeState::Kind>(random.below(5));
    Trace trace;
    const Decision decision = decide(world.policy, world.situation(), world.now, &trace);
    const std::string text = explain(world.policy, world.situation(), decision, trace, world.now);
    EXPECT_NE(text.find(to_string(decision.action)), std::string::npos);
    EXPECT_NE(text.find(render(decision.reason)), std::string::npos);
    EXPECT_TRUE(text.ends_with('\n'));
  }
}

}  // namespace
}  // namespace penstock
