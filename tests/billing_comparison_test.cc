// Which billing model is the cheapest, on series whose bills can be added up on paper.
#include "policies/billing_comparison.h"

#include <gtest/gtest.h>

#include <cmath>

namespace penstock {
namespace {

/// Always has the same cap.
class Constant final : public Contender {
 public:
  explicit Constant(std::int64_t cap) : cap_(cap) {}
  std::optional<std::int64_t> start() const override { return cap_; }
  Wish decide(const Glimpse&) override { return {.cap = cap_}; }

 private:
  std::int64_t cap_;
};

/// Two days: 40 five-minute samples of 100 Mbps among 20 Mbps, in the second day, which is scored.
Series bursts() {
  Series series{.name = "bursts", .at = {}, .demand = std::vector<double>(576, 20)};
  for (std::size_t i = 0; i < 576; ++i) {
    series.at.push_back(TimePoint{std::chrono::sys_days{std::chrono::year{2026} / 1 / 10}} +
                        static_cast<std::int64_t>(i) * std::chrono::minutes{5});
  }
  for (std::size_t i = 300; i < 340; ++i) series.demand[i] = 100;
  return series;
}

ComparisonPlan plan_of(std::int64_t cap) {
  ComparisonPlan plan;
  for (std::size_t m = 0; m < kBillingModels.size(); ++m) {
    ReplaySettings& settings = plan.settings[m];
    settings.billing = kBillingModels[m];
    settings.tariff.unit_price = Money::from_units(3);
    settings.cycle = std::chrono::hours{24};
    settings.latency = Duration::zero();
  }
  plan.settings[1].tariff.unit_price = Money::from_units(4);
  plan.settings[2].tariff.unit_price = Money::from_units(2);
  plan.settings[3].overage_price = 0.5;
  const PolicyMaker maker = [cap](const Series&, const Timeline&, double) {
    return std::make_unique<Constant>(cap);
  };
  plan.prepaid = maker;
  plan.postpaid = maker;
  return plan;
}

TEST(BillingComparison, EachModelBillsInItsOwnWay) {
  const BillingComparison costs = compare_billing(bursts(), plan_of(50), 10);
  // Flat: 50 Mbps for a day; 40 samples lose 50 Mbps each.
  const double lost = 40 * 50 * 300.0;
  EXPECT_NEAR(costs.models[0].played.bill, 3.0 * 50 / 30, 1e-9);
  EXPECT_NEAR(costs.models[1].played.bill, 4.0 * 50 / 30, 1e-9);
  EXPECT_NEAR(costs.models[0].played.throttled, lost, 1e-6);
  // The cap is free: 40 of 288 samples are more than the free twentieth, so 100 Mbps is billed.
  EXPECT_NEAR(costs.models[2].played.bill, 2.0 * 100 / 31, 1e-9);
  EXPECT_EQ(costs.models[2].played.throttled, 0);
  const double gigabytes = (248 * 20 + 40 * 100) * 300.0 / 8000;
  EXPECT_NEAR(costs.models[3].played.bill, 0.5 * gigabytes, 1e-9);
  EXPECT_EQ(costs.cheapest, 2U);
}

TEST(BillingComparison, ThrottlingIsWorthThePrepaidPriceEverywhere) {
  const BillingComparison costs = compare_billing(bursts(), plan_of(50), 10);
  const double worth = 3.0 * 40 * 50 * 300 / (30 * 86400);
  EXPECT_NEAR(costs.models[0].played.throttled_worth, worth, 1e-9);
  EXPECT_NEAR(costs.models[1].played.throttled_worth, worth, 1e-9);
  EXPECT_NEAR(costs.models[1].played.loss(10), 4.0 * 50 / 30 + 10 * worth, 1e-9);
}

TEST(BillingComparison, AtTheEqualPriceAModelCostsAsMuchAsTheBestOther) {
  // A cap above all demand, so that nothing depends on the weight.
  const ComparisonPlan plan = plan_of(100);
  const BillingComparison costs = compare_billing(bursts(), plan, 10);
  for (std::size_t m = 0; m < costs.models.size(); ++m) {
    ASSERT_TRUE(costs.models[m].equal_at) << m;
    double other = HUGE_VAL;
    for (std::size_t o = 0; o < costs.models.size(); ++o) {
      if (o != m) other = std::min(other, costs.models[o].played.loss(10));
    }
    ComparisonPlan changed = plan;
    if (m == 3) {
      changed.settings[m].overage_price = *costs.models[m].equal_at;
    } else {
      changed.settings[m].tariff.unit_price =
          Money::from_micros(std::llround(*costs.models[m].equal_at * 1e6));
    }
    EXPECT_NEAR(compare_billing(bursts(), changed, 10).models[m].played.loss(10), other, 1e-5) << m;
  }
}

TEST(BillingComparison, ModelsThatThrottleTooMuchHaveNoEqualPrice) {
  // Losing 50 Mbps costs more than 95th billing altogether, whatever the flat price is.
  const BillingComparison costs = compare_billing(bursts(), plan_of(50), 1000);
  EXPECT_FALSE(costs.models[1].equal_at);
}

TEST(BillingComparison, SumsAddUpAndAreRankedAnew) {
  const ComparisonPlan plan = plan_of(50);
  const BillingComparison one = compare_billing(bursts(), plan, 10);
  BillingComparison sum;
  add_up(sum, one);
  add_up(sum, one);
  rank_models(sum, plan, 10);
  EXPECT_EQ(sum.cheapest, one.cheapest);
  for (std::size_t m = 0; m < sum.models.size(); ++m) {
    EXPECT_EQ(sum.models[m].model, one.models[m].model);
    EXPECT_NEAR(sum.models[m].played.loss(10), 2 * one.models[m].played.loss(10), 1e-9);
    EXPECT_NEAR(sum.models[m].hindsight.loss(10), 2 * one.models[m].hindsight.loss(10), 1e-9);
  }
}

}  // namespace
}  // namespace penstock
