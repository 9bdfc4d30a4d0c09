// LinkMeter: what one simulated instance sends, min(demand, cap), counted exactly.
//
//   LinkMeter meter(shape, {.origin = start, .month = 4min}, start);
//   meter.set_cap(start, 200'000'000);
//   std::uint64_t bytes = meter.bytes(now);                // like a network card's counter
//   double mbps = meter.average(now - 5min, now);          // any part of the past, computed again
//
// Demand is constant within short slots of time, so that sums are exact integers: the counter and
// the averages of any intervals agree to the byte. Plain value, no clock.
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <vector>

#include "daemon/sim/demand_shape.h"
#include "metrics/units.h"

namespace penstock {

/// How a simulated world's time runs: `month` of it stands for 30 days.
struct SimTime {
  TimePoint origin;
  Duration month = std::chrono::hours{24 * 30};

  /// The time of demand shapes at `t`.
  Duration shape_time(TimePoint t) const;
  /// What 30 days' `span` shrinks to; at least a millisecond.
  Duration shrink(Duration span) const;
  /// Demand is constant within slots of this length, aligned to the Unix epoch.
  Duration slot() const;
};

class LinkMeter {
 public:
  static constexpr std::int64_t kNoCap = std::numeric_limits<std::int64_t>::max();

  /// Counts from `start`; before it the demand and the cap of `start` are assumed to have held.
  LinkMeter(DemandShape shape, SimTime time, TimePoint start, std::int64_t cap_bps);

  /// From `at` on. Times must not run backwards; what was counted stays.
  void set_cap(TimePoint at, std::int64_t bps);
  /// Replaces the shape from `at` on; nullopt gives it back.
  void set_demand(TimePoint at, std::optional<double> mbps);

  std::int64_t demand_bps(TimePoint t) const;
  std::int64_t cap_bps() const { return regimes_.back().cap_bps; }
  /// Bytes sent in [start, now]; a part of a byte is not lost but counted later.
  std::uint64_t bytes(TimePoint now);
  /// Delivered in [from, to), as far back as anybody asks.
  std::uint64_t bytes_between(TimePoint from, TimePoint to) const;
  double average(TimePoint from, TimePoint to) const;  ///< Mbps

 private:
  /// Bits times milliseconds do not fit 64 bits for long: whole bytes and the rest apart.
  struct Count {
    std::uint64_t bytes = 0;
    std::uint64_t rest = 0;  ///< in bit-milliseconds per second: below kPerByte
    void add(std::uint64_t bps, std::uint64_t ms);
  };
  struct Regime {
    TimePoint from;
    std::int64_t cap_bps;
    std::optional<std::int64_t> demand_bps;
  };

  void change(TimePoint at, const Regime& next);
  void add_between(TimePoint from, TimePoint to, Count& count) const;
  void add_within(const Regime& regime, TimePoint from, TimePoint to, Count& count) const;

  DemandShape shape_;
  SimTime time_;
  std::vector<Regime> regimes_;  ///< ascending; the first holds since ever
  TimePoint counted_until_;
  Count count_;
};

}  // namespace penstock
