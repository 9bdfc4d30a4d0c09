#include "policies/forecast.h"

#include <algorithm>
#include <cmath>
#include <tuple>
#include <utility>

#include "policies/numbers.h"

namespace penstock {

namespace {

constexpr std::int64_t kDayHours = 24;
constexpr std::int64_t kWeekDays = 7;
/// Above the week's busiest hour, what may be forecast: as far as hours have gone, at least this.
constexpr double kLeastAbove = 0.1;
/// What is less than this carries no level: a tenth of the least cap.
constexpr double kLeastMbps = 0.1;
constexpr double kMostMbps = 1e9;
/// An hour of which less was seen says nothing about its largest.
constexpr double kLeastShare = 0.5;
/// The level of the next hours is the middle of so many, that of a week's the middle of a day.
constexpr std::size_t kNearHours = 3;
constexpr std::size_t kLeastResiduals = 3;

std::int64_t local_hour(const TimeZone& zone, TimePoint at) {
  const LocalTime local = to_local(zone, at);
  const std::int64_t days = std::chrono::sys_days{local.date}.time_since_epoch().count();
  return days * kDayHours + std::chrono::floor<std::chrono::hours>(local.time_of_day).count();
}

double log_level(double mbps) {
  return std::log(std::clamp(mbps, kLeastMbps, kMostMbps));
}

/// Hours between the moment something is said and the last hour it is said of.
std::size_t lead_of(const ForecastRule& rule) {
  return static_cast<std::size_t>(std::chrono::ceil<std::chrono::hours>(rule.horizon).count());
}

bool possible(const Sample& sample) {
  const double egress = sample.egress.mbps();
  return std::isfinite(egress) && egress >= 0 && egress <= kMostMbps &&
         sample.span > Duration::zero() && sample.at.time_since_epoch() > sample.span;
}

}  // namespace

bool Forecast::observe(const ForecastSample& seen) {
  const Sample& sample = seen.sample;
  if (!possible(sample) || (known_ != 0 && sample.at <= at_)) return false;
  const double confidence = seen.rule.confidence;
  if (confidence_ != static_cast<float>(confidence)) {
    confidence_ = static_cast<float>(confidence);
    near_.begin(confidence);
    far_.begin(confidence);
    next_said_ = term_said_ = {};
  }
  // A sample belongs to the hour that it ends in; clocks that are set back repeat one.
  const std::int64_t hour = local_hour(seen.rule.zone, sample.at - Duration{1});
  if (known_ == 0) {
    residuals_.fill(Profile::kMissing);
    hour_ = {.number = hour};
    day_ = first_day_ = hour / kDayHours;
  }
  if (hour > hour_.number) {
    close_hour(confidence, lead_of(seen.rule));
    skip_to(hour);
    next_said_ = term_said_ = {};
  }
  const Duration fresh = known_ != 0 ? std::min(sample.span, sample.at - at_) : sample.span;
  const double egress = sample.egress.mbps();
  if (hour_.seconds <= 0 || egress >= hour_.largest) {
    hour_.at_least =
        seen.at_least && (egress > hour_.largest || hour_.at_least || hour_.seconds <= 0);
    hour_.largest = egress;
  }
  hour_.seconds += seconds(fresh);
  seen_ += fresh;
  at_ = sample.at;
  known_ = 1;
  return true;
}

void Forecast::close_hour(double confidence, std::size_t lead) {
  const std::int64_t hour = hour_.number;
  if (hour_.seconds < kLeastShare * 3600) {
    push(std::nullopt);
    follow_day(hour);
    return;
  }
  const double came = log_level(hour_.largest);
  const bool known = profile_.knows(hour);
  const double residual = came - profile_.expected(hour).value_or(came);
  const ErrorIs is = hour_.at_least ? ErrorIs::kAtLeast : ErrorIs::kExact;
  // Of an hour that no like day has shown nothing was said.
  if (known) {
    near_.take(residual - level(lead), is, confidence);
    // A term is held to its busiest hour: what stays far below it does no harm.
    const auto before = level_a_day_before(hour);
    if (before) far_.take(came - week_peak_ - *before, is, confidence);
  }
  const bool tells = is == ErrorIs::kExact || residual > level_;
  // What moves all hours alike is the level's, not the week's.
  if (tells) profile_.learn(hour, came - level_);
  push(tells && known ? std::optional(residual) : std::nullopt);
  follow_day(hour);
  complete_ = complete_ != 0 || knows_all(hour) ? 1 : 0;
  follow_peak(hour);
}

/// The week's busiest hour, after what this one has taught.
void Forecast::follow_peak(std::int64_t hour) {
  const bool known = complete_ != 0 && peak_hour_ != 0;
  const auto find = [&](bool all) {
    float largest = 0;
    std::int64_t at = 0;
    for (std::int64_t each = hour; each < hour + static_cast<std::int64_t>(Profile::kHours);
         each += all ? 1 : kDayHours) {
      if (!all && !Profile::alike(each, hour)) continue;
      const auto level = static_cast<float>(usual(each));
      if (at != 0 && level <= largest) continue;
      largest = level;
      at = each;
    }
    return std::pair(largest, at);
  };
  // Nothing but hours alike has moved: all are looked at only when the busiest may have fallen.
  auto [largest, at] = find(!known);
  if (known && largest < week_peak_) {
    if (!Profile::alike(peak_hour_, hour)) return;
    std::tie(largest, at) = find(true);
  }
  week_peak_ = largest;
  peak_hour_ = at;
}

bool Forecast::knows_all(std::int64_t hour) const {
  for (std::int64_t i = 0; i < static_cast<std::int64_t>(Profile::kHours); ++i) {
    if (!profile_.knows(hour + i)) return false;
  }
  return true;
}

/// Hours of which nothing was seen.
void Forecast::skip_to(std::int64_t hour) {
  const std::int64_t passed = hour - hour_.number;
  const std::int64_t missed = std::min<std::int64_t>(passed - 1, kRing);
  for (std::int64_t i = 0; i < missed; ++i) push(std::nullopt);
  near_.fade(num(passed));
  far_.fade(num(passed));
  hour_ = {.number = hour};
}

void Forecast::push(std::optional<double> residual) {
  residuals_.at(next_) = residual ? Profile::pack(*residual) : Profile::kMissing;
  next_ = (next_ + 1) % kRing;
  // With less than this the level stays what it was: a gap is no news.
  level_ = recent(0, kRing).value_or(level_);
}

void Forecast::follow_day(std::int64_t hour) {
  const std::int64_t day = hour / kDayHours;
  const std::int64_t first = std::max(day_, day - static_cast<std::int64_t>(kDays) + 1);
  for (std::int64_t each = first; each <= day; ++each) {
    day_levels_.at(static_cast<std::size_t>(each) % kDays) = Profile::pack(level_);
  }
  day_ = day;
}

/// The middle of `count` hours' residuals, the newest `first` left out.
std::optional<double> Forecast::recent(std::size_t first, std::size_t count) const {
  std::array<std::int16_t, kRing> known{};
  std::size_t size = 0;
  for (std::size_t i = first; i < std::min(first + count, kRing); ++i) {
    const std::int16_t residual = residuals_.at((next_ + 2 * kRing - 1 - i) % kRing);
    if (residual != Profile::kMissing) known.at(size++) = residual;
  }
  if (size < std::min(count, kLeastResiduals)) return std::nullopt;
  const auto middle = known.begin() + static_cast<std::ptrdiff_t>(size / 2);
  std::nth_element(known.begin(), middle, known.begin() + static_cast<std::ptrdiff_t>(size));
  return Profile::unpack(*middle);
}

/// As it was known `lead` hours ago.
double Forecast::level(std::size_t lead) const {
  return recent(lead, kNearHours).value_or(level_);
}

std::optional<double> Forecast::level_a_day_before(std::int64_t hour) const {
  const std::int64_t before = hour / kDayHours - 1;
  if (before < first_day_) return std::nullopt;
  return Profile::unpack(day_levels_.at(static_cast<std::size_t>(before) % kDays));
}

double Forecast::usual(std::int64_t hour) const {
  return profile_.expected(hour).value_or(log_level(hour_.largest));
}

double Forecast::largest_usual(std::int64_t from, std::int64_t to) const {
  double largest = usual(from);
  for (std::int64_t hour = from + 1; hour <= to; ++hour) largest = std::max(largest, usual(hour));
  return largest;
}

ForecastBand Forecast::band(double usual, double level, const ForecastRecord& record,
                            double confidence) const {
  return {.mbps = std::min(std::exp(usual + level + record.margin()), kMostMbps),
          .held = record.held(),
          .told = record.told(),
          .earned = confidence_ == static_cast<float>(confidence) && record.earned(confidence)};
}

ForecastBand Forecast::next(const ForecastRule& rule) const {
  const std::int64_t from = local_hour(rule.zone, at_);
  const std::int64_t to = std::max(from, local_hour(rule.zone, at_ + rule.horizon - Duration{1}));
  if (next_said_.is_of(from, to, rule.confidence)) return next_said_.again(near_);
  ForecastBand said = band(largest_usual(from, to), level(0), near_, rule.confidence);
  // Bursts are no reason to expect the next one on top of the last.
  if (complete_ != 0)
    said.mbps = std::min(said.mbps, std::exp(week_peak_ + level_ +
                                             std::max(kLeastAbove, far_.beyond(far_.margin()))));
  for (std::int64_t hour = from; hour <= to; ++hour) {
    said.earned = said.earned && profile_.knows(hour);
  }
  if (complete_ != 0) next_said_ = {said.mbps, rule.confidence, from, to, said.earned};
  return said;
}

ForecastBand Forecast::term(const ForecastRule& rule, TimePoint from, Duration length) const {
  const bool any_hour = length >= std::chrono::days{kWeekDays};
  const std::int64_t begin = any_hour ? 0 : local_hour(rule.zone, from);
  const std::int64_t end = any_hour ? 0 : std::max(begin, local_hour(rule.zone, from + length));
  if (term_said_.is_of(begin, end, rule.confidence)) return term_said_.again(far_);
  ForecastBand said = band(week_peak_, level_, far_, rule.confidence);
  if (!any_hour) {
    const double part = largest_usual(begin, end) + level_ + near_.margin();
    said.mbps = std::min(said.mbps, std::exp(part));
  }
  said.earned = said.earned && complete_ != 0;
  if (complete_ != 0) term_said_ = {said.mbps, rule.confidence, begin, end, said.earned};
  return said;
}

double Forecast::beyond(const ForecastRule& rule, double cap) const {
  const double expected = usual(local_hour(rule.zone, at_ - Duration{1})) + level(0);
  const double error = log_level(cap) - expected;
  return cap * std::exp(near_.beyond(error) - error);
}

}  // namespace penstock
