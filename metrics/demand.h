// Demand: what one instance's traffic tells about what is wanted, kept in bounded memory.
//
//   Demand demand;
//   demand.observe(sample, cap_in_force, cap_since, kSaturatedAt);
//   if (demand.saturated_run().samples >= 2) ...
//
// At the cap an observation is only a lower bound: it is marked saturated (censored). A sample
// during which the cap changed proves nothing about saturation and is marked so, but its egress
// still counts as delivered. The last kRecent observations are kept one by one; before them slots
// of ten minutes reach back four hours, of an hour two days, of six hours kMemory. 2,400 bytes in
// all. One owner, no locks, no allocation after construction.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "metrics/histogram.h"
#include "metrics/maxima.h"
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
  TimePoint at;  ///< end of the interval
  Duration span{};
  Rate egress;
  Mbps cap{};  ///< in force at the end of the interval; 0 = unlimited
  Evidence evidence = Evidence::kFree;
};

/// The current unbroken run of saturated samples. Mixed ones neither extend nor end it; a free one
/// and a gap of more than two spans do.
struct SaturatedRun {
  std::uint32_t samples = 0;  ///< 0 = not saturated now
  std::uint32_t at_cap = 0;   ///< thereof the latest, under one and the same `cap`
  Mbps cap{};                 ///< of its latest saturated sample
  Mbps cap_at_start{};        ///< when the run began: how far we have climbed in it
  TimePoint since{};          ///< start of the first saturated interval
  TimePoint at{};             ///< end of the latest
  Rate free_before{};         ///< least free egress just before the run; 0 if none was seen
  bool operator==(const SaturatedRun&) const = default;
};

class Demand {
 public:
  static constexpr std::size_t kRecent = 64;  ///< observations kept one by one
  /// How far back maxima reach; no rule may look back further.
  static constexpr Duration kMemory = std::chrono::hours{24 * 7};

  /// Takes one sample. Samples at or before the last one are ignored (returns false), so a
  /// repeated or late answer of a source changes nothing; so are impossible ones (negative, not
  /// finite, without a span). `cap` of 0 means no limit.
  bool observe(const Sample& sample, Mbps cap, TimePoint cap_since, double saturated_at);

  std::size_t size() const { return size_; }  ///< recent observations held, at most kRecent
  /// The i-th newest observation; 0 is the latest. Requires i < size().
  Observation newest(std::size_t i) const;
  bool empty() const { return size_ == 0; }

  const SaturatedRun& saturated_run() const { return run_; }
  /// What samples that end in (from, to] say. Exact among the recent ones; further back the slots
  /// round to the careful side: largest may see up to one slot further, covered less.
  Recall recall(TimePoint from, TimePoint to) const;
  /// Time covered in (from, to], overlaps counted once.
  Duration covered(TimePoint from, TimePoint to) const { return recall(from, to).covered; }
  /// Largest egress among samples that end in (from, to]; nullopt if there is none.
  std::optional<Rate> largest(TimePoint from, TimePoint to) const;
  /// Time-weighted share of samples in (from, to] that were saturated; 0 if there is none.
  double saturated_share(TimePoint from, TimePoint to) const;
  /// Time-weighted mean of the recent samples that end in (from, to]; nullopt if there is none.
  std::optional<Rate> average(TimePoint from, TimePoint to) const;

  /// Decayed distribution of egress over days (half-life 7 days), and since when it is fed.
  const Histogram& history() const { return history_; }
  TimePoint first_at() const { return first_at_; }
  /// Observed time in total, for rules that state their least coverage.
  Duration observed() const { return observed_; }

  /// Bytes for the demand store; restore() of saved bytes gives an equal Demand. Versioned and
  /// checksummed: restore refuses (false, unchanged) what it does not know or what is damaged.
  void save(std::string& out) const;
  bool restore(std::string_view bytes);

 private:
  /// An observation in 16 bytes.
  struct Packed {
    std::uint64_t at_ms : 44 = 0;
    std::uint64_t cap : 20 = 0;
    std::uint32_t span_ms : 30 = 0;
    std::uint32_t evidence : 2 = 0;
    float egress = 0;
  };
  static Packed pack(const Observation& seen);
  static Observation unpack(const Packed& packed);

  void follow_run(const Observation& seen);
  Rate free_before(TimePoint since, Duration span) const;
  void append(const Observation& seen);
  template <class Self, class Visitor>
  static void visit(Self& self, Visitor&& each);
  bool consistent() const;

  std::array<Packed, kRecent> ring_{};
  std::uint32_t head_ = 0;  ///< index of the newest
  std::uint32_t size_ = 0;
  TimePoint forgotten_at_ = TimePoint::min();  ///< end of the newest that left the ring
  SaturatedRun run_;
  Maxima<25> tens_{10min};
  Maxima<50> hours_{std::chrono::hours{1}};
  Maxima<30> quarters_{std::chrono::hours{6}};  ///< of days
  Histogram history_;
  TimePoint first_at_{};
  Duration observed_{};
};

}  // namespace penstock
