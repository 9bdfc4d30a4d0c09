#include "policies/burst_record.h"

#include <algorithm>
#include <cmath>

#include "metrics/bytes.h"
#include "policies/numbers.h"
#include "policies/percentile_bill.h"

namespace penstock {

namespace {

constexpr double kHalfLifeSlots = 14 * 288;
/// Weights are scaled down together long before a float loses the small ones.
constexpr double kRescaleAbove = 0x1p20;
/// Egress from this share of the cap on may have been more without it.
constexpr double kFull = 0.98;
constexpr std::int64_t kMostSlots = std::int64_t{31} * 288;
constexpr double kMostEgress = 1e9;
/// How steeply demand beyond the cap falls, as one sample more than was seen.
constexpr double kPriorSteepness = 6;
constexpr std::uint32_t kVersion = 0x50425201;  // "PBR" 1

std::int64_t slot_of(TimePoint at) {
  return std::chrono::floor<std::chrono::minutes>(at).time_since_epoch() / BurstRecord::kSlot;
}

std::int64_t slot_of(std::chrono::year_month month) {
  return slot_of(TimePoint{std::chrono::sys_days{month / 1}});
}

bool possible(const Sample& sample) {
  const double egress = sample.egress.mbps();
  return std::isfinite(egress) && egress >= 0 && egress <= kMostEgress &&
         sample.span > Duration::zero() && sample.at - sample.span >= TimePoint{};
}

}  // namespace

bool BurstRecord::observe(const Sample& sample, Mbps cap) {
  if (!possible(sample) || (known_ != 0 && sample.at <= at_)) return false;
  const TimePoint begin = sample.at - sample.span;
  const std::int64_t first = slot_of(begin);
  // A sample of about five minutes is one slot wherever it begins; longer ones fill several.
  const bool longer = sample.span >= kSlot + kSlot / 2;
  const std::int64_t last = longer ? slot_of(sample.at - Duration{1}) : first;
  if (known_ == 0) begin_month(first);
  if (known_ == 0 || first > slot_) {
    close_slot();
    slot_ = first;
  }
  at_ = sample.at;
  known_ = 1;
  cap_ = cap;
  const bool full = cap > Mbps{0} && sample.egress >= kFull * as_rate(cap);
  if (last >= slot_) add(sample.egress.mbps(), full);
  // Nothing averages over more than a month.
  const std::int64_t end = std::min(last, slot_ + kMostSlots);
  while (slot_ < end) {
    close_slot();
    ++slot_;
    add(sample.egress.mbps(), full);
  }
  if (slot_ >= month_end_) begin_month(slot_);
  return true;
}

void BurstRecord::add(double egress, bool full) {
  sum_ += egress;
  ++parts_;
  if (full) ++full_parts_;
}

void BurstRecord::close_slot() {
  if (parts_ == 0) return;
  if (slot_ >= month_end_) begin_month(slot_);
  const double average = sum_ / parts_;
  const auto value = static_cast<float>(average);
  ++seen_;
  const bool throttled = full_parts_ * 2 > parts_;
  if (throttled) ++throttled_;
  if (kept_ < kKept) {
    auto* const place = std::upper_bound(largest_.begin(), largest_.begin() + kept_, value);
    std::move_backward(place, largest_.begin() + kept_, largest_.begin() + kept_ + 1);
    *place = value;
    ++kept_;
  } else if (value > largest_.front()) {
    auto* const place = std::upper_bound(largest_.begin(), largest_.end(), value);
    std::move(largest_.begin() + 1, place, largest_.begin());
    *(place - 1) = value;
  }
  add_to_history(average, throttled);
  sum_ = 0;
  parts_ = full_parts_ = 0;
}

void BurstRecord::add_to_history(double average, bool throttled) {
  increment_ *= std::exp2(1 / kHalfLifeSlots);
  if (increment_ > kRescaleAbove) {
    history_.scale(static_cast<float>(1 / increment_));
    total_ /= increment_;
    increment_ = 1;
  }
  const double level = LevelCounts::position(average);
  const auto weight = static_cast<float>(increment_);
  if (throttled) {
    // What was wanted beyond the cap is taken to be as it was when it could be seen.
    const double seen = history_.at_or_above(level) + increment_;
    history_.add_at_least(level, weight, [&](double levels) {
      const double prior =
          increment_ * std::exp(-levels * kPriorSteepness / LevelCounts::kPerNeper);
      return (history_.at_or_above(level + levels) + prior) / seen;
    });
  } else {
    history_.add(level, weight);
  }
  total_ += increment_;
}

void BurstRecord::begin_month(std::int64_t slot) {
  const TimePoint at{slot * kSlot};
  const std::chrono::year_month_day date{std::chrono::floor<std::chrono::days>(at)};
  const auto month = date.year() / date.month();
  month_begin_ = slot_of(month);
  month_end_ = slot_of(month + std::chrono::months{1});
  kept_ = seen_ = throttled_ = 0;
}

BurstRecord::Month BurstRecord::month() const {
  if (known_ == 0) return {};
  Month month{.seen = seen_, .left = static_cast<std::uint32_t>(month_end_ - slot_), .free = 0};
  const std::size_t all = std::size_t{month.seen} + month.left;
  month.free = static_cast<std::uint32_t>(all - billed_rank(all));
  return month;
}

std::uint32_t BurstRecord::above(double mbps) const {
  const auto* const end = largest_.begin() + kept_;
  return static_cast<std::uint32_t>(
      end - std::upper_bound(largest_.begin(), end, static_cast<float>(mbps)));
}

double BurstRecord::locked(std::uint32_t free) const {
  return kept_ > free ? static_cast<double>(largest_[kept_ - 1 - free]) : 0;
}

double BurstRecord::share(double mbps) const {
  if (total_ <= 0) return 1;
  return std::clamp(history_.at_or_above(LevelCounts::position(mbps)) / total_, 0.0, 1.0);
}

Duration BurstRecord::learned() const {
  return Duration{static_cast<std::int64_t>(total_ / increment_ * num(kSlot.count()))};
}

template <class Self, class Visitor>
void BurstRecord::visit(Self& self, Visitor&& each) {
  for (auto& value : self.largest_) each(value);
  LevelCounts::visit(self.history_, each);
  each(self.kept_);
  each(self.seen_);
  each(self.throttled_);
  each(self.increment_);
  each(self.total_);
  each(self.slot_);
  each(self.month_begin_);
  each(self.month_end_);
  each(self.sum_);
  each(self.parts_);
  each(self.full_parts_);
  each(self.known_);
}

void BurstRecord::save(std::string& out) const {
  put_framed(out, kVersion, [this](Putter put) {
    visit(*this, put);
    put(cap_);
    put(at_);
  });
}

bool BurstRecord::restore(std::string_view bytes) {
  const std::optional<std::string_view> body = unframe(bytes, kVersion);
  if (!body) return false;
  BurstRecord read;
  Taker taker{*body};
  visit(read, taker);
  taker(read.cap_);
  taker(read.at_);
  if (!taker.done() || !read.consistent()) return false;
  read.history_.regroup();
  *this = read;
  return true;
}

bool BurstRecord::consistent() const {
  const auto* const end = largest_.begin() + kept_;
  const auto sane = [](double number) { return std::isfinite(number) && number >= 0; };
  return known_ <= 1 && kept_ <= kKept && kept_ <= seen_ && throttled_ <= kMostSlots &&
         seen_ <= kMostSlots && increment_ >= 1 && increment_ <= 2 * kRescaleAbove &&
         sane(total_) && sane(sum_) && full_parts_ <= parts_ && slot_ >= month_begin_ &&
         slot_ < month_end_ && month_end_ - month_begin_ <= kMostSlots && cap_ >= Mbps{0} &&
         std::all_of(largest_.begin(), end, sane) && std::is_sorted(largest_.begin(), end);
}

}  // namespace penstock
