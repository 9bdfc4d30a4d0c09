#include "metrics/demand.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "metrics/bytes.h"
#include "tests/testing/random.h"

namespace penstock {
namespace {

using std::chrono::hours;
using testing::Random;
constexpr TimePoint kStart{hours{24 * 365 * 50}};

Sample sample(Duration at, double mbps, Duration span = 15s) {
  return {.at = kStart + at, .span = span, .egress = Rate{mbps}};
}

/// Feeds a sample under a cap that has stood since long ago.
bool feed(Demand& demand, Duration at, double mbps, std::int64_t cap, Duration span = 15s) {
  return demand.observe(sample(at, mbps, span), Mbps{cap}, kStart - hours{1}, kSaturatedAt);
}

TEST(Demand, EvidenceOfOneSample) {
  struct Row {
    const char* what;
    double egress;
    std::int64_t cap;
    Duration cap_age;  ///< at the end of the sample
    Evidence evidence;
  };
  const Row rows[] = {
      {"well below", 40, 100, 1h, Evidence::kFree},
      {"just below", 94.9, 100, 1h, Evidence::kFree},
      {"at 95 %", 95, 100, 1h, Evidence::kSaturated},
      {"above", 103, 100, 1h, Evidence::kSaturated},
      {"no cap", 103, 0, 1h, Evidence::kFree},
      {"cap as old as the sample", 99, 100, 15s, Evidence::kSaturated},
      {"cap changed inside, at it", 99, 100, 14s, Evidence::kMixed},
      {"cap changed inside, below it", 10, 100, 1s, Evidence::kMixed},
  };
  for (const Row& row : rows) {
    Demand demand;
    const Sample s = sample(1h, row.egress);
    ASSERT_TRUE(demand.observe(s, Mbps{row.cap}, s.at - row.cap_age, kSaturatedAt));
    EXPECT_EQ(demand.newest(0).evidence, row.evidence) << row.what;
  }
}

TEST(Demand, RefusesWhatCannotBe) {
  Demand demand;
  ASSERT_TRUE(feed(demand, 60s, 10, 100));
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const double inf = std::numeric_limits<double>::infinity();
  EXPECT_FALSE(feed(demand, 60s, 99, 100)) << "repeated";
  EXPECT_FALSE(feed(demand, 45s, 99, 100)) << "late";
  EXPECT_FALSE(feed(demand, 75s, nan, 100));
  EXPECT_FALSE(feed(demand, 75s, inf, 100));
  EXPECT_FALSE(feed(demand, 75s, -1, 100));
  EXPECT_FALSE(feed(demand, 75s, 10, 100, 0s));
  EXPECT_FALSE(feed(demand, 75s, 10, 100, -15s));
  EXPECT_EQ(demand.size(), 1U);
  EXPECT_EQ(demand.observed(), 15s);
}

TEST(Demand, RunStartsGrowsAndEnds) {
  Demand demand;
  feed(demand, 0s, 40, 72);
  EXPECT_EQ(demand.saturated_run().samples, 0U);
  feed(demand, 15s, 72, 72);
  feed(demand, 30s, 71, 72);
  EXPECT_EQ(demand.saturated_run().samples, 2U);
  EXPECT_EQ(demand.saturated_run().at_cap, 2U);
  EXPECT_EQ(demand.saturated_run().since, kStart + 0s);
  EXPECT_EQ(demand.saturated_run().free_before, Rate{40});

  // The cap is raised inside the next sample: it proves nothing, the run stands.
  demand.observe(sample(45s, 120), Mbps{180}, kStart + 40s, kSaturatedAt);
  EXPECT_EQ(demand.saturated_run().samples, 2U);
  EXPECT_EQ(demand.saturated_run().cap, Mbps{72});
  // A whole sample under the new cap continues the run, and counts anew under that cap.
  demand.observe(sample(60s, 179), Mbps{180}, kStart + 40s, kSaturatedAt);
  EXPECT_EQ(demand.saturated_run().samples, 3U);
  EXPECT_EQ(demand.saturated_run().at_cap, 1U);
  EXPECT_EQ(demand.saturated_run().cap, Mbps{180});
  EXPECT_EQ(demand.saturated_run().cap_at_start, Mbps{72});
  demand.observe(sample(75s, 120), Mbps{180}, kStart + 40s, kSaturatedAt);
  EXPECT_EQ(demand.saturated_run(), SaturatedRun{});
}

TEST(Demand, AGapEndsARun) {
  Demand demand;
  feed(demand, 15s, 72, 72);
  feed(demand, 60s, 72, 72);  // two samples lost: forgiven
  EXPECT_EQ(demand.saturated_run().samples, 2U);
  feed(demand, 121s, 72, 72);
  EXPECT_EQ(demand.saturated_run().samples, 1U);
  EXPECT_EQ(demand.saturated_run().since, kStart + 106s);
  EXPECT_EQ(demand.saturated_run().free_before, Rate{}) << "nothing is known of just before";
}

TEST(Demand, FreeBeforeLooksPastTheSampleThatHoldsTheJump) {
  Demand jump;
  feed(jump, 0s, 40, 72);
  feed(jump, 15s, 41, 72);
  feed(jump, 30s, 66, 72);  // the jump falls into this one
  feed(jump, 45s, 72, 72);
  EXPECT_EQ(jump.saturated_run().free_before, Rate{41});

  // rate[1m] asked every 15 s: the level climbs through overlapping samples.
  Demand smooth;
  for (int i = 0; i < 10; ++i) {
    feed(smooth, 15s * i, std::min(72.0, 40 + 8.0 * std::max(0, i - 4)), 72, 60s);
  }
  EXPECT_EQ(smooth.saturated_run().free_before, Rate{40});
}

TEST(Demand, OverlappingSamplesCountTimeOnce) {
  Demand demand;
  for (int i = 0; i <= 40; ++i) feed(demand, 15s * i, 20, 100, 60s);
  EXPECT_EQ(demand.observed(), 60s + 40 * 15s);
  EXPECT_EQ(demand.covered(kStart, kStart + 600s), 600s);
  EXPECT_EQ(demand.covered(kStart + 300s, kStart + 600s), 300s);
}

TEST(Demand, AverageIsWeightedByTime) {
  Demand demand;
  EXPECT_EQ(demand.average(kStart, kStart + 1h), std::nullopt);
  feed(demand, 30s, 10, 100, 30s);
  feed(demand, 40s, 50, 100, 10s);
  EXPECT_EQ(demand.average(kStart, kStart + 40s), Rate{20});
  EXPECT_EQ(demand.average(kStart + 30s, kStart + 40s), Rate{50});
}

/// Remembers every sample; the slow and obvious answer to recall().
struct Oracle {
  struct Part {
    TimePoint from, to;
    double egress;
    bool saturated;
  };
  std::vector<Part> samples;

  double largest(TimePoint from, TimePoint to) const {
    double most = 0;
    for (const Part& s : samples) {
      if (s.to > from && s.to <= to) most = std::max(most, s.egress);
    }
    return most;
  }
  /// Over any sample that touches the span.
  double largest_touching(TimePoint from, TimePoint to) const {
    double most = 0;
    for (const Part& s : samples) {
      if (s.to > from && s.from < to) most = std::max(most, s.egress);
    }
    return most;
  }
  Duration covered(TimePoint from, TimePoint to) const {
    Duration sum{};
    TimePoint done = from;
    for (const Part& s : samples) {
      const TimePoint begin = std::max(done, s.from);
      const TimePoint end = std::min(to, s.to);
      if (end > begin) sum += end - begin;
      done = std::max(done, s.to);
    }
    return sum;
  }
};

TEST(Demand, RecallNeverReadsLowNorCoversTooMuch) {
  Random random{testing::seed_or(7)};
  SCOPED_TRACE(random.seed());
  for (int round = 0; round < 40; ++round) {
    const Duration interval{random.range(5, 600) * 1000};
    const Duration span = random.chance(0.3) ? interval * random.range(1, 4) : interval;
    Demand demand;
    Oracle oracle;
    TimePoint at = kStart + Duration{random.below(3'600'000)};
    for (int i = 0; i < 3000; ++i) {
      at += interval + Duration{random.below(200)};
      if (random.chance(0.02)) at += interval * random.range(1, 50);
      const double egress = random.chance(0.01) ? random.between(0, 90) : random.between(0, 30);
      ASSERT_TRUE(demand.observe({at, span, Rate{egress}}, Mbps{100}, kStart, kSaturatedAt));
      oracle.samples.push_back({at - span, at, egress, false});
    }
    for (const Duration back :
         {Duration{5min}, Duration{1h}, Duration{3h}, Duration{24h}, Duration{24h * 7}}) {
      const TimePoint now = at + Duration{random.below(60'000)};
      const TimePoint from = now - back;
      const Recall recall = demand.recall(from, now);
      const Duration slot = back <= 3h ? Duration{1h} : Duration{6h};
      EXPECT_GE(recall.largest.mbps() * (1 + 1e-6), oracle.largest(from, now));
      EXPECT_LE(recall.largest.mbps(), oracle.largest_touching(from - 6h, now) * 1.004 + 1e-6);
      EXPECT_LE(recall.covered, oracle.covered(from, now));
      // A slot that is cut in two and not full may lose what it has on the inside; packing loses
      // a 255th of each slot.
      EXPECT_GE(recall.covered + slot + back / 200, oracle.covered(from, now) * 98 / 100);
    }
  }
}

TEST(Demand, NothingIsRecalledOfTheFuture) {
  Demand demand;
  for (int i = 1; i <= 5000; ++i) feed(demand, 15s * i, 50, 100);
  const TimePoint newest = kStart + 15s * 5000;
  for (const Duration ahead : {Duration{1ms}, Duration{10min}, Duration{100h}}) {
    EXPECT_EQ(demand.recall(newest + ahead, newest + ahead + 200h).parts, 0U);
    EXPECT_EQ(demand.covered(newest - 24h, newest + ahead), demand.covered(newest - 24h, newest));
  }
}

TEST(Demand, SaturatedShare) {
  Demand demand;
  EXPECT_EQ(demand.saturated_share(kStart, kStart + 1h), 0);
  for (int i = 1; i <= 1000; ++i) feed(demand, 15s * i, i % 4 == 0 ? 100 : 10, 100);
  const TimePoint now = kStart + 15s * 1000;
  EXPECT_NEAR(demand.saturated_share(now - 10min, now), 0.25, 1e-9);
  EXPECT_NEAR(demand.saturated_share(now - 4h, now), 0.25, 0.01);
}

TEST(Demand, SurvivesStorage) {
  Random random{testing::seed_or(3)};
  for (const int count : {0, 1, 63, 64, 65, 5000}) {
    Demand demand;
    for (int i = 1; i <= count; ++i) feed(demand, 15s * i, random.between(0, 110), 100);
    std::string bytes;
    demand.save(bytes);
    Demand back;
    feed(back, 1s, 5, 100);
    ASSERT_TRUE(back.restore(bytes)) << count;
    std::string again;
    back.save(again);
    EXPECT_EQ(again, bytes);
    // The restored one goes on exactly as the first would have.
    for (int i = count + 1; i < count + 200; ++i) {
      const double egress = random.between(0, 110);
      EXPECT_EQ(feed(demand, 15s * i, egress, 100), feed(back, 15s * i, egress, 100));
    }
    std::string one;
    std::string other;
    demand.save(one);
    back.save(other);
    EXPECT_EQ(one, other);
  }
}

TEST(Demand, DamagedBytesAreRefusedAndChangeNothing) {
  Demand demand;
  for (int i = 1; i <= 100; ++i) feed(demand, 15s * i, i, 100);
  std::string bytes;
  demand.save(bytes);
  Demand other;
  feed(other, 1s, 5, 100);
  std::string before;
  other.save(before);
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    std::string damaged = bytes;
    damaged[i] = static_cast<char>(damaged[i] ^ 0x10);
    EXPECT_FALSE(other.restore(damaged)) << i;
    EXPECT_FALSE(other.restore(std::string_view(bytes).substr(0, i))) << i;
  }
  EXPECT_FALSE(other.restore(bytes + "x"));
  EXPECT_FALSE(other.restore(""));
  std::string after;
  other.save(after);
  EXPECT_EQ(after, before);
}

TEST(Demand, TimesBeyondEverySenseAreRefused) {
  Demand demand;
  for (int i = 1; i <= 100; ++i) feed(demand, 15s * i, i, 100);
  std::string bytes;
  demand.save(bytes);
  bytes.resize(bytes.size() - sizeof(std::uint64_t));
  constexpr std::size_t kForgottenAt = sizeof(std::uint32_t) + sizeof(std::uint32_t);
  for (const std::int64_t ms : {std::numeric_limits<std::int64_t>::min() + 1,
                                std::numeric_limits<std::int64_t>::max(), std::int64_t{0}}) {
    std::string number;
    put(number, ms);
    std::string damaged = bytes;
    damaged.replace(kForgottenAt, number.size(), number);
    put(damaged, checksum(damaged));
    EXPECT_EQ(Demand().restore(damaged), ms == 0) << ms;
  }
}

}  // namespace
}  // namespace penstock
