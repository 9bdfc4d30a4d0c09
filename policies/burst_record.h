// Burst record: how much of a calendar month's free bursts one instance has used, for billing by
// 95th percentile.
//
//   BurstRecord record;
//   record.observe(sample, Mbps{1000});
//   const BurstRecord::Month month = record.month();
//   month.free;                           // 5-minute samples of this month that cost nothing
//   record.above(420);                    // of those seen, how many were above 420 Mbps
//   record.locked(month.free);            // billed already, whatever comes
//
// Counts 5-minute averages of what was delivered, by UTC calendar months, as the bill does
// (percentile_bill.h). The largest of a month are kept exactly; older months fade by half in 14
// days and say what may still come. Decides nothing. 2,696 bytes; no allocation but in save(); one
// owner.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "metrics/sample.h"
#include "metrics/units.h"
#include "policies/level_counts.h"

namespace penstock {

class BurstRecord {
 public:
  /// Billed averages are of so much time.
  static constexpr Duration kSlot = std::chrono::minutes{5};

  /// Takes one sample delivered under `cap`. Impossible ones and those at or before the last one
  /// change nothing: false.
  bool observe(const Sample& sample, Mbps cap);

  bool empty() const { return !known_; }
  TimePoint at() const { return at_; }  ///< end of the latest sample

  struct Month {
    std::uint32_t seen = 0;  ///< samples so far
    std::uint32_t left = 0;  ///< samples to come, the present one included
    std::uint32_t free = 0;  ///< of all of them, how many are dropped from the bill
  };
  /// The month of the latest sample.
  Month month() const;
  /// Samples of this month above a level; exact from locked() on.
  std::uint32_t above(double mbps) const;
  /// What is billed already: the largest level that more than `free` samples of this month reach.
  double locked(std::uint32_t free) const;
  /// Samples of this month that were throttled.
  std::uint32_t throttled() const { return throttled_; }
  /// Share of all time spent above a level; 1 for all where nothing has been seen.
  double share(double mbps) const;
  /// How much time that share rests on; what faded counts less.
  Duration learned() const;

  /// Bytes for storing; restore() of saved bytes gives an equal record. Versioned and checksummed:
  /// restore refuses (false, unchanged) what it does not know or what is damaged.
  void save(std::string& out) const;
  bool restore(std::string_view bytes);

 private:
  /// A month of 31 days has 446 free samples, and one more makes the bill.
  static constexpr std::size_t kKept = 447;

  void add(double egress, bool full);
  void close_slot();
  void add_to_history(double average, bool throttled);
  void begin_month(std::int64_t slot);
  template <class Self, class Visitor>
  static void visit(Self& self, Visitor&& each);
  bool consistent() const;

  std::array<float, kKept> largest_{};  ///< of this month, ascending
  std::uint32_t kept_ = 0;
  std::uint32_t seen_ = 0;
  std::uint32_t throttled_ = 0;
  LevelCounts history_;           ///< slots at each level, of all months
  double increment_ = 1;          ///< weight of a slot that is added now
  double total_ = 0;              ///< weight in history_
  std::int64_t slot_ = 0;         ///< the open one, counted from 1970
  std::int64_t month_begin_ = 0;  ///< slots
  std::int64_t month_end_ = 0;
  double sum_ = 0;  ///< of the open slot
  std::uint32_t parts_ = 0;
  std::uint32_t full_parts_ = 0;
  Mbps cap_{};
  TimePoint at_{};
  std::uint8_t known_ = 0;
};

static_assert(sizeof(BurstRecord) <= 2696, "the memory per instance is documented");

}  // namespace penstock
