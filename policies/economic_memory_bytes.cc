// How an EconomicMemory is stored: version, numbers, checksum. What is damaged is refused as a
// whole: half a memory would read as "this was never needed".
#include "metrics/bytes.h"
#include "policies/economic_memory.h"

namespace penstock {

namespace {

constexpr std::uint32_t kVersion = 0x504d4501;  // "PME" 1
constexpr TakeLimits kLimits{.largest = 1e30, .least = 0, .most = std::int64_t{1} << 50};

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
  put_framed(out, kVersion, [this](Putter put) { visit(*this, put); });
}

bool EconomicMemory::restore(std::string_view bytes) {
  const std::optional<std::string_view> body = unframe(bytes, kVersion);
  if (!body) return false;
  EconomicMemory read;
  Taker taker{*body, kLimits};
  visit(read, taker);
  if (!taker.done() || !read.consistent()) return false;
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
