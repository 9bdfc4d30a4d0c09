// A policy in a replay: the decisions are decide()'s, the world is the replay's.
#include "policies/policy_contender.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace penstock {
namespace {

using std::chrono::hours;

constexpr Duration kInterval = 5min;
constexpr std::size_t kDay = 288;
constexpr TimePoint kStart{hours{24 * 365 * 50}};

/// `days` of a demand given per sample.
template <class Demand>
Series series_of(std::size_t days, Demand&& demand) {
  Series series{.name = "test", .at = {}, .demand = {}};
  for (std::size_t i = 0; i < days * kDay; ++i) {
    series.at.push_back(kStart + static_cast<std::int64_t>(i) * kInterval);
    series.demand.push_back(demand(i));
  }
  return series;
}

Policy policy_with(Rule rule) {
  Policy policy;
  policy.name = "test";
  policy.rules = {std::move(rule)};
  return policy;
}

ReplaySettings settings_for(BillingModel billing = BillingModel::kPrepaid) {
  ReplaySettings settings;
  settings.billing = billing;
  settings.tariff.unit_price = Money::from_units(1);
  settings.cycle = hours{48};
  settings.latency = Duration::zero();
  settings.skip_cycles = 0;
  return settings;
}

Recording play(const Series& series, const Policy& policy, const ReplaySettings& settings,
               const PolicyPlay& how = {}) {
  const Timeline timeline = make_timeline(series, settings.cycle);
  const Result<PolicyMaker> maker = policy_maker(policy, settings, how);
  Recording recording;
  replay(series, timeline, *(*maker)(series, timeline, 100), settings, &recording);
  return recording;
}

TEST(PolicyContender, AFixedSizeIsBoughtAtOnce) {
  const Series series = series_of(4, [](std::size_t) { return 60.0; });
  const Recording seen = play(series, policy_with(FixedRule{Mbps{150}}), settings_for());
  ASSERT_EQ(seen.events.size(), 1U);
  EXPECT_EQ(seen.events[0].kind, Event::Kind::kUpgrade);
  EXPECT_EQ(seen.events[0].sample, 0U);
  EXPECT_EQ(seen.events[0].from, 60);
  EXPECT_EQ(seen.events[0].to, 150);
  EXPECT_EQ(seen.events[0].reason.code, ReasonCode::kFixed);
}

TEST(PolicyContender, ALowerPrepaidSizeWaitsForTheTermsLastSample) {
  const Series series = series_of(5, [](std::size_t i) { return i == 3 ? 100.0 : 40.0; });
  const Recording seen = play(series, policy_with(FixedRule{Mbps{70}}), settings_for());
  ASSERT_EQ(seen.events.size(), 1U);
  EXPECT_EQ(seen.events[0].kind, Event::Kind::kSchedule);
  EXPECT_EQ(seen.events[0].sample, 2 * kDay - 1);
  EXPECT_EQ(seen.cap[2 * kDay - 1], 100);
  EXPECT_EQ(seen.cap[2 * kDay], 70);
}

TEST(PolicyContender, ThePolicysOwnWindowCanBeKept) {
  const Series series = series_of(5, [](std::size_t i) { return i == 3 ? 100.0 : 40.0; });
  Policy policy = policy_with(FixedRule{Mbps{70}});
  policy.downgrade.window = hours{10};
  policy.downgrade.freeze = hours{2};
  const Recording seen = play(series, policy, settings_for(), {.at_term_end = false});
  ASSERT_EQ(seen.events.size(), 1U);
  EXPECT_EQ(seen.events[0].kind, Event::Kind::kSchedule);
  // The first sample that ends inside the window.
  EXPECT_EQ(seen.events[0].sample, 2 * kDay - 120 - 1);
  EXPECT_EQ(seen.cap[2 * kDay], 70);
}

TEST(PolicyContender, PostpaidGoesBothWays) {
  const Series series = series_of(3, [](std::size_t i) { return i < kDay ? 200.0 : 50.0; });
  Policy policy = policy_with(SaturationRule{.quiet = hours{6}});
  const Recording seen = play(series, policy, settings_for(BillingModel::kPostpaid));
  EXPECT_EQ(seen.cap.front(), 200);
  EXPECT_GT(seen.cap[kDay - 1], 200) << "saturated at its first cap";
  EXPECT_EQ(seen.cap.back(), 60) << "a quiet look-back, with headroom";
}

TEST(PolicyContender, AnOrderInFlightIsNotRepeated) {
  ReplaySettings settings = settings_for();
  settings.latency = 11min;
  const Series series = series_of(2, [](std::size_t) { return 60.0; });
  const Recording seen = play(series, policy_with(FixedRule{Mbps{150}}), settings);
  EXPECT_EQ(seen.events.size(), 1U);
  EXPECT_DOUBLE_EQ(seen.cap[2], 60);
  EXPECT_DOUBLE_EQ(seen.cap[3], (60 * 1 + 150 * 4) / 5.0);
}

TEST(PolicyContender, AMonthsBudgetEndsTheBuying) {
  const Series series = series_of(4, [](std::size_t i) { return 50.0 + static_cast<double>(i); });
  Policy policy = policy_with(UtilizationRule{.target = 0.9, .tolerance = 0.05});
  policy.budget.per_month = Money::from_micros(100'000);
  const ReplaySettings settings = settings_for();
  const Recording seen = play(series, policy, settings);
  double spent = 0;
  for (const Event& event : seen.events) {
    if (event.kind != Event::Kind::kUpgrade) continue;
    const double left = static_cast<double>(2 * kDay - 1 - event.sample % (2 * kDay)) * 300;
    spent += static_cast<double>(event.to - event.from) * left / kMonthSeconds;
  }
  EXPECT_GT(spent, 0.09);
  EXPECT_LE(spent, 0.1);
}

TEST(PolicyContender, ASurgeDropsThePendingDowngradeAndBuysAtOnce) {
  const std::size_t surge = 2 * kDay - 60;
  const Series series = series_of(4, [&](std::size_t i) {
    if (i == 3) return 100.0;
    return i == surge ? 250.0 : 40.0;
  });
  Policy policy = policy_with(SaturationRule{.quiet = hours{24}});
  policy.downgrade.window = hours{10};
  const Recording seen = play(series, policy, settings_for(), {.at_term_end = false});
  const auto at_surge = [&](Event::Kind kind) {
    return std::any_of(seen.events.begin(), seen.events.end(), [&](const Event& event) {
      return event.sample == surge && event.kind == kind;
    });
  };
  EXPECT_TRUE(at_surge(Event::Kind::kDrop));
  EXPECT_TRUE(at_surge(Event::Kind::kUpgrade));
}

TEST(PolicyContender, TheNarrowerBoundsApply) {
  const Series series = series_of(2, [](std::size_t) { return 60.0; });
  Policy policy = policy_with(FixedRule{Mbps{500}});
  policy.bounds.max = Mbps{400};
  ReplaySettings settings = settings_for();
  EXPECT_EQ(play(series, policy, settings).cap.back(), 400);
  settings.max_cap = 300;
  EXPECT_EQ(play(series, policy, settings).cap.back(), 300);
  policy.bounds.min = Mbps{350};
  EXPECT_FALSE(policy_maker(policy, settings));
}

TEST(PolicyContender, AFreeCapIsLeftAlone) {
  const Series series = series_of(2, [](std::size_t i) { return i < kDay ? 60.0 : 200.0; });
  const Policy policy = policy_with(SaturationRule{});
  EXPECT_TRUE(play(series, policy, settings_for(BillingModel::kBurst95)).events.empty());
}

}  // namespace
}  // namespace penstock
