// What `penstock backtest` is asked for: every wrong option is told in words.
#include "daemon/backtest_options.h"

#include <gtest/gtest.h>

#include <functional>
#include <limits>

namespace penstock {
namespace {

struct Wrong {
  const char* message;
  std::function<void(BacktestOptions&)> set;
};

TEST(BacktestOptions, WrongOnesAreNamedWithWhatIsExpected) {
  const Wrong cases[] = {
      {"--billing: \"weekly\" is not one of prepaid, postpaid, burst95, package",
       [](auto& o) { o.billing = "weekly"; }},
      {"--cycle: \"7\" is not a duration of at least a minute, such as 30d",
       [](auto& o) { o.cycle = "7"; }},
      {"--cycle: \"0s\" is not a duration of at least a minute, such as 30d",
       [](auto& o) { o.cycle = "0s"; }},
      {"--latency: \"soon\" is not a duration such as 60s", [](auto& o) { o.latency = "soon"; }},
      {"--unit-price: \"2 USD\" is not a price such as 2.50",
       [](auto& o) { o.unit_price = "2 USD"; }},
      {"--unit-price: \"-1\" is not a price such as 2.50", [](auto& o) { o.unit_price = "-1"; }},
      {"--included: \"-1\" is not a size in Mbps", [](auto& o) { o.included = -1; }},
      {"--price-steps: \"5=1\" is not FROM=PRICE with sizes that start at 0 and ascend",
       [](auto& o) { o.price_steps = "5=1"; }},
      {"--price-steps: \"0=2\" is not FROM=PRICE with sizes that start at 0 and ascend",
       [](auto& o) { o.price_steps = "0=1,0=2"; }},
      {"--price-steps: \"100\" is not FROM=PRICE with sizes that start at 0 and ascend",
       [](auto& o) { o.price_steps = "0=1,100"; }},
      {"--steps-mode: \"all\" is not marginal or volume", [](auto& o) { o.steps_mode = "all"; }},
      {"--commit: \"x\" is not a number of at least 0", [](auto& o) { o.commit = "x"; }},
      {"--overage-price: \"nan\" is not a number of at least 0",
       [](auto& o) { o.overage_price = "nan"; }},
      {"--min: \"0\" is not a size of at least 1 Mbps", [](auto& o) { o.min = 0; }},
      {"--max: \"9\" is not a size from --min to 1000000 Mbps",
       [](auto& o) {
         o.min = 10;
         o.max = 9;
       }},
      {"--skip-cycles: \"-1\" is not a number of at least 0", [](auto& o) { o.skip_cycles = -1; }},
      {"--throttle-weight: \"0\" is not a number above 0", [](auto& o) { o.weights = {20, 0}; }},
      {"--scale-mean: \"-5\" is not a mean in Mbps", [](auto& o) { o.scale_mean = -5; }},
      {"unknown contender \"hpa\": known are static-peak, review, hpa-T, nomad-T, awstt-T "
       "(0 < T <= 1), step-P (0 < P), vpa, break-even",
       [](auto& o) { o.contenders = "hpa"; }},
  };
  for (const Wrong& one : cases) {
    BacktestOptions options;
    one.set(options);
    const Result<BacktestPlan> plan = make_plan(options);
    ASSERT_FALSE(plan) << one.message;
    EXPECT_EQ(plan.error().message, one.message);
    EXPECT_EQ(plan.error().kind, ErrorKind::kInvalid);
  }
}

TEST(BacktestOptions, NotANumberIsNoWeight) {
  BacktestOptions options;
  options.weights = {std::numeric_limits<double>::quiet_NaN()};
  EXPECT_FALSE(make_plan(options));
}

TEST(BacktestOptions, BecomeAPlan) {
  BacktestOptions options;
  options.billing = "burst95";
  options.cycle = "7d";
  options.latency = "0s";
  options.price_steps = "0=2.50,100=1.25";
  options.steps_mode = "volume";
  options.included = 10;
  options.commit = "50";
  options.min = 20;
  options.max = 500;
  options.skip_cycles = 0;
  options.scale_mean = 100;
  options.weights = {20, 0.5, 20};
  options.contenders = "vpa,hpa-0.7";
  const Result<BacktestPlan> plan = make_plan(options);
  ASSERT_TRUE(plan) << plan.error().message;
  EXPECT_EQ(plan->settings.billing, BillingModel::kBurst95);
  EXPECT_EQ(plan->settings.cycle, 24h * 7);
  EXPECT_EQ(plan->settings.latency, 0s);
  ASSERT_EQ(plan->settings.tariff.steps.size(), 2U);
  EXPECT_EQ(plan->settings.tariff.steps[1].from, Mbps{100});
  EXPECT_EQ(plan->settings.tariff.steps[1].unit_price, Money::from_micros(1'250'000));
  EXPECT_EQ(plan->settings.tariff.steps_mode, StepsMode::kVolume);
  EXPECT_EQ(plan->settings.tariff.included, Mbps{10});
  EXPECT_EQ(plan->settings.commit, 50);
  EXPECT_EQ(plan->settings.min_cap, 20);
  EXPECT_EQ(plan->settings.max_cap, 500);
  EXPECT_EQ(plan->settings.skip_cycles, 0);
  EXPECT_EQ(plan->scale_mean, 100);
  EXPECT_EQ(plan->weights, std::vector<double>({20, 0.5})) << "each weight once";
  ASSERT_EQ(plan->contenders.size(), 2U);
  EXPECT_EQ(plan->contenders[1].name, "hpa-0.7");
}

TEST(BacktestOptions, WeightsAreKeyedByTheShortestDecimal) {
  EXPECT_EQ(weight_text(20), "20");
  EXPECT_EQ(weight_text(0.5), "0.5");
  EXPECT_EQ(weight_text(1e6), "1000000");
  EXPECT_EQ(weight_text(1e-5), "0.00001");
  EXPECT_EQ(weight_text(33.3), "33.3");
}

TEST(BacktestOptions, ValueUnits) {
  EXPECT_EQ(*unit_factor("mbps"), 1);
  EXPECT_EQ(*unit_factor("gbps"), 1000);
  EXPECT_DOUBLE_EQ(*unit_factor("kbps"), 1e-3);
  EXPECT_DOUBLE_EQ(*unit_factor("bps"), 1e-6);
  EXPECT_DOUBLE_EQ(*unit_factor("bytes-per-second"), 8e-6);
  EXPECT_EQ(unit_factor("furlongs").error().message,
            "--value-unit: \"furlongs\" is not one of mbps, kbps, bps, gbps, bytes-per-second");
}

}  // namespace
}  // namespace penstock
