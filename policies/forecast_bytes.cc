// How a Forecast is stored: version, numbers, checksum. What is damaged is refused as a whole.
#include <cmath>

#include "metrics/bytes.h"
#include "policies/forecast.h"

namespace penstock {

namespace {

constexpr std::uint32_t kVersion = 0x504d4601;  // "PMF" 1

struct Putter {
  std::string& out;
  template <class Number>
    requires std::is_arithmetic_v<Number>
  void operator()(const Number& number) {
    put(out, number);
  }
  void operator()(const TimePoint& time) { put(out, time.time_since_epoch().count()); }
  void operator()(const Duration& span) { put(out, span.count()); }
};

/// Reads numbers; `fine` until one is missing or is no number at all.
struct Taker {
  std::string_view& in;
  bool fine = true;
  template <class Number>
    requires std::is_arithmetic_v<Number>
  void operator()(Number& number) {
    fine = take(in, number) && fine;
    if constexpr (std::is_floating_point_v<Number>) {
      fine = fine && std::isfinite(number) && std::abs(number) < 1e15;
    }
  }
  void operator()(TimePoint& time) { time = TimePoint{Duration{integer()}}; }
  void operator()(Duration& span) { span = Duration{integer()}; }
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
void Forecast::visit(Self& self, Visitor&& each) {
  Profile::visit(self.profile_, each);
  for (auto* record : {&self.near_, &self.far_}) ForecastRecord::visit(*record, each);
  for (auto& residual : self.residuals_) each(residual);
  for (auto& level : self.day_levels_) each(level);
  each(self.hour_.number);
  each(self.hour_.largest);
  each(self.hour_.seconds);
  each(self.level_);
  each(self.confidence_);
  each(self.week_peak_);
  each(self.at_);
  each(self.seen_);
  each(self.first_day_);
  each(self.day_);
  each(self.next_);
  each(self.known_);
  each(self.complete_);
}

void Forecast::save(std::string& out) const {
  const std::size_t start = out.size();
  put(out, kVersion);
  visit(*this, Putter{out});
  put(out, static_cast<std::uint8_t>(hour_.at_least ? 1 : 0));
  put(out, checksum(std::string_view(out).substr(start)));
}

bool Forecast::restore(std::string_view bytes) {
  if (bytes.size() < sizeof(std::uint64_t)) return false;
  std::string_view end = bytes.substr(bytes.size() - sizeof(std::uint64_t));
  bytes.remove_suffix(end.size());
  std::uint64_t sum = 0;
  if (!take(end, sum) || sum != checksum(bytes)) return false;
  std::uint32_t version = 0;
  if (!take(bytes, version) || version != kVersion) return false;

  Forecast read;
  Taker taker{bytes};
  visit(read, taker);
  std::uint8_t at_least = 0;
  taker(at_least);
  if (!taker.fine || !bytes.empty() || at_least > 1 || !read.consistent()) return false;
  read.hour_.at_least = at_least != 0;
  *this = read;
  return true;
}

bool Forecast::consistent() const {
  constexpr std::int64_t kMostHours = std::int64_t{1} << 30;
  const auto near_zero = [](double level) { return std::abs(level) <= 3 * Profile::kLargest; };
  const bool hours =
      hour_.number >= 0 && hour_.number < kMostHours && hour_.largest >= 0 && hour_.seconds >= 0;
  const bool days = first_day_ >= 0 && day_ >= first_day_ && day_ < kMostHours;
  return hours && days && near_zero(level_) && near_zero(week_peak_) && near_.consistent() &&
         far_.consistent() && confidence_ >= 0 && confidence_ < 1 && next_ < kRing && known_ <= 1 &&
         complete_ <= 1;
}

}  // namespace penstock
