// Growth counts: how often traffic grew by how much from one step to the next.
//
//   GrowthCounts growth;
//   growth.add(std::log(120.0 / 100), 1);        // it grew by a fifth
//   growth.share_above(std::log(1.1));           // 1: all of what was seen grew by more than that
//
// The scale is fine near no growth and coarse far away: half a per cent at first, a fifth at a
// factor of three, up to a factor of 10,000. Weights only mean something in proportion, as in
// LevelCounts. 260 bytes; plain value.
#pragma once

#include <array>
#include <cstddef>

namespace penstock {

class GrowthCounts {
 public:
  /// `log_ratio`: the natural logarithm of later over earlier; negative where it fell.
  void add(double log_ratio, float weight);
  /// Share of everything added whose ratio is above; 0 when nothing was, 1 for falls.
  double share_above(double log_ratio) const;

  struct Excess {
    double weight = 0;  ///< of what grew by more than the threshold
    double sum = 0;     ///< of the logarithms beyond it, weighted
  };
  /// What grew by more than `log_ratio`, or than the largest smaller threshold above which at least
  /// `least` weight lies.
  Excess beyond(double log_ratio, double least) const;
  void scale(float factor);

  template <class Self, class Each>
  static void visit(Self& self, Each&& each) {
    for (auto& weight : self.at_least_) each(weight);
    each(self.total_);
  }

 private:
  static constexpr std::size_t kBins = 64;
  std::array<float, kBins> at_least_{};  ///< weight at or above each bin's lower edge
  float total_ = 0;
};

}  // namespace penstock
