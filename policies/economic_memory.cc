#include "policies/economic_memory.h"

#include <algorithm>
#include <cmath>

#include "policies/numbers.h"

namespace penstock {

namespace {

// Found on traffic of three kinds (backbone links, a research network, hosted machines), the same
// for all of them; each may be off by half without costing more than a per cent.
constexpr double kSlowHalfLife = 6 * 86400;
constexpr double kQuickHalfLife = 0.4 * 86400;
constexpr Duration kStretch = std::chrono::hours{8};
/// Weights are scaled down together long before a float loses the small ones.
constexpr double kRescaleAbove = 0x1p24;

// The tail above the cap is a power law with a prior of one sample, and as much fatter as a run of
// saturation has climbed without an end.
constexpr double kPriorSteepness = 6;
/// Averages over longer than a witness go less far beyond the cap, by this power of the time.
constexpr double kSteeperWithTime = 0.3;
constexpr double kPriorScale = 0.5;  ///< as a share of the prior's mean
constexpr double kPriorCount = 1;
constexpr double kPriorGrowths = 0.25;
constexpr double kClimb = 1.6;
constexpr double kGrowthPart = 0.6;
/// Growths that a tail is fitted to, until a raise was not enough.
constexpr double kLeastGrowths = 10;
/// How far above the cap the middle of the tail is taken to be, for growths and stretches.
constexpr double kMiddle = 0.6;
/// Evidence is counted in five minutes: finer samples of one burst are not so many witnesses.
constexpr double kWitness = 300;

/// What is delivered at the cap varies by so much of it.
constexpr double kPlateauWidth = 0.01;
constexpr double kUsualPlateau = 0.99;
/// A higher one that is not reached for a day is taken to be so much lower.
constexpr double kPlateauFadePerDay = 0.001;
/// Some shapers count headers that we do not see and are full below the cap: so many shares of it
/// in a row, no further apart than this, show one.
constexpr std::uint32_t kPlateauSamples = 6;
constexpr double kPlateauFlat = 0.0025;

constexpr double kMostEgress = 1e9;

bool possible(const Sample& sample) {
  const double egress = sample.egress.mbps();
  return std::isfinite(egress) && egress >= 0 && egress <= kMostEgress &&
         sample.span > Duration::zero();
}

double nepers(double levels) {
  return levels / LevelCounts::kPerNeper;
}

}  // namespace

bool EconomicMemory::observe(const EconomicSample& seen) {
  if (!possible(seen.sample) || (known_ != 0 && seen.sample.at <= at_)) return false;
  follow_term(seen);
  const double distance = known_ != 0 ? seconds(seen.sample.at - at_) : 0;
  const Reading reading = read(seen);
  span_ = seen.sample.span;
  span_seconds_ = seconds(span_);
  latency_ = seen.latency;
  const bool follows = known_ != 0 && distance <= 1.5 * span_seconds_;
  fade(distance);
  if (!follows) run_seconds_ = 0;
  at_ = seen.sample.at;
  cap_ = seen.cap;
  egress_ = seen.sample.egress;
  known_ = 1;

  level_ = LevelCounts::position(reading.egress);
  cap_level_ = LevelCounts::position(static_cast<double>(std::max<std::int64_t>(1, cap_.count())));
  double estimate = level_;
  if (reading.full) {
    take_full(reading);
    const double steepness =
        (1 - growth_part_) * history_tail_.steepness() + growth_part_ * growth_tail_.steepness();
    estimate += std::log1p(kMiddle / steepness) * LevelCounts::kPerNeper;
  } else {
    take_free(reading);
  }
  seconds_ += slow();
  take_growth(estimate, reading, follows);
  take_stretch(estimate);
  learn_plateau(reading, distance, seen.saturated_at);
  return true;
}

EconomicMemory::Reading EconomicMemory::read(const EconomicSample& seen) const {
  const Sample& sample = seen.sample;
  const double now = as_rate(seen.cap).mbps();
  const double before = as_rate(cap_).mbps();
  const TimePoint begin = sample.at - sample.span;
  Reading reading{.egress = sample.egress.mbps(), .cap = now, .proves = true, .full = false};
  const bool changed = seen.cap_since > begin && seen.cap > Mbps{0};
  if (changed &&
      (known_ == 0 || cap_ <= Mbps{0} || (cap_ == seen.cap && seen.cap_since >= sample.at))) {
    reading.proves = false;
  } else if (changed && seen.cap_since >= sample.at) {
    reading.cap = before;
  } else if (changed && cap_ != seen.cap) {
    // Two caps in one sample: what flowed under the first is known if it was full.
    const double part = ratio(seen.cap_since - begin, sample.span);
    const double capacity = before * part + now * (1 - part);
    const double later = (reading.egress - before * part) / (1 - part);
    reading.full = reading.egress >= full_at_ * capacity;
    if (later > before) reading.egress = std::min(later, now);
    if (reading.full) reading.egress = now;
    return reading;
  }
  reading.full = reading.proves && reading.cap > 0 && reading.egress >= full_at_ * reading.cap;
  return reading;
}

void EconomicMemory::follow_term(const EconomicSample& seen) {
  if (!seen.term_end) {
    term_end_ = {};
    return;
  }
  const bool renewed =
      term_end_ != TimePoint{} && *seen.term_end > term_end_ && seen.sample.at >= term_end_;
  if (renewed) {
    term_begin_ = term_end_;
    fast_.clear();
  } else if (term_end_ == TimePoint{}) {
    term_begin_ = seen.sample.at - seen.sample.span;
  }
  term_end_ = *seen.term_end;
}

Duration EconomicMemory::term() const {
  return term_end_ == TimePoint{} ? Duration::zero() : term_end_ - term_begin_;
}

void EconomicMemory::fade(double passed) {
  slow_ *= std::exp2(passed / kSlowHalfLife);
  quick_ *= std::exp2(passed / kQuickHalfLife);
  if (slow_ > kRescaleAbove) {
    const auto down = static_cast<float>(1 / slow_);
    for (LevelCounts* counts : {&history_, &free_, &stretches_}) counts->scale(down);
    growth_.scale(down);
    seconds_ /= slow_;
    slow_ = 1;
  }
  if (quick_ > kRescaleAbove) {
    fast_.scale(static_cast<float>(1 / quick_));
    quick_ = 1;
  }
}

void EconomicMemory::take_free(const Reading& reading) {
  const auto weight = static_cast<float>(slow());
  history_.add(level_, weight);
  fast_.add(level_, static_cast<float>(span_seconds_ * quick_));
  // Where the cap is in doubt the run neither goes on nor ends.
  if (!reading.proves) return;
  free_.add(level_, weight);
  free_level_ = level_;
  run_seconds_ = 0;
}

void EconomicMemory::take_full(const Reading& reading) {
  if (reading.cap < as_rate(cap_).mbps()) cap_level_ = LevelCounts::position(reading.cap);
  if (run_seconds_ <= 0) run_level_ = cap_level_;
  run_seconds_ += span_seconds_;
  fit_tail();
  const double below = cap_level_ - level_;
  const auto reach = [this, below](double levels) {
    return tail(cap_level_ + levels - std::max(0.0, below));
  };
  history_.add_at_least(level_, static_cast<float>(slow()), reach);
  fast_.add_at_least(level_, static_cast<float>(span_seconds_ * quick_), reach);
}

void EconomicMemory::fit_tail() {
  const double coarse = std::max(1.0, span_seconds_ / kWitness);
  const double prior_steepness = kPriorSteepness * std::pow(coarse, kSteeperWithTime);
  const double climbed = kClimb * nepers(std::max(0.0, cap_level_ - run_level_));
  const auto fit = [=](double count, double sum, double prior) {
    return PowerLaw{
        .exponent = static_cast<float>(count + prior),
        .scale = static_cast<float>(sum + kPriorScale * prior / prior_steepness + climbed)};
  };
  const auto steepness = [=](double count, double sum, double prior) {
    return (count + prior) / (sum + prior / prior_steepness + climbed);
  };
  const double witness = slow_ * std::max(kWitness, span_seconds_);
  const double count = free_.at_or_above(cap_level_) / witness;
  const double sum = nepers(free_.levels_above(cap_level_)) / witness;
  history_tail_ = fit(count, sum, kPriorCount);
  // A first raise goes by how this series usually grows; when that was not enough, by how it does
  // when it grows by that much.
  const bool climbing = cap_level_ > run_level_;
  const auto excess = growth_.beyond(nepers(std::max(0.0, cap_level_ - free_level_)),
                                     climbing ? 0 : kLeastGrowths * slow_);
  growth_tail_ = fit(excess.weight / slow_, excess.sum / slow_, kPriorGrowths);
  const bool thinner = steepness(excess.weight / slow_, excess.sum / slow_, kPriorGrowths) >
                       steepness(count, sum, kPriorCount);
  growth_part_ = thinner ? static_cast<float>(kGrowthPart) : 0;
}

double EconomicMemory::PowerLaw::log_share(double nepers) const {
  return -exponent * std::log1p(nepers / scale);
}

double EconomicMemory::tail(double level) const {
  const double above = nepers(level - cap_level_);
  if (above <= 0) return 1;
  double log_share = (1 - growth_part_) * history_tail_.log_share(above);
  if (growth_part_ > 0) log_share += growth_part_ * growth_tail_.log_share(above);
  return std::exp(log_share);
}

void EconomicMemory::take_growth(double estimate, const Reading& reading, bool follows) {
  if (!follows) points_.fill({.level = -1, .full = 0});
  // Ordering now rather than one step later matters in the step after the order took effect.
  const double steps = 1 + std::round(seconds(latency_) / span_seconds_);
  const auto back = static_cast<std::uint32_t>(std::clamp(steps, 1.0, double{kPoints}));
  const Point& earlier = points_[(next_point_ + kPoints - back) % kPoints];
  if (reading.proves && earlier.level >= 0 && !(reading.full && earlier.full != 0)) {
    growth_.add(nepers(estimate - earlier.level),
                static_cast<float>(slow_ * std::min(1.0, span_seconds_ / kWitness)));
  }
  points_[next_point_] = {.level = reading.proves ? static_cast<float>(estimate) : -1.0F,
                          .full = reading.full ? 1U : 0U};
  next_point_ = (next_point_ + 1) % kPoints;
}

void EconomicMemory::take_stretch(double estimate) {
  const std::int64_t stretch = at_.time_since_epoch() / kStretch;
  if (stretch != stretch_ && stretch_largest_ >= 0) {
    stretches_.add(stretch_largest_, static_cast<float>(slow_));
    stretch_largest_ = -1;
  }
  stretch_ = stretch;
  stretch_largest_ = std::max(stretch_largest_, static_cast<float>(estimate));
}

void EconomicMemory::learn_plateau(const Reading& reading, double passed, double saturated_at) {
  if (!reading.proves || reading.cap <= 0) return;
  const double filled = std::min(1.0, reading.egress / reading.cap);
  const bool flat = std::abs(filled - filled_) <= kPlateauFlat;
  flat_samples_ = flat ? std::min(flat_samples_ + 1, kPlateauSamples) : 1;
  filled_ = filled;
  if (plateau_ > kUsualPlateau) {
    plateau_ = std::max(kUsualPlateau, plateau_ - kPlateauFadePerDay * passed / 86400);
  }
  plateau_ = std::max(plateau_, filled);
  if (flat_samples_ == kPlateauSamples && filled >= saturated_at) plateau_ = filled;
  full_at_ = std::clamp(plateau_ - kPlateauWidth, saturated_at, kUsualPlateau);
}

double EconomicMemory::share(double level) const {
  return seconds_ > 0 ? history_.at_or_above(level) / seconds_ : 0;
}

double EconomicMemory::free_share(double level) const {
  return seconds_ > 0 ? free_.at_or_above(level) / seconds_ : 0;
}

double EconomicMemory::lately(double level) const {
  return fast_.at_or_above(level) / quick_;
}

double EconomicMemory::rate(double level) const {
  return seconds_ > 0 ? stretches_.at_or_above(level) / seconds_ : 0;
}

double EconomicMemory::grown(double level) const {
  return growth_.share_above(nepers(level - level_));
}

double EconomicMemory::next(double level) const {
  if (!saturated()) return grown(level);
  return std::max(growth_.share_above(nepers(level - cap_level_)), tail(level));
}

}  // namespace penstock
