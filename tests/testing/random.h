// Random: our own small generator for property tests, the same on every machine and library.
//
//   Random random{seed};   SCOPED_TRACE(random.seed());   // print it, so that a failure replays
//   random.below(6); random.between(5.0, 9.0); random.chance(0.1);
//
// splitmix64. The seed comes from PENSTOCK_SEED where it is set, else from the caller.
#pragma once

#include <cstdint>
#include <cstdlib>

namespace penstock::testing {

class Random {
 public:
  explicit Random(std::uint64_t seed) : seed_(seed), state_(seed) {}

  std::uint64_t next() {
    state_ += 0x9e3779b97f4a7c15U;
    std::uint64_t mixed = state_;
    mixed = (mixed ^ (mixed >> 30U)) * 0xbf58476d1ce4e5b9U;
    mixed = (mixed ^ (mixed >> 27U)) * 0x94d049bb133111ebU;
    return mixed ^ (mixed >> 31U);
  }
  std::int64_t below(std::int64_t limit) {
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
  std::uint64_t seed_;
  std::uint64_t state_;
};

/// The seed of a property test: PENSTOCK_SEED replays a failure.
inline std::uint64_t seed_or(std::uint64_t fallback) {
  const char* text = std::getenv("PENSTOCK_SEED");
  return text != nullptr ? std::strtoull(text, nullptr, 10) : fallback;
}

}  // namespace penstock::testing
