#include "policies/level_counts.h"

#include <algorithm>

namespace penstock {

void LevelCounts::add(double position, float weight) {
  put(level_of(position), weight);
}

double LevelCounts::from(std::size_t level) const {
  double sum = 0;
  const std::size_t next_group = level / kGroup + 1;
  for (std::size_t i = level; i < next_group * kGroup; ++i) sum += cells_[i];
  for (std::size_t i = next_group; i < groups_.size(); ++i) sum += groups_[i];
  return sum;
}

double LevelCounts::at_or_above(double position) const {
  const double inside = std::clamp(position, 0.0, static_cast<double>(kLevels - 1));
  const auto level = static_cast<std::size_t>(inside);
  const double passed = inside - static_cast<double>(level);
  return from(level) - passed * cells_[level];
}

double LevelCounts::levels_above(double position) const {
  const double inside = std::clamp(position, 0.0, static_cast<double>(kLevels - 1));
  const auto level = static_cast<std::size_t>(inside);
  const double left = 1 - (inside - static_cast<double>(level));
  // The integral of at_or_above, piece by piece; inside a level it falls evenly.
  double above = at_or_above(static_cast<double>(level + 1));
  double sum = left * (at_or_above(inside) + above) / 2;
  for (std::size_t i = level + 1; i + 1 < kLevels; ++i) {
    const double next = above - cells_[i];
    sum += (above + next) / 2;
    above = next;
  }
  return sum;
}

void LevelCounts::scale(float factor) {
  for (float& cell : cells_) cell *= factor;
  for (float& group : groups_) group *= factor;
}

void LevelCounts::regroup() {
  groups_ = {};
  for (std::size_t i = 0; i < kLevels; ++i) groups_[i / kGroup] += cells_[i];
}

}  // namespace penstock
