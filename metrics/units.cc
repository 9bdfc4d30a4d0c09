#include "metrics/units.h"

#include <algorithm>
#include <array>
#include <cassert>
#include <charconv>
#include <cmath>
#include <limits>

namespace penstock {
namespace {

constexpr std::int64_t kMicrosPerUnit = 1'000'000;

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

std::string_view trim(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

/// A non-negative decimal as a whole number of 10^-6; more digits than six round up, so that a
/// price never comes out cheaper than it was written. Takes the number off the front of `text`.
struct Decimal {
  std::int64_t micros;
  bool exact;
};
std::optional<Decimal> take_decimal(std::string_view& text) {
  std::int64_t whole = 0;
  std::size_t i = 0;
  for (; i < text.size() && is_digit(text[i]); ++i) {
    if (whole > std::numeric_limits<std::int64_t>::max() / kMicrosPerUnit / 10 - 10) return {};
    whole = whole * 10 + (text[i] - '0');
  }
  bool any = i > 0;
  std::int64_t fraction = 0;
  bool more = false;
  if (i < text.size() && text[i] == '.') {
    ++i;
    int digits = 0;
    for (; i < text.size() && is_digit(text[i]); ++i, ++digits) {
      if (digits < 6) {
        fraction = fraction * 10 + (text[i] - '0');
      } else {
        more = more || text[i] != '0';
      }
    }
    if (digits == 0) return {};
    any = true;
    for (; digits < 6; ++digits) fraction *= 10;
  }
  if (!any) return {};
  text.remove_prefix(i);
  return Decimal{whole * kMicrosPerUnit + fraction + (more ? 1 : 0), !more};
}

template <class T>
std::optional<T> take_integer(std::string_view& text, std::size_t digits) {
  T value{};
  if (text.size() < digits) return {};
  for (const char c : text.substr(0, digits)) {
    if (!is_digit(c)) return {};
    value = value * 10 + static_cast<T>(c - '0');
  }
  text.remove_prefix(digits);
  return value;
}

bool take_char(std::string_view& text, char c) {
  if (text.empty() || text.front() != c) return false;
  text.remove_prefix(1);
  return true;
}

std::string two_digits(std::int64_t value) {
  std::string text = std::to_string(value);
  return text.size() < 2 ? "0" + text : text;
}

/// Floor division for possibly negative times.
std::int64_t floor_div(std::int64_t a, std::int64_t b) {
  return a / b - ((a % b != 0 && (a < 0) != (b < 0)) ? 1 : 0);
}

}  // namespace

Mbps ceil_to_mbps(Rate rate) {
  if (!(rate.mbps() > 0)) return Mbps{0};
  // Beyond any sellable size the exact figure does not matter, only that the cast is defined.
  return Mbps{static_cast<std::int64_t>(std::ceil(std::min(rate.mbps(), 1e12)))};
}

Mbps ceil_to_step(Mbps cap, Mbps step) {
  if (step.count() <= 1) return cap;
  return Mbps{-floor_div(-cap.count(), step.count()) * step.count()};
}

Mbps floor_to_step(Mbps cap, Mbps step) {
  if (step.count() <= 1) return cap;
  return Mbps{floor_div(cap.count(), step.count()) * step.count()};
}

Money scale_round_up(Money amount, std::int64_t part, std::int64_t whole) {
  assert(whole > 0);
  __extension__ using Wide = __int128;
  const Wide product = static_cast<Wide>(amount.micros()) * part;
  Wide quotient = product / whole;
  if (product % whole != 0) quotient += product > 0 ? 1 : -1;
  constexpr Wide kMost = std::numeric_limits<std::int64_t>::max();
  if (quotient > kMost) quotient = kMost;
  if (quotient < -kMost) quotient = -kMost;
  return Money::from_micros(static_cast<std::int64_t>(quotient));
}

std::optional<Mbps> parse_bandwidth(std::string_view text) {
  text = trim(text);
  auto amount = take_decimal(text);
  if (!amount || !amount->exact) return {};
  text = trim(text);
  // In micro-Mbps; bandwidth that is not a whole number of Mbps cannot be ordered.
  std::int64_t divisor = 0;
  std::int64_t factor = 1;
  if (text == "Mbps") {
    divisor = kMicrosPerUnit;
  } else if (text == "Gbps") {
    divisor = kMicrosPerUnit / 1000;
  } else if (text == "Tbps") {
    divisor = 1;
  } else if (text == "kbps") {
    divisor = kMicrosPerUnit;
    factor = 1000;
  } else {
    return {};
  }
  if (amount->micros % (divisor * factor) != 0) return {};
  return Mbps{amount->micros / (divisor * factor)};
}

std::optional<Money> parse_money_amount(std::string_view decimal) {
  decimal = trim(decimal);
  const bool negative = take_char(decimal, '-');
  auto amount = take_decimal(decimal);
  if (!amount || !decimal.empty()) return {};
  return Money::from_micros(negative ? -amount->micros : amount->micros);
}

std::optional<Money> parse_money(std::string_view text) {
  text = trim(text);
  auto amount = take_decimal(text);
  if (!amount || !amount->exact || trim(text) != kCurrency) return {};
  return Money::from_micros(amount->micros);
}

std::optional<Duration> parse_duration(std::string_view text) {
  struct Unit {
    std::string_view name;
    std::int64_t ms;
  };
  // "ms" before "m", so that the longer name wins.
  static constexpr std::array<Unit, 6> kUnits{{{"ms", 1},
                                               {"s", 1000},
                                               {"m", 60'000},
                                               {"h", 3'600'000},
                                               {"d", 86'400'000},
                                               {"w", 604'800'000}}};
  text = trim(text);
  if (text.empty()) return {};
  constexpr std::int64_t kMostMs = 1000LL * 365 * 86'400'000;  // a thousand years
  std::int64_t total = 0;
  while (!text.empty()) {
    auto amount = take_decimal(text);
    if (!amount || !amount->exact || amount->micros > kMostMs * 10) return {};
    const Unit* found = nullptr;
    for (const Unit& unit : kUnits) {
      if (text.starts_with(unit.name)) {
        found = &unit;
        break;
      }
    }
    if (found == nullptr) return {};
    text.remove_prefix(found->name.size());
    __extension__ using Wide = __int128;
    const Wide ms = static_cast<Wide>(amount->micros) * found->ms;
    if (ms % kMicrosPerUnit != 0 || ms / kMicrosPerUnit > kMostMs) return {};
    total += static_cast<std::int64_t>(ms / kMicrosPerUnit);
    if (total > kMostMs) return {};
    text = trim(text);
  }
  return Duration{total};
}

std::optional<TimePoint> parse_time(std::string_view text) {
  using namespace std::chrono;
  auto y = take_integer<int>(text, 4);
  if (!y || !take_char(text, '-')) return {};
  auto m = take_integer<unsigned>(text, 2);
  if (!m || !take_char(text, '-')) return {};
  auto d = take_integer<unsigned>(text, 2);
  const year_month_day date{year{*y}, month{m.value_or(0)}, day{d.value_or(0)}};
  if (!d || !date.ok() || text.empty() || (text[0] != 'T' && text[0] != 't' && text[0] != ' '))
    return {};
  text.remove_prefix(1);
  auto hour = take_integer<int>(text, 2);
  if (!hour || !take_char(text, ':')) return {};
  auto minute = take_integer<int>(text, 2);
  if (!minute || !take_char(text, ':')) return {};
  auto second = take_integer<int>(text, 2);
  if (!second || *hour > 23 || *minute > 59 || *second > 60) return {};
  milliseconds fraction{};
  if (take_char(text, '.')) {
    std::int64_t scale = 100;
    if (text.empty() || !is_digit(text.front())) return {};
    for (; !text.empty() && is_digit(text.front()); text.remove_prefix(1), scale /= 10) {
      fraction += milliseconds{(text.front() - '0') * scale};
    }
  }
  minutes offset{};
  if (text == "Z" || text == "z") {
    text = {};
  } else {
    if (text.empty() || (text[0] != '+' && text[0] != '-')) return {};
    const bool west = text[0] == '-';
    text.remove_prefix(1);
    auto hours_off = take_integer<int>(text, 2);
    if (!hours_off || !take_char(text, ':')) return {};
    auto minutes_off = take_integer<int>(text, 2);
    if (!minutes_off || *hours_off > 23 || *minutes_off > 59) return {};
    offset = minutes{*hours_off * 60 + *minutes_off};
    if (west) offset = -offset;
  }
  if (!text.empty()) return {};
  return TimePoint{sys_days{date} + hours{*hour} + minutes{*minute} + seconds{*second} + fraction -
                   offset};
}

std::string format(Mbps cap) {
  return std::to_string(cap.count()) + " Mbps";
}

std::string format(Rate rate) {
  std::array<char, 64> buffer{};
  const double tenths = std::round(rate.mbps() * 10) / 10;
  auto [end, error] = std::to_chars(buffer.data(), buffer.data() + buffer.size(), tenths,
                                    std::chars_format::fixed, 1);
  assert(error == std::errc{} || std::abs(tenths) > 1e40);
  std::string text(buffer.data(), error == std::errc{} ? end : buffer.data());
  if (text.ends_with(".0")) text.resize(text.size() - 2);
  return text + " Mbps";
}

std::string format_amount(Money money) {
  const std::int64_t micros = money.micros();
  const std::uint64_t magnitude =
      micros < 0 ? 0 - static_cast<std::uint64_t>(micros) : static_cast<std::uint64_t>(micros);
  std::string fraction = std::to_string(magnitude % kMicrosPerUnit + kMicrosPerUnit).substr(1);
  while (fraction.size() > 2 && fraction.back() == '0') fraction.pop_back();
  return (micros < 0 ? "-" : "") + std::to_string(magnitude / kMicrosPerUnit) + "." + fraction;
}

std::string format(Money money) {
  constexpr std::int64_t kCent = kMicrosPerUnit / 100;
  const std::int64_t micros = money.micros();
  // Nobody reads fractions of a cent, unless there is nothing else.
  const bool rounds = micros >= kCent || micros <= -kCent;
  constexpr std::int64_t kMost = std::numeric_limits<std::int64_t>::max() - kCent;
  if (rounds && micros <= kMost && micros >= -kMost) {
    const std::int64_t half = micros < 0 ? -kCent / 2 : kCent / 2;
    money = Money::from_micros((micros + half) / kCent * kCent);
  }
  return format_amount(money) + " " + std::string(kCurrency);
}

std::string format(Duration span) {
  std::int64_t ms = span.count();
  if (ms == 0) return "0s";
  std::string text = ms < 0 ? "-" : "";
  if (ms < 0) ms = -ms;
  struct Unit {
    char name;
    std::int64_t ms;
  };
  static constexpr std::array<Unit, 4> kUnits{
      {{'d', 86'400'000}, {'h', 3'600'000}, {'m', 60'000}, {'s', 1000}}};
  int parts = 0;
  for (const Unit& unit : kUnits) {
    if (ms < unit.ms) continue;
    // Two units say enough to a person, but a span that ends in between is not rounded: "1d 2h 5s".
    if (parts > 0) text += ' ';
    text += std::to_string(ms / unit.ms) + unit.name;
    ms %= unit.ms;
    ++parts;
  }
  if (ms > 0) text += (parts > 0 ? " " : "") + std::to_string(ms) + "ms";
  return text;
}

std::string format(TimePoint time) {
  using namespace std::chrono;
  const auto date = floor<days>(time);
  const year_month_day ymd{date};
  const std::int64_t ms = (time - date).count();
  std::string year_text = std::to_string(static_cast<int>(ymd.year()));
  while (year_text.size() < 4) year_text.insert(year_text.begin(), '0');
  std::string text = year_text + "-" + two_digits(static_cast<unsigned>(ymd.month())) + "-" +
                     two_digits(static_cast<unsigned>(ymd.day())) + "T" +
                     two_digits(ms / 3'600'000) + ":" + two_digits(ms / 60'000 % 60) + ":" +
                     two_digits(ms / 1000 % 60);
  if (ms % 1000 != 0) text += "." + std::to_string(ms % 1000 + 1000).substr(1);
  return text + "Z";
}

}  // namespace penstock
