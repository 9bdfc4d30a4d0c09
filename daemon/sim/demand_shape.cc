#include "daemon/sim/demand_shape.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <numbers>

namespace penstock {
namespace {

using std::chrono::hours;
using std::chrono::minutes;

constexpr Duration kDay = hours{24};
constexpr Duration kForever{Duration::max().count() / 4};  ///< sums with it do not overflow
constexpr Duration kGrain = minutes{1};                    ///< of rhythms and ramps
constexpr Duration kNoiseInterval = minutes{5};

/// The remainder that is never negative.
Duration modulo(Duration t, Duration period) {
  const Duration rest = t % period;
  return rest < Duration::zero() ? rest + period : rest;
}

Duration grain_start(Duration t) {
  return t - modulo(t, kGrain);
}

double ratio(Duration part, Duration whole) {
  return static_cast<double>(part.count()) / static_cast<double>(whole.count());
}

/// splitmix64: spreads a seed and an index over all bits.
std::uint64_t mix(std::uint64_t x) {
  x += 0x9e3779b97f4a7c15ULL;
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ULL;
  x = (x ^ (x >> 27)) * 0x94d049bb133111ebULL;
  return x ^ (x >> 31);
}

Duration median_distance(const std::vector<Duration>& at) {
  std::vector<Duration> distances;
  distances.reserve(at.size());
  for (std::size_t i = 1; i < at.size(); ++i) distances.push_back(at[i] - at[i - 1]);
  const auto middle = distances.begin() + static_cast<std::ptrdiff_t>(distances.size() / 2);
  std::nth_element(distances.begin(), middle, distances.end());
  return *middle;
}

}  // namespace

Result<DemandTrace> make_demand_trace(const Series& series) {
  if (series.size() < 2) {
    return Error{.kind = ErrorKind::kInvalid,
                 .message = "the trace \"" + series.name + "\" needs at least two samples"};
  }
  DemandTrace trace;
  trace.mbps = series.demand;
  trace.at.reserve(series.size());
  for (const TimePoint at : series.at) trace.at.push_back(at - series.at.front());
  trace.interval = median_distance(trace.at);
  return trace;
}

DemandShape DemandShape::flat(double mbps) {
  return DemandShape(Flat{mbps});
}

DemandShape DemandShape::daily(double low, double high, Duration shift) {
  return DemandShape(Daily{low, high, shift});
}

DemandShape DemandShape::burst(double base, double peak, Duration period, Duration lasting,
                               Duration first) {
  assert(period > Duration::zero());
  return DemandShape(Burst{base, peak, period, lasting, first});
}

DemandShape DemandShape::ramp(double from, double to, Duration start, Duration length) {
  assert(length > Duration::zero());
  return DemandShape(Ramp{from, to, start, length});
}

DemandShape DemandShape::steps(std::vector<Stage> stages) {
  assert(!stages.empty());
  return DemandShape(Steps{std::move(stages)});
}

DemandShape DemandShape::trace(const DemandTrace& samples, Duration offset) {
  assert(samples.at.size() >= 2);
  return DemandShape(Replay{&samples, offset});
}

DemandShape DemandShape::scaled(double factor) const {
  assert(factor >= 0);
  DemandShape larger = *this;
  larger.factor_ *= factor;
  return larger;
}

DemandShape DemandShape::with_noise(double share, std::uint64_t seed) const {
  DemandShape noisy = *this;
  noisy.noise_share_ = share;
  noisy.noise_seed_ = seed;
  return noisy;
}

double DemandShape::at(Duration since_start) const {
  double mbps =
      factor_ * std::visit([&](const auto& kind) { return value(kind, since_start); }, kind_);
  if (noise_share_ > 0) {
    const auto index = static_cast<std::uint64_t>(
        (since_start - modulo(since_start, kNoiseInterval)) / kNoiseInterval);
    const double unit =  // in [0, 1)
        static_cast<double>(mix(noise_seed_ ^ mix(index)) >> 11) * 0x1p-53;
    mbps *= 1 + noise_share_ * (2 * unit - 1);
  }
  return std::max(0.0, mbps);
}

Duration DemandShape::constant_until(Duration since_start) const {
  const Duration edge =
      std::visit([&](const auto& kind) { return next_edge(kind, since_start); }, kind_);
  if (noise_share_ <= 0) return edge;
  return std::min(edge, since_start - modulo(since_start, kNoiseInterval) + kNoiseInterval);
}

double DemandShape::value(const Flat& shape, Duration) {
  return shape.mbps;
}

double DemandShape::value(const Daily& shape, Duration t) {
  const Duration moved = grain_start(t) - shape.shift;
  const double angle = 2 * std::numbers::pi * ratio(modulo(moved, kDay) - hours{4}, kDay);
  const double height = (1 - std::cos(angle)) / 2;
  const bool weekend = modulo(moved, 7 * kDay) >= 5 * kDay;
  return (shape.low + (shape.high - shape.low) * height) * (weekend ? 0.8 : 1.0);
}

double DemandShape::value(const Burst& shape, Duration t) {
  if (t < shape.first) return shape.base;
  return modulo(t - shape.first, shape.period) < shape.lasting ? shape.peak : shape.base;
}

double DemandShape::value(const Ramp& shape, Duration t) {
  const double done = std::clamp(ratio(grain_start(t) - shape.start, shape.length), 0.0, 1.0);
  return shape.from + (shape.to - shape.from) * done;
}

double DemandShape::value(const Steps& shape, Duration t) {
  double mbps = shape.stages.front().mbps;
  for (const Stage& stage : shape.stages) {
    if (stage.from <= t) mbps = stage.mbps;
  }
  return mbps;
}

double DemandShape::value(const Replay& shape, Duration t) {
  const DemandTrace& trace = *shape.samples;
  const Duration within = modulo(t + shape.offset, trace.length());
  const auto after = std::upper_bound(trace.at.begin(), trace.at.end(), within);
  return trace.mbps[static_cast<std::size_t>(after - trace.at.begin()) - 1];
}

Duration DemandShape::next_edge(const Flat&, Duration) {
  return kForever;
}

Duration DemandShape::next_edge(const Daily&, Duration t) {
  return grain_start(t) + kGrain;
}

Duration DemandShape::next_edge(const Burst& shape, Duration t) {
  if (t < shape.first) return shape.first;
  const Duration within = modulo(t - shape.first, shape.period);
  return t - within + (within < shape.lasting ? shape.lasting : shape.period);
}

Duration DemandShape::next_edge(const Ramp& shape, Duration t) {
  if (t < shape.start) return shape.start;
  // The grain in which the line ends still moves.
  return t - kGrain > shape.start + shape.length ? kForever : grain_start(t) + kGrain;
}

Duration DemandShape::next_edge(const Steps& shape, Duration t) {
  for (const Stage& stage : shape.stages) {
    if (stage.from > t) return stage.from;
  }
  return kForever;
}

Duration DemandShape::next_edge(const Replay& shape, Duration t) {
  const DemandTrace& trace = *shape.samples;
  const Duration within = modulo(t + shape.offset, trace.length());
  const auto after = std::upper_bound(trace.at.begin(), trace.at.end(), within);
  return t - within + (after == trace.at.end() ? trace.length() : *after);
}

}  // namespace penstock
