// Bytes: plain numbers as little-endian bytes, the same on every machine.
//
//   put(out, std::uint32_t{7});   std::uint32_t n;  if (!take(in, n)) return false;
//
// For what is stored and may come back damaged: take() says false at the end of the bytes.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>

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

}  // namespace penstock
