// The seed of property tests; the generator itself is daemon/sim/random.h.
//
//   Random random{seed_or(7)};   SCOPED_TRACE(random.seed());   // print it, so that a failure
//                                                               // replays
//
// PENSTOCK_SEED replays a failure.
#pragma once

#include <cstdint>
#include <cstdlib>

#include "daemon/sim/random.h"

namespace penstock::testing {

using penstock::Random;

inline std::uint64_t seed_or(std::uint64_t fallback) {
  const char* text = std::getenv("PENSTOCK_SEED");
  return text != nullptr ? std::strtoull(text, nullptr, 10) : fallback;
}

}  // namespace penstock::testing
