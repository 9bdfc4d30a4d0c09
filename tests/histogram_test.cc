#include "metrics/histogram.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

#include "metrics/bytes.h"
#include "tests/testing/random.h"

namespace penstock {
namespace {

using testing::Random;
constexpr TimePoint kStart{std::chrono::hours{24 * 365 * 50}};

TEST(Histogram, LevelsCoverFromBelowOneToTenThousand) {
  EXPECT_EQ(Histogram::level_of(Rate{0}), 0U);
  EXPECT_EQ(Histogram::level_of(Rate{1}), 0U);
  EXPECT_EQ(Histogram::level_of(Rate{1.01}), 1U);
  EXPECT_LT(Histogram::level_of(Rate{10000}), Histogram::kLevels - 1);
  EXPECT_EQ(Histogram::level_of(Rate{1e9}), Histogram::kLevels - 1);
  for (std::size_t level = 0; level < Histogram::kLevels; ++level) {
    EXPECT_EQ(Histogram::level_of(Histogram::upper_edge(level)), level);
  }
}

// The oracle sorts every sample; the histogram may exceed it by one bin and never falls short.
TEST(Histogram, QuantileAgreesWithSortingWithinOneBin) {
  Random random{testing::seed_or(11)};
  SCOPED_TRACE(random.seed());
  for (int round = 0; round < 50; ++round) {
    Histogram histogram{std::chrono::hours{24 * 365 * 1000}};  // as good as no decay
    std::vector<double> all;
    for (int i = 0; i < 400; ++i) {
      const double rate = std::exp(random.between(0, 9));
      all.push_back(rate);
      histogram.add(Rate{rate}, 15s, kStart + i * 15s);
    }
    std::sort(all.begin(), all.end());
    for (const std::size_t rank : {3U, 199U, 359U, 379U, 395U, 399U}) {
      // Half a sample off the edge between two ranks, where rounding could pick either.
      const double q = (static_cast<double>(rank) + 0.5) / 400;
      const double exact = all[rank];
      EXPECT_GE(histogram.quantile(q).mbps(), exact * (1 - 1e-9)) << q;
      EXPECT_LE(histogram.quantile(q).mbps(), std::max(1.0, exact) * 1.05 * (1 + 1e-9)) << q;
    }
  }
}

TEST(Histogram, OldWeightHalves) {
  Histogram histogram{std::chrono::hours{24}};
  histogram.add(Rate{100}, 60s, kStart);
  histogram.add(Rate{10}, 60s, kStart + std::chrono::hours{24});
  EXPECT_NEAR(histogram.share_above(Rate{50}), 1.0 / 3, 1e-6);
  // Many half-lives on, the renormalised sums still agree and the old level is gone.
  for (int day = 2; day < 400; ++day) {
    histogram.add(Rate{10}, 60s, kStart + std::chrono::hours{24 * day});
  }
  EXPECT_LT(histogram.share_above(Rate{50}), 1e-6);
  EXPECT_NEAR(histogram.quantile(1.0 - 1e-4).mbps(), 10, 0.5);
}

TEST(Histogram, EmptyAndWorthless) {
  Histogram histogram;
  EXPECT_TRUE(histogram.empty());
  EXPECT_EQ(histogram.quantile(0.95), Rate{});
  EXPECT_EQ(histogram.share_above(Rate{1}), 0);
  histogram.add(Rate{10}, 0s, kStart);
  EXPECT_TRUE(histogram.empty());
}

TEST(Histogram, RestoreTakesItsOwnBytesOffTheFront) {
  Histogram histogram;
  for (int i = 0; i < 100; ++i) histogram.add(Rate{10.0 + i}, 15s, kStart + i * 15s);
  std::string bytes;
  histogram.save(bytes);
  const std::string saved = bytes;
  bytes += "rest";
  std::string_view in = bytes;
  Histogram back;
  ASSERT_TRUE(back.restore(in));
  EXPECT_EQ(in, "rest");
  std::string again;
  back.save(again);
  EXPECT_EQ(again, saved);
  std::string_view cut = std::string_view(saved).substr(0, saved.size() - 1);
  EXPECT_FALSE(back.restore(cut));
}

TEST(Histogram, TimesBeyondEverySenseAreRefused) {
  Histogram histogram;
  histogram.add(Rate{5}, Duration{15s}, kStart);
  std::string bytes;
  histogram.save(bytes);
  constexpr std::size_t kLast = sizeof(std::int64_t);
  for (const std::int64_t ms : {std::numeric_limits<std::int64_t>::min(),
                                std::numeric_limits<std::int64_t>::max(), std::int64_t{0}}) {
    std::string number;
    put(number, ms);
    std::string damaged = bytes;
    damaged.replace(kLast, number.size(), number);
    std::string_view in = damaged;
    EXPECT_EQ(Histogram().restore(in), ms == 0) << ms;
  }
}

}  // namespace
}  // namespace penstock
