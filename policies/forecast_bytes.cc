// How a Forecast is stored: version, numbers, checksum. What is damaged is refused as a whole.
#include <cmath>

#include "metrics/bytes.h"
#include "policies/forecast.h"

namespace penstock {

namespace {

constexpr std::uint32_t kVersion = 0x504d4601;  // "PMF" 1
constexpr TakeLimits kLimits{.largest = 1e15, .least = 0, .most = std::int64_t{1} << 50};

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
  put_framed(out, kVersion, [this](Putter put) {
    visit(*this, put);
    put(static_cast<std::uint8_t>(hour_.at_least ? 1 : 0));
  });
}

bool Forecast::restore(std::string_view bytes) {
  const std::optional<std::string_view> body = unframe(bytes, kVersion);
  if (!body) return false;
  Forecast read;
  Taker taker{*body, kLimits};
  visit(read, taker);
  std::uint8_t at_least = 0;
  taker(at_least);
  if (!taker.done() || at_least > 1 || !read.consistent()) return false;
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
