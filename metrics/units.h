// Units as types: whole Mbps of configured bandwidth, real Mbps of traffic, money, time.
//
//   Mbps cap{200};  Rate egress{187.25};  Money price = Money::from_micros(11'400'000);
//   cap + Mbps{10};            // fine
//   cap + price;               // does not compile
//   Rate saturated = 0.95 * as_rate(cap);
//
// All are plain values: copyable, no heap, safe from any thread.
#pragma once

#include <chrono>
#include <compare>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>

namespace penstock {

/// An integer amount of one unit. Sums and comparisons stay inside the unit. What would be more
/// than fits stays at the largest there is: an absurd price from outside is then beyond every
/// budget.
template <class Tag>
class Quantity {
 public:
  constexpr Quantity() = default;
  constexpr explicit Quantity(std::int64_t value) : value_(value) {}
  constexpr std::int64_t count() const { return value_; }
  constexpr auto operator<=>(const Quantity&) const = default;
  constexpr Quantity operator+(Quantity other) const {
    std::int64_t sum{};
    const bool over = __builtin_add_overflow(value_, other.value_, &sum);
    return Quantity{over ? largest(value_ < 0) : sum};
  }
  constexpr Quantity operator-(Quantity other) const {
    std::int64_t difference{};
    const bool over = __builtin_sub_overflow(value_, other.value_, &difference);
    return Quantity{over ? largest(value_ < 0) : difference};
  }
  constexpr Quantity operator-() const { return Quantity{} - *this; }
  constexpr Quantity& operator+=(Quantity other) { return *this = *this + other; }
  constexpr Quantity& operator-=(Quantity other) { return *this = *this - other; }
  constexpr Quantity operator*(std::int64_t factor) const {
    std::int64_t product{};
    const bool over = __builtin_mul_overflow(value_, factor, &product);
    return Quantity{over ? largest((value_ < 0) != (factor < 0)) : product};
  }

 private:
  static constexpr std::int64_t largest(bool negative) {
    using Limits = std::numeric_limits<std::int64_t>;
    return negative ? Limits::min() : Limits::max();
  }

  std::int64_t value_ = 0;
};

/// Configured bandwidth: whole megabits (10^6 bits) per second, as the API takes it.
using Mbps = Quantity<struct MbpsTag>;

/// Money in millionths of a US dollar, the API's only currency (zenlayer-api: prices carry none).
class Money : public Quantity<struct MoneyTag> {
 public:
  constexpr Money() = default;
  constexpr Money(Quantity<struct MoneyTag> q) : Quantity(q) {}  // NOLINT: sums stay Money
  static constexpr Money from_micros(std::int64_t micros) { return Money{Quantity{micros}}; }
  static constexpr Money from_units(std::int64_t units) { return from_micros(units * 1'000'000); }
  constexpr std::int64_t micros() const { return count(); }

 private:
  using Quantity::count;
};

inline constexpr std::string_view kCurrency = "USD";

/// Measured traffic in Mbps; real-valued and never rounded. NaN never gets in here: sources drop
/// it.
class Rate {
 public:
  constexpr Rate() = default;
  constexpr explicit Rate(double mbps) : mbps_(mbps) {}
  constexpr double mbps() const { return mbps_; }
  constexpr auto operator<=>(const Rate&) const = default;
  constexpr Rate operator+(Rate other) const { return Rate{mbps_ + other.mbps_}; }
  constexpr Rate operator-(Rate other) const { return Rate{mbps_ - other.mbps_}; }
  constexpr Rate operator*(double factor) const { return Rate{mbps_ * factor}; }
  friend constexpr Rate operator*(double factor, Rate rate) { return rate * factor; }
  constexpr double operator/(Rate other) const { return mbps_ / other.mbps_; }

 private:
  double mbps_ = 0;
};

constexpr Rate as_rate(Mbps cap) {
  return Rate{static_cast<double>(cap.count())};
}

/// The smallest whole Mbps that carries `rate`; at least 0.
Mbps ceil_to_mbps(Rate rate);

/// The next multiple of `step` at or above / at or below `cap`; `step` of 0 or 1 leaves it alone.
Mbps ceil_to_step(Mbps cap, Mbps step);
Mbps floor_to_step(Mbps cap, Mbps step);

/// Wall-clock time, UTC, to the millisecond: what samples, orders and terms are dated with.
using Duration = std::chrono::milliseconds;
using TimePoint = std::chrono::sys_time<Duration>;
using namespace std::chrono_literals;

/// `amount` times `part / whole`, rounded up to the next micro: money never rounds in our favour.
/// Negative amounts round away from zero. `whole` must be positive. Exact (128-bit inside).
Money scale_round_up(Money amount, std::int64_t part, std::int64_t whole);

/// "200 Mbps", "2 Gbps", "1500 kbps" (rounded up to whole Mbps is refused: must be whole Mbps).
std::optional<Mbps> parse_bandwidth(std::string_view text);
/// "12.40 USD"; the currency is required and must be USD; at most 6 decimals.
std::optional<Money> parse_money(std::string_view text);
/// A bare decimal such as "12.4" in units of the currency; at most 6 decimals are kept, rounded up.
std::optional<Money> parse_money_amount(std::string_view decimal);
/// "90s", "15m", "12h", "7d", "1h30m", "500ms", "0s"; the unit is required; not negative.
std::optional<Duration> parse_duration(std::string_view text);
/// RFC 3339 in UTC or with an offset: "2026-01-01T00:00:00Z".
std::optional<TimePoint> parse_time(std::string_view text);

std::string format(Mbps cap);        ///< "200 Mbps"
std::string format(Rate rate);       ///< "187.3 Mbps"
std::string format(Money money);     ///< "11.40 USD" (cents unless more digits are needed)
std::string format(Duration span);   ///< "1h 30m", "12.4 d" is never used: "12d 9h"
std::string format(TimePoint time);  ///< RFC 3339, "2026-01-01T00:00:00Z"; milliseconds if any
/// The plain decimal without currency, as JSON carries it: "11.40".
std::string format_amount(Money money);

}  // namespace penstock
