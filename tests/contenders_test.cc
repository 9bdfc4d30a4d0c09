// The contenders' arithmetic, sample by sample, and the parsing of their names.
#include "policies/contenders.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "policies/decayed_percentile.h"

namespace penstock {
namespace {

constexpr Duration kInterval = std::chrono::minutes{5};

Series flat_series(std::size_t samples, double demand, Duration interval = kInterval) {
  Series series{.name = "test", .at = {}, .demand = std::vector<double>(samples, demand)};
  for (std::size_t i = 0; i < samples; ++i) {
    series.at.push_back(TimePoint{} + static_cast<std::int64_t>(i) * interval);
  }
  return series;
}

/// Feeds one contender sample by sample with chosen observations and caps.
class Feed {
 public:
  explicit Feed(const char* name, double weight = 100, Duration interval = kInterval)
      : interval_(interval),
        series_(flat_series(10, 7.5, interval)),
        timeline_(make_timeline(series_, std::chrono::hours{24})) {
    contender_ = make_contender(*parse_contender(name), series_, timeline_, weight);
  }
  Wish operator()(double observed, std::int64_t cap, std::optional<std::int64_t> pending = {},
                  bool last = false) {
    const Glimpse seen{.sample = samples_,
                       .now = TimePoint{} + static_cast<std::int64_t>(samples_ + 1) * interval_,
                       .observed = observed,
                       .cap = cap,
                       .whole = true,
                       .ordered = cap,
                       .pending = pending,
                       .in_cycle = in_cycle_++,
                       .last_of_cycle = last,
                       .cycle_end = TimePoint{} + std::chrono::hours{24}};
    ++samples_;
    if (last) in_cycle_ = 0;
    return contender_->decide(seen);
  }
  const Contender& contender() const { return *contender_; }

 private:
  Duration interval_;
  Series series_;
  Timeline timeline_;
  std::unique_ptr<Contender> contender_;
  std::size_t samples_ = 0;
  std::size_t in_cycle_ = 0;
};

TEST(Contenders, StaticPeakPeeks) {
  Feed feed("static-peak");
  EXPECT_EQ(feed.contender().start(), 8);
  EXPECT_EQ(feed(3, 8).cap, 8);
}

TEST(Contenders, ReviewActsAtTheCyclesLastSampleOnly) {
  Feed feed("review");
  EXPECT_EQ(feed(50, 100).cap, 100);
  EXPECT_EQ(feed(90, 100).cap, 100);
  EXPECT_EQ(feed(10, 100, {}, true).cap, 108);
  EXPECT_EQ(feed(10, 108).cap, 108);
  EXPECT_EQ(feed(5, 108, {}, true).cap, 12);
}

TEST(Contenders, HpaHasATolerance) {
  Feed feed("hpa-0.7");
  EXPECT_EQ(feed(70, 100).cap, 100);
  EXPECT_EQ(feed(76.9, 100).cap, 100);
  EXPECT_EQ(feed(84, 100).cap, 120);
  EXPECT_EQ(feed(35, 100).cap, 50);
  EXPECT_EQ(feed(0, 100).cap, 1);
}

TEST(Contenders, NomadWaitsFiveMinutesAfterAnOrder) {
  Feed feed("nomad-0.5", 100, std::chrono::minutes{1});
  EXPECT_EQ(feed(50.4, 100).cap, 100);
  EXPECT_EQ(feed(60, 100).cap, 120);
  for (int i = 0; i < 4; ++i) EXPECT_EQ(feed(90, 120).cap, 120) << i;
  EXPECT_EQ(feed(90, 120).cap, 180);
}

TEST(Contenders, TargetTrackingCountsPointsInARow) {
  Feed feed("awstt-0.7");
  EXPECT_EQ(feed(80, 100).cap, 100);
  EXPECT_EQ(feed(80, 100).cap, 100);
  EXPECT_EQ(feed(70, 100).cap, 100);
  EXPECT_EQ(feed(80, 100).cap, 100);
  EXPECT_EQ(feed(80, 100).cap, 100);
  EXPECT_EQ(feed(84, 100).cap, 120);
  for (int i = 0; i < 14; ++i) EXPECT_EQ(feed(42, 120).cap, 120) << i;
  EXPECT_EQ(feed(42, 120).cap, 60);
}

TEST(Contenders, TargetTrackingAveragesShortSamplesToAMinute) {
  Feed feed("awstt-0.5", 100, std::chrono::seconds{30});
  for (int i = 0; i < 5; ++i) EXPECT_EQ(feed(100, 100).cap, 100) << i;
  EXPECT_EQ(feed(50, 100).cap, 150);
}

TEST(Contenders, StepsAreRelativeAndDownwardOnesAddUp) {
  Feed feed("step-0.5");
  const Wish up = feed(81, 100, 40);
  EXPECT_EQ(up.cap, 150);
  EXPECT_TRUE(up.drop_pending);
  EXPECT_EQ(feed(50, 100, 40).cap, 100);
  EXPECT_EQ(feed(29, 100).cap, 50);
  EXPECT_EQ(feed(29, 100, 51).cap, 25);
  Feed whole("step-1.0");
  EXPECT_EQ(whole(29, 100).cap, 1);
}

TEST(Contenders, VpaTakesADecayedPercentile) {
  Feed feed("vpa");
  EXPECT_EQ(feed(100, 500).cap, 115);
  for (int i = 0; i < 8; ++i) feed(10, 500);
  // The oldest of ten nearly equal weights weighs a little less than a tenth.
  EXPECT_EQ(feed(10, 500).cap, 12);
}

TEST(Contenders, BreakEvenBuysWhenRentReachesThePrice) {
  // 288 samples a cycle. At λ = 100 one saturated sample weighs 100, and the share of history adds
  // 100 x share x left.
  Feed feed("break-even", 100);
  EXPECT_EQ(feed(99, 100).cap, 111) << "all of history is saturated";
  for (int i = 0; i < 199; ++i) EXPECT_EQ(feed(1, 111).cap, 111);
  // Sample 200, 88 left: λ x 1 >= 88 is reached by a single saturated sample.
  EXPECT_EQ(feed(109, 111).cap, 123);
}

TEST(Contenders, BreakEvenStartsTheNextCycleAtAQuantile) {
  Feed feed("break-even", 4);
  for (int i = 1; i < 100; ++i) EXPECT_EQ(feed(i, 1000).cap, 1000);
  // w = 1..100, floor(0.75 x 100) = 75: w[75] = 76 (counted from 0).
  EXPECT_EQ(feed(100, 1000, {}, true).cap, static_cast<std::int64_t>(std::ceil(76 / 0.98)));
}

TEST(ContenderNames, Parse) {
  for (const char* good : {"static-peak", "review", "hpa-0.7", "hpa-1", "nomad-0.55", "awstt-0.9",
                           "step-1.0", "step-0.25", "vpa", "break-even"}) {
    const Result<ContenderSpec> spec = parse_contender(good);
    ASSERT_TRUE(spec) << good;
    EXPECT_EQ(spec->name, good);
  }
  for (const char* bad : {"", "hpa", "hpa-", "hpa-0", "hpa-1.5", "hpa--0.5", "hpa-0.7x", "hpa-nan",
                          "step-inf", "HPA-0.7", "vpa-1", "none", "hpa 0.7", "stepp-1"}) {
    EXPECT_FALSE(parse_contender(bad)) << bad;
  }
}

TEST(ContenderNames, Lists) {
  EXPECT_TRUE(parse_contenders("none")->empty());
  EXPECT_EQ(parse_contenders("all")->size(), 13);
  EXPECT_EQ(parse_contenders("vpa,hpa-0.7,vpa")->size(), 2);
  EXPECT_FALSE(parse_contenders(""));
  EXPECT_FALSE(parse_contenders("vpa,"));
  EXPECT_FALSE(parse_contenders("vpa,nonsense"));
}

TEST(DecayedPercentile, EqualsSortingEverything) {
  DecayedPercentile history(std::chrono::hours{24});
  std::vector<std::pair<double, double>> all;
  std::uint32_t state = 12345;
  for (int i = 0; i < 3000; ++i) {
    state = state * 1664525 + 1013904223;
    const double value = std::floor(static_cast<double>(state >> 8) / 50'000);
    const TimePoint now = TimePoint{} + i * std::chrono::minutes{37};
    history.add(value, now);
    all.emplace_back(value, 0);
    if (i % 97 != 0) continue;
    double total = 0;
    std::vector<std::pair<double, double>> sorted;
    for (int k = 0; k <= i; ++k) {
      const double weight = std::exp2(-(i - k) * 37.0 / 1440);
      total += weight;
      sorted.emplace_back(all[static_cast<std::size_t>(k)].first, weight);
    }
    std::sort(sorted.begin(), sorted.end());
    double sum = 0;
    double expected = 0;
    for (const auto& [one, weight] : sorted) {
      sum += weight;
      expected = one;
      if (sum >= 0.9 * total * (1 - 1e-12)) break;
    }
    EXPECT_EQ(history.at(0.9), expected) << i;
  }
}

}  // namespace
}  // namespace penstock
