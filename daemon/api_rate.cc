#include "daemon/api_rate.h"

#include <algorithm>
#include <cmath>

namespace penstock {
namespace {

constexpr double kLeastShare = 1.0 / 16;
/// From half back to full in a minute.
constexpr double kGrowthPerSecond = 1.0 / 120;
/// Requests that were already under way when the server complained count as one complaint.
constexpr Duration kOneComplaint = 1s;

double seconds(Duration span) {
  return static_cast<double>(span.count()) / 1000.0;
}

Duration rounded_up(double in_seconds) {
  return Duration{static_cast<Duration::rep>(std::ceil(in_seconds * 1000.0))};
}

}  // namespace

ApiRate::ApiRate(double requests_per_second, double changes_per_second, Duration now)
    : at_(now), silent_until_(now), halved_at_(now - kOneComplaint) {
  configure(requests_per_second, changes_per_second, now);
  requests_.tokens = requests_.capacity;
  changes_.tokens = changes_.capacity;
}

void ApiRate::configure(double requests_per_second, double changes_per_second, Duration now) {
  refill(now);
  // A second's worth may go out together. Two at least: one for a read beside the reserve.
  requests_.per_second = requests_per_second;
  requests_.capacity = std::max(2.0, requests_per_second);
  changes_.per_second = changes_per_second;
  changes_.capacity = std::max(1.0, changes_per_second);
  for (Bucket* bucket : {&requests_, &changes_}) {
    bucket->tokens = std::min(bucket->tokens, bucket->capacity);
  }
}

double ApiRate::share_at(Duration now) const {
  return std::min(1.0, share_ + kGrowthPerSecond * std::max(0.0, seconds(now - at_)));
}

void ApiRate::refill(Duration now) {
  if (now <= at_) return;
  const double share = share_at(now);
  // The share grew along the way; the mean of both ends is exact until it reaches 1.
  const double gained = seconds(now - at_) * (share_ + share) / 2;
  for (Bucket* bucket : {&requests_, &changes_}) {
    bucket->tokens = std::min(bucket->capacity, bucket->tokens + gained * bucket->per_second);
  }
  share_ = share;
  at_ = now;
}

/// Tokens that must be in the bucket of all requests before one of this kind may go.
double ApiRate::needed(Effect effect) const {
  const double reserve = std::max(1.0, 0.2 * requests_.capacity);
  return effect == Effect::kChange ? 1.0 : std::min(requests_.capacity, 1.0 + reserve);
}

bool ApiRate::take(Effect effect, Duration now) {
  refill(now);
  if (wait(effect, now) > Duration::zero()) return false;
  requests_.tokens -= 1;
  if (effect == Effect::kChange) changes_.tokens -= 1;
  return true;
}

Duration ApiRate::wait_for(const Bucket& bucket, double tokens, Duration now) const {
  const double missing = tokens - bucket.tokens;
  if (missing <= 1e-9) return Duration::zero();
  const Duration full = rounded_up(missing / (bucket.per_second * share_));
  return std::max(Duration::zero(), at_ + full - now);
}

Duration ApiRate::wait(Effect effect, Duration now) const {
  Duration longest = std::max(silent_until_ - now, wait_for(requests_, needed(effect), now));
  if (effect == Effect::kChange) longest = std::max(longest, wait_for(changes_, 1.0, now));
  return std::max(longest, Duration::zero());
}

void ApiRate::limited(Duration now, Duration silence) {
  refill(now);
  silent_until_ = std::max(silent_until_, now + std::max(silence, Duration::zero()));
  if (now - halved_at_ < kOneComplaint) return;
  halved_at_ = now;
  share_ = std::max(kLeastShare, share_ / 2);
  requests_.tokens = std::min(requests_.tokens, 1.0);  // the burst is over; a change may still go
}

int ApiRate::changes_within(Duration span, Duration now) const {
  const double usable =
      seconds(std::max(Duration::zero(), now + span - std::max(now, silent_until_)));
  const double share = share_at(now);
  const double gone = std::max(0.0, seconds(now - at_)) * share;
  const auto held = [&](const Bucket& b) {
    return std::min(b.capacity, b.tokens + gone * b.per_second) + usable * share * b.per_second;
  };
  return static_cast<int>(std::floor(std::min(held(requests_), held(changes_)) + 1e-9));
}

double ApiRate::requests_per_second(Duration now) const {
  return requests_.per_second * share_at(now);
}

}  // namespace penstock
