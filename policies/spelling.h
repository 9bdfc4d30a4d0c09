// "Did you mean": the known word nearest to one that is not known.
//
//   if (auto word = nearest("cooldwon", {"cooldown", "max_price"})) ...   // "cooldown"
//
// Pure functions; words longer than kLongestWord are never compared.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace penstock {

inline constexpr std::size_t kLongestWord = 64;

/// Insertions, deletions, substitutions and swaps of neighbours that turn one word into the other;
/// a letter's case alone costs nothing.
std::size_t edit_distance(std::string_view a, std::string_view b);

/// The candidate with the least distance, the first of several, if it is near: at most two fifths
/// of the letters differ (one may always), or one word begins with the other.
std::optional<std::string> nearest(std::string_view word, std::span<const std::string_view> known);

}  // namespace penstock
