// Economic memory: what one instance's traffic has taught, for the economic choice.
//
//   EconomicMemory memory;
//   memory.observe({.sample = sample, .cap = Mbps{100}, .cap_since = since, .term_end = expires});
//   memory.saturated();                     // demand was at least what was delivered
//   memory.share(LevelCounts::position(120));    // of all time at or above 120 Mbps
//
// Fed with every sample, in order; decides nothing. Everything fades by time and not by sample, so
// gaps and other intervals change no meaning. At the cap only a lower bound is seen: the rest is
// filled in by the tail that this series has shown, fatter the further it has climbed unseen.
// Under 4 KB; no allocation but in save(); one owner.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "metrics/sample.h"
#include "metrics/units.h"
#include "policies/growth_counts.h"
#include "policies/level_counts.h"

namespace penstock {

/// One sample and the world it was seen in.
struct EconomicSample {
  Sample sample;
  Mbps cap{};                           ///< in force at the sample's end; 0 = unlimited
  TimePoint cap_since{};                ///< inside the sample: it changed there from the one before
  std::optional<TimePoint> term_end{};  ///< prepaid
  Duration latency = 1min;              ///< from an order until it takes effect
  double saturated_at = 0.95;           ///< share of the cap that surely is no saturation below
};

class EconomicMemory {
 public:
  /// Learns. Impossible samples and those at or before the last one change nothing: false.
  bool observe(const EconomicSample& seen);

  bool empty() const { return !known_; }
  TimePoint at() const { return at_; }           ///< end of the latest sample
  Duration span() const { return span_; }        ///< of the latest sample
  Duration latency() const { return latency_; }  ///< as it was told with the latest sample
  bool saturated() const { return run_seconds_ > 0; }
  double full_at() const { return full_at_; }          ///< share of the cap that saturates it
  double run_seconds() const { return run_seconds_; }  ///< of saturation without a break
  double level() const { return level_; }  ///< of the latest sample, on LevelCounts' scale
  /// Whole length of the present term as far as it is known; zero without one.
  Duration term() const;

  // What is expected of a level, on LevelCounts' scale.
  /// Share of all time at or above it.
  double share(double level) const;
  /// The same of samples below the cap only.
  double free_share(double level) const;
  /// Seconds at or above it in this term, those of nine hours ago counting half.
  double lately(double level) const;
  /// Stretches of eight hours that needed it, per second.
  double rate(double level) const;
  /// How likely the time after the next that an order could still change needs more than it.
  double next(double level) const;
  /// How likely growth alone, from what flows now, leads above it within that time.
  double grown(double level) const;
  Rate egress() const { return egress_; }  ///< delivered in the latest sample
  /// Share of demand beyond the level, given that the cap is reached.
  double tail(double level) const;

  /// Bytes for storing; restore() of saved bytes gives an equal memory. Versioned and checksummed:
  /// restore refuses (false, unchanged) what it does not know or what is damaged.
  void save(std::string& out) const;
  bool restore(std::string_view bytes);

 private:
  /// What a sample proves.
  struct Reading {
    double egress = 0;  ///< demand as far as it can be told, Mbps
    double cap = 0;     ///< that it was held against, Mbps; 0 = none
    bool proves = true;
    bool full = false;
  };
  /// A power law above a level: the share beyond x nepers is (1 + x / scale)^-exponent.
  struct PowerLaw {
    float exponent = 1;
    float scale = 0.1F;
    double log_share(double nepers) const;
    double steepness() const { return exponent / scale; }
  };
  struct Point {
    float level = 0;  ///< estimated demand; negative: unknown
    std::uint32_t full = 0;
  };

  Reading read(const EconomicSample& seen) const;
  void follow_term(const EconomicSample& seen);
  void fade(double seconds);
  void take_free(const Reading& reading);
  void take_full(const Reading& reading);
  void fit_tail();
  void take_growth(double estimate, const Reading& reading, bool follows);
  void take_stretch(double estimate);
  void learn_plateau(const Reading& reading, double seconds, double saturated_at);
  double slow() const { return span_seconds_ * slow_; }
  template <class Self, class Visitor>
  static void visit(Self& self, Visitor&& each);
  bool consistent() const;

  static constexpr std::size_t kPoints = 32;

  LevelCounts history_;    ///< seconds at or above, saturated ones with their tail
  LevelCounts free_;       ///< the same of samples below the cap only
  LevelCounts fast_;       ///< as history_, of this term, fading in hours
  LevelCounts stretches_;  ///< largest level of each eight hours
  GrowthCounts growth_;
  double slow_ = 1;     ///< weight of what is added now to what fades in days
  double quick_ = 1;    ///< the same for what fades in hours
  double seconds_ = 0;  ///< total weight in history_
  double span_seconds_ = 300;
  double level_ = 0;       ///< on the scale
  double cap_level_ = 0;   ///< on the scale; of the latest sample
  double free_level_ = 0;  ///< on the scale; of the latest sample below the cap
  double run_level_ = 0;   ///< cap_level_ when the saturated run began
  double run_seconds_ = 0;
  double plateau_ = 0.99;           ///< largest share of the cap that is delivered
  double full_at_ = 0.98;           ///< share of the cap from which on it is full
  double filled_ = 0;               ///< of the latest sample
  std::uint32_t flat_samples_ = 0;  ///< in a row as full as this one
  PowerLaw history_tail_;           ///< from how high this series has been
  PowerLaw growth_tail_;            ///< from how fast it has grown
  float growth_part_ = 0;           ///< of the two in the tail
  float stretch_largest_ = -1;
  std::int64_t stretch_ = 0;
  Mbps cap_{};
  Rate egress_;
  TimePoint at_{};
  Duration span_{};
  Duration latency_{};
  TimePoint term_begin_{};
  TimePoint term_end_{};
  std::array<Point, kPoints> points_{};  ///< the latest samples, newest at next_point_ - 1
  std::uint32_t next_point_ = 0;
  std::uint8_t known_ = 0;
};

static_assert(sizeof(EconomicMemory) <= 4096, "the memory per instance is documented");

}  // namespace penstock
