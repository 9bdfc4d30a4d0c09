// AnswerBuilder: turns what a source read into a TrafficAnswer, with the checks that all sources
// share. What fails one is dropped, counted and explained by one example; it is never repaired.
//
//   AnswerBuilder builder(policy, now);
//   builder.add({.key = "i-1", .value = 8.2e6, .at = at, .span = 1min});    // in traffic.unit
//   TrafficAnswer answer = builder.take();
//
// A key that is named twice is doubt about both series, so neither is used; that holds as well
// when only one of them is a usable number. One builder per answer; loop thread only.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "daemon/sample_source.h"

namespace penstock {

/// Clocks of two machines may differ by this much before a sample counts as from the future.
inline constexpr Duration kClockTolerance = 30s;
/// No single instance sends 10 Tbps: such a value is a wrong unit or a damaged counter.
inline constexpr Rate kImplausible{1e7};
inline constexpr std::size_t kMaxKeyBytes = 256;

/// Factor from the unit to Mbps.
double mbps_per(TrafficUnit unit);

struct SeriesReading {
  std::string_view key;
  double value = 0;  ///< anything; checked here
  TimePoint at{};
  Duration span{};
  bool lower_bound = false;
};

class AnswerBuilder {
 public:
  AnswerBuilder(const Policy& policy, TimePoint now) : now_(now) { answer_.policy = &policy; }

  /// `value` is in the policy's traffic.unit.
  void add(const SeriesReading& reading) { add(reading, mbps_per(answer_.policy->traffic.unit)); }
  void add(const SeriesReading& reading, double to_mbps);
  void drop_keyless() { ++answer_.dropped.no_key; }
  void explain_keyless(std::string_view labels);
  void drop_stale(std::string_view key, TimePoint at);
  /// Adds what a source dropped by itself, before it had a value to add.
  void merge(const Dropped& dropped);
  /// Adds another answer to the same question: its samples, what it dropped and its notes.
  void merge(const TrafficAnswer& other);
  /// Adds a note unless there are enough already or it was said before.
  void note(std::string_view text);

  TrafficAnswer take();

 private:
  /// Counts it and remembers the key; true for the first of its kind, which is worth a note.
  bool drop(std::uint64_t& counter, const SeriesReading& reading);
  bool names_twice() const;
  void drop_duplicates();

  TimePoint now_;
  TrafficAnswer answer_;
  std::vector<std::string> unusable_keys_;
};

}  // namespace penstock
