// Hindsight against slow, obvious oracles on small random instances.
#include "policies/hindsight.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>

#include "policies/percentile_bill.h"
#include "policies/rising_path.h"

namespace penstock {
namespace {

/// xorshift64*: the same everywhere, unlike the standard distributions.
class Random {
 public:
  explicit Random(std::uint64_t seed) : state_(seed * 2685821657736338717ULL + 1) {}
  std::uint64_t next(std::uint64_t below) {
    state_ ^= state_ >> 12;
    state_ ^= state_ << 25;
    state_ ^= state_ >> 27;
    return (state_ * 2685821657736338717ULL >> 33) % below;
  }

 private:
  std::uint64_t state_;
};

Tariff flat(std::int64_t unit, std::int64_t included) {
  return {.unit_price = Money::from_units(unit),
          .included = Mbps{included},
          .steps = {},
          .steps_mode = StepsMode::kMarginal};
}

Tariff stepped(StepsMode mode, std::int64_t first, std::int64_t second, std::int64_t included) {
  return {.unit_price = {},
          .included = Mbps{included},
          .steps = {{.from = Mbps{0}, .unit_price = Money::from_units(first)},
                    {.from = Mbps{5}, .unit_price = Money::from_units(second)}},
          .steps_mode = mode};
}

double cost_of(std::span<const double> demand, const PriceCurve& price, double pain,
               std::span<const double> path) {
  double cost = 0;
  for (std::size_t i = 0; i < demand.size(); ++i) {
    cost += price.at(path[i]) + pain * std::max(0.0, demand[i] - path[i]);
  }
  return cost;
}

/// Every non-decreasing path over the whole numbers (which all demands and edges are) and the
/// places just above them, as volume prices fall just above a step.
double least_cost(std::span<const double> demand, const PriceCurve& price, double pain,
                  int max_cap) {
  std::vector<double> grid;
  for (int cap = 0; cap <= max_cap; ++cap) {
    grid.push_back(cap);
    if (cap < max_cap) grid.push_back(std::nextafter(cap, cap + 1.0));
  }
  double best = HUGE_VAL;
  std::vector<double> path(demand.size());
  const std::function<void(std::size_t, std::size_t)> extend = [&](std::size_t i,
                                                                   std::size_t from) {
    if (i == demand.size()) {
      best = std::min(best, cost_of(demand, price, pain, path));
      return;
    }
    for (std::size_t at = from; at < grid.size(); ++at) {
      path[i] = grid[at];
      extend(i + 1, at);
    }
  };
  extend(0, 0);
  return best;
}

struct TariffCase {
  const char* name;
  Tariff tariff;
};

std::vector<TariffCase> tariffs() {
  return {{"flat", flat(1, 0)},
          {"included", flat(2, 3)},
          {"rising steps", stepped(StepsMode::kMarginal, 1, 3, 0)},
          {"rising steps, included", stepped(StepsMode::kMarginal, 1, 3, 2)},
          {"falling steps", stepped(StepsMode::kMarginal, 3, 1, 2)},
          {"volume steps", stepped(StepsMode::kVolume, 3, 1, 0)},
          {"volume steps, included", stepped(StepsMode::kVolume, 3, 1, 1)},
          {"volume steps, rising", stepped(StepsMode::kVolume, 1, 2, 0)}};
}

TEST(RisingPath, EqualsExhaustiveSearch) {
  Random random(1);
  for (const TariffCase& one : tariffs()) {
    const PriceCurve price(one.tariff);
    for (int round = 0; round < 150; ++round) {
      std::vector<double> demand(1 + random.next(4));
      for (double& d : demand) d = static_cast<double>(random.next(9));
      const double pain = price.unit_price() * (1 + static_cast<double>(random.next(6)));
      const int max_cap = 4 + static_cast<int>(random.next(5));
      const std::vector<double> path = rising_path(demand, price, pain, max_cap);
      ASSERT_TRUE(std::is_sorted(path.begin(), path.end())) << one.name;
      ASSERT_LE(path.back(), max_cap) << one.name;
      ASSERT_NEAR(cost_of(demand, price, pain, path), least_cost(demand, price, pain, max_cap),
                  1e-9)
          << one.name << " round " << round;
    }
  }
}

TEST(PriceCurve, AgreesWithTheMoneyThatIsCharged) {
  for (const TariffCase& one : tariffs()) {
    const PriceCurve price(one.tariff);
    for (int cap = 0; cap < 40; ++cap) {
      EXPECT_NEAR(price.at(cap) * 1e6,
                  static_cast<double>(monthly_price(one.tariff, Mbps{cap}).micros()), 1e-6)
          << one.name << " " << cap;
    }
  }
}

TEST(RisingPath, SlopeTrickEqualsTheTableOnLongSeries) {
  // A falling last step of nearly nothing makes the price non-convex, hence the table, at the same
  // cost.
  Tariff near = flat(1, 0);
  near.steps = {{.from = Mbps{0}, .unit_price = Money::from_units(1)},
                {.from = Mbps{10'000}, .unit_price = Money::from_micros(999'999)}};
  const PriceCurve convex(flat(1, 0));
  const PriceCurve table(near);
  ASSERT_TRUE(convex.convex());
  ASSERT_FALSE(table.convex());
  Random random(7);
  for (int round = 0; round < 20; ++round) {
    std::vector<double> demand(300);
    for (double& d : demand) d = static_cast<double>(random.next(5000)) / 7;
    for (const double pain : {2.0, 20.0, 500.0}) {
      EXPECT_NEAR(cost_of(demand, convex, pain, rising_path(demand, convex, pain, 10'000)),
                  cost_of(demand, convex, pain, rising_path(demand, table, pain, 10'000)), 1e-6);
    }
  }
}

TEST(RisingPath, KnownAnswers) {
  const PriceCurve price(flat(1, 0));
  using Path = std::vector<double>;
  // One sample of 9 among tens of 1: buying it for the rest costs more than throttling it once.
  std::vector<double> spike(20, 1);
  spike[5] = 9;
  EXPECT_EQ(rising_path(spike, price, 10, 100), Path(20, 1));
  Path bought(20, 1);
  for (std::size_t i = 5; i < 20; ++i) bought[i] = 9;
  EXPECT_EQ(rising_path(spike, price, 16, 100), bought);
  EXPECT_EQ(rising_path(Path{3, 1, 2}, price, 100, 100), Path({3, 3, 3}));
}

Series series_of(std::vector<double> demand) {
  Series series{.name = "test", .at = {}, .demand = std::move(demand)};
  for (std::size_t i = 0; i < series.demand.size(); ++i) {
    series.at.push_back(TimePoint{} + static_cast<std::int64_t>(i) * std::chrono::minutes{5});
  }
  return series;
}

TEST(Hindsight, PostpaidBuysEachSample) {
  ReplaySettings settings;
  settings.billing = BillingModel::kPostpaid;
  settings.tariff = flat(2, 3);
  settings.skip_cycles = 0;
  const Series series = series_of({1, 5, 10});
  const Optimum best =
      hindsight(series, make_timeline(series, settings.cycle), settings, 20, nullptr);
  EXPECT_NEAR(best.bill, 2.0 * (0 + 2 + 7) * 300 / kMonthSeconds, 1e-12);
  EXPECT_EQ(best.throttled, 0);
}

TEST(Hindsight, Burst95EqualsAScanOfLevels) {
  Random random(3);
  ReplaySettings settings;
  settings.billing = BillingModel::kBurst95;
  settings.skip_cycles = 0;
  for (int round = 0; round < 60; ++round) {
    settings.tariff = flat(1, static_cast<std::int64_t>(random.next(4)));
    settings.commit = static_cast<double>(random.next(5));
    std::vector<double> demand(10 + random.next(80));
    for (double& d : demand) d = static_cast<double>(random.next(30));
    const Series series = series_of(demand);
    const Timeline timeline = make_timeline(series, settings.cycle);
    const double weight = 1.0 + static_cast<double>(random.next(100'000));
    const PriceCurve price(settings.tariff);
    std::sort(demand.begin(), demand.end());
    demand.resize(billed_rank(demand.size()));
    const double share = static_cast<double>(series.size()) * 300 / (31 * 86400);
    double best = HUGE_VAL;
    for (int level = 0; level <= 30; ++level) {
      double excess = 0;
      for (const double d : demand) excess += std::max(0.0, d - level);
      best = std::min(best, price.at(std::max<double>(level, settings.commit)) * share +
                                weight * excess * 300 / kMonthSeconds);
    }
    EXPECT_NEAR(hindsight(series, timeline, settings, weight).loss(weight), best, 1e-9) << round;
  }
}

TEST(Hindsight, CyclesAreIndependentAndLearningOnesDoNotCount) {
  ReplaySettings settings;
  settings.tariff = flat(1, 0);
  settings.cycle = 2 * std::chrono::minutes{5};
  const Series series = series_of({50, 50, 7, 8, 3, 2});
  std::vector<double> path;
  const Optimum best =
      hindsight(series, make_timeline(series, settings.cycle), settings, 100, &path);
  EXPECT_EQ(path, std::vector<double>({0, 0, 7, 8, 3, 3}));
  EXPECT_NEAR(best.bill, (7 + 8 + 3 + 3) * 300 / kMonthSeconds, 1e-15);
}

/// Never wants anything.
class Idle final : public Contender {
 public:
  Wish decide(const Glimpse& seen) override { return {.cap = seen.cap}; }
};

/// Wants anything at all.
class Erratic final : public Contender {
 public:
  explicit Erratic(std::uint64_t seed) : random_(seed) {}
  Wish decide(const Glimpse& seen) override {
    return {.cap = random_.next(4) == 0 ? static_cast<std::int64_t>(random_.next(40)) : seen.cap};
  }

 private:
  Random random_;
};

TEST(Hindsight, NothingBeatsIt) {
  Random random(11);
  for (const BillingModel billing :
       {BillingModel::kPrepaid, BillingModel::kPostpaid, BillingModel::kBurst95}) {
    for (const TariffCase& one : tariffs()) {
      ReplaySettings settings;
      settings.billing = billing;
      settings.tariff = one.tariff;
      settings.cycle = 20 * std::chrono::minutes{5};
      settings.latency = Duration::zero();
      std::vector<double> demand(100);
      for (double& d : demand) d = static_cast<double>(random.next(300)) / 10;
      const Series series = series_of(demand);
      const Timeline timeline = make_timeline(series, settings.cycle);
      for (const double weight : {1.5, 20.0, 5000.0}) {
        const double best = hindsight(series, timeline, settings, weight).loss(weight);
        Idle idle;
        Erratic erratic(random.next(1000));
        EXPECT_GE(replay(series, timeline, idle, settings).loss(weight), best - 1e-9) << one.name;
        EXPECT_GE(replay(series, timeline, erratic, settings).loss(weight), best - 1e-9)
            << one.name;
      }
    }
  }
}

}  // namespace
}  // namespace penstock
