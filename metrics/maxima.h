// Maxima: per slot of time the largest egress, the time covered and the time saturated.
//
//   Maxima<24> hours{std::chrono::hours{1}};
//   hours.add(from, to, Rate{71.8}, true);
//   Recall last = hours.recall(now - 6h, now, newest);
//
// Four bytes a slot, so that days fit where single samples would not. Rounded to the careful side:
// the largest never reads low, the covered time never high. Fed in order of time; `from` may not
// lie before an earlier `to`. Plain value.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "metrics/units.h"

namespace penstock {

/// What is remembered of a span of time.
struct Recall {
  Duration covered{};     ///< by samples; each instant counts once
  Duration saturated{};   ///< thereof at the cap
  Rate largest{};         ///< 0 where nothing is covered
  std::size_t parts = 0;  ///< samples or slots that it was made of; 0 = nothing known
};

/// A rate in 16 bits, rounded up by at most 0.4 %: the upper half of a float that has no sign.
constexpr std::uint16_t pack_rate_up(float mbps) {
  return static_cast<std::uint16_t>((std::bit_cast<std::uint32_t>(mbps) + 0x7fffU) >> 15U);
}
constexpr float unpack_rate(std::uint16_t packed) {
  return std::bit_cast<float>(static_cast<std::uint32_t>(packed) << 15U);
}

template <std::size_t kSlots>
class Maxima {
 public:
  explicit Maxima(Duration width) : width_ms_(static_cast<std::uint32_t>(width.count())) {}

  /// A sample whose part (from, to] is not yet covered by an earlier one.
  void add(TimePoint from, TimePoint to, Rate egress, bool saturated) {
    const std::int64_t last = slot_of(to);
    for (std::int64_t slot = std::max(slot_of(from + Duration{1}), last - std::int64_t{kSlots} + 1);
         slot <= last; ++slot) {
      open(slot);
      const auto span = static_cast<std::uint32_t>(
          (std::min(to, end_of(slot)) - std::max(from, start_of(slot))).count());
      covered_ms_ += span;
      if (saturated) saturated_ms_ += span;
      largest_ = std::max(largest_, pack_rate_up(static_cast<float>(egress.mbps())));
    }
  }

  /// Of (from, to]; `newest` is the end of the last sample added. A slot that lies only partly
  /// inside gives its whole largest and saturated time, but only what it must have covered inside.
  Recall recall(TimePoint from, TimePoint to, TimePoint newest) const {
    Recall sum;
    if (open_ == kNone || from >= to) return sum;
    const std::int64_t first = std::max(slot_of(from + Duration{1}), oldest());
    const std::int64_t last = std::min(slot_of(to), open_);
    if (first > last) return sum;
    // Slots that lie wholly inside are summed as they are packed; this is what takes the time.
    const std::int64_t whole_first = start_of(first) >= from ? first : first + 1;
    const std::int64_t whole_last = last == open_ || end_of(last) > to ? last - 1 : last;
    std::uint32_t covered = 0;
    std::uint32_t saturated = 0;
    std::uint16_t largest = 0;
    std::size_t index = static_cast<std::size_t>(whole_first) % kSlots;
    for (std::int64_t slot = whole_first; slot <= whole_last; ++slot) {
      const Packed& known = slots_[index];
      covered += known.covered;
      saturated += known.saturated;
      largest = std::max(largest, known.largest);
      if (known.covered > 0) ++sum.parts;
      if (++index == kSlots) index = 0;
    }
    sum.covered = Duration{std::uint64_t{covered} * width_ms_ / kParts};
    sum.saturated = Duration{std::uint64_t{saturated} * width_ms_ / kParts};
    if (whole_first != first) add_part(sum, largest, first, from, to, newest);
    const bool last_is_added = last == first && whole_first != first;
    if (whole_last != last && !last_is_added) add_part(sum, largest, last, from, to, newest);
    sum.largest = Rate{unpack_rate(largest)};
    sum.saturated = std::min(sum.saturated, sum.covered);
    return sum;
  }

  /// First instant from which on nothing has been forgotten.
  TimePoint since() const { return open_ == kNone ? TimePoint::min() : start_of(oldest()); }

  /// Every number of `self`, in a fixed order, for saving and restoring.
  template <class Self, class Visitor>
  static void visit(Self& self, Visitor&& each) {
    each(self.open_);
    each(self.covered_ms_);
    each(self.saturated_ms_);
    each(self.largest_);
    for (auto& slot : self.slots_) {
      each(slot.largest);
      each(slot.covered);
      each(slot.saturated);
    }
  }
  /// Whether restored numbers fit a last sample that ended at `newest` (nullopt: none yet).
  bool fits(std::optional<TimePoint> newest) const {
    return open_ == (newest ? slot_of(*newest) : kNone) && covered_ms_ <= width_ms_ &&
           saturated_ms_ <= width_ms_;
  }

 private:
  static constexpr std::int64_t kNone = -1;
  static constexpr std::uint32_t kParts = 255;
  struct Packed {
    std::uint16_t largest = 0;
    std::uint8_t covered = 0;    ///< in 255ths of the width, rounded down
    std::uint8_t saturated = 0;  ///< … rounded up
  };
  struct Slot {
    std::uint16_t largest;
    std::uint32_t covered_ms, saturated_ms;
  };

  std::int64_t slot_of(TimePoint end) const {
    return (end.time_since_epoch().count() - 1) / width_ms_;
  }
  TimePoint start_of(std::int64_t slot) const { return TimePoint{Duration{slot * width_ms_}}; }
  TimePoint end_of(std::int64_t slot) const { return start_of(slot + 1); }
  std::int64_t oldest() const { return std::max<std::int64_t>(0, open_ - std::int64_t{kSlots}); }
  Packed& at(std::int64_t slot) { return slots_[static_cast<std::size_t>(slot) % kSlots]; }

  /// Adds a slot that lies partly outside of (from, to], or is still being filled.
  void add_part(Recall& sum, std::uint16_t& largest, std::int64_t slot, TimePoint from,
                TimePoint to, TimePoint newest) const {
    const Slot known = read(slot);
    if (known.covered_ms == 0) return;
    const Duration outside = std::max(Duration{0}, from - start_of(slot)) +
                             std::max(Duration{0}, std::min(end_of(slot), newest) - to);
    sum.covered += std::max(Duration{0}, Duration{known.covered_ms} - outside);
    sum.saturated += Duration{known.saturated_ms};
    largest = std::max(largest, known.largest);
    ++sum.parts;
  }

  Slot read(std::int64_t slot) const {
    if (slot == open_) return {largest_, covered_ms_, saturated_ms_};
    const Packed& packed = slots_[static_cast<std::size_t>(slot) % kSlots];
    return {packed.largest,
            static_cast<std::uint32_t>(std::uint64_t{packed.covered} * width_ms_ / kParts),
            static_cast<std::uint32_t>(std::uint64_t{packed.saturated} * width_ms_ / kParts)};
  }

  /// Makes `slot` the one that is being filled; packs the one before and blanks those between.
  void open(std::int64_t slot) {
    if (slot == open_) return;
    if (open_ != kNone) {
      const std::uint64_t covered = std::min(covered_ms_, width_ms_);
      const std::uint64_t saturated = std::min(saturated_ms_, width_ms_);
      at(open_) = {largest_, static_cast<std::uint8_t>(covered * kParts / width_ms_),
                   static_cast<std::uint8_t>((saturated * kParts + width_ms_ - 1) / width_ms_)};
      const std::int64_t blank_from = std::max(open_ + 1, slot - std::int64_t{kSlots});
      for (std::int64_t blank = blank_from; blank < slot; ++blank) at(blank) = {};
    }
    open_ = slot;
    covered_ms_ = saturated_ms_ = 0;
    largest_ = 0;
  }

  std::int64_t open_ = kNone;  ///< the slot being filled, kept exactly until it is full
  std::uint32_t width_ms_;
  std::uint32_t covered_ms_ = 0;
  std::uint32_t saturated_ms_ = 0;
  std::uint16_t largest_ = 0;
  std::array<Packed, kSlots> slots_{};  ///< slot s stands at s modulo kSlots
};

}  // namespace penstock
