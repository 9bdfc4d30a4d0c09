// How fast the economic rule decides, and how much it keeps of an instance.
//
//   bench_economic [days]     default 60: prints decisions per second of one core, bytes of state
//
// Each decision is a sample of five minutes observed by Demand and EconomicMemory, then decide(),
// through the contender that a backtest plays. Traffic is a day's rhythm with noise and bursts, so
// that saturation, upgrades and downgrades are in it. Time is wall time: run it on an idle machine.
// The last line scales that to one year of
// 1,000 instances.
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>

#include "metrics/demand.h"
#include "policies/economic_memory.h"
#include "policies/policy_contender.h"

namespace {

using namespace penstock;

constexpr int kSamplesPerDay = 288;
constexpr int kInstances = 50;

/// A cheap generator: the benchmark is not about random numbers.
double unit(std::uint64_t& state) {
  state = state * 6364136223846793005ULL + 1442695040888963407ULL;
  return static_cast<double>(state >> 11U) * 0x1p-53;
}

Series traffic(int instance, int days) {
  Series series{.name = "bench", .at = {}, .demand = {}};
  std::uint64_t state = 77 + static_cast<std::uint64_t>(instance);
  const double bursts = 0.002 * (instance % 10);
  double burst = 1;
  for (int i = 0; i < days * kSamplesPerDay; ++i) {
    const double day = std::sin(i * 2 * 3.14159265 / kSamplesPerDay);
    if (unit(state) < bursts) burst = 1 + 9 * unit(state);
    if (unit(state) < 0.3) burst = 1;
    series.at.push_back(TimePoint{std::chrono::hours{24 * 365 * 50}} + i * 5min);
    series.demand.push_back((100 + 40 * day) * (0.9 + 0.2 * unit(state)) * burst);
  }
  return series;
}

}  // namespace

int main(int argc, char** argv) {
  const int days = argc > 1 ? std::atoi(argv[1]) : 60;
  ReplaySettings settings;
  settings.tariff.unit_price = Money::from_units(1);
  Policy policy;
  policy.rules = {EconomicRule{}};
  const Result<PolicyMaker> maker = policy_maker(policy, settings);
  std::chrono::steady_clock::duration took{};
  double decisions = 0;
  std::int64_t orders = 0;
  for (int instance = 0; instance < kInstances; ++instance) {
    const Series series = traffic(instance, days);
    const Timeline timeline = make_timeline(series, settings.cycle);
    const auto player = (*maker)(series, timeline, 100);
    const auto begin = std::chrono::steady_clock::now();
    const Outcome outcome = replay(series, timeline, *player, settings);
    took += std::chrono::steady_clock::now() - begin;
    decisions += static_cast<double>(series.size());
    orders += outcome.upgrades + outcome.downgrades;
  }
  const double seconds = std::chrono::duration<double>(took).count();
  constexpr double kYear = 1000.0 * 365 * kSamplesPerDay;
  std::printf(
      "%.0f ns per sample observed and decided, %.2f million decisions per second and core\n",
      1e9 * seconds / decisions, decisions / seconds / 1e6);
  std::printf("%zu bytes of state per instance: %zu economic memory, %zu demand; %lld orders\n",
              sizeof(EconomicMemory) + sizeof(Demand), sizeof(EconomicMemory), sizeof(Demand),
              static_cast<long long>(orders));
  std::printf("one year of 1,000 instances: %.0f s on two cores\n",
              seconds / decisions * kYear / 2);
  return 0;
}
