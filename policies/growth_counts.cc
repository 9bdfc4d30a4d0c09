#include "policies/growth_counts.h"

#include <algorithm>
#include <cmath>

namespace penstock {

namespace {

/// Ratios whose logarithm is well below this lie on an even scale, those above on a logarithmic.
constexpr double kFine = 0.02;
/// Bins in one unit of asinh, so that the last one begins at a factor of about 10,000.
constexpr double kBinsPerUnit = 63 / 6.83;

double bin_of(double log_ratio) {
  return std::asinh(log_ratio / kFine) * kBinsPerUnit;
}
double edge_of(std::size_t bin) {
  return std::sinh(static_cast<double>(bin) / kBinsPerUnit) * kFine;
}

}  // namespace

void GrowthCounts::add(double log_ratio, float weight) {
  total_ += weight;
  if (log_ratio < 0) return;
  const double bin = std::min(bin_of(log_ratio), static_cast<double>(kBins - 1));
  for (std::size_t i = 0; i <= static_cast<std::size_t>(bin); ++i) at_least_[i] += weight;
}

double GrowthCounts::share_above(double log_ratio) const {
  if (total_ <= 0) return 0;
  if (log_ratio <= 0) return 1;
  const double bin = bin_of(log_ratio);
  if (bin >= static_cast<double>(kBins - 1)) return at_least_[kBins - 1] / total_;
  const auto low = static_cast<std::size_t>(bin);
  const double part = bin - static_cast<double>(low);
  return (at_least_[low] * (1 - part) + at_least_[low + 1] * part) / total_;
}

GrowthCounts::Excess GrowthCounts::beyond(double log_ratio, double least) const {
  const double bin = std::min(bin_of(std::max(0.0, log_ratio)), static_cast<double>(kBins - 2));
  auto from = static_cast<std::size_t>(bin) + 1;
  while (from > 1 && at_least_[from] < least) --from;
  Excess excess{.weight = at_least_[from], .sum = 0};
  double below = edge_of(from - 1);
  for (std::size_t i = from; i < kBins && at_least_[i] > 0; ++i) {
    const double edge = edge_of(i);
    excess.sum += at_least_[i] * (edge - below);
    below = edge;
  }
  return excess;
}

void GrowthCounts::scale(float factor) {
  for (float& weight : at_least_) weight *= factor;
  total_ *= factor;
}

}  // namespace penstock
