// Profile: the level that each hour of the week usually has.
//
//   Profile profile;
//   profile.learn(hour, level);                    // hour: local hours since 1970
//   std::optional<double> usual = profile.expected(hour);
//
// Levels are natural logarithms, so that a busy hour is so many times a quiet one. Usual is the
// middle of what this hour of the week had in its last three weeks and of what it has on like days,
// work days or weekends: one strange week moves nothing. Weeks are counted by time, so what is
// older than three goes as soon as there is news. 1,176 bytes; plain value, no allocation.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>

namespace penstock {

class Profile {
 public:
  static constexpr std::size_t kHours = 168;
  static constexpr std::size_t kWeeks = 3;

  Profile() { levels_.fill(kMissing); }

  void learn(std::int64_t hour, double level);
  /// nullopt: nothing has been learned at all.
  std::optional<double> expected(std::int64_t hour) const;
  /// What is learned of an hour moves what is expected of hours alike: of this time of the day on
  /// like days.
  static bool alike(std::int64_t a, std::int64_t b);
  /// Whether this hour of the day was seen on a like day.
  bool knows(std::int64_t hour) const { return pooled(place_of(hour), true).has_value(); }

  /// Levels are kept in steps of a thousandth, up to kLargest either way.
  static constexpr double kSteps = 1024;
  static constexpr double kLargest = 31;
  static constexpr std::int16_t kMissing = std::numeric_limits<std::int16_t>::min();
  static std::int16_t pack(double level);
  static double unpack(std::int16_t level) { return level / kSteps; }

  template <class Self, class Visitor>
  static void visit(Self& self, Visitor&& each) {
    for (auto& level : self.levels_) each(level);
    for (auto& week : self.weeks_) each(week);
  }

 private:
  static std::size_t place_of(std::int64_t hour);
  static std::int64_t week_of(std::int64_t hour);
  std::optional<double> pooled(std::size_t place, bool like_days) const;

  std::array<std::int16_t, kHours * kWeeks> levels_{};  ///< of each hour, its newest week first
  std::array<std::uint8_t, kHours> weeks_{};            ///< that newest week, modulo 256
};

static_assert(sizeof(Profile) == 1176, "the memory per instance is documented");

}  // namespace penstock
