#include "daemon/month_prices.h"

#include <gtest/gtest.h>

#include "tests/testing/sim_world.h"

namespace penstock {
namespace {

using testing::prepaid_vm;
using testing::saturation_policy;
using testing::SimWorld;

TEST(MonthPrices, WhatIsNeverOrderedIsPricedAllTheSameAFewAMinute) {
  SimWorld world;
  for (int i = 0; i < 10; ++i) {
    world.add(prepaid_vm("i-" + std::to_string(i), Mbps{100}, DemandShape::flat(80)));
  }
  world.in_force.policies = {saturation_policy("edge")};
  world.start();
  world.run(90s);
  EXPECT_EQ(world.cloud.calls["quote"], static_cast<int>(2 * MonthPrices::kAtOnce))
      << "as many a minute, however many lack one";
  world.run(10min);
  EXPECT_TRUE(world.orders().empty());
  EXPECT_EQ(world.cloud.calls["quote"], 10) << "once each";
  for (const InstanceView& view : world.snapshot()->instances) {
    EXPECT_EQ(view.month_price, Money::from_units(200)) << "2 USD per Mbps";
  }
}

TEST(MonthPrices, DoubtAboutAPriceIsNoPrice) {
  Tracked tracked;
  learn_month_price(tracked, std::nullopt);
  Price price{.to = Mbps{200}, .due_now = {}, .per_month = Money::from_units(400)};
  learn_month_price(tracked, price);
  EXPECT_FALSE(tracked.month_price) << "a tariff's, which is asked where it stands";
  price.quoted = true;
  price.meaning_known = false;
  learn_month_price(tracked, price);
  EXPECT_FALSE(tracked.month_price) << "the larger of two readings";
  price.meaning_known = true;
  learn_month_price(tracked, price);
  ASSERT_TRUE(tracked.month_price);
  EXPECT_EQ(tracked.month_price->second, Money::from_units(400));
}

}  // namespace
}  // namespace penstock
