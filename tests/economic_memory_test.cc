// What an economic memory learns, forgets, stores and refuses.
#include "policies/economic_memory.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <string>

#include "tests/testing/random.h"

namespace penstock {
namespace {

using std::chrono::hours;

constexpr TimePoint kStart{hours{24 * 365 * 50}};

double at(double mbps) {
  return LevelCounts::position(mbps);
}

/// Feeds samples one after another.
struct Feed {
  EconomicMemory memory;
  TimePoint now = kStart;
  Duration span = 5min;
  Mbps cap{1000};
  std::optional<TimePoint> term_end = kStart + hours{24 * 30};

  bool operator()(double egress) {
    now += span;
    return memory.observe({.sample = {.at = now, .span = span, .egress = Rate{egress}},
                           .cap = cap,
                           .cap_since = kStart,
                           .term_end = term_end});
  }
};

TEST(EconomicMemory, SharesAreOfTime) {
  for (const Duration span : {Duration{15s}, Duration{1min}, Duration{5min}, Duration{1h}}) {
    Feed feed;
    feed.span = span;
    const auto samples = hours{48} / span;
    for (std::int64_t i = 0; i < samples; ++i) feed(i % 4 == 0 ? 200 : 50);
    EXPECT_NEAR(feed.memory.share(at(100)), 0.25, 0.02) << format(span);
    EXPECT_NEAR(feed.memory.share(at(40)), 1, 0.001);
    EXPECT_NEAR(feed.memory.share(at(300)), 0, 0.001);
  }
}

TEST(EconomicMemory, FadesByTimeAndNotBySample) {
  Feed feed;
  for (int i = 0; i < 288; ++i) feed(200);
  const double before = feed.memory.lately(at(100));
  // Nothing is seen for ten hours: what was lately is halved by that alone.
  feed.now += hours{9} + 36min - 5min;
  feed(50);
  EXPECT_NEAR(feed.memory.lately(at(100)) / before, 0.5, 0.01);
  EXPECT_NEAR(feed.memory.share(at(100)), 287.0 / 288, 0.01) << "and no time passed in the gap";
}

TEST(EconomicMemory, ASaturatedSampleIsALowerBound) {
  Feed feed;
  feed.cap = Mbps{100};
  for (int i = 0; i < 100; ++i) feed(60);
  feed(100);
  EXPECT_TRUE(feed.memory.saturated());
  EXPECT_GT(feed.memory.lately(at(110)), 10) << "some of it lay higher";
  EXPECT_LT(feed.memory.lately(at(110)), 290);
  EXPECT_EQ(feed.memory.free_share(at(99)), 0);
  EXPECT_GT(feed.memory.next(at(101)), 0.5);
  const double first = feed.memory.tail(at(300));
  feed.cap = Mbps{150};
  feed(150);
  EXPECT_GT(feed.memory.tail(at(450)), first) << "a raise that did not help fattens the tail";
  feed(90);
  EXPECT_FALSE(feed.memory.saturated());
}

TEST(EconomicMemory, ACapThatChangedInsideASampleIsToldApart) {
  Feed feed;
  feed.cap = Mbps{100};
  for (int i = 0; i < 20; ++i) feed(60);
  const auto observe = [&](double egress, Mbps cap, Duration into) {
    EconomicMemory memory = feed.memory;
    const TimePoint end = feed.now + 5min;
    memory.observe({.sample = {.at = end, .span = 5min, .egress = Rate{egress}},
                    .cap = cap,
                    .cap_since = feed.now + into,
                    .term_end = feed.term_end});
    return memory;
  };
  // Half of it at 100, half at 200: 150 is all that could flow.
  EXPECT_TRUE(observe(150, Mbps{200}, 150s).saturated());
  const EconomicMemory later = observe(130, Mbps{200}, 150s);
  EXPECT_FALSE(later.saturated());
  EXPECT_NEAR(later.level(), at(160), 0.01);
  // In force from its end on: all of it was under the old cap.
  EXPECT_TRUE(observe(100, Mbps{200}, 5min).saturated());
  EXPECT_FALSE(observe(90, Mbps{200}, 5min).saturated());
  // An order of ours may or may not have been in force: at least this much flowed.
  const EconomicMemory doubt = observe(100, Mbps{100}, 5min);
  EXPECT_FALSE(doubt.saturated());
  EXPECT_GT(doubt.share(at(95)), 0);
}

TEST(EconomicMemory, ATermBeginsAnew) {
  Feed feed;
  feed.term_end = kStart + hours{24};
  for (int i = 0; i < 288; ++i) feed(200);
  EXPECT_EQ(feed.memory.term(), hours{24});
  EXPECT_GT(feed.memory.lately(at(100)), 3600);
  feed.term_end = kStart + hours{72};
  feed(50);
  EXPECT_EQ(feed.memory.lately(at(100)), 0);
  EXPECT_EQ(feed.memory.term(), hours{48}) << "by its two ends";
  EXPECT_GT(feed.memory.share(at(100)), 0.9) << "history goes on";
}

TEST(EconomicMemory, ImpossibleAndRepeatedSamplesChangeNothing) {
  Feed feed;
  feed(100);
  std::string before;
  feed.memory.save(before);
  const auto refused = [&](Sample sample) {
    return !feed.memory.observe({.sample = sample, .cap = Mbps{100}});
  };
  EXPECT_TRUE(refused({.at = feed.now, .span = 5min, .egress = Rate{1}}));
  EXPECT_TRUE(refused({.at = feed.now + 5min, .span = 0s, .egress = Rate{1}}));
  EXPECT_TRUE(refused({.at = feed.now + 5min, .span = 5min, .egress = Rate{-1}}));
  const double odd[] = {std::nan(""), std::numeric_limits<double>::infinity(), 1e12};
  for (const double egress : odd) {
    EXPECT_TRUE(refused({.at = feed.now + 5min, .span = 5min, .egress = Rate{egress}}));
  }
  std::string after;
  feed.memory.save(after);
  EXPECT_EQ(before, after);
}

EconomicMemory some_memory(std::uint64_t seed) {
  testing::Random random(seed);
  Feed feed;
  for (int i = 0; i < 3000; ++i) {
    feed.cap = Mbps{static_cast<std::int64_t>(80 + random.below(3) * 20)};
    feed(std::min(40.0 + static_cast<double>(random.below(100)), as_rate(feed.cap).mbps()));
    if (random.below(50) == 0) feed.now += 40min;
  }
  return feed.memory;
}

TEST(EconomicMemory, StoredAndReadBackItGoesOnTheSame) {
  EconomicMemory memory = some_memory(7);
  std::string bytes;
  memory.save(bytes);
  EXPECT_LT(bytes.size(), 4096U);
  EconomicMemory read;
  ASSERT_TRUE(read.restore(bytes));
  std::string again;
  read.save(again);
  EXPECT_EQ(bytes, again);
  for (const double level : {1.0, 50.0, 99.0, 120.0, 4000.0}) {
    EXPECT_NEAR(read.share(at(level)), memory.share(at(level)), 1e-5);
    EXPECT_EQ(read.next(at(level)), memory.next(at(level)));
    EXPECT_NEAR(read.rate(at(level)), memory.rate(at(level)), 1e-9);
  }
}

TEST(EconomicMemory, DamagedBytesAreRefused) {
  const EconomicMemory memory = some_memory(8);
  std::string bytes;
  memory.save(bytes);
  EconomicMemory read = some_memory(9);
  std::string before;
  read.save(before);
  testing::Random random(10);
  for (int i = 0; i < 300; ++i) {
    std::string damaged = bytes;
    const auto place =
        static_cast<std::size_t>(random.below(static_cast<std::int64_t>(damaged.size())));
    if (i % 3 == 0) {
      damaged.resize(place);
    } else {
      damaged[place] = static_cast<char>(damaged[place] ^ (1 << random.below(8)));
    }
    EXPECT_FALSE(read.restore(damaged)) << place;
  }
  EXPECT_FALSE(read.restore(""));
  EXPECT_FALSE(read.restore(bytes + "x"));
  std::string after;
  read.save(after);
  EXPECT_EQ(before, after) << "what was there stays";
}

TEST(EconomicMemory, YearsOfSamplesKeepItFinite) {
  Feed feed;
  feed.span = 1h;
  for (int i = 0; i < 24 * 365 * 4; ++i) feed(50 + i % 24);
  EXPECT_NEAR(feed.memory.share(at(62)), 0.5, 0.05);
  EXPECT_TRUE(std::isfinite(feed.memory.lately(at(50))));
  EXPECT_GT(feed.memory.rate(at(60)), 0);
}

TEST(GrowthCounts, SharesAndExcess) {
  GrowthCounts growth;
  EXPECT_EQ(growth.share_above(0.1), 0);
  for (int i = 0; i < 90; ++i) growth.add(-0.1, 1);
  for (int i = 0; i < 10; ++i) growth.add(std::log(2), 1);
  EXPECT_EQ(growth.share_above(-0.2), 1);
  EXPECT_NEAR(growth.share_above(std::log(1.5)), 0.1, 1e-6);
  EXPECT_EQ(growth.share_above(std::log(3)), 0);
  const GrowthCounts::Excess beyond = growth.beyond(std::log(1.5), 0);
  EXPECT_NEAR(beyond.weight, 10, 1e-6);
  EXPECT_NEAR(beyond.sum / beyond.weight, std::log(2 / 1.5), 0.15);
  EXPECT_NEAR(growth.beyond(std::log(50), 5).weight, 10, 1e-6) << "falls back to where enough lies";
}

TEST(LevelCounts, InterpolatesInsideALevel) {
  LevelCounts counts;
  counts.add(10.0, 4);
  EXPECT_NEAR(counts.at_or_above(10.25), 3, 1e-6);
  EXPECT_NEAR(counts.levels_above(10.0), 2, 1e-6) << "half a level above, on average";
  EXPECT_NEAR(counts.at_or_above(9), 4, 1e-6);
  counts.add(1e9, 1);
  EXPECT_NEAR(counts.at_or_above(LevelCounts::kLevels - 1), 1, 1e-6);
}

}  // namespace
}  // namespace penstock
