// How an EconomicMemory is stored: version, numbers, checksum. What is damaged is refused as a
// whole: half a memory would read as "this was never needed".
#include <cmath>

#include "metrics/bytes.h"
#include "policies/economic_memory.h"

namespace penstock {

namespace {

constexpr std::uint32_t kVersion = 0x504d4501;  // "PME" 1

struct Putter {
  std::string& out;
  template <class Number>
    requires std::is_arithmetic_v<Number>
  void operator()(const Number& number) {
    put(out, number);
  }
  void operator()(const TimePoint& time) { put(out, time.time_since_epoch().count()); }
  void operator()(const Duration& span) { put(out, span.count()); }
  void operator()(const Mbps& cap) { put(out, cap.count()); }
  void operator()(const Rate& rate) { put(out, rate.mbps()); }
};

/// Reads numbers; `fine` until one is missing, negative where none may be, or no number at all.
struct Taker {
  std::string_view& in;
  bool fine = true;
  template <class Number>
    requires std::is_arithmetic_v<Number>
  void operator()(Number& number) {
    fine = take(in, number) && fine;
    if constexpr (std::is_floating_point_v<Number>) {
      fine = fine && std::isfinite(number) && std::abs(number) < 1e30;
    }
  }
  void operator()(TimePoint& time) { time = TimePoint{Duration{integer()}}; }
  void operator()(Duration& span) { span = Duration{integer()}; }
  void operator()(Mbps& cap) { cap = Mbps{integer()}; }
  void operator()(Rate& rate) {
    double number = 0;
    (*this)(number);
    rate = Rate{number};
  }
  std::int64_t integer() {
    std::int64_t number = 0;
    (*this)(number);
    constexpr std::int64_t kMost = std::int64_t{1} << 50;
    fine = fine && number >= 0 && number < kMost;
    return number;
  }
};

}  // namespace

template <class Self, class Visitor>
void EconomicMemory::visit(Self& self, Visitor&& each) {
  for (auto* counts : {&self.history_, &self.free_, &self.fast_, &self.stretches_}) {
    LevelCounts::visit(*counts, each);
  }
  GrowthCounts::visit(self.growth_, each);
  for (auto* number : {&self.slow_, &self.quick_, &self.seconds_, &self.span_seconds_, &self.level_,
                       &self.cap_level_, &self.free_level_, &self.run_level_, &self.run_seconds_,
                       &self.plateau_, &self.full_at_, &self.filled_}) {
    each(*number);
  }
  for (auto* law : {&self.history_tail_, &self.growth_tail_}) {
    each(law->exponent);
    each(law->scale);
  }
  each(self.growth_part_);
  each(self.stretch_largest_);
  each(self.stretch_);
  each(self.flat_samples_);
  each(self.cap_);
  each(self.egress_);
  each(self.at_);
  each(self.span_);
  each(self.latency_);
  each(self.term_begin_);
  each(self.term_end_);
  for (auto& point : self.points_) {
    each(point.level);
    each(point.full);
  }
  each(self.next_point_);
  each(self.known_);
}

void EconomicMemory::save(std::string& out) const {
  const std::size_t start = out.size();
  put(out, kVersion);
  visit(*this, Putter{out});
  put(out, checksum(std::string_view(out).substr(start)));
}

bool EconomicMemory::restore(std::string_view bytes) {
  if (bytes.size() < sizeof(std::uint64_t)) return false;
  std::string_view end = bytes.substr(bytes.size() - sizeof(std::uint64_t));
  bytes.remove_suffix(end.size());
  std::uint64_t sum = 0;
  if (!take(end, sum) || sum != checksum(bytes)) return false;
  std::uint32_t version = 0;
  if (!take(bytes, version) || version != kVersion) return false;

  EconomicMemory read;
  Taker taker{bytes};
  visit(read, taker);
  if (!taker.fine || !bytes.empty() || !read.consistent()) return false;
  for (LevelCounts* counts : {&read.history_, &read.free_, &read.fast_, &read.stretches_}) {
    counts->regroup();
  }
  *this = read;
  return true;
}

bool EconomicMemory::consistent() const {
  const bool weights = slow_ >= 1 && quick_ >= 1 && seconds_ >= 0 && span_seconds_ > 0;
  const bool tails = history_tail_.exponent > 0 && history_tail_.scale > 0 &&
                     growth_tail_.exponent > 0 && growth_tail_.scale > 0 && growth_part_ >= 0 &&
                     growth_part_ <= 1;
  const bool levels = level_ >= 0 && cap_level_ >= 0 && free_level_ >= 0 && run_level_ >= 0 &&
                      run_seconds_ >= 0 && plateau_ >= 0 && plateau_ <= 1 && full_at_ > 0 &&
                      full_at_ <= 1;
  return weights && tails && levels && known_ <= 1 && next_point_ < kPoints &&
         span_ > Duration::zero() && term_end_ >= term_begin_;
}

}  // namespace penstock
