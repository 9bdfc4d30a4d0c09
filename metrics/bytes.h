// Bytes: what is learned as little-endian bytes, the same on every machine, for a store from which
// it may come back damaged.
//
//   put_framed(out, kVersion, [&](Putter put) { visit(*this, put); });
//
//   std::optional<std::string_view> body = unframe(bytes, kVersion);
//   Taker take{*body, {.largest = 1e15, .least = 0}};
//   visit(read, take);
//   if (!take.done()) return false;
//
// One visitor of a class's members serves both ways. Pure functions.
#pragma once

#include <array>
#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>

#include "metrics/units.h"

namespace penstock {

template <std::size_t kSize>
using UnsignedOf = std::conditional_t<
    kSize == 1, std::uint8_t,
    std::conditional_t<kSize == 2, std::uint16_t,
                       std::conditional_t<kSize == 4, std::uint32_t, std::uint64_t>>>;

template <class Number>
  requires std::is_arithmetic_v<Number>
void put(std::string& out, Number number) {
  const auto bits = std::bit_cast<UnsignedOf<sizeof(Number)>>(number);
  std::array<char, sizeof(Number)> bytes{};
  for (std::size_t i = 0; i < sizeof(Number); ++i) {
    bytes.at(i) = static_cast<char>(static_cast<std::uint64_t>(bits) >> (8 * i) & 0xffU);
  }
  out.append(bytes.data(), bytes.size());
}

template <class Number>
  requires std::is_arithmetic_v<Number>
bool take(std::string_view& in, Number& number) {
  if (in.size() < sizeof(Number)) return false;
  std::uint64_t bits = 0;
  for (std::size_t i = 0; i < sizeof(Number); ++i) {
    bits |= std::uint64_t{static_cast<unsigned char>(in[i])} << (8 * i);
  }
  number = std::bit_cast<Number>(static_cast<UnsignedOf<sizeof(Number)>>(bits));
  in.remove_prefix(sizeof(Number));
  return true;
}

/// FNV-1a: enough against accidents, which is all that can happen to our own files.
inline std::uint64_t checksum(std::string_view bytes) {
  std::uint64_t hash = 0xcbf29ce484222325U;
  for (const char byte : bytes) {
    hash = (hash ^ static_cast<unsigned char>(byte)) * 0x100000001b3U;
  }
  return hash;
}

/// Writes whatever it is called with.
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

/// What a number may be that is read; others are damage. Times, spans and sizes are whole numbers.
struct TakeLimits {
  double largest = std::numeric_limits<double>::max();  ///< of the absolute value
  std::int64_t least = std::numeric_limits<std::int64_t>::min();
  std::int64_t most = std::numeric_limits<std::int64_t>::max();
};

/// Reads whatever it is called with; `fine` until something is missing or beyond the limits.
struct Taker {
  std::string_view in;
  TakeLimits limits = {};
  bool fine = true;

  template <class Number>
    requires std::is_arithmetic_v<Number>
  void operator()(Number& number) {
    fine = take(in, number) && fine;
    if constexpr (std::is_floating_point_v<Number>) {
      fine = fine && std::isfinite(number) && std::abs(number) <= limits.largest;
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
    fine = fine && number >= limits.least && number <= limits.most;
    return number;
  }
  /// Everything was read, and nothing is left.
  bool done() const { return fine && in.empty(); }
};

/// Appends the version, what `write` writes, and a checksum over both.
template <class Write>
void put_framed(std::string& out, std::uint32_t version, Write&& write) {
  const std::size_t start = out.size();
  put(out, version);
  write(Putter{out});
  put(out, checksum(std::string_view(out).substr(start)));
}

/// What was written between version and checksum; nullopt: damaged, or of another version.
inline std::optional<std::string_view> unframe(std::string_view bytes, std::uint32_t version) {
  if (bytes.size() < sizeof(std::uint64_t)) return std::nullopt;
  std::string_view end = bytes.substr(bytes.size() - sizeof(std::uint64_t));
  bytes.remove_suffix(end.size());
  std::uint64_t sum = 0;
  if (!take(end, sum) || sum != checksum(bytes)) return std::nullopt;
  std::uint32_t found = 0;
  if (!take(bytes, found) || found != version) return std::nullopt;
  return bytes;
}

}  // namespace penstock
