#include "metrics/histogram.h"

#include <algorithm>
#include <cmath>

#include "metrics/bytes.h"

namespace penstock {

namespace {

/// Weights are scaled down once the increment passes this: far below what a float holds.
constexpr double kRenormaliseAt = 1e12;

const double kLogGrowth = std::log(Histogram::kGrowth);

}  // namespace

std::size_t Histogram::level_of(Rate rate) {
  if (!(rate.mbps() > 1)) return 0;
  // A hair less, so that an exact edge stays in its own bin in spite of rounding.
  const double level = std::ceil(std::log(rate.mbps()) / kLogGrowth - 1e-9);
  return std::min(kLevels - 1, static_cast<std::size_t>(std::max(1.0, level)));
}

Rate Histogram::upper_edge(std::size_t level) {
  return Rate{std::pow(kGrowth, static_cast<double>(level))};
}

void Histogram::add(Rate rate, Duration weight, TimePoint at) {
  if (weight <= Duration::zero()) return;
  if (total_ > 0 && at > last_) {
    increment_ *= std::exp2(static_cast<double>((at - last_).count()) /
                            static_cast<double>(half_life_.count()));
  }
  if (total_ <= 0 || at > last_) last_ = at;
  if (increment_ > kRenormaliseAt) {
    const double scale = 1 / increment_;
    for (float& bin : weight_) bin = static_cast<float>(bin * scale);
    total_ *= scale;
    increment_ = 1;
  }
  const double amount = increment_ * static_cast<double>(weight.count()) / 1000;
  weight_[level_of(rate)] += static_cast<float>(amount);
  total_ += amount;
}

Rate Histogram::quantile(double q) const {
  if (empty()) return Rate{};
  // Summed anew: the running total is a double and the bins are floats.
  double sum = 0;
  for (const float bin : weight_) sum += bin;
  const double needed = std::clamp(q, 0.0, 1.0) * sum * (1 - 1e-9);
  double below = 0;
  std::size_t last = 0;
  for (std::size_t level = 0; level < kLevels; ++level) {
    if (weight_[level] <= 0) continue;
    below += weight_[level];
    last = level;
    if (below >= needed) break;
  }
  return upper_edge(last);
}

double Histogram::share_above(Rate rate) const {
  if (empty()) return 0;
  double sum = 0;
  double above = 0;
  const std::size_t level = level_of(rate);
  for (std::size_t i = 0; i < kLevels; ++i) {
    sum += weight_[i];
    if (i > level) above += weight_[i];
  }
  return sum > 0 ? above / sum : 0;
}

void Histogram::save(std::string& out) const {
  put(out, half_life_.count());
  put(out, last_.time_since_epoch().count());
  put(out, total_);
  put(out, increment_);
  for (const float bin : weight_) put(out, bin);
}

bool Histogram::restore(std::string_view& in) {
  std::string_view rest = in;
  Histogram read;
  std::int64_t half_life = 0;
  std::int64_t last = 0;
  if (!take(rest, half_life) || !take(rest, last) || !take(rest, read.total_) ||
      !take(rest, read.increment_)) {
    return false;
  }
  // Beyond this nobody's arithmetic on times is safe.
  constexpr std::int64_t kMostMs = std::int64_t{1} << 50;
  bool sane = half_life > 0 && half_life <= kMostMs && last >= -kMostMs && last <= kMostMs &&
              std::isfinite(read.total_) && read.total_ >= 0 && read.increment_ >= 1 &&
              read.increment_ <= kRenormaliseAt;
  for (float& bin : read.weight_) {
    sane = take(rest, bin) && std::isfinite(bin) && bin >= 0 && sane;
  }
  if (!sane) return false;
  read.half_life_ = Duration{half_life};
  read.last_ = TimePoint{Duration{last}};
  *this = read;
  in = rest;
  return true;
}

}  // namespace penstock
