// What is counted of a month's free bursts, against the bill's own definition.
#include "policies/burst_record.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "policies/percentile_bill.h"
#include "tests/testing/random.h"

namespace penstock {
namespace {

using std::chrono::days;
using std::chrono::hours;
using testing::Random;

constexpr TimePoint kJune{std::chrono::sys_days{std::chrono::year{2026} / 6 / 1}};

Sample sample_at(TimePoint begin, Duration span, double mbps) {
  return {.at = begin + span, .span = span, .egress = Rate{mbps}};
}

std::string bytes_of(const BurstRecord& record) {
  std::string bytes;
  record.save(bytes);
  return bytes;
}

TEST(BurstRecord, AMonthHasItsFreeSamplesFromItsFirstOn) {
  struct Case {
    unsigned month;
    std::uint32_t samples;
    std::uint32_t free;
  };
  // n less ceil(0.95 n).
  for (const Case& each : {Case{6, 8640, 432}, Case{7, 8928, 446}, Case{2, 8064, 403}}) {
    BurstRecord record;
    const TimePoint begin{
        std::chrono::sys_days{std::chrono::year{2026} / std::chrono::month{each.month} / 1}};
    ASSERT_TRUE(record.observe(sample_at(begin, 5min, 10), Mbps{100}));
    EXPECT_EQ(record.month().seen + record.month().left, each.samples) << each.month;
    EXPECT_EQ(record.month().free, each.free) << each.month;
  }
}

TEST(BurstRecord, AtTheMonthsEndWhatIsLockedIsTheBilledLevel) {
  Random random(17);
  for (const Duration span : {Duration{5min}, Duration{1min}, Duration{15s}}) {
    BurstRecord record;
    std::vector<double> billed;
    const auto parts = Duration{5min} / span;
    for (int slot = 0; slot < 8640; ++slot) {
      double sum = 0;
      const double level = 100 * std::exp(random.between(-1, 1.5));
      for (std::int64_t part = 0; part < parts; ++part) {
        const double mbps = level * random.between(0.8, 1.2);
        sum += mbps;
        record.observe(sample_at(kJune + slot * 5min + part * span, span, mbps), Mbps{10'000});
      }
      billed.push_back(sum / static_cast<double>(parts));
    }
    // The last one is closed by the first of the next month, which begins a new count.
    const double last = billed.back();
    billed.pop_back();
    billed.push_back(0);
    const BurstRecord::Month month = record.month();
    EXPECT_EQ(month.seen, 8639U);
    EXPECT_EQ(month.left, 1U);
    EXPECT_NEAR(record.locked(month.free), billed_level(billed), 1e-3) << span.count();
    const double high = record.locked(month.free) * 1.1;
    const auto above = std::ranges::count_if(billed, [&](double mbps) { return mbps > high; });
    EXPECT_EQ(record.above(high), static_cast<std::uint32_t>(above)) << span.count();
    record.observe(sample_at(kJune + days{30}, span, last), Mbps{10'000});
    EXPECT_EQ(record.month().seen, 0U);
    EXPECT_EQ(record.above(0), 0U);
  }
}

TEST(BurstRecord, OneLongSampleIsManyShortOnes) {
  BurstRecord longer;
  BurstRecord shorter;
  for (int hour = 0; hour < 100; ++hour) {
    longer.observe(sample_at(kJune + hours{hour}, 1h, 50 + hour), Mbps{200});
    for (int slot = 0; slot < 12; ++slot) {
      shorter.observe(sample_at(kJune + hours{hour} + slot * 5min, 5min, 50 + hour), Mbps{200});
    }
  }
  EXPECT_EQ(longer.month().seen, shorter.month().seen);
  EXPECT_EQ(longer.above(120.5), shorter.above(120.5));
  EXPECT_NEAR(longer.share(100), shorter.share(100), 1e-9);
}

TEST(BurstRecord, AWindowReadEveryFewSecondsCountsOnce) {
  BurstRecord record;
  for (Duration at{0}; at < hours{10}; at += 15s) {
    record.observe(sample_at(kJune + at, 5min, 80), Mbps{100});
  }
  // Ten hours, the first of which begins five minutes before its sample ends.
  EXPECT_NEAR(record.month().seen, 119, 1);
}

TEST(BurstRecord, WhatWasNotSeenIsNeitherFreeNorCounted) {
  BurstRecord record;
  record.observe(sample_at(kJune + days{10}, 5min, 80), Mbps{100});
  record.observe(sample_at(kJune + days{20}, 5min, 80), Mbps{100});
  EXPECT_EQ(record.month().seen, 1U);
  EXPECT_EQ(record.month().left, 2880U);
  EXPECT_EQ(record.month().free, 2881U - billed_rank(2881));
}

TEST(BurstRecord, ThrottledSamplesCountWhateverTheCap) {
  BurstRecord record;
  TimePoint at = kJune;
  const auto feed = [&](double mbps, Mbps cap, int slots) {
    for (int i = 0; i < slots; ++i, at += 5min) record.observe(sample_at(at, 5min, mbps), cap);
  };
  feed(100, Mbps{100}, 11);
  EXPECT_EQ(record.throttled(), 10U);  // the last one is still open
  feed(50, Mbps{100}, 10);
  EXPECT_EQ(record.throttled(), 11U);
  feed(90, Mbps{90}, 11);
  EXPECT_EQ(record.throttled(), 21U);
  feed(100, Mbps{110}, 2);
  EXPECT_EQ(record.throttled(), 22U);
  // A new month begins a new count.
  feed(50, Mbps{110}, 8640);
  EXPECT_EQ(record.throttled(), 0U);
}

TEST(BurstRecord, ImpossibleAndRepeatedSamplesChangeNothing) {
  BurstRecord record;
  ASSERT_TRUE(record.observe(sample_at(kJune, 5min, 80), Mbps{100}));
  const std::string before = bytes_of(record);
  EXPECT_FALSE(record.observe(sample_at(kJune, 5min, 90), Mbps{100}));
  EXPECT_FALSE(record.observe(sample_at(kJune - 1h, 5min, 90), Mbps{100}));
  EXPECT_FALSE(record.observe(sample_at(kJune + 1h, 5min, -1), Mbps{100}));
  EXPECT_FALSE(record.observe(sample_at(kJune + 1h, 5min, std::nan("")), Mbps{100}));
  EXPECT_FALSE(record.observe(sample_at(kJune + 1h, 0s, 90), Mbps{100}));
  EXPECT_EQ(bytes_of(record), before);
}

TEST(BurstRecord, ComesBackFromBytesAndDamageIsRefused) {
  Random random(5);
  BurstRecord record;
  for (int i = 0; i < 3000; ++i) {
    record.observe(sample_at(kJune + i * 5min, 5min, random.between(0, 300)), Mbps{250});
  }
  const std::string bytes = bytes_of(record);
  BurstRecord read;
  ASSERT_TRUE(read.restore(bytes));
  EXPECT_EQ(bytes_of(read), bytes);
  for (int i = 3000; i < 12'000; ++i) {
    const Sample sample = sample_at(kJune + i * 5min, 5min, random.between(0, 300));
    record.observe(sample, Mbps{250});
    read.observe(sample, Mbps{250});
  }
  const std::uint32_t free = record.month().free;
  EXPECT_EQ(read.month().free, free);
  EXPECT_EQ(read.locked(free), record.locked(free));
  EXPECT_EQ(read.throttled(), record.throttled());
  // Sums that are made anew may differ in their last bits.
  EXPECT_NEAR(read.share(200), record.share(200), 1e-6);
  for (std::size_t place = 0; place < bytes.size(); place += 97) {
    std::string damaged = bytes;
    damaged[place] = static_cast<char>(damaged[place] ^ 8);
    EXPECT_FALSE(read.restore(damaged)) << place;
  }
  EXPECT_FALSE(read.restore({}));
  EXPECT_FALSE(read.restore(std::string_view(bytes).substr(0, 200)));
}

}  // namespace
}  // namespace penstock
