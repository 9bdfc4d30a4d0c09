#include "policies/forecast_record.h"

#include <algorithm>
#include <cmath>

namespace penstock {

namespace {

/// Bins are as wide as a fifth of the error, and near zero so wide.
constexpr double kFinest = 0.02;
constexpr double kBinsPerNeper = 5;
constexpr std::size_t kMiddle = 32;

constexpr double kHalfLifeHours = 4 * 168;
/// Before there is a record it is taken that two hours came out half as much again, and more.
constexpr double kPriorHours = 2;
constexpr double kPriorError = 0.5;
/// Beyond the largest error ever seen at the cap.
constexpr double kUnseen = 0.22;
/// How fast a band widens that does not hold: to 99 % in about ten misses too many at 95 %.
constexpr double kWiden = 0.005;
constexpr double kMostAsked = 0.999;
/// Errors before comparisons begin to count: before, hardly anything was known to say.
constexpr double kLeastErrors = 12;

}  // namespace

double ForecastRecord::edge(std::size_t bin) {
  const double place = static_cast<double>(bin) - static_cast<double>(kMiddle);
  return kFinest * std::sinh(place / kBinsPerNeper);
}

std::size_t ForecastRecord::bin_of(double error) {
  const double place = std::floor(std::asinh(error / kFinest) * kBinsPerNeper) + kMiddle;
  return static_cast<std::size_t>(std::clamp(place, 0.0, static_cast<double>(kBins - 1)));
}

double ForecastRecord::quantile(double share) const {
  const double target = share * (total_ + kPriorHours);
  const std::size_t prior = bin_of(kPriorError);
  double sum = 0;
  for (std::size_t bin = 0; bin < kBins; ++bin) {
    double weight = errors_.at(bin);
    if (bin == prior) weight += kPriorHours;
    if (weight > 0 && sum + weight >= target) {
      const double part = std::clamp((target - sum) / weight, 0.0, 1.0);
      return edge(bin) + part * (edge(bin + 1) - edge(bin));
    }
    sum += weight;
  }
  return edge(kBins);
}

double ForecastRecord::beyond(double error) const {
  double above = 0;
  const std::size_t first = bin_of(error) + 1;
  for (std::size_t bin = first; bin < kBins; ++bin) above += errors_.at(bin);
  if (above <= 0) return error + kUnseen;
  double sum = 0;
  for (std::size_t bin = first; bin < kBins; ++bin) {
    sum += errors_.at(bin);
    if (sum * 2 >= above) return edge(bin + 1);
  }
  return edge(kBins);
}

void ForecastRecord::add(double error, ErrorIs is) {
  const std::size_t bin = bin_of(error);
  ++total_;
  if (is == ErrorIs::kExact) {
    ++errors_.at(bin);
    return;
  }
  // At least this: it is shared among the larger errors as they were seen before.
  float above = 0;
  for (std::size_t i = bin + 1; i < kBins; ++i) above += errors_.at(i);
  if (above < 1) {
    ++errors_.at(bin_of(error + kUnseen));
    return;
  }
  for (std::size_t i = bin + 1; i < kBins; ++i) errors_.at(i) += errors_.at(i) / above;
}

void ForecastRecord::take(double error, ErrorIs is, double confidence) {
  const bool inside = error <= margin_;
  const bool proves = is == ErrorIs::kExact || !inside;
  if (proves && total_ >= kLeastErrors) {
    ++told_;
    if (inside) ++inside_;
    const double step = kWiden * (confidence - (inside ? 1 : 0));
    asked_ = static_cast<float>(std::clamp(asked_ + step, confidence, kMostAsked));
  }
  add(error, is);
  margin_ = static_cast<float>(quantile(asked_));
}

void ForecastRecord::begin(double confidence) {
  inside_ = told_ = 0;
  asked_ = static_cast<float>(confidence);
  margin_ = static_cast<float>(quantile(asked_));
}

void ForecastRecord::fade(double hours) {
  const auto part = static_cast<float>(std::exp2(-hours / kHalfLifeHours));
  for (float& weight : errors_) weight *= part;
  inside_ *= part;
  told_ *= part;
  total_ *= part;
}

bool ForecastRecord::earned(double confidence) const {
  if (told_ < kLeastTold) return false;
  const double chance = 2 * std::sqrt(confidence * (1 - confidence) / told_);
  return held() >= confidence - chance - 0.02;
}

bool ForecastRecord::consistent() const {
  const bool counts = std::ranges::all_of(errors_, [](float weight) { return weight >= 0; });
  return counts && inside_ >= 0 && told_ >= inside_ * 0.999F && total_ >= 0 && asked_ >= 0 &&
         asked_ < 1;
}

}  // namespace penstock
