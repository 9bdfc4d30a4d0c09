// Level counts: how much time traffic spent at or above each level, on a logarithmic scale.
//
//   LevelCounts counts;
//   counts.add(LevelCounts::position(120.0), 300);      // five minutes at 120 Mbps
//   counts.at_or_above(LevelCounts::position(100.0));   // 300
//
// Levels are 5 % apart from 1 Mbps to 11 Gbps; between two of them weight is taken to be spread
// evenly, which a smooth link rewards. What is lower or higher lies at the ends. Weights only mean
// something in proportion: who ages them multiplies what is added later instead, and scales down
// when that grows large. 816 bytes; plain value.
#pragma once

#include <array>
#include <cmath>
#include <cstddef>

namespace penstock {

class LevelCounts {
 public:
  static constexpr std::size_t kLevels = 192;

  /// Where a bandwidth lies on the scale: 0 for 1 Mbps and less, one more for each 5 %.
  static double position(double mbps) { return mbps <= 1 ? 0 : std::log(mbps) * kPerNeper; }
  static double mbps(double position) { return std::exp(position / kPerNeper); }
  /// Steps of the scale in a factor of e.
  static constexpr double kPerNeper = 20.495934314287850;  // 1 / ln 1.05

  void add(double position, float weight);
  /// As add(), for traffic that is only known to be at least there: `tail(levels)` is the share of
  /// it that reaches so many levels above `position`; it must fall from 1 and not rise.
  template <class Tail>
  void add_at_least(double position, float weight, Tail tail) {
    std::size_t level = level_of(position);
    double reached = 1;
    while (level + 1 < kLevels && reached > kNegligible) {
      const double next = tail(static_cast<double>(level + 1) - position);
      put(level++, static_cast<float>(reached - next) * weight);
      reached = next;
    }
    put(level, static_cast<float>(reached) * weight);
  }
  double at_or_above(double position) const;
  /// The sum over everything at or above `position` of how many levels it lies above it.
  double levels_above(double position) const;

  void scale(float factor);
  void clear() { *this = {}; }

  /// For storing. What was read back is made consistent by regroup().
  template <class Self, class Each>
  static void visit(Self& self, Each&& each) {
    for (auto& cell : self.cells_) each(cell);
  }
  void regroup();

 private:
  static constexpr double kNegligible = 1e-6;
  static constexpr std::size_t kGroup = 16;

  static std::size_t level_of(double position) {
    // Rounding may put an exact level a hair below itself.
    const auto level = static_cast<std::size_t>(position + 1e-9);
    return level < kLevels ? level : kLevels - 1;
  }
  void put(std::size_t level, float weight) {
    cells_[level] += weight;
    groups_[level / kGroup] += weight;
  }
  /// Weight of this level and all higher ones.
  double from(std::size_t level) const;

  std::array<float, kLevels> cells_{};
  std::array<float, kLevels / kGroup> groups_{};  ///< sums of sixteen cells each
};

}  // namespace penstock
