#include "metrics/demand.h"

#include <algorithm>
#include <cassert>
#include <cmath>

#include "metrics/bytes.h"

namespace penstock {

static_assert(sizeof(Demand) <= 2400, "the memory per instance is documented");

namespace {

constexpr std::int64_t kMostCap = (1 << 20) - 1;
constexpr std::int64_t kMostSpanMs = (1 << 30) - 1;
constexpr std::int64_t kMostAtMs = (std::int64_t{1} << 44) - 1;
/// Far above any link; keeps sums finite.
constexpr double kMostEgress = 1e9;

bool possible(const Sample& sample) {
  return std::isfinite(sample.egress.mbps()) && sample.egress.mbps() >= 0 &&
         sample.egress.mbps() <= kMostEgress && sample.span > Duration::zero() &&
         sample.span.count() <= kMostSpanMs && sample.at.time_since_epoch() > sample.span &&
         sample.at.time_since_epoch().count() <= kMostAtMs;
}

Evidence evidence_of(const Sample& sample, Mbps cap, TimePoint cap_since, double saturated_at) {
  if (cap <= Mbps{0}) return Evidence::kFree;
  if (cap_since > sample.at - sample.span) return Evidence::kMixed;
  return sample.egress >= saturated_at * as_rate(cap) ? Evidence::kSaturated : Evidence::kFree;
}

}  // namespace

Demand::Packed Demand::pack(const Observation& seen) {
  Packed packed;
  packed.at_ms = static_cast<std::uint64_t>(seen.at.time_since_epoch().count()) & kMostAtMs;
  packed.cap = static_cast<std::uint64_t>(std::min(seen.cap.count(), kMostCap)) & kMostCap;
  packed.span_ms = static_cast<std::uint32_t>(seen.span.count()) & kMostSpanMs;
  packed.evidence = static_cast<std::uint32_t>(seen.evidence) & 3U;
  packed.egress = static_cast<float>(seen.egress.mbps());
  return packed;
}

Observation Demand::unpack(const Packed& packed) {
  return {.at = TimePoint{Duration{static_cast<std::int64_t>(packed.at_ms)}},
          .span = Duration{packed.span_ms},
          .egress = Rate{packed.egress},
          .cap = Mbps{static_cast<std::int64_t>(packed.cap)},
          .evidence = static_cast<Evidence>(packed.evidence)};
}

bool Demand::observe(const Sample& sample, Mbps cap, TimePoint cap_since, double saturated_at) {
  if (!possible(sample)) return false;
  const bool first = empty();
  const TimePoint last_at = first ? TimePoint::min() : newest(0).at;
  if (sample.at <= last_at) return false;
  const Observation seen{.at = sample.at,
                         .span = sample.span,
                         .egress = sample.egress,
                         .cap = std::max(Mbps{0}, cap),
                         .evidence = evidence_of(sample, cap, cap_since, saturated_at)};
  follow_run(seen);
  // Samples overlap where a source averages over more than its own interval: only what is new of
  // this one counts as observed time.
  const TimePoint from = std::max(sample.at - sample.span, last_at);
  const bool saturated = seen.evidence == Evidence::kSaturated;
  tens_.add(from, sample.at, sample.egress, saturated);
  hours_.add(from, sample.at, sample.egress, saturated);
  quarters_.add(from, sample.at, sample.egress, saturated);
  history_.add(sample.egress, sample.at - from, sample.at);
  observed_ += sample.at - from;
  if (first) first_at_ = from;
  append(seen);
  return true;
}

void Demand::append(const Observation& seen) {
  if (size_ == kRecent) {
    forgotten_at_ = newest(kRecent - 1).at;
  } else {
    ++size_;
  }
  head_ = (head_ + 1) % kRecent;
  ring_[head_] = pack(seen);
}

void Demand::follow_run(const Observation& seen) {
  if (seen.evidence == Evidence::kMixed) return;
  if (seen.evidence == Evidence::kFree) {
    run_ = {};
    return;
  }
  const TimePoint start = seen.at - seen.span;
  const bool gap = !empty() && start - newest(0).at > 2 * seen.span;
  if (run_.samples == 0 || gap) {
    run_ = {.cap = seen.cap,
            .cap_at_start = seen.cap,
            .since = start,
            .free_before = free_before(start, seen.span)};
  }
  if (run_.cap != seen.cap) run_.at_cap = 0;
  run_.cap = seen.cap;
  run_.at = seen.at;
  ++run_.samples;
  ++run_.at_cap;
}

Rate Demand::free_before(TimePoint since, Duration span) const {
  // A jump lands inside a sample, which then averages both levels: the one before it knows the
  // level from which the jump started. Half a span of slack forgives jitter.
  const TimePoint from = since - span - span / 2;
  Rate least{};
  constexpr std::size_t kMostLooked = 16;
  for (std::size_t i = 0; i < std::min(size(), kMostLooked); ++i) {
    const Observation seen = newest(i);
    if (seen.at < from) break;
    if (seen.evidence != Evidence::kFree || seen.at > since) continue;
    if (least == Rate{} || seen.egress < least) least = std::max(seen.egress, Rate{1e-3});
  }
  return least;
}

Observation Demand::newest(std::size_t i) const {
  assert(i < size());
  return unpack(ring_[(head_ + kRecent - i) % kRecent]);
}

Recall Demand::recall(TimePoint from, TimePoint to) const {
  if (empty() || from >= to) return {};
  if (from < forgotten_at_) {
    const TimePoint newest_at = newest(0).at;
    // The finest slots that go back far enough, or to the beginning.
    const TimePoint oldest = std::max(from, first_at_);
    if (oldest >= tens_.since()) return tens_.recall(from, to, newest_at);
    if (oldest >= hours_.since()) return hours_.recall(from, to, newest_at);
    return quarters_.recall(from, to, newest_at);
  }
  Recall sum;
  TimePoint counted_from = to;  // what newer samples have covered already
  for (std::size_t i = 0; i < size(); ++i) {
    const Observation seen = newest(i);
    if (seen.at <= from) break;
    if (seen.at > to) continue;
    const TimePoint start = seen.at - seen.span;
    const Duration fresh = std::min(seen.at, counted_from) - std::max(start, from);
    if (fresh > Duration::zero()) {
      sum.covered += fresh;
      if (seen.evidence == Evidence::kSaturated) sum.saturated += fresh;
    }
    sum.largest = std::max(sum.largest, seen.egress);
    ++sum.parts;
    counted_from = std::min(counted_from, start);
  }
  return sum;
}

std::optional<Rate> Demand::largest(TimePoint from, TimePoint to) const {
  const Recall sum = recall(from, to);
  if (sum.parts == 0) return std::nullopt;
  return sum.largest;
}

double Demand::saturated_share(TimePoint from, TimePoint to) const {
  const Recall sum = recall(from, to);
  if (sum.covered <= Duration::zero()) return 0;
  return static_cast<double>(sum.saturated.count()) / static_cast<double>(sum.covered.count());
}

std::optional<Rate> Demand::average(TimePoint from, TimePoint to) const {
  double weighted = 0;
  double weight = 0;
  for (std::size_t i = 0; i < size(); ++i) {
    const Observation seen = newest(i);
    if (seen.at <= from) break;
    if (seen.at > to) continue;
    const auto span = static_cast<double>(seen.span.count());
    weighted += seen.egress.mbps() * span;
    weight += span;
  }
  if (weight <= 0) return std::nullopt;
  return Rate{weighted / weight};
}

}  // namespace penstock
