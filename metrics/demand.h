// Demand: what one instance's traffic tells about what is wanted, kept in bounded memory.
//
//   Demand demand;
//   demand.observe(sample, cap_in_force, cap_since, kSaturatedAt);
//   if (demand.saturated_run().samples >= 2) ...
//
// At the cap an observation is only a lower bound: it is marked saturated (censored). A sample
// during which the cap changed proves nothing about saturation and is marked so, but its egress
// still counts as delivered. One owner, no locks, no allocation after construction.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "metrics/histogram.h"
#include "metrics/sample.h"
#include "metrics/units.h"

namespace penstock {

/// Egress at or above this share of the cap, over one whole sample under one cap, is saturated.
inline constexpr double kSaturatedAt = 0.95;

/// What one sample proved.
enum class Evidence : std::uint8_t {
  kFree,       ///< below the cap: egress was the demand
  kSaturated,  ///< at the cap: demand was at least this
  kMixed,      ///< the cap changed inside the interval: proves nothing about saturation
};

struct Observation {
  TimePoint at;
  std::uint32_t span_ms = 0;
  float egress_mbps = 0;
  float cap_mbps = 0;  ///< in force at the end of the interval; 0 = unlimited
  Evidence evidence = Evidence::kFree;
};

/// The current unbroken run of saturated samples (mixed ones neither extend nor end it).
struct SaturatedRun {
  std::uint32_t samples = 0;  ///< 0 = not saturated now
  TimePoint since{};          ///< start of the first saturated interval
  Mbps cap_at_start{};        ///< the cap when the run began: how far we have climbed in it
  Rate free_before{};         ///< the last free egress before the run; 0 if none was seen
};

class Demand {
 public:
  static constexpr std::size_t kRecent = 128;  ///< observations kept one by one

  /// Takes one sample. Samples at or before the last one are ignored (returns false), so a
  /// repeated or late answer of a source changes nothing. `cap` of 0 means no limit.
  bool observe(const Sample& sample, Mbps cap, TimePoint cap_since, double saturated_at);

  std::size_t size() const { return size_; }  ///< recent observations held, at most kRecent
  /// The i-th newest observation; 0 is the latest. Requires i < size().
  const Observation& newest(std::size_t i) const;
  bool empty() const { return size_ == 0; }

  const SaturatedRun& saturated_run() const { return run_; }
  /// Time covered by samples in [from, to], each counted for its span (overlaps counted once).
  Duration covered(TimePoint from, TimePoint to) const;
  /// Largest egress among samples that end in (from, to]; nullopt if there is none.
  std::optional<Rate> largest(TimePoint from, TimePoint to) const;
  /// Time-weighted share of samples in (from, to] that were saturated; 0 if there is none.
  double saturated_share(TimePoint from, TimePoint to) const;

  /// Decayed distribution of egress over days (half-life 7 days), and since when it is fed.
  const Histogram& history() const { return history_; }
  TimePoint first_at() const { return first_at_; }
  /// Observed time in total, for rules that state their least coverage.
  Duration observed() const { return observed_; }

  /// Bytes for the demand store; restore() of saved bytes gives an equal Demand. Versioned:
  /// restore refuses (false, unchanged) what it does not know or what is damaged.
  void save(std::string& out) const;
  bool restore(std::string_view bytes);

 private:
  std::array<Observation, kRecent> ring_{};
  std::size_t head_ = 0;  ///< index of the newest
  std::size_t size_ = 0;
  SaturatedRun run_;
  Rate last_free_{};
  Histogram history_;
  TimePoint first_at_{};
  Duration observed_{};
};

}  // namespace penstock
