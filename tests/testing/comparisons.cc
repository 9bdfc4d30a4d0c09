#include "tests/testing/comparisons.h"

#include <atomic>
#include <cstring>

namespace {
// NOLINTNEXTLINE(cppcoreguidelines-avoid-non-const-global-variables)
std::atomic<std::size_t> g_comparisons{0};
}  // namespace

// Names that the linker gives for --wrap.
extern "C" {
// NOLINTNEXTLINE(bugprone-reserved-identifier)
int __real_memcmp(const void* a, const void* b, std::size_t size);
// NOLINTNEXTLINE(bugprone-reserved-identifier)
int __wrap_memcmp(const void* a, const void* b, std::size_t size) {
  g_comparisons.fetch_add(1, std::memory_order_relaxed);
  return __real_memcmp(a, b, size);
}
// What Clang makes of a memcmp that only asks for equality.
// NOLINTNEXTLINE(bugprone-reserved-identifier)
int __wrap_bcmp(const void* a, const void* b, std::size_t size) {
  return __wrap_memcmp(a, b, size);
}
}

namespace penstock::testing {

std::size_t comparisons() {
  return g_comparisons.load();
}

}  // namespace penstock::testing
