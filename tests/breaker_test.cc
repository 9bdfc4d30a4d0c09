#include "daemon/breaker.h"

#include <gtest/gtest.h>

namespace penstock {
namespace {

const TimePoint kNow{std::chrono::seconds{1'767'225'600}};
constexpr BreakerLimits kLimits{.failures = 3, .within = std::chrono::hours{1}};

TEST(Breaker, OpensAtTheLimitAndStaysOpen) {
  Breaker breaker({.account = "main", .failures = {}, .opened_at = {}});
  EXPECT_FALSE(breaker.fail(kNow, kLimits));
  EXPECT_FALSE(breaker.fail(kNow + 1min, kLimits));
  EXPECT_FALSE(breaker.open());
  EXPECT_EQ(breaker.failures(kNow + 1min, kLimits), 2);
  EXPECT_TRUE(breaker.fail(kNow + 2min, kLimits));
  EXPECT_TRUE(breaker.open());
  EXPECT_FALSE(breaker.fail(kNow + 3min, kLimits)) << "it opens once";
  EXPECT_EQ(breaker.failures(kNow + 24h, kLimits), 3);
  EXPECT_TRUE(breaker.open()) << "time does not close it";
}

TEST(Breaker, FailuresOutsideTheTimeDoNotCount) {
  Breaker breaker({.account = "main", .failures = {}, .opened_at = {}});
  EXPECT_FALSE(breaker.fail(kNow, kLimits));
  EXPECT_FALSE(breaker.fail(kNow + 40min, kLimits));
  EXPECT_FALSE(breaker.fail(kNow + 61min, kLimits));
  EXPECT_EQ(breaker.failures(kNow + 61min, kLimits), 2);
  EXPECT_TRUE(breaker.fail(kNow + 62min, kLimits));
}

TEST(Breaker, APersonClosesItAndTheCountStartsAnew) {
  Breaker breaker({.account = "main", .failures = {kNow}, .opened_at = kNow});
  EXPECT_TRUE(breaker.open());
  EXPECT_TRUE(breaker.reset());
  EXPECT_FALSE(breaker.open());
  EXPECT_EQ(breaker.failures(kNow, kLimits), 0);
  EXPECT_FALSE(breaker.reset());
}

TEST(Breaker, NoneIsConfigured) {
  Breaker breaker({.account = "main", .failures = {}, .opened_at = {}});
  for (int i = 0; i < 100; ++i) EXPECT_FALSE(breaker.fail(kNow, {.failures = 0}));
  EXPECT_TRUE(breaker.memory().failures.empty());
}

}  // namespace
}  // namespace penstock
