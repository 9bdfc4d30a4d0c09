#include "policies/spelling.h"

#include <algorithm>
#include <array>
#include <numeric>

namespace penstock {
namespace {

constexpr std::size_t kLeastStem = 4;  // letters of a word that was left unfinished

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

}  // namespace

std::size_t edit_distance(std::string_view a, std::string_view b) {
  // Only three rows of the table are needed: a swap of neighbours looks two rows back.
  using Row = std::array<std::size_t, kLongestWord + 1>;
  if (a.size() > kLongestWord || b.size() > kLongestWord) return std::max(a.size(), b.size());
  Row before{};
  Row above{};
  Row row{};
  std::iota(above.begin(), above.end(), std::size_t{0});
  for (std::size_t i = 1; i <= a.size(); ++i) {
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const bool same = lower(a[i - 1]) == lower(b[j - 1]);
      row[j] = std::min({above[j] + 1, row[j - 1] + 1, above[j - 1] + (same ? 0 : 1)});
      if (i > 1 && j > 1 && lower(a[i - 1]) == lower(b[j - 2]) &&
          lower(a[i - 2]) == lower(b[j - 1])) {
        row[j] = std::min(row[j], before[j - 2] + 1);
      }
    }
    before = above;
    above = row;
  }
  return above[b.size()];
}

std::optional<std::string> nearest(std::string_view word, std::span<const std::string_view> known) {
  std::optional<std::string> best;
  std::size_t least = kLongestWord + 1;
  if (word.size() > kLongestWord) return best;
  for (const std::string_view candidate : known) {
    if (candidate.size() > kLongestWord) continue;
    const std::size_t distance = edit_distance(word, candidate);
    const std::size_t longer = std::max(word.size(), candidate.size());
    // Two fifths: "policy" still finds "policies", and two letters find nothing but themselves.
    const bool near = distance <= std::max<std::size_t>(1, longer * 2 / 5) && distance < longer;
    const bool begun = std::min(word.size(), candidate.size()) >= kLeastStem &&
                       (candidate.starts_with(word) || word.starts_with(candidate));
    if (distance >= least || !(near || begun)) continue;
    least = distance;
    best = std::string(candidate);
  }
  return best;
}

}  // namespace penstock
