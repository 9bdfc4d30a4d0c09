// How a Demand is stored: version, numbers, checksum. A store that was cut short or flipped a bit
// is refused as a whole, since half a memory could read as "little was delivered".
#include <cmath>

#include "metrics/bytes.h"
#include "metrics/demand.h"

namespace penstock {

namespace {

constexpr std::uint32_t kVersion = 0x504d4401;  // "PMD" 1

/// A packed rate that is no number would read as if nothing had been delivered.
struct TakeRates {
  Taker& taker;
  template <class Number>
  void operator()(Number& number) {
    taker(number);
  }
  void operator()(std::uint16_t& rate) {
    taker(rate);
    taker.fine = taker.fine && std::isfinite(unpack_rate(rate));
  }
};

}  // namespace

/// All but the ring, whose packed form is this machine's own business, and the histogram.
template <class Self, class Visitor>
void Demand::visit(Self& self, Visitor&& each) {
  each(self.size_);
  each(self.forgotten_at_);
  each(self.run_.samples);
  each(self.run_.at_cap);
  each(self.run_.cap);
  each(self.run_.cap_at_start);
  each(self.run_.since);
  each(self.run_.at);
  each(self.run_.free_before);
  each(self.first_at_);
  each(self.observed_);
  Maxima<25>::visit(self.tens_, each);
  Maxima<50>::visit(self.hours_, each);
  Maxima<30>::visit(self.quarters_, each);
}

void Demand::save(std::string& out) const {
  put_framed(out, kVersion, [&](Putter put) {
    visit(*this, put);
    for (std::size_t i = size(); i-- > 0;) {
      const Observation seen = newest(i);
      put(seen.at);
      put(static_cast<std::uint32_t>(seen.span.count()));
      put(static_cast<std::uint32_t>(seen.cap.count()));
      put(static_cast<std::uint8_t>(seen.evidence));
      put(static_cast<float>(seen.egress.mbps()));
    }
    history_.save(out);
  });
}

bool Demand::restore(std::string_view bytes) {
  const std::optional<std::string_view> body = unframe(bytes, kVersion);
  if (!body) return false;
  Demand read;
  Taker taker{*body};
  visit(read, TakeRates{taker});
  if (!taker.fine || read.size_ > kRecent) return false;
  for (std::uint32_t i = 0; i < read.size_; ++i) {
    Observation seen;
    std::uint32_t span = 0;
    std::uint32_t cap = 0;
    std::uint8_t evidence = 0;
    float egress = 0;
    taker(seen.at);
    taker(span);
    taker(cap);
    taker(evidence);
    taker(egress);
    if (!taker.fine || evidence > static_cast<std::uint8_t>(Evidence::kMixed)) return false;
    seen.span = Duration{span};
    seen.cap = Mbps{cap};
    seen.evidence = static_cast<Evidence>(evidence);
    seen.egress = Rate{egress};
    read.ring_[i] = pack(seen);
    read.head_ = i;
  }
  if (!read.history_.restore(taker.in) || !taker.in.empty() || !read.consistent()) return false;
  *this = read;
  return true;
}

bool Demand::consistent() const {
  // Beyond these nobody's arithmetic on times is safe.
  static constexpr Duration kMost{std::int64_t{1} << 50};
  const auto dated = [](TimePoint at) { return at >= TimePoint{-kMost} && at <= TimePoint{kMost}; };
  const bool forgotten = forgotten_at_ == TimePoint::min() || dated(forgotten_at_);
  if (!forgotten || !dated(run_.since) || !dated(run_.at) || !dated(first_at_) ||
      observed_ > kMost) {
    return false;
  }
  TimePoint before = forgotten_at_;
  for (std::size_t i = size(); i-- > 0;) {
    const Observation seen = newest(i);
    if (seen.at <= before || !dated(seen.at) || seen.span <= Duration::zero() ||
        !std::isfinite(seen.egress.mbps()) || seen.egress < Rate{}) {
      return false;
    }
    before = seen.at;
  }
  const std::optional<TimePoint> newest_at = empty() ? std::nullopt : std::optional{newest(0).at};
  return tens_.fits(newest_at) && hours_.fits(newest_at) && quarters_.fits(newest_at) &&
         observed_ >= Duration::zero();
}

}  // namespace penstock
