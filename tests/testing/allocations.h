// Counts what this program takes from the heap, by replacing operator new in whichever program
// asks.
//
//   const HeapTaken before = heap_taken();
//   work();
//   EXPECT_EQ(heap_taken().blocks - before.blocks, 0);
//
// Of all threads together. What C libraries take with malloc is not counted.
#pragma once

#include <cstddef>

namespace penstock::testing {

struct HeapTaken {
  std::size_t blocks = 0;
  std::size_t bytes = 0;
};

HeapTaken heap_taken();

}  // namespace penstock::testing
