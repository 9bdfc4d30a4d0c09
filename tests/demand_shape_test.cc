#include "daemon/sim/demand_shape.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "daemon/sim/link_meter.h"

namespace penstock {
namespace {

using std::chrono::hours;
using std::chrono::minutes;

constexpr TimePoint kStart = TimePoint(std::chrono::seconds{1'767'225'600});

Series series_of(const std::vector<std::pair<int, double>>& samples) {
  Series series{.name = "t"};
  for (const auto& [second, mbps] : samples) {
    series.at.emplace_back(std::chrono::seconds{second});
    series.demand.push_back(mbps);
  }
  return series;
}

TEST(DemandShape, EachKindAtChosenTimes) {
  struct Case {
    std::string name;
    DemandShape shape;
    Duration at;
    double mbps;
  };
  const auto burst = DemandShape::burst(10, 500, hours{6}, hours{1}, hours{2});
  const auto ramp = DemandShape::ramp(100, 300, hours{10}, hours{20});
  const auto steps = DemandShape::steps({{hours{0}, 40}, {hours{5}, 90}, {hours{9}, 20}});
  const std::vector<Case> cases{
      {"flat", DemandShape::flat(72), hours{77}, 72},
      {"daily, at the bottom", DemandShape::daily(40, 180), hours{4}, 40},
      {"daily, at the top", DemandShape::daily(40, 180), hours{16}, 180},
      {"daily, moved", DemandShape::daily(40, 180, hours{3}), hours{19}, 180},
      {"daily, the next day", DemandShape::daily(40, 180), hours{24 + 16}, 180},
      {"daily, Saturday", DemandShape::daily(40, 180), hours{5 * 24 + 16}, 144},
      {"daily, before the start", DemandShape::daily(40, 180), -hours{8}, 144},
      {"burst, before the first", burst, hours{1}, 10},
      {"burst, in the first", burst, hours{2}, 500},
      {"burst, after it", burst, hours{3}, 10},
      {"burst, in the third", burst, hours{14} + minutes{59}, 500},
      {"ramp, before", ramp, hours{3}, 100},
      {"ramp, half way", ramp, hours{20}, 200},
      {"ramp, after", ramp, hours{99}, 300},
      {"steps, before", steps, -hours{1}, 40},
      {"steps, at the edge", steps, hours{5}, 90},
      {"steps, last", steps, hours{500}, 20},
      {"never negative", DemandShape::flat(-5), hours{1}, 0},
  };
  for (const Case& c : cases) EXPECT_NEAR(c.shape.at(c.at), c.mbps, 1e-9) << c.name;
}

TEST(DemandShape, NoiseStaysInItsShareAndRepeats) {
  const DemandShape noisy = DemandShape::flat(100).with_noise(0.2, 7);
  double least = 1e9;
  double most = 0;
  for (int i = 0; i < 2000; ++i) {
    const double mbps = noisy.at(minutes{5} * i);
    EXPECT_EQ(mbps, noisy.at(minutes{5} * i + minutes{4}));
    least = std::min(least, mbps);
    most = std::max(most, mbps);
  }
  EXPECT_GE(least, 80);
  EXPECT_LT(least, 81);
  EXPECT_LE(most, 120);
  EXPECT_GT(most, 119);
  EXPECT_NE(noisy.at(hours{1}), DemandShape::flat(100).with_noise(0.2, 8).at(hours{1}));
}

TEST(DemandTrace, IsReplayedWithGapsAndOffset) {
  const Result<DemandTrace> trace =
      make_demand_trace(series_of({{1000, 10}, {1300, 20.5}, {1600, 30}, {2800, 40}}));
  ASSERT_TRUE(trace) << trace.error().message;
  EXPECT_EQ(trace->interval, minutes{5});
  const DemandShape shape = DemandShape::trace(*trace, Duration{});
  struct Case {
    int second;
    double mbps;
  };
  for (const Case& c : std::vector<Case>{{0, 10},
                                         {299, 10},
                                         {300, 20.5},
                                         {600, 30},
                                         {1799, 30},
                                         {1800, 40},
                                         {2099, 40},
                                         {2100, 10},
                                         {-1, 40}}) {
    EXPECT_EQ(shape.at(std::chrono::seconds{c.second}), c.mbps) << c.second;
  }
  EXPECT_EQ(DemandShape::trace(*trace, minutes{5}).at(Duration{}), 20.5);
}

TEST(DemandShape, ScalesItsValuesAndNotItsTimes) {
  const DemandShape shape = DemandShape::burst(10, 50, 1h, 5min, 0s);
  const DemandShape twice = shape.scaled(2);
  EXPECT_DOUBLE_EQ(twice.at(1min), 100);
  EXPECT_DOUBLE_EQ(twice.scaled(0.5).at(10min), 10);
  EXPECT_EQ(twice.constant_until(1min), shape.constant_until(1min));
}

TEST(DemandTrace, NeedsTwoSamples) {
  const Result<DemandTrace> trace = make_demand_trace(series_of({{1000, 10}}));
  ASSERT_FALSE(trace);
  EXPECT_EQ(trace.error().message, "the trace \"t\" needs at least two samples");
}

TEST(DemandShape, IsConstantUntilItSaysSo) {
  const Result<DemandTrace> trace = make_demand_trace(series_of({{0, 1}, {300, 2}, {900, 3}}));
  ASSERT_TRUE(trace);
  const std::vector<DemandShape> shapes{
      DemandShape::flat(9),
      DemandShape::flat(9).with_noise(0.1, 4),
      DemandShape::daily(1, 5, minutes{7}),
      DemandShape::burst(1, 2, minutes{30}, minutes{11}, minutes{45}),
      DemandShape::ramp(5, 50, minutes{33}, minutes{100}),
      DemandShape::steps({{minutes{1}, 1}, {minutes{77}, 2}}),
      DemandShape::trace(*trace, minutes{2})};
  for (std::size_t i = 0; i < shapes.size(); ++i) {
    Duration until = -hours{2};
    double held = 0;
    for (Duration t = -hours{2}; t < hours{6}; t += 1s) {
      if (t >= until) {
        held = shapes[i].at(t);
        until = shapes[i].constant_until(t);
        ASSERT_GT(until, t) << i;
      }
      ASSERT_EQ(shapes[i].at(t), held) << i << " at " << t.count();
    }
  }
}

TEST(SimTime, ShrinksTheMonth) {
  const SimTime real{.origin = kStart};
  EXPECT_EQ(real.shape_time(kStart + hours{5}), hours{5});
  EXPECT_EQ(real.shrink(hours{1}), hours{1});
  EXPECT_EQ(real.slot(), 1s);
  const SimTime shrunk{.origin = kStart, .month = minutes{4}};
  EXPECT_EQ(shrunk.shape_time(kStart + minutes{1}), hours{180});
  EXPECT_EQ(shrunk.shrink(hours{24}), 8s);
  EXPECT_EQ(shrunk.slot(), 100ms);
}

TEST(LinkMeter, CountsTheSmallerOfDemandAndCapToTheByte) {
  const SimTime time{.origin = kStart};
  LinkMeter meter(DemandShape::steps({{0s, 100}, {10s, 300}}), time, kStart, 200'000'000);
  EXPECT_EQ(meter.bytes(kStart), 0U);
  EXPECT_EQ(meter.bytes(kStart + 10s), 125'000'000U);                // 100 Mbps: demand
  EXPECT_EQ(meter.bytes(kStart + 12s), 125'000'000U + 50'000'000U);  // 200 Mbps: the cap
  meter.set_cap(kStart + 12s, LinkMeter::kNoCap);
  EXPECT_EQ(meter.bytes(kStart + 14s), 175'000'000U + 75'000'000U);
  meter.set_demand(kStart + 14s, 8);
  EXPECT_EQ(meter.bytes(kStart + 15s), 251'000'000U);
  meter.set_demand(kStart + 15s, std::nullopt);
  meter.set_cap(kStart + 15s, 0);
  EXPECT_EQ(meter.bytes(kStart + 99s), 251'000'000U);
  EXPECT_EQ(meter.bytes_between(kStart + 9s, kStart + 15s),
            12'500'000U + 50'000'000U + 75'000'000U + 1'000'000U);
  EXPECT_DOUBLE_EQ(meter.average(kStart + 10s, kStart + 14s), 250);
  EXPECT_DOUBLE_EQ(meter.average(kStart - 60s, kStart), 100);  // as if it had always been so
}

/// Any way of cutting the time into pieces gives the same counter, and so does the slow way.
TEST(LinkMeter, AgreesWithAMillisecondByMillisecondSum) {
  std::uint64_t seed = 20'260'101;
  const auto random = [&seed](std::uint64_t below) {
    seed = seed * 6'364'136'223'846'793'005ULL + 1'442'695'040'888'963'407ULL;
    return (seed >> 33) % below;
  };
  for (int world = 0; world < 60; ++world) {
    const SimTime time{.origin = kStart, .month = minutes{1 + random(100)}};
    const std::vector<DemandShape> shapes{
        DemandShape::daily(3, 200).with_noise(0.3, random(1000)),
        DemandShape::flat(100),
        DemandShape::burst(20, 180, minutes{1 + random(900)}, minutes{1 + random(300)}, hours{1}),
        DemandShape::ramp(200, 10, hours{random(9)}, hours{1 + random(50)}),
        DemandShape::steps({{0s, 10}, {hours{random(50)}, 100}, {hours{50 + random(50)}, 60}}),
        DemandShape::flat(100).with_noise(0.5, 3)};
    const DemandShape& shape = shapes[static_cast<std::size_t>(world) % shapes.size()];
    std::int64_t cap = 1'234'567;
    LinkMeter meter(shape, time, kStart, cap);
    std::uint64_t bits_ms = 0;
    TimePoint now = kStart;
    for (int i = 0; i < 20; ++i) {
      const TimePoint next = now + Duration{random(3000)};
      for (; now < next; now += 1ms) {
        bits_ms += static_cast<std::uint64_t>(std::min(meter.demand_bps(now), cap));
      }
      ASSERT_EQ(meter.bytes(now), bits_ms / 8000) << world << " " << i;
      cap = static_cast<std::int64_t>(random(250'000'000));
      meter.set_cap(now, cap);
    }
    ASSERT_EQ(meter.bytes_between(kStart, now), bits_ms / 8000) << world;
  }
}

}  // namespace
}  // namespace penstock
