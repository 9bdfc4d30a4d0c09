// Replay, by hand: series short enough to add up on paper.
#include "policies/replay.h"

#include <gtest/gtest.h>

#include <map>

#include "policies/percentile_bill.h"

namespace penstock {
namespace {

constexpr Duration kFiveMinutes = std::chrono::minutes{5};
constexpr double kFive = 300;

Series regular(std::vector<double> demand, Duration interval = kFiveMinutes) {
  Series series{.name = "test", .at = {}, .demand = std::move(demand)};
  for (std::size_t i = 0; i < series.demand.size(); ++i) {
    series.at.push_back(TimePoint{std::chrono::hours{24 * 365 * 50}} +
                        static_cast<std::int64_t>(i) * interval);
  }
  return series;
}

/// Wants what the table says after each sample, else nothing; keeps what it was shown.
class Scripted final : public Contender {
 public:
  Scripted(std::optional<std::int64_t> begin, std::map<std::size_t, Wish> wishes)
      : begin_(begin), wishes_(std::move(wishes)) {}
  std::optional<std::int64_t> start() const override { return begin_; }
  Wish decide(const Glimpse& glimpse) override {
    seen.push_back(glimpse);
    const auto wish = wishes_.find(glimpse.sample);
    return wish == wishes_.end() ? Wish{.cap = glimpse.cap} : wish->second;
  }
  std::vector<Glimpse> seen;

 private:
  std::optional<std::int64_t> begin_;
  std::map<std::size_t, Wish> wishes_;
};

/// Two Dollars per Mbps and 30 days, cycles of four samples, no latency, everything scored.
ReplaySettings four_samples() {
  ReplaySettings settings;
  settings.tariff.unit_price = Money::from_units(2);
  settings.cycle = 4 * kFiveMinutes;
  settings.latency = Duration::zero();
  settings.skip_cycles = 0;
  return settings;
}

struct Played {
  Outcome outcome;
  Recording recording;
  std::vector<Glimpse> seen;
};

Played play(const Series& series, const ReplaySettings& settings,
            std::map<std::size_t, Wish> wishes, std::optional<std::int64_t> begin = 10) {
  Scripted contender(begin, std::move(wishes));
  Played played;
  played.outcome =
      replay(series, make_timeline(series, settings.cycle), contender, settings, &played.recording);
  played.seen = contender.seen;
  return played;
}

using Caps = std::vector<double>;

TEST(Replay, BillsTheCapAndCountsWhatIsAboveIt) {
  const Played played = play(regular({4, 12, 10, 10.5}), four_samples(), {});
  EXPECT_EQ(played.recording.cap, Caps({10, 10, 10, 10}));
  EXPECT_EQ(played.recording.delivered, Caps({4, 10, 10, 10}));
  EXPECT_NEAR(played.outcome.bill, 2.0 * 10 * 4 * kFive / kMonthSeconds, 1e-12);
  EXPECT_NEAR(played.outcome.throttled, 2.5 * kFive, 1e-9);
  EXPECT_NEAR(played.outcome.throttled_fraction(), 2.5 / 36.5, 1e-12);
  EXPECT_NEAR(played.outcome.saturated_seconds, 2 * kFive, 1e-9);
  EXPECT_NEAR(played.outcome.loss(100),
              played.outcome.bill + 100 * 2.0 * 2.5 * kFive / kMonthSeconds, 1e-12);
}

TEST(Replay, DemandAboveTheCapIsNeverShown) {
  const Played played = play(regular({4, 12, 10, 10.5}), four_samples(), {});
  EXPECT_EQ(played.seen[1].observed, 10);
  EXPECT_EQ(played.seen[3].observed, 10);
}

TEST(Replay, AnUpgradeIsInForceFromTheNextSample) {
  const Played played = play(regular({20, 20, 20, 20}), four_samples(), {{1, {.cap = 15}}});
  EXPECT_EQ(played.recording.cap, Caps({10, 10, 15, 15}));
  EXPECT_EQ(played.outcome.upgrades, 1);
}

TEST(Replay, LatencySplitsTheInterval) {
  ReplaySettings settings = four_samples();
  settings.latency = std::chrono::minutes{1};
  const Played played = play(regular({20, 20, 20, 20}), settings, {{0, {.cap = 15}}});
  EXPECT_EQ(played.recording.cap, Caps({10, 14, 15, 15}));
  EXPECT_NEAR(played.recording.delivered[1], (60 * 10 + 240 * 15) / kFive, 1e-12);
  EXPECT_FALSE(played.seen[1].whole);
  EXPECT_EQ(played.seen[1].cap, 15);
  EXPECT_TRUE(played.seen[2].whole);
  EXPECT_NEAR(played.outcome.bill, 2.0 * (10 + 14 + 15 + 15) * kFive / kMonthSeconds, 1e-12);
}

TEST(Replay, LatencyLongerThanASampleTakesSeveral) {
  ReplaySettings settings = four_samples();
  settings.latency = std::chrono::minutes{7};
  const Played played = play(regular({20, 20, 20, 20}), settings, {{0, {.cap = 15}}});
  EXPECT_EQ(played.recording.cap, Caps({10, 10, 10 * 0.4 + 15 * 0.6, 15}));
  EXPECT_EQ(played.seen[1].ordered, 15);
  EXPECT_EQ(played.seen[1].cap, 10);
}

TEST(Replay, ADowngradeWaitsForTheCyclesEnd) {
  const Played played = play(regular({5, 5, 5, 5, 5, 5, 5, 5}), four_samples(), {{1, {.cap = 6}}});
  EXPECT_EQ(played.recording.cap, Caps({10, 10, 10, 10, 6, 6, 6, 6}));
  EXPECT_EQ(played.seen[2].pending, 6);
  EXPECT_EQ(played.seen[4].pending, std::nullopt);
  EXPECT_EQ(played.outcome.downgrades, 1);
  EXPECT_EQ(played.outcome.cancels, 0);
}

TEST(Replay, OrderedAtTheLastSampleItStillActsAtThatBoundary) {
  const Played down = play(regular({5, 5, 5, 5, 5, 5}), four_samples(), {{3, {.cap = 6}}});
  EXPECT_EQ(down.recording.cap, Caps({10, 10, 10, 10, 6, 6}));
  EXPECT_TRUE(down.seen[3].last_of_cycle);
  const Played up = play(regular({5, 5, 5, 5, 5, 5}), four_samples(), {{3, {.cap = 16}}});
  EXPECT_EQ(up.recording.cap, Caps({10, 10, 10, 10, 16, 16}));
}

TEST(Replay, AnUpgradeDropsThePendingDowngradeAndTheLastWishCounts) {
  const Played dropped =
      play(regular({5, 5, 5, 5, 5}), four_samples(), {{0, {.cap = 6}}, {1, {.cap = 12}}});
  EXPECT_EQ(dropped.recording.cap, Caps({10, 10, 12, 12, 12}));
  EXPECT_EQ(dropped.outcome.cancels, 1);
  const Played replaced =
      play(regular({5, 5, 5, 5, 5}), four_samples(), {{0, {.cap = 6}}, {1, {.cap = 8}}});
  EXPECT_EQ(replaced.recording.cap, Caps({10, 10, 10, 10, 8}));
  EXPECT_EQ(replaced.outcome.downgrades, 2);
  EXPECT_EQ(replaced.outcome.cancels, 1);
}

TEST(Replay, WantingThePresentCapKeepsThePendingDowngradeUnlessItIsDropped) {
  const Played kept =
      play(regular({5, 5, 5, 5, 5}), four_samples(), {{0, {.cap = 6}}, {1, {.cap = 10}}});
  EXPECT_EQ(kept.recording.cap.back(), 6);
  const Played dropped = play(regular({5, 5, 5, 5, 5}), four_samples(),
                              {{0, {.cap = 6}}, {1, {.cap = 10, .drop_pending = true}}});
  EXPECT_EQ(dropped.recording.cap.back(), 10);
}

TEST(Replay, AGapIsNeitherBilledNorThrottledAndMayHoldSeveralBoundaries) {
  Series series = regular({5, 5, 5, 5});
  // Ten cycles pass unseen between the second and the third sample.
  for (std::size_t i = 2; i < 4; ++i) series.at[i] += 40 * kFiveMinutes;
  const Played played = play(series, four_samples(), {{0, {.cap = 6}}});
  EXPECT_EQ(played.recording.cap, Caps({10, 10, 6, 6}));
  EXPECT_NEAR(played.outcome.bill, 2.0 * (10 + 10 + 6 + 6) * kFive / kMonthSeconds, 1e-12);
  EXPECT_TRUE(played.seen[1].last_of_cycle);
  const Timeline timeline = make_timeline(series, 4 * kFiveMinutes);
  EXPECT_NEAR(timeline.gap, 40 * kFive, 1e-9);
  EXPECT_NEAR(timeline.interval, kFive, 1e-9);
}

TEST(Replay, JitterIsIgnored) {
  Series series = regular({5, 5, 5, 5, 5});
  series.at[1] += std::chrono::seconds{1};
  series.at[3] -= std::chrono::seconds{1};
  const Played played = play(series, four_samples(), {{0, {.cap = 7}}, {2, {.cap = 12}}});
  EXPECT_NEAR(played.outcome.bill, 2.0 * (10 + 10 + 10 + 12 + 12) * kFive / kMonthSeconds, 1e-12);
}

TEST(Replay, LearningCyclesAreNotScored) {
  ReplaySettings settings = four_samples();
  settings.skip_cycles = 1;
  const Played played = play(regular({50, 50, 50, 50, 5, 5, 5, 11}), settings,
                             {{1, {.cap = 11}}, {4, {.cap = 20}}}, 10);
  EXPECT_NEAR(played.outcome.bill, 2.0 * (11 + 20 + 20 + 20) * kFive / kMonthSeconds, 1e-12);
  EXPECT_EQ(played.outcome.throttled, 0);
  EXPECT_EQ(played.outcome.upgrades, 1);
}

TEST(Replay, StartsWithTheFirstDaysLargestDemand) {
  std::vector<double> demand(400, 5);
  demand[100] = 41.2;
  demand[300] = 90;
  const Series series = regular(demand);
  const ReplaySettings settings = four_samples();
  EXPECT_EQ(starting_cap(series, make_timeline(series, settings.cycle), settings), 42);
}

TEST(Replay, CapsStayWithinBounds) {
  ReplaySettings settings = four_samples();
  settings.min_cap = 3;
  settings.max_cap = 12;
  const Played played =
      play(regular({5, 5, 5, 5, 5, 5}), settings, {{0, {.cap = 1}}, {4, {.cap = 1'000'000}}});
  EXPECT_EQ(played.recording.cap, Caps({10, 10, 10, 10, 3, 12}));
}

TEST(Replay, PostpaidChangesBothWaysAtOnce) {
  ReplaySettings settings = four_samples();
  settings.billing = BillingModel::kPostpaid;
  const Played played = play(regular({5, 5, 5, 5}), settings, {{0, {.cap = 6}}, {2, {.cap = 20}}});
  EXPECT_EQ(played.recording.cap, Caps({10, 6, 6, 20}));
  EXPECT_NEAR(played.outcome.bill, 2.0 * (10 + 6 + 6 + 20) * kFive / kMonthSeconds, 1e-12);
  EXPECT_EQ(played.outcome.upgrades, 1);
  EXPECT_EQ(played.outcome.downgrades, 1);
}

TEST(Replay, IncludedBandwidthIsFree) {
  ReplaySettings settings = four_samples();
  settings.tariff.included = Mbps{8};
  const Played played = play(regular({5, 5, 5, 5}), settings, {});
  EXPECT_NEAR(played.outcome.bill, 2.0 * 2 * 4 * kFive / kMonthSeconds, 1e-12);
}

TEST(Replay, PercentileBillsTheLevelBelowTheTopTwentieth) {
  // 40 samples: the ceil(0.95 x 40) = 38th smallest is billed, two peaks pass free.
  std::vector<double> demand(40, 5);
  demand[3] = 90;
  demand[17] = 80;
  demand[30] = 7;
  ReplaySettings settings = four_samples();
  settings.billing = BillingModel::kBurst95;
  settings.cycle = std::chrono::hours{24};
  const Series series = regular(demand);
  const Played played = play(series, settings, {}, 100);
  const double month = 31.0 * 86400;  // January
  EXPECT_NEAR(played.outcome.bill, 2.0 * 7 * 40 * kFive / month, 1e-12)
      << format(series.at.front());
  settings.commit = 9;
  EXPECT_NEAR(play(series, settings, {}, 100).outcome.bill, 2.0 * 9 * 40 * kFive / month, 1e-12);
}

TEST(PercentileBill, RankIsExact) {
  for (const auto& [n, rank] : std::map<std::size_t, std::size_t>{
           {1, 1}, {19, 19}, {20, 19}, {21, 20}, {40, 38}, {100, 95}, {8640, 8208}, {8928, 8482}}) {
    EXPECT_EQ(billed_rank(n), rank) << n;
  }
}

TEST(PercentileBill, FinerSamplesAreAveragedAndMonthsSplit) {
  Series series = regular({});
  const TimePoint month_end = std::chrono::sys_days{std::chrono::year{2026} / 2 / 1};
  for (int i = -10; i < 5; ++i) {
    series.at.push_back(month_end + i * std::chrono::minutes{1});
    series.demand.push_back(i < 0 ? -i : 100);
  }
  const Timeline timeline = make_timeline(series, std::chrono::hours{24});
  const std::vector<BilledMonth> months = billed_months(series, timeline, 0, series.demand);
  ASSERT_EQ(months.size(), 2);
  EXPECT_EQ(months[0].values, Caps({8, 3}));
  EXPECT_EQ(months[1].values, Caps({100}));
  EXPECT_NEAR(months[0].share, 600.0 / (31 * 86400), 1e-15);
  EXPECT_NEAR(months[1].share, 300.0 / (28 * 86400), 1e-15);
}

TEST(Replay, PackageBillsWhatIsBeyondIt) {
  ReplaySettings settings = four_samples();
  settings.billing = BillingModel::kPackage;
  settings.package_gigabytes = 0.5;
  settings.package_price = 3;
  settings.overage_price = 4;
  // 4 samples x 300 s x 8 Mbps = 1.2 GB; a full cycle.
  const Played played = play(regular({8, 8, 8, 8}), settings, {});
  EXPECT_NEAR(played.outcome.bill, 3 + 4 * 0.7, 1e-12);
}

}  // namespace
}  // namespace penstock
