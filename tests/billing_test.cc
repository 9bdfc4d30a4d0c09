#include "policies/billing.h"

#include <gtest/gtest.h>

namespace penstock {
namespace {

using std::chrono::hours;

TEST(Billing, MonthlyPrice) {
  const Tariff flat{.unit_price = Money::from_units(2), .included = Mbps{10}, .steps = {}};
  Tariff steps{.unit_price = {},
               .included = Mbps{10},
               .steps = {{Mbps{0}, Money::from_units(2)}, {Mbps{100}, Money::from_units(1)}}};
  Tariff volume = steps;
  volume.steps_mode = StepsMode::kVolume;
  struct Row {
    const Tariff& tariff;
    std::int64_t cap, units;
  };
  const Row rows[] = {
      {flat, 0, 0},       {flat, 10, 0},      {flat, 11, 2},     {flat, 110, 200},
      {steps, 10, 0},     {steps, 110, 200},  {steps, 111, 201}, {steps, 210, 300},
      {volume, 110, 200}, {volume, 111, 101},  // 101 Mbps at the second step's price
  };
  for (const Row& row : rows) {
    EXPECT_EQ(monthly_price(row.tariff, Mbps{row.cap}), Money::from_units(row.units)) << row.cap;
  }
}

TEST(Billing, PrepaidUpgradeIsChargedForTheRestOfTheTerm) {
  const Tariff tariff{.unit_price = Money::from_units(2), .steps = {}};
  // 100 -> 200 Mbps with twelve days left, and on a yearly term with 300 days left.
  EXPECT_EQ(prepaid_upgrade_price(tariff, Mbps{100}, Mbps{200}, hours{24 * 12}),
            Money::from_units(80));
  EXPECT_EQ(prepaid_upgrade_price(tariff, Mbps{100}, Mbps{200}, hours{24 * 300}),
            Money::from_units(2000));
  // A third of a micro is rounded up, never away.
  EXPECT_EQ(prepaid_upgrade_price(Tariff{.unit_price = Money::from_micros(1), .steps = {}}, Mbps{0},
                                  Mbps{1}, hours{24 * 10}),
            Money::from_micros(1));
  EXPECT_EQ(prepaid_upgrade_price(tariff, Mbps{200}, Mbps{100}, hours{24}), Money{});
  EXPECT_EQ(prepaid_upgrade_price(tariff, Mbps{100}, Mbps{200}, Duration{-1}), Money{});
}

TEST(Billing, AShrunkMonthBillsAsThirtyDays) {
  const Tariff tariff{.unit_price = Money::from_units(2), .steps = {}};
  EXPECT_EQ(prepaid_upgrade_price(tariff, Mbps{100}, Mbps{200}, 2min, 4min),
            Money::from_units(100));
}

TEST(Billing, VolumePricesThatFallAreNeverRefunded) {
  const Tariff tariff{.unit_price = {},
                      .steps = {{Mbps{0}, Money::from_units(2)}, {Mbps{100}, Money::from_units(1)}},
                      .steps_mode = StepsMode::kVolume};
  EXPECT_EQ(prepaid_upgrade_price(tariff, Mbps{100}, Mbps{101}, hours{24 * 30}), Money{});
}

TEST(Billing, PostpaidCountsTheDifference) {
  const Tariff tariff{.unit_price = Money::from_units(3), .steps = {}};
  EXPECT_EQ(postpaid_change(tariff, Mbps{10}, Mbps{20}, hours{24 * 15}), Money::from_units(15));
  EXPECT_EQ(postpaid_change(tariff, Mbps{20}, Mbps{10}, hours{24 * 15}), Money::from_units(-15));
  EXPECT_EQ(postpaid_change(tariff, Mbps{10}, Mbps{20}, Duration{}), Money{});
}

}  // namespace
}  // namespace penstock
