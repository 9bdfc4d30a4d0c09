#include "tests/testing/adversary.h"

#include <cmath>
#include <numbers>
#include <utility>

#include "tests/testing/random.h"

namespace penstock::testing {

namespace {

constexpr int kDay = 288;
constexpr int kWeek = 7 * kDay;
constexpr TimePoint kStart{std::chrono::hours{24 * 365 * 50}};

template <class Demand>
Series make(const char* name, Demand demand) {
  Series series{.name = name, .at = {}, .demand = {}};
  Random random(11);
  for (int i = 0; i < 4 * kWeek; ++i) {
    series.at.push_back(kStart + i * 5min);
    series.demand.push_back(demand(i) * random.between(0.98, 1.02));
  }
  return series;
}

double day_shape(int i) {
  return 100 - 60 * std::cos(2 * std::numbers::pi * i / kDay);
}

}  // namespace

std::vector<Series> adversarial_series() {
  constexpr int kHour = kDay / 24;
  constexpr int kShift = 2 * kWeek + kWeek / 3;
  std::vector<Series> all;
  all.push_back(make("flat", [](int) { return 100.0; }));
  all.push_back(make("staircase", [](int i) { return 50 * std::pow(1.05, i / kDay); }));
  all.push_back(make("one spike on day 0", [](int i) { return i % kWeek == 10 ? 1000.0 : 100.0; }));
  all.push_back(make("spike in the last hour",
                     [](int i) { return i % kWeek >= kWeek - kHour ? 1000.0 : 100.0; }));
  all.push_back(make("x4 every 7", [](int i) { return i % 7 == 3 ? 400.0 : 100.0; }));
  all.push_back(make("x8 every 401", [](int i) { return i % 401 == 200 ? 800.0 : 100.0; }));
  all.push_back(make("step up x5", [](int i) { return i >= kShift ? 500.0 : 100.0; }));
  all.push_back(make("step down /5", [](int i) { return i >= kShift ? 100.0 : 500.0; }));
  all.push_back(make("surge after the boundary",
                     [](int i) { return i >= kWeek && i % kWeek < kDay ? 400.0 : 100.0; }));
  all.push_back(make("day", day_shape));
  return all;
}

Series week_at_another_level(double level) {
  return make("week at another level", [level](int i) {
    return day_shape(i) * (i >= 2 * kWeek && i < 3 * kWeek ? level : 1);
  });
}

}  // namespace penstock::testing
