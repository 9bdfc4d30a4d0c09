// What a forecast may conclude from a past that it has not seen itself.
#include <gtest/gtest.h>

#include <string>

#include "policies/numbers.h"
#include "tests/testing/forecast_world.h"

namespace penstock {
namespace {

using testing::kDay;
using testing::kHour;
using testing::kWeek;
using testing::office;
using testing::Random;
using World = testing::ForecastWorld;
using std::chrono::hours;

TEST(ForecastRule, WhatThePastTaughtIsBoughtAheadOfAtOnce) {
  Random random{testing::seed_or(106)};
  SCOPED_TRACE(random.seed());
  World world;
  world.cap = Mbps{60};
  world.read_past(4 * kWeek, random, office);
  world.feed(5 * kHour, random, office);  // Monday, 5:00
  EXPECT_EQ(world.decide().action, Action::kHold) << render(world.decide().reason);
  world.feed(2 * kHour, random, office);
  const Decision decision = world.decide();
  EXPECT_EQ(decision.action, Action::kUpgrade);
  EXPECT_EQ(decision.reason.code, ReasonCode::kForecast) << render(decision.reason);
  EXPECT_NEAR(num(decision.to), 116, 15);
}

/// A cut comes no earlier with the past than without it, and goes no lower.
TEST(ForecastRule, WhatThePastTaughtPermitsNoCut) {
  for (const Charge charge : {Charge::kPostpaid, Charge::kPrepaid}) {
    Random random{testing::seed_or(107)};
    SCOPED_TRACE(random.seed());
    World cold;
    cold.instance.charge = charge;
    World warm = cold;
    // Four weeks that somebody's cap of 20 Mbps may have held down.
    warm.read_past(4 * kWeek, random, [](int) { return 19.9; }, 0.001);
    cold.skip(4 * kWeek);
    bool lowered = false;
    for (int i = 0; i < 3 * kWeek; ++i) {
      const double level = office(cold.samples) * random.between(0.9, 1.1);
      for (World* world : {&cold, &warm}) {
        world->instance.expires = world->now + hours{2};
        world->feed(level);
      }
      const Mbps wish = cold.decide().wish;
      ASSERT_GE(warm.decide().wish, wish) << i;
      lowered = lowered || wish < cold.cap;
    }
    EXPECT_TRUE(lowered) << "without the past it has long been cut";
  }
}

TEST(ForecastRule, ACutGoesNoLowerThanWhatIsRemembered) {
  Random random{testing::seed_or(108)};
  World world;
  // The peak comes on Wednesdays from 20 to 22 only, and the daemon began on a Thursday.
  const auto broadcast = [](int sample) {
    const int hour = sample / kHour % 168;
    return hour >= 68 && hour < 70 ? 300.0 : 50.0;
  };
  world.read_past(3 * kWeek + 3 * kDay, random, broadcast);
  world.feed(6 * kDay + 19 * kHour, random, broadcast);  // Wednesday, 19:00
  world.instance.charge = Charge::kPrepaid;
  world.instance.expires = world.now + hours{2};
  EXPECT_NEAR(num(world.decide().wish), 330, 60);
  world.past.reset();
  EXPECT_LT(world.decide().wish, Mbps{100}) << "a week live has not shown it yet";
}

/// Only what may have moved is looked at again when an hour ends. What was read back does not know
/// where the busiest hour lies, looks at all of them, and must find the same.
TEST(Forecast, TheBusiestHourIsTheBusiestOfAll) {
  Random random{testing::seed_or(109)};
  SCOPED_TRACE(random.seed());
  World world;
  const auto bytes_of = [](const Forecast& forecast) {
    std::string bytes;
    forecast.save(bytes);
    return bytes;
  };
  for (int hour = 0; hour < 6 * 168; ++hour) {
    Forecast again;
    ASSERT_TRUE(again.restore(bytes_of(world.forecast)));
    if (random.chance(0.02)) world.skip(kHour * static_cast<int>(random.range(1, 30)));
    const double level = random.between(1, 100);
    for (int i = 0; i < kHour; ++i) {
      world.feed(level);
      const Sample sample{world.now, 5min, Rate{level}};
      again.observe({.sample = sample, .rule = world.rule()});
    }
    ASSERT_EQ(bytes_of(again), bytes_of(world.forecast)) << hour;
  }
}

}  // namespace
}  // namespace penstock
