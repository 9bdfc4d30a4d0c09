#include "metrics/profile.h"

#include <algorithm>
#include <cmath>

namespace penstock {

namespace {

constexpr std::int64_t kDay = 24;
constexpr std::int64_t kWeek = 168;
/// 1970 began on a Thursday, weeks here begin on Monday.
constexpr std::int64_t kThursday = 3 * kDay;
constexpr std::size_t kDays = 7;
constexpr std::size_t kWorkDays = 5;

/// A few levels, to find the middle one of.
class Votes {
 public:
  void add(double level) { levels_.at(size_++) = level; }
  std::optional<double> middle() {
    if (size_ == 0) return std::nullopt;
    const auto begin = levels_.begin();
    std::sort(begin, begin + static_cast<std::ptrdiff_t>(size_));
    return (levels_.at((size_ - 1) / 2) + levels_.at(size_ / 2)) / 2;
  }

 private:
  std::array<double, kDays> levels_{};
  std::size_t size_ = 0;
};

}  // namespace

std::size_t Profile::place_of(std::int64_t hour) {
  const std::int64_t place = (hour + kThursday) % kWeek;
  return static_cast<std::size_t>(place < 0 ? place + kWeek : place);
}

bool Profile::alike(std::int64_t a, std::int64_t b) {
  const auto weekend = [](std::int64_t hour) { return place_of(hour) / kDay >= kWorkDays; };
  return (a - b) % kDay == 0 && weekend(a) == weekend(b);
}

std::int64_t Profile::week_of(std::int64_t hour) {
  return (hour + kThursday) / kWeek;
}

std::int16_t Profile::pack(double level) {
  return static_cast<std::int16_t>(std::lround(std::clamp(level, -kLargest, kLargest) * kSteps));
}

void Profile::learn(std::int64_t hour, double level) {
  const std::size_t place = place_of(hour);
  const auto week = static_cast<std::uint8_t>(week_of(hour));
  const auto first = levels_.begin() + static_cast<std::ptrdiff_t>(place * kWeeks);
  const auto passed = static_cast<std::uint8_t>(week - weeks_.at(place));
  for (std::size_t i = 0; i < std::min<std::size_t>(passed, kWeeks); ++i) {
    std::rotate(first, first + kWeeks - 1, first + kWeeks);
    *first = kMissing;
  }
  *first = pack(level);
  weeks_.at(place) = week;
}

/// The middle of this hour's newest levels on like days, or on all.
std::optional<double> Profile::pooled(std::size_t place, bool like_days) const {
  const bool weekend = place / kDay >= kWorkDays;
  Votes votes;
  for (std::size_t day = 0; day < kDays; ++day) {
    const std::int16_t level = levels_.at((day * kDay + place % kDay) * kWeeks);
    if (level == kMissing || (like_days && (day >= kWorkDays) != weekend)) continue;
    votes.add(unpack(level));
  }
  return votes.middle();
}

std::optional<double> Profile::expected(std::int64_t hour) const {
  const std::size_t place = place_of(hour);
  std::optional<double> pool = pooled(place, true);
  if (!pool) pool = pooled(place, false);
  if (pool) {
    Votes votes;
    votes.add(*pool);
    for (std::size_t i = 0; i < kWeeks; ++i) {
      const std::int16_t level = levels_.at(place * kWeeks + i);
      if (level != kMissing) votes.add(unpack(level));
    }
    return votes.middle();
  }
  // The first day: of hours to come nothing is known but what the others had.
  double sum = 0;
  double count = 0;
  for (std::size_t each = 0; each < kHours; ++each) {
    const std::int16_t level = levels_.at(each * kWeeks);
    if (level == kMissing) continue;
    sum += unpack(level);
    ++count;
  }
  if (count == 0) return std::nullopt;
  return sum / count;
}

}  // namespace penstock
