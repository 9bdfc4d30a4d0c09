// ForecastWorld: one instance under a forecast rule, without anything being ordered.
//
//   ForecastWorld world;
//   world.feed(3 * kWeek, random, office);        // samples of five minutes, some noise
//   EXPECT_EQ(world.decide().action, Action::kHold);
//
// Plain value; single-threaded.
#pragma once

#include <algorithm>
#include <functional>
#include <optional>

#include "policies/decide.h"
#include "policies/forecast.h"
#include "tests/testing/random.h"

namespace penstock::testing {

using namespace std::chrono_literals;

// A Monday, 00:00 UTC.
inline constexpr TimePoint kStart{std::chrono::hours{24 * (4 + 7 * 2600)}};
inline constexpr int kHour = 12;  ///< samples of five minutes
inline constexpr int kDay = 24 * kHour;
inline constexpr int kWeek = 7 * kDay;

/// Busy on work days from 8 to 18, quiet at night and at weekends.
inline double office(int sample) {
  const int hour = sample / kHour % 24;
  const bool work = sample / kDay % 7 < 5;
  if (!work) return 20;
  return hour >= 8 && hour < 18 ? 100 : 30;
}

/// One instance under the rule, without anything being ordered.
struct ForecastWorld {
  Policy policy;
  Instance instance;
  Tariff tariff{.unit_price = Money::from_units(2)};
  Demand demand;
  Forecast forecast;
  std::optional<Forecast> past;
  Mbps cap{1000};
  TimePoint now = kStart;
  int samples = 0;

  ForecastWorld() {
    policy.mode = Mode::kEnforce;
    policy.rules = {ForecastRule{}};
    instance.charge = Charge::kPostpaid;
    instance.internet_charge = InternetCharge::kByBandwidth;
    instance.status = "RUNNING";
    instance.limit = Mbps{10'000};
    instance.auto_renew = true;
  }
  const ForecastRule& rule() const { return std::get<ForecastRule>(policy.rules[0]); }
  void feed(double wanted) {
    now += 5min;
    ++samples;
    const Sample sample{now, 5min, Rate{std::min(wanted, as_rate(cap).mbps())}};
    demand.observe(sample, cap, kStart, kSaturatedAt);
    const bool at_least = demand.newest(0).evidence != Evidence::kFree;
    forecast.observe({.sample = sample, .at_least = at_least, .rule = rule()});
    if (past) past->observe({.sample = sample, .at_least = at_least, .rule = rule()});
  }
  /// What a source remembers of the time before: under which cap it flowed is not known.
  void read_past(int count, Random& random, const std::function<double(int)>& level,
                 double noise = 0.1) {
    past.emplace();
    for (int i = 0; i < count; ++i) {
      now += 5min;
      const Rate egress{level(++samples - 1) * random.between(1 - noise, 1 + noise)};
      past->observe({.sample = {now, 5min, egress}, .rule = rule()});
    }
  }
  void feed(int count, Random& random, const std::function<double(int)>& level,
            double noise = 0.1) {
    for (int i = 0; i < count; ++i) {
      feed(level(samples) * random.between(1 - noise, 1 + noise));
    }
  }
  void skip(int count) {
    now += count * 5min;
    samples += count;
  }
  ForecastBand next() const { return forecast.next(rule()); }
  ForecastBand term() const { return forecast.term(rule(), now, std::chrono::hours{24 * 30}); }
  Decision decide() const {
    return penstock::decide(policy,
                            {.instance = instance,
                             .demand = demand,
                             .cap = cap,
                             .cap_since = kStart,
                             .change = {.kind = ChangeState::Kind::kIdle},
                             .tariff = &tariff,
                             .forecast = &forecast,
                             .past = past ? &*past : nullptr},
                            now);
  }
};

}  // namespace penstock::testing
