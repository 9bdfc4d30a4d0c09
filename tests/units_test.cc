#include "metrics/units.h"

#include <gtest/gtest.h>

#include <limits>

namespace penstock {
namespace {

TEST(Units, BandwidthTexts) {
  struct Case {
    const char* text;
    std::optional<Mbps> want;
  };
  const Case cases[] = {
      {"200 Mbps", Mbps{200}},
      {"200Mbps", Mbps{200}},
      {"2 Gbps", Mbps{2000}},
      {"1.5 Gbps", Mbps{1500}},
      {"0 Mbps", Mbps{0}},
      {"1500 kbps", {}},
      {"2000 kbps", Mbps{2}},
      {"0.5 Mbps", {}},
      {"2 Gpbs", {}},
      {"200", {}},
      {"-1 Mbps", {}},
      {"", {}},
      {"Mbps", {}},
      {"1e3 Mbps", {}},
      {"1 Tbps", Mbps{1'000'000}},
      {"200 mbps", {}},
      {"99999999999999999999 Mbps", {}},
  };
  for (const Case& c : cases) EXPECT_EQ(parse_bandwidth(c.text), c.want) << c.text;
}

TEST(Units, MoneyTexts) {
  EXPECT_EQ(parse_money("12.40 USD"), Money::from_micros(12'400'000));
  EXPECT_EQ(parse_money("0.000001 USD"), Money::from_micros(1));
  EXPECT_EQ(parse_money("12.40"), std::nullopt);
  EXPECT_EQ(parse_money("12.40 EUR"), std::nullopt);
  EXPECT_EQ(parse_money("0.0000001 USD"), std::nullopt);
  EXPECT_EQ(parse_money("-1 USD"), std::nullopt);
  EXPECT_EQ(parse_money_amount("0.0000001"), Money::from_micros(1)) << "rounds up";
  EXPECT_EQ(parse_money_amount("-2.5"), Money::from_micros(-2'500'000));
  EXPECT_EQ(parse_money_amount("1.2.3"), std::nullopt);
}

TEST(Units, DurationTexts) {
  EXPECT_EQ(parse_duration("90s"), 90s);
  EXPECT_EQ(parse_duration("1h30m"), 90min);
  EXPECT_EQ(parse_duration("1h 30m"), 90min);
  EXPECT_EQ(parse_duration("500ms"), 500ms);
  EXPECT_EQ(parse_duration("1.5h"), 90min);
  EXPECT_EQ(parse_duration("7d"), Duration{std::chrono::hours{168}});
  EXPECT_EQ(parse_duration("0s"), 0s);
  for (const char* bad : {"", "5", "s", "5x", "-5s", "1h30", "0.0001s", "99999999999999d"}) {
    EXPECT_EQ(parse_duration(bad), std::nullopt) << bad;
  }
}

TEST(Units, TimesRoundTrip) {
  for (const char* text :
       {"2026-01-01T00:00:00Z", "1969-12-31T23:59:59.250Z", "2028-02-29T12:34:56Z"}) {
    auto time = parse_time(text);
    ASSERT_TRUE(time) << text;
    EXPECT_EQ(format(*time), text);
  }
  EXPECT_EQ(parse_time("2026-01-01T08:00:00+08:00"), parse_time("2026-01-01T00:00:00Z"));
  EXPECT_EQ(parse_time("2025-12-31T19:30:00-04:30"), parse_time("2026-01-01T00:00:00Z"));
  for (const char* bad :
       {"2026-13-01T00:00:00Z", "2027-02-29T00:00:00Z", "2026-01-01", "2026-01-01T00:00:00",
        "2026-01-01T24:00:00Z", "x", "2026-01-01T00:00:00.Z"}) {
    EXPECT_EQ(parse_time(bad), std::nullopt) << bad;
  }
}

TEST(Units, RoundingIsNamed) {
  EXPECT_EQ(ceil_to_mbps(Rate{71.01}), Mbps{72});
  EXPECT_EQ(ceil_to_mbps(Rate{72.0}), Mbps{72});
  EXPECT_EQ(ceil_to_mbps(Rate{-3}), Mbps{0});
  EXPECT_EQ(ceil_to_step(Mbps{201}, Mbps{10}), Mbps{210});
  EXPECT_EQ(ceil_to_step(Mbps{200}, Mbps{10}), Mbps{200});
  EXPECT_EQ(floor_to_step(Mbps{209}, Mbps{10}), Mbps{200});
  EXPECT_EQ(floor_to_step(Mbps{7}, Mbps{0}), Mbps{7});
}

TEST(Units, MoneyScalesExactlyAndUp) {
  EXPECT_EQ(scale_round_up(Money::from_units(200), 12, 30), Money::from_units(80));
  EXPECT_EQ(scale_round_up(Money::from_micros(10), 1, 3), Money::from_micros(4));
  EXPECT_EQ(scale_round_up(Money::from_micros(-10), 1, 3), Money::from_micros(-4));
  // Beyond 64 bits in between.
  EXPECT_EQ(scale_round_up(Money::from_units(1'000'000), 2'592'000'000, 2'592'000'000),
            Money::from_units(1'000'000));
}

TEST(Units, WhatIsMoreThanFitsStaysAtTheLargest) {
  constexpr std::int64_t kMost = std::numeric_limits<std::int64_t>::max();
  constexpr std::int64_t kLeast = std::numeric_limits<std::int64_t>::min();
  const auto money = [](std::int64_t micros) { return Money::from_micros(micros); };
  EXPECT_EQ(money(kMost) + money(1), money(kMost));
  EXPECT_EQ(money(kLeast) + money(-1), money(kLeast));
  EXPECT_EQ(money(kLeast) - money(1), money(kLeast));
  EXPECT_EQ(money(1) - money(kLeast), money(kMost));
  EXPECT_EQ(-Mbps{kLeast}, Mbps{kMost});
  EXPECT_EQ(money(kMost / 2) * 3, money(kMost));
  EXPECT_EQ(money(kMost / 2) * -3, money(kLeast));
  EXPECT_EQ(money(kLeast / 2) * -3, money(kMost));
  EXPECT_EQ(money(kMost) + money(kLeast), money(-1));
}

TEST(Units, Texts) {
  EXPECT_EQ(format(Money::from_micros(11'400'000)), "11.40 USD");
  // To the nearest cent, and below one as it is.
  EXPECT_EQ(format(Money::from_micros(11'402'310)), "11.40 USD");
  EXPECT_EQ(format(Money::from_micros(11'405'000)), "11.41 USD");
  EXPECT_EQ(format(Money::from_micros(-11'405'000)), "-11.41 USD");
  EXPECT_EQ(format(Money::from_micros(999'999)), "1.00 USD");
  EXPECT_EQ(format(Money::from_micros(10'000)), "0.01 USD");
  EXPECT_EQ(format(Money::from_micros(9'500)), "0.0095 USD");
  EXPECT_EQ(format(Money::from_micros(-1)), "-0.000001 USD");
  EXPECT_EQ(format(Money{}), "0.00 USD");
  EXPECT_EQ(format_amount(Money::from_micros(11'402'310)), "11.40231");
  const auto least = Money::from_micros(std::numeric_limits<std::int64_t>::min());
  EXPECT_EQ(format(least), "-9223372036854.775808 USD");
  EXPECT_EQ(format(Rate{187.25}), "187.3 Mbps");
  EXPECT_EQ(format(Rate{200}), "200 Mbps");
  EXPECT_EQ(format(Duration{5'430'000}), "1h 30m 30s");
  EXPECT_EQ(format(Duration{0}), "0s");
}

}  // namespace
}  // namespace penstock
