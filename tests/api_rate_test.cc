#include "daemon/api_rate.h"

#include <gtest/gtest.h>

namespace penstock {
namespace {

constexpr Duration kStart = 1h;

/// Takes as many tokens as it gets over `span`, waiting no longer than asked to.
int taken_over(ApiRate& rate, Effect effect, Duration& now, Duration span) {
  const Duration end = now + span;
  int taken = 0;
  while (now < end) {
    if (rate.take(effect, now)) {
      ++taken;
    } else {
      const Duration wait = rate.wait(effect, now);
      EXPECT_GT(wait, Duration::zero());
      now = std::min(end, now + wait);
    }
  }
  return taken;
}

TEST(ApiRate, HoldsTheConfiguredRates) {
  ApiRate reads(5, 1, kStart);
  Duration now = kStart;
  EXPECT_NEAR(taken_over(reads, Effect::kRead, now, 60s), 303, 3);  // and the first burst
  ApiRate changes(5, 1, kStart);
  now = kStart;
  EXPECT_NEAR(taken_over(changes, Effect::kChange, now, 60s), 61, 1);
  ApiRate slow(0.1, 0.05, kStart);
  now = kStart;
  EXPECT_NEAR(taken_over(slow, Effect::kChange, now, 10min), 31, 1);
}

TEST(ApiRate, WaitingAsLongAsToldIsEnough) {
  ApiRate rate(3, 0.7, kStart);
  Duration now = kStart;
  for (int i = 0; i < 200; ++i) {
    const Effect effect = i % 3 == 0 ? Effect::kChange : Effect::kRead;
    now += rate.wait(effect, now);
    ASSERT_TRUE(rate.take(effect, now)) << i;
  }
}

TEST(ApiRate, ReadsLeaveAReserveForChanges) {
  for (const double per_second : {0.5, 1.0, 5.0, 50.0}) {
    ApiRate rate(per_second, std::min(per_second, 1.0), kStart);
    while (rate.take(Effect::kRead, kStart)) {
    }
    EXPECT_TRUE(rate.take(Effect::kChange, kStart)) << per_second;
  }
}

TEST(ApiRate, HalvesOnAComplaintAndRecoversSlowly) {
  ApiRate rate(8, 2, kStart);
  Duration now = kStart;
  rate.limited(now, 0s);
  rate.limited(now + 10ms, 0s);  // of the same burst
  EXPECT_DOUBLE_EQ(rate.requests_per_second(now + 10ms), 4.0 + 8.0 * 0.01 / 120);
  now += 20s;
  EXPECT_LT(rate.requests_per_second(now), 6);
  now += 41s;
  EXPECT_DOUBLE_EQ(rate.requests_per_second(now), 8);
  for (int i = 0; i < 20; ++i) rate.limited(now += 1s, 0s);
  EXPECT_GE(rate.requests_per_second(now), 0.5);  // never silent for good
}

TEST(ApiRate, KeepsTheSilenceThatWasAskedFor) {
  ApiRate rate(5, 1, kStart);
  rate.limited(kStart, 7s);
  EXPECT_EQ(rate.wait(Effect::kChange, kStart), 7s);
  EXPECT_FALSE(rate.take(Effect::kRead, kStart + 6999ms));
  EXPECT_TRUE(rate.take(Effect::kRead, kStart + 7s));
}

TEST(ApiRate, SettlesBelowAServersOwnLimit) {
  // The server takes 2 a second and the client was told 8: refusals must become rare.
  ApiRate rate(8, 1, kStart);
  Duration now = kStart;
  double server = 2;
  Duration filled = kStart;
  int refused = 0, served = 0;
  while (now < kStart + 10min) {
    now += rate.wait(Effect::kRead, now);
    ASSERT_TRUE(rate.take(Effect::kRead, now));
    server = std::min(2.0, server + 2 * static_cast<double>((now - filled).count()) / 1000);
    filled = now;
    if (server >= 1) {
      server -= 1;
      ++served;
    } else {
      ++refused;
      rate.limited(now, 0s);
    }
  }
  EXPECT_GT(served, 700);  // of 1,200 that would have fitted exactly
  EXPECT_LT(refused, 150);
}

TEST(ApiRate, SaysHowManyChangesFit) {
  ApiRate rate(5, 1, kStart);
  EXPECT_EQ(rate.changes_within(0s, kStart), 1);
  EXPECT_EQ(rate.changes_within(10s, kStart), 11);
  EXPECT_TRUE(rate.take(Effect::kChange, kStart));
  EXPECT_EQ(rate.changes_within(0s, kStart), 0);
  EXPECT_EQ(rate.changes_within(3s, kStart + 500ms), 3);
  rate.limited(kStart + 500ms, 60s);
  EXPECT_EQ(rate.changes_within(3s, kStart + 500ms), 0);
}

TEST(ApiRate, AReloadKeepsWhatWasLearnt) {
  ApiRate rate(8, 1, kStart);
  rate.limited(kStart, 0s);
  rate.configure(4, 1, kStart);
  EXPECT_DOUBLE_EQ(rate.requests_per_second(kStart), 2);
}

}  // namespace
}  // namespace penstock
