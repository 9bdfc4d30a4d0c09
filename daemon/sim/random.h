// Random: our own small generator, the same on every machine and library.
//
//   Random random{seed};
//   random.below(6); random.between(5.0, 9.0); random.chance(0.1);
//
// splitmix64. Plain value.
#pragma once

#include <cassert>
#include <cstdint>
#include <string_view>

namespace penstock {

class Random {
 public:
  explicit Random(std::uint64_t seed) : seed_(seed), state_(seed) {}
  /// A stream of its own for one purpose: what others draw from the same seed does not move it.
  Random(std::uint64_t seed, std::string_view purpose) : Random(mix(seed, purpose)) {}

  std::uint64_t next() {
    state_ += 0x9e3779b97f4a7c15U;
    std::uint64_t mixed = state_;
    mixed = (mixed ^ (mixed >> 30U)) * 0xbf58476d1ce4e5b9U;
    mixed = (mixed ^ (mixed >> 27U)) * 0x94d049bb133111ebU;
    return mixed ^ (mixed >> 31U);
  }
  std::int64_t below(std::int64_t limit) {
    assert(limit > 0);
    return static_cast<std::int64_t>(next() % static_cast<std::uint64_t>(limit));
  }
  std::int64_t range(std::int64_t least, std::int64_t most) {
    return least + below(most - least + 1);
  }
  double unit() { return static_cast<double>(next() >> 11U) * 0x1p-53; }
  double between(double least, double most) { return least + (most - least) * unit(); }
  bool chance(double share) { return unit() < share; }
  std::uint64_t seed() const { return seed_; }

 private:
  static std::uint64_t mix(std::uint64_t seed, std::string_view purpose) {
    std::uint64_t hash = 1'469'598'103'934'665'603U ^ seed;  // FNV-1a
    for (const char c : purpose) {
      hash = (hash ^ static_cast<unsigned char>(c)) * 1'099'511'628'211U;
    }
    return Random(hash).next();
  }

  std::uint64_t seed_;
  std::uint64_t state_;
};

}  // namespace penstock
