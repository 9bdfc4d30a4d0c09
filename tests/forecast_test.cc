// The seasonal forecast and its rule, on traffic whose rhythm is known.
#include "policies/forecast.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "policies/numbers.h"
#include "tests/testing/forecast_world.h"

namespace penstock {
namespace {

using std::chrono::hours;
using testing::Random;
using World = testing::ForecastWorld;
using testing::kDay;
using testing::kHour;
using testing::kStart;
using testing::kWeek;
using testing::office;

std::string bytes_of(const Forecast& forecast) {
  std::string bytes;
  forecast.save(bytes);
  return bytes;
}

TEST(Forecast, RaisesBeforeTheWeeklyPeakAndNotLongBefore) {
  Random random{testing::seed_or(91)};
  SCOPED_TRACE(random.seed());
  World world;
  // The peak comes on Wednesdays from 20 to 22 only.
  const auto broadcast = [](int sample) {
    const int hour = sample / kHour % 168;
    return hour >= 68 && hour < 70 ? 300.0 : 50.0;
  };
  world.feed(4 * kWeek, random, broadcast);
  world.cap = Mbps{80};
  int raised = -1;
  for (int i = 0; i < kWeek && raised < 0; ++i) {
    world.feed(50 * random.between(0.9, 1.1));
    const Decision decision = world.decide();
    if (decision.action != Action::kUpgrade) continue;
    raised = i;
    EXPECT_EQ(decision.reason.code, ReasonCode::kForecast) << render(decision.reason);
    EXPECT_GE(decision.to, Mbps{280});
  }
  const double hour = static_cast<double>(raised + 1) / kHour;
  EXPECT_GE(hour, 65.5);
  EXPECT_LE(hour, 67);
}

TEST(Forecast, WorkDaysAreUnlikeWeekends) {
  Random random{testing::seed_or(92)};
  World world;
  world.feed(3 * kWeek, random, office);
  world.feed(9 * kHour, random, office);  // Monday, 9:00
  EXPECT_NEAR(world.next().mbps, 110, 15);
  world.feed(5 * kDay, random, office);  // Saturday, 9:00
  EXPECT_NEAR(world.next().mbps, 22, 5);
  EXPECT_NEAR(world.term().mbps, 110, 15) << "the coming term has work days";
}

TEST(Forecast, DaysBeginWhereTheRuleSays) {
  for (const bool far : {false, true}) {
    Random random{testing::seed_or(93)};
    World world;
    if (far) {
      std::get<ForecastRule>(world.policy.rules[0]).zone = {
          .name = "Far", .changes = {{std::chrono::sys_seconds{}, hours{12}}}};
    }
    // Saturdays of the far zone are idle, which is half a Friday and half a Saturday here.
    const auto level = [](int sample) { return (sample / kHour + 12) / 24 % 7 == 5 ? 10.0 : 60.0; };
    world.feed(kWeek, random, level);
    world.feed(4 * kDay + 13 * kHour, random, level);
    // A few hours into it the week before says all that can be said, in either zone.
    EXPECT_LT(world.next().mbps, far ? 25 : 100);
  }
}

TEST(Forecast, OneSpikeMovesNothing) {
  Random random{testing::seed_or(94)};
  SCOPED_TRACE(random.seed());
  World calm;
  calm.feed(3 * kWeek, random, office);
  World spiked = calm;
  const int at = 3 * kHour;
  Random again = random;
  calm.feed(kDay, random, office);
  for (int i = 0; i < kDay; ++i) {
    const double level = office(spiked.samples) * again.between(0.9, 1.1);
    spiked.feed(i == at ? 900 : level);
  }
  EXPECT_NEAR(spiked.next().mbps / calm.next().mbps, 1, 0.03);
  EXPECT_NEAR(spiked.term().mbps / calm.term().mbps, 1, 0.03);
  // A week later, when that hour comes again.
  calm.feed(6 * kDay + 2 * kHour, random, office);
  spiked.feed(6 * kDay + 2 * kHour, again, office);
  EXPECT_NEAR(spiked.next().mbps / calm.next().mbps, 1, 0.1);
}

TEST(Forecast, GapsAndImpossibleSamplesTeachNothing) {
  Random random{testing::seed_or(95)};
  World world;
  world.feed(3 * kWeek, random, office);
  const std::string before = bytes_of(world.forecast);
  const double bad[] = {std::numeric_limits<double>::quiet_NaN(),
                        std::numeric_limits<double>::infinity(), -1.0, 1e12};
  for (const double egress : bad) {
    const Sample sample{world.now + 5min, 5min, Rate{egress}};
    EXPECT_FALSE(world.forecast.observe({.sample = sample, .rule = world.rule()})) << egress;
  }
  for (const Duration span : {Duration{0}, Duration{-5min}}) {
    const Sample sample{world.now + 5min, span, Rate{1}};
    EXPECT_FALSE(world.forecast.observe({.sample = sample, .rule = world.rule()}));
  }
  const Sample late{world.now, 5min, Rate{999}};
  EXPECT_FALSE(world.forecast.observe({.sample = late, .rule = world.rule()}));
  EXPECT_EQ(bytes_of(world.forecast), before);

  World gapped = world;
  world.feed(kWeek, random, office);
  gapped.skip(2 * kDay);
  gapped.feed(5 * kDay, random, office);
  EXPECT_NEAR(gapped.next().mbps / world.next().mbps, 1, 0.1);
  EXPECT_NEAR(gapped.term().mbps / world.term().mbps, 1, 0.1);
  // Years of nothing neither harm nor hang.
  gapped.skip(3 * 52 * kWeek);
  gapped.feed(2 * kDay, random, office);
  EXPECT_GT(gapped.term().mbps, 50);
}

TEST(Forecast, AnHourHardlySeenTeachesNothing) {
  Random random{testing::seed_or(96)};
  World world;
  for (int hour = 0; hour < 100; ++hour) {
    world.feed(4, random, [](int) { return 50; });
    world.skip(8);
  }
  EXPECT_EQ(world.next().told, 0);
  EXPECT_EQ(world.decide().action, Action::kHold);
}

TEST(Forecast, ALevelShiftIsFollowedWithinADay) {
  for (const double factor : {0.5, 2.0}) {
    Random random{testing::seed_or(97)};
    SCOPED_TRACE(random.seed());
    World world;
    world.feed(3 * kWeek, random, office);
    const double term = world.term().mbps;
    const auto shifted = [factor](int sample) { return factor * office(sample); };
    world.feed(4 * kHour, random, shifted);
    const double hour = std::log(world.next().mbps / (factor * 30));
    EXPECT_NEAR(hour, 0.1, 0.35) << "the next hours follow at once";
    world.feed(16 * kHour, random, shifted);
    const double moved = std::log(world.term().mbps / term / factor);
    EXPECT_GT(moved, -0.25) << factor;
    EXPECT_LT(moved, 0.9) << "wider while the misses are fresh";
    // Weeks later nothing is left of the old level.
    world.feed(5 * kWeek, random, shifted);
    EXPECT_NEAR(std::log(world.term().mbps / term / factor), 0, 0.2) << factor;
  }
}

TEST(Forecast, AtTheCapDemandIsAtLeastWhatFlowed) {
  Random random{testing::seed_or(98)};
  World capped;
  World fooled;
  capped.feed(2 * kWeek, random, office);
  fooled = capped;
  capped.cap = Mbps{70};
  for (int i = 0; i < 2 * kWeek; ++i) {
    const double level = office(capped.samples) * random.between(0.9, 1.1);
    capped.feed(level);
    fooled.feed(std::min(level, 70.0));
  }
  EXPECT_LT(fooled.term().mbps, 85);
  EXPECT_GT(capped.term().mbps, 95);
}

TEST(Forecast, HoldsWhatItSaysAndSaysWhatItHeld) {
  struct Row {
    double confidence;
    double noise;
  };
  for (const Row& row : {Row{0.95, 0.1}, Row{0.95, 0.5}, Row{0.8, 0.3}}) {
    Random random{testing::seed_or(99)};
    SCOPED_TRACE(random.seed());
    World world;
    std::get<ForecastRule>(world.policy.rules[0]).confidence = row.confidence;
    world.feed(2 * kWeek, random, office, row.noise);
    int inside = 0;
    int told = 0;
    for (int hour = 0; hour < 4 * 168; ++hour) {
      const double said = world.next().mbps;
      double came = 0;
      for (int i = 0; i < kHour; ++i) {
        const double level = office(world.samples) * random.between(1 - row.noise, 1 + row.noise);
        world.feed(level);
        came = std::max(came, level);
      }
      ++told;
      if (came <= said) ++inside;
    }
    const ForecastBand band = world.next();
    EXPECT_TRUE(band.earned);
    EXPECT_GE(num(inside) / num(told), row.confidence - 0.03) << row.confidence;
    EXPECT_NEAR(band.held, row.confidence, 0.05);
    EXPECT_GT(band.told, 300);
  }
}

TEST(Forecast, ScalesWithTheTraffic) {
  Random random{testing::seed_or(100)};
  World one;
  one.feed(3 * kWeek, random, office);
  for (const double factor : {0.37, 3.0, 9.1}) {
    Random same{testing::seed_or(100)};
    World scaled;
    scaled.cap = Mbps{10'000};
    scaled.feed(3 * kWeek, same, [factor](int sample) { return factor * office(sample); });
    EXPECT_NEAR(scaled.next().mbps / one.next().mbps / factor, 1, 0.005) << factor;
    EXPECT_NEAR(scaled.term().mbps / one.term().mbps / factor, 1, 0.005) << factor;
  }
}

TEST(Forecast, SameInputSameOutputAndAskingChangesNothing) {
  Random first{testing::seed_or(101)};
  Random second = first;
  World a;
  World b;
  a.feed(2 * kWeek, first, office);
  for (int i = 0; i < 2 * kWeek; ++i) {
    b.feed(1, second, office);
    static_cast<void>(b.decide());
  }
  EXPECT_EQ(bytes_of(a.forecast), bytes_of(b.forecast));
  EXPECT_EQ(a.decide().to, b.decide().to);
}

TEST(Forecast, StoredAndReadItIsTheSame) {
  Random random{testing::seed_or(102)};
  World world;
  for (const int samples : {0, 1, 5, kDay, 2 * kWeek + 7}) {
    world.feed(samples, random, office);
    const std::string bytes = bytes_of(world.forecast);
    Forecast read;
    ASSERT_TRUE(read.restore(bytes)) << samples;
    EXPECT_EQ(bytes_of(read), bytes);
    for (std::size_t place = 0; place < bytes.size(); place += 41) {
      std::string damaged = bytes;
      damaged[place] = static_cast<char>(damaged[place] ^ 8);
      EXPECT_FALSE(read.restore(damaged)) << place;
    }
    EXPECT_FALSE(read.restore(std::string_view(bytes).substr(0, bytes.size() / 2)));
    EXPECT_EQ(bytes_of(read), bytes) << "what is refused changes nothing";
  }
}

TEST(ForecastRule, IsIdleOnConstantTraffic) {
  for (const Charge charge : {Charge::kPostpaid, Charge::kPrepaid}) {
    World world;
    world.instance.charge = charge;
    world.instance.expires = kStart + hours{24 * 30};
    world.cap = Mbps{87};
    for (int i = 0; i < 4 * kWeek; ++i) {
      world.feed(80);
      if (i < 4 * kDay) continue;
      ASSERT_EQ(world.decide().action, Action::kHold) << i << render(world.decide().reason);
    }
  }
}

TEST(ForecastRule, StaysWithinBoundsStepAndLimit) {
  Random random{testing::seed_or(103)};
  for (int i = 0; i < 20; ++i) {
    World world;
    world.policy.bounds = {.min = Mbps{40}, .max = Mbps{250}, .step = Mbps{10}};
    world.instance.limit = Mbps{random.range(100, 400)};
    const double level = random.between(5, 600);
    world.cap = Mbps{random.range(10, 700)};
    world.feed(4 * kDay, random, [level](int) { return level; }, 0.4);
    const Decision decision = world.decide();
    if (decision.to == world.cap) continue;
    EXPECT_GE(decision.to, Mbps{40});
    EXPECT_LE(decision.to, std::min(Mbps{250}, *world.instance.limit));
  }
}

TEST(ForecastRule, SaysNothingBeforeItHasSeenEnoughButAnswersAFullLink) {
  Random random{testing::seed_or(104)};
  World world;
  world.feed(kDay, random, office);
  EXPECT_EQ(world.decide().action, Action::kHold);
  EXPECT_EQ(world.decide().wish, world.cap);
  world.cap = Mbps{25};
  world.feed(200);
  const Decision decision = world.decide();
  EXPECT_EQ(decision.action, Action::kUpgrade);
  EXPECT_EQ(decision.reason.code, ReasonCode::kSaturated);
  EXPECT_LE(decision.to, Mbps{50});
}

TEST(ForecastRule, PrepaidTheWishForLessIsTheTermsNotTheNights) {
  Random random{testing::seed_or(105)};
  World world;
  world.instance.charge = Charge::kPrepaid;
  world.feed(3 * kWeek + 3 * kHour, random, office);  // Monday, 3:00
  world.instance.expires = world.now + hours{2};
  const Decision decision = world.decide();
  EXPECT_EQ(decision.action, Action::kScheduleDowngrade) << render(decision.reason);
  EXPECT_EQ(decision.reason.code, ReasonCode::kForecast);
  EXPECT_NEAR(num(decision.to), 118, 12);
  EXPECT_NEAR(decision.reason.numbers[2], 30 * 86400, 1);

  world.instance.charge = Charge::kPostpaid;
  EXPECT_LT(world.decide().wish, Mbps{50}) << "what can be had back is not kept for the day";
}

TEST(ForecastRule, AnUnearnedForecastIsNotUsed) {
  World world;
  // Ten times as much every day, at another hour.
  double level = 1e-3;
  for (int day = 0; day < 9; ++day) {
    level *= 10;
    for (int i = 0; i < kDay; ++i) world.feed(i > day * 25 ? level : level / 10);
    if (world.next().told > ForecastRecord::kLeastTold && !world.next().earned) break;
  }
  ASSERT_FALSE(world.next().earned);
  ASSERT_GT(world.next().told, ForecastRecord::kLeastTold);
  world.policy.traffic.saturated_at = 1;
  EXPECT_EQ(world.decide().action, Action::kHold);
}

}  // namespace
}  // namespace penstock
