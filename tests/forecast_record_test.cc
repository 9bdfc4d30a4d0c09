// What a forecast's own record makes of it: margins, and whether they may be used.
#include "policies/forecast_record.h"

#include <gtest/gtest.h>

#include "tests/testing/random.h"

namespace penstock {
namespace {

using testing::Random;

/// `count` errors of this size either way.
void come(ForecastRecord& record, Random& random, double size, int count, double confidence) {
  for (int i = 0; i < count; ++i) {
    record.take(random.between(-size, size), ErrorIs::kExact, confidence);
    record.fade(1);
  }
}

TEST(ForecastRecord, TheMarginIsTheQuantileOfWhatCame) {
  for (const double confidence : {0.5, 0.8, 0.95}) {
    Random random{testing::seed_or(81)};
    SCOPED_TRACE(random.seed());
    ForecastRecord record;
    record.begin(confidence);
    come(record, random, 0.4, 2000, confidence);
    EXPECT_NEAR(record.margin(), 0.4 * (2 * confidence - 1), 0.05) << confidence;
    EXPECT_NEAR(record.held(), confidence, 0.03) << confidence;
    EXPECT_TRUE(record.earned(confidence));
  }
}

TEST(ForecastRecord, WithoutARecordNothingIsEarned) {
  Random random{testing::seed_or(82)};
  ForecastRecord record;
  record.begin(0.9);
  EXPECT_FALSE(record.earned(0.9));
  EXPECT_GT(record.margin(), 0.3) << "what is not known is taken to be wide";
  come(record, random, 0.1, 20, 0.9);
  EXPECT_FALSE(record.earned(0.9));
  come(record, random, 0.1, 40, 0.9);
  EXPECT_TRUE(record.earned(0.9));
}

TEST(ForecastRecord, ABandThatDoesNotHoldWidensAndIsNotUsedUntilItDoes) {
  Random random{testing::seed_or(83)};
  SCOPED_TRACE(random.seed());
  ForecastRecord record;
  record.begin(0.9);
  come(record, random, 0.1, 60, 0.9);
  const double before = record.margin();
  ASSERT_TRUE(record.earned(0.9));
  // Every day is further off than the last: quantiles of the past are never enough.
  double error = 0.2;
  int misses = 0;
  while (record.earned(0.9) && misses < 200) {
    record.take(error, ErrorIs::kExact, 0.9);
    error *= 1.15;
    ++misses;
  }
  EXPECT_FALSE(record.earned(0.9));
  EXPECT_LT(misses, 40);
  EXPECT_GT(record.margin(), 2 * before);
  // The same errors as at first: wider than their quantile now, until the record bears it again.
  come(record, random, 0.1, 60, 0.9);
  EXPECT_GT(record.margin(), before);
  come(record, random, 0.1, 600, 0.9);
  EXPECT_TRUE(record.earned(0.9));
  EXPECT_LT(record.margin(), 2 * before);
}

TEST(ForecastRecord, MissesBeyondTheQuantileWidenTheBandByThemselves) {
  ForecastRecord calm;
  calm.begin(0.8);
  for (int i = 0; i < 200; ++i) calm.take(i % 5 == 0 ? 0.3 : 0.0, ErrorIs::kExact, 0.8);
  ForecastRecord missed = calm;
  // A run of misses of a size that was seen before: only the count of misses is news.
  for (int i = 0; i < 20; ++i) missed.take(0.34, ErrorIs::kExact, 0.8);
  EXPECT_GT(missed.margin(), calm.margin() + 0.02);
  EXPECT_LT(missed.held(), calm.held());
}

TEST(ForecastRecord, AtTheCapOnlyMissesAreProven) {
  ForecastRecord record;
  record.begin(0.9);
  for (int i = 0; i < 100; ++i) record.take(0.1 * (i % 4), ErrorIs::kExact, 0.9);
  const double told = record.told();
  record.take(0.0, ErrorIs::kAtLeast, 0.9);
  EXPECT_EQ(record.told(), told) << "it may have been inside or not";
  const double margin = record.margin();
  for (int i = 0; i < 30; ++i) record.take(0.0, ErrorIs::kAtLeast, 0.9);
  EXPECT_GE(record.margin(), margin) << "at least zero is no proof of zero";
  record.take(5.0, ErrorIs::kAtLeast, 0.9);
  EXPECT_EQ(record.told(), told + 1);
}

TEST(ForecastRecord, BeyondAnErrorLiesWhatLayBeyondItBefore) {
  ForecastRecord record;
  record.begin(0.9);
  EXPECT_GT(record.beyond(0.1), 0.1) << "also when nothing did";
  for (int i = 0; i < 50; ++i) record.take(1.0, ErrorIs::kExact, 0.9);
  EXPECT_NEAR(record.beyond(0.1), 1.1, 0.2);
  EXPECT_GT(record.beyond(3), 3);
}

}  // namespace
}  // namespace penstock
