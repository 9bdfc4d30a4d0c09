// DemandShape: how much an instance would send, as a function of time alone. Deterministic.
//
//   DemandShape shape = DemandShape::daily(40, 180).with_noise(0.1, seed);
//   double mbps = shape.at(hours{12});           // 180 at most, at the day's peak
//
// Time here is the shape's own: hours and days since it began. Who shrinks the month (the sandbox)
// shrinks this time alike. Values are constant for a while each (rhythms and ramps move every
// minute), so that sums over time can be exact. Plain value; a trace is borrowed and must outlive
// the shape.
#pragma once

#include <cstdint>
#include <variant>
#include <vector>

#include "metrics/units.h"
#include "policies/result.h"
#include "policies/series.h"

namespace penstock {

/// Samples of a recorded series: each stands for `interval` from its time on.
struct DemandTrace {
  std::vector<Duration> at;  ///< since the first one, ascending
  std::vector<double> mbps;
  Duration interval{};  ///< the median distance
  Duration length() const { return at.empty() ? Duration{} : at.back() + interval; }
};

/// A recorded series as a trace; kInvalid when it has less than two samples.
Result<DemandTrace> make_demand_trace(const Series& series);

class DemandShape {
 public:
  struct Stage {
    Duration from;  ///< since the shape began
    double mbps;
  };

  static DemandShape flat(double mbps);
  /// A day's rhythm between `low` (at 04:00) and `high` (at 16:00) of the shape's first day, moved
  /// later by `shift`; weekends are a fifth lower.
  static DemandShape daily(double low, double high, Duration shift = Duration{});
  /// `base`, and `peak` for `lasting` at the start of every period, the first after `first`.
  static DemandShape burst(double base, double peak, Duration period, Duration lasting,
                           Duration first);
  /// `from` until `start`, then in a straight line to `to` over `length`, then `to`.
  static DemandShape ramp(double from, double to, Duration start, Duration length);
  /// Steps, ascending; before the first one its own value.
  static DemandShape steps(std::vector<Stage> stages);
  /// The trace again and again, beginning `offset` into it. A gap keeps the value before it.
  static DemandShape trace(const DemandTrace& samples, Duration offset);

  /// The same, each value times `factor`.
  DemandShape scaled(double factor) const;
  /// The same, each value times a factor in [1 - share, 1 + share] that changes every five minutes.
  DemandShape with_noise(double share, std::uint64_t seed) const;

  /// In Mbps, never negative.
  double at(Duration since_start) const;
  /// at() does not change in [since_start, this).
  Duration constant_until(Duration since_start) const;

 private:
  struct Flat {
    double mbps;
  };
  struct Daily {
    double low, high;
    Duration shift;
  };
  struct Burst {
    double base, peak;
    Duration period, lasting, first;
  };
  struct Ramp {
    double from, to;
    Duration start, length;
  };
  struct Steps {
    std::vector<Stage> stages;
  };
  struct Replay {
    const DemandTrace* samples;
    Duration offset;
  };
  using Kind = std::variant<Flat, Daily, Burst, Ramp, Steps, Replay>;

  explicit DemandShape(Kind kind) : kind_(std::move(kind)) {}
  static double value(const Flat& shape, Duration t);
  static Duration next_edge(const Flat& shape, Duration t);
  static double value(const Daily& shape, Duration t);
  static Duration next_edge(const Daily& shape, Duration t);
  static double value(const Burst& shape, Duration t);
  static Duration next_edge(const Burst& shape, Duration t);
  static double value(const Ramp& shape, Duration t);
  static Duration next_edge(const Ramp& shape, Duration t);
  static double value(const Steps& shape, Duration t);
  static Duration next_edge(const Steps& shape, Duration t);
  static double value(const Replay& shape, Duration t);
  static Duration next_edge(const Replay& shape, Duration t);

  Kind kind_;
  double factor_ = 1;
  double noise_share_ = 0;
  std::uint64_t noise_seed_ = 0;
};

}  // namespace penstock
