// Replay against a slow, obvious world that lives through every second, on random series with gaps,
// latencies and wishes.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "policies/replay.h"
#include "tests/testing/random.h"

namespace penstock {
namespace {

constexpr std::int64_t kInterval = 60;  // seconds

/// Wants anything, now and then.
using testing::Random;

class Erratic final : public Contender {
 public:
  explicit Erratic(std::uint64_t seed) : random_(seed) {}
  Wish decide(const Glimpse& seen) override {
    observed.push_back(seen.observed);
    pending.push_back(seen.pending.value_or(0));
    switch (random_.below(6)) {
      case 0:
        return {.cap = seen.cap + random_.below(20)};
      case 1:
        return {.cap = random_.below(seen.cap + 1)};
      case 2:
        return {.cap = seen.cap, .drop_pending = true};
      default:
        return {.cap = seen.cap};
    }
  }
  std::vector<double> observed;
  std::vector<std::int64_t> pending;

 private:
  Random random_;
};

Series random_series(Random& random) {
  Series series{.name = "random", .at = {}, .demand = {}};
  TimePoint at{std::chrono::sys_days{std::chrono::year{2026} / 2 / 3}};
  const std::int64_t samples = random.range(60, 200);
  for (std::int64_t i = 0; i < samples; ++i) {
    series.at.push_back(at);
    series.demand.push_back(random.between(0, 60));
    at += std::chrono::seconds{kInterval};
    if (random.chance(0.03)) at += std::chrono::seconds{kInterval * random.range(1, 70)};
  }
  return series;
}

/// Second by second, whatever it costs.
class Seconds {
 public:
  Seconds(const Series& series, const ReplaySettings& settings, double unit_price, double included)
      : series_(series), settings_(settings), unit_price_(unit_price), included_(included) {}

  Outcome play(Contender& contender) {
    double first_day = 0;
    for (std::size_t i = 0; i < std::min<std::size_t>(series_.size(), 1440); ++i) {
      first_day = std::max(first_day, series_.demand[i]);
    }
    cap_ = bounded(static_cast<std::int64_t>(std::ceil(first_day)));
    std::int64_t cycle = 0;
    for (std::size_t i = 0; i < series_.size(); ++i) {
      if (cycle_of(i) != cycle) {
        cycle = cycle_of(i);
        if (pending_ != 0) cap_ = pending_;
        pending_ = 0;
      }
      live_through(i, contender);
    }
    return outcome_;
  }

 private:
  std::int64_t bounded(std::int64_t cap) const {
    return std::clamp(cap, settings_.min_cap, settings_.max_cap);
  }
  std::int64_t cycle_of(std::size_t i) const {
    return (series_.at[i] - series_.at[0]) / settings_.cycle;
  }
  bool prepaid() const { return settings_.billing == BillingModel::kPrepaid; }

  void arrive(TimePoint now) {
    while (!orders_.empty() && orders_.begin()->first <= now) {
      const std::int64_t cap = orders_.begin()->second;
      orders_.erase(orders_.begin());
      cap_ = prepaid() ? std::max(cap_, cap) : cap;
    }
  }

  void live_through(std::size_t i, Contender& contender) {
    const TimePoint begin = series_.at[i];
    const bool scored = cycle_of(i) >= settings_.skip_cycles;
    double delivered = 0;
    for (std::int64_t second = 0; second < kInterval; ++second) {
      arrive(begin + std::chrono::seconds{second});
      const auto cap = static_cast<double>(cap_);
      const double demand = series_.demand[i];
      delivered += std::min(demand, cap);
      if (!scored) continue;
      outcome_.demanded += demand;
      outcome_.throttled += std::max(0.0, demand - cap);
      outcome_.saturated_seconds += demand > cap ? 1 : 0;
      outcome_.bill += unit_price_ * std::max(0.0, cap - included_) / (30 * 86400);
    }
    const TimePoint end = begin + std::chrono::seconds{kInterval};
    arrive(end);
    const bool last = i + 1 == series_.size() || cycle_of(i + 1) != cycle_of(i);
    Glimpse seen{.sample = i, .now = end, .observed = delivered / kInterval, .cap = cap_};
    if (pending_ != 0) seen.pending = pending_;
    seen.last_of_cycle = last;
    obey(contender.decide(seen), end, scored);
  }

  void obey(const Wish& wish, TimePoint now, bool scored) {
    const std::int64_t want = bounded(wish.cap);
    const auto count = [&](std::int64_t& counter) { counter += scored ? 1 : 0; };
    std::int64_t under_way = cap_;
    for (const auto& [at, cap] : orders_) under_way = prepaid() ? std::max(under_way, cap) : cap;
    if (!prepaid()) {
      if (want == cap_ || want == under_way) return;
      count(want > cap_ ? outcome_.upgrades : outcome_.downgrades);
      order(want, now);
      return;
    }
    if (pending_ != 0 && (wish.drop_pending || want > cap_ || (want < cap_ && want != pending_))) {
      pending_ = 0;
      count(outcome_.cancels);
    }
    if (want > under_way) {
      count(outcome_.upgrades);
      order(want, now);
    } else if (want < cap_ && pending_ != want) {
      pending_ = want;
      count(outcome_.downgrades);
    }
  }

  void order(std::int64_t cap, TimePoint now) {
    if (settings_.latency <= Duration::zero()) {
      cap_ = cap;
    } else {
      orders_.emplace(now + settings_.latency, cap);
    }
  }

  const Series& series_;
  const ReplaySettings& settings_;
  double unit_price_;
  double included_;
  std::int64_t cap_ = 1;
  std::int64_t pending_ = 0;
  std::multimap<TimePoint, std::int64_t> orders_;
  Outcome outcome_;
};

TEST(ReplayOracle, AgreesWithLivingThroughEverySecond) {
  Random random{testing::seed_or(20260203)};
  SCOPED_TRACE(random.seed());
  for (int round = 0; round < 300; ++round) {
    const Series series = random_series(random);
    ReplaySettings settings;
    settings.billing = round % 3 == 0 ? BillingModel::kPostpaid : BillingModel::kPrepaid;
    settings.tariff.unit_price = Money::from_units(3);
    settings.tariff.included = Mbps{round % 2 == 0 ? 0 : 15};
    settings.cycle = std::chrono::seconds{kInterval * random.range(10, 40)};
    const std::int64_t latencies[] = {0, 0, 20, 60, 130};
    settings.latency = std::chrono::seconds{latencies[random.below(5)]};
    settings.skip_cycles = static_cast<int>(random.below(2));
    settings.max_cap = 80;
    const std::uint64_t seed = random.next();
    Erratic fast(seed);
    Erratic slow(seed);
    const Timeline timeline = make_timeline(series, settings.cycle);
    const Outcome played = replay(series, timeline, fast, settings);
    const Outcome lived = Seconds(series, settings, 3, round % 2 == 0 ? 0 : 15).play(slow);
    const std::string where = "round " + std::to_string(round);
    ASSERT_EQ(fast.pending, slow.pending) << where;
    for (std::size_t i = 0; i < fast.observed.size(); ++i) {
      ASSERT_NEAR(fast.observed[i], slow.observed[i], 1e-9) << where << " sample " << i;
    }
    ASSERT_NEAR(played.bill, lived.bill, 1e-9) << where;
    ASSERT_NEAR(played.demanded, lived.demanded, 1e-6) << where;
    ASSERT_NEAR(played.throttled, lived.throttled, 1e-6) << where;
    ASSERT_NEAR(played.saturated_seconds, lived.saturated_seconds, 1e-9) << where;
    ASSERT_EQ(played.upgrades, lived.upgrades) << where;
    ASSERT_EQ(played.downgrades, lived.downgrades) << where;
    ASSERT_EQ(played.cancels, lived.cancels) << where;
  }
}

}  // namespace
}  // namespace penstock
