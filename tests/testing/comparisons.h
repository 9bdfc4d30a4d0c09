// Counts comparisons of texts, by standing in for memcmp and bcmp (see tests/CMakeLists.txt): every
// look-up of a key in a map or a list comes down to some.
//
//   const std::size_t before = comparisons();
//   work();
//   EXPECT_LT(comparisons() - before, 100 * keys);
//
// Of all threads together; only in the programs that are linked so, and not those inside of other
// libraries.
#pragma once

#include <cstddef>

namespace penstock::testing {

std::size_t comparisons();

}  // namespace penstock::testing
