#include "daemon/sim/link_meter.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <utility>

namespace penstock {
namespace {

constexpr std::uint64_t kPerByte = 8000;  // bit-milliseconds per second
constexpr std::size_t kMaxRegimes = 20'000;
/// 1 Tbps: more is nobody's uplink, and an hour of it still fits 64 bits of bit-milliseconds.
constexpr double kMaxMbps = 1e6;
constexpr Duration kMaxPiece = std::chrono::hours{1};
/// Beyond this a demand is steady for longer than a piece in any month of up to a hundred days.
constexpr Duration kMaxStretch = std::chrono::hours{24 * 366 * 100};

std::int64_t as_bps(double mbps) {
  return std::llround(std::clamp(mbps, 0.0, kMaxMbps) * 1e6);
}
constexpr Duration kRealMonth = std::chrono::hours{24 * 30};

TimePoint slot_start(TimePoint t, Duration slot) {
  return TimePoint(t.time_since_epoch() / slot * slot);
}

}  // namespace

Duration SimTime::shape_time(TimePoint t) const {
  const double stretch =
      static_cast<double>(kRealMonth.count()) / static_cast<double>(month.count());
  return Duration(std::llround(static_cast<double>((t - origin).count()) * stretch));
}

Duration SimTime::shrink(Duration span) const {
  const double share = static_cast<double>(month.count()) / static_cast<double>(kRealMonth.count());
  return Duration(std::max(1LL, std::llround(static_cast<double>(span.count()) * share)));
}

Duration SimTime::slot() const {
  return std::clamp(month / 25'920, Duration{100}, Duration{1000});
}

LinkMeter::LinkMeter(DemandShape shape, SimTime time, TimePoint start, std::int64_t cap_bps)
    : shape_(std::move(shape)),
      time_(time),
      regimes_{Regime{start, cap_bps, std::nullopt}},
      counted_until_(start) {}

void LinkMeter::Count::add(std::uint64_t bps, std::uint64_t ms) {
  const std::uint64_t sum = rest + bps * ms;
  bytes += sum / kPerByte;
  rest = sum % kPerByte;
}

void LinkMeter::change(TimePoint at, const Regime& next) {
  bytes(at);
  if (regimes_.back().from == at) {
    regimes_.back() = next;
  } else {
    regimes_.push_back(next);
  }
  if (regimes_.size() > kMaxRegimes) regimes_.erase(regimes_.begin());
}

void LinkMeter::set_cap(TimePoint at, std::int64_t bps) {
  if (bps == cap_bps()) return;
  change(at, Regime{at, bps, regimes_.back().demand_bps});
}

void LinkMeter::set_demand(TimePoint at, std::optional<double> mbps) {
  std::optional<std::int64_t> bps;
  if (mbps) bps = as_bps(*mbps);
  change(at, Regime{at, cap_bps(), bps});
}

std::int64_t LinkMeter::demand_bps(TimePoint t) const {
  const Regime& now = regimes_.back();
  if (now.demand_bps && t >= now.from) return *now.demand_bps;
  return as_bps(shape_.at(time_.shape_time(slot_start(t, time_.slot()))));
}

std::uint64_t LinkMeter::bytes(TimePoint now) {
  if (now > counted_until_) {
    add_within(regimes_.back(), counted_until_, now, count_);
    counted_until_ = now;
  }
  return count_.bytes;
}

std::uint64_t LinkMeter::bytes_between(TimePoint from, TimePoint to) const {
  Count count;
  add_between(from, to, count);
  return count.bytes;
}

double LinkMeter::average(TimePoint from, TimePoint to) const {
  assert(to > from);
  Count count;
  add_between(from, to, count);
  const double bits = static_cast<double>(count.bytes) * 8 + static_cast<double>(count.rest) / 1000;
  return bits / static_cast<double>((to - from).count()) / 1000;
}

void LinkMeter::add_between(TimePoint from, TimePoint to, Count& count) const {
  for (std::size_t i = 0; i < regimes_.size(); ++i) {
    const TimePoint begins = i == 0 ? from : std::max(from, regimes_[i].from);
    const TimePoint ends = i + 1 < regimes_.size() ? std::min(to, regimes_[i + 1].from) : to;
    if (begins < ends) add_within(regimes_[i], begins, ends, count);
  }
}

void LinkMeter::add_within(const Regime& regime, TimePoint from, TimePoint to, Count& count) const {
  const auto add = [&](std::int64_t demand, TimePoint a, TimePoint b) {
    count.add(static_cast<std::uint64_t>(std::min(demand, regime.cap_bps)),
              static_cast<std::uint64_t>((b - a).count()));
  };
  if (regime.demand_bps || regime.cap_bps == 0) {
    for (TimePoint at = from; at < to; at += kMaxPiece) {
      add(regime.demand_bps.value_or(0), at, std::min(at + kMaxPiece, to));
    }
    return;
  }
  const Duration slot = time_.slot();
  for (TimePoint at = from; at < to;) {
    const TimePoint begins = slot_start(at, slot);
    const Duration shape_now = time_.shape_time(begins);
    const Duration steady = shape_.constant_until(shape_now) - shape_now;
    // Whole slots that surely lie before the next edge; the one with the edge goes by its start.
    const Duration sure = steady > kMaxStretch ? kMaxPiece : time_.shrink(steady) - slot;
    const Duration span = std::max(slot, std::min(sure, kMaxPiece) / slot * slot);
    const TimePoint next = std::min(begins + span, to);
    add(as_bps(shape_.at(shape_now)), at, next);
    at = next;
  }
}

}  // namespace penstock
