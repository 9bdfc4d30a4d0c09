// A steady call of decide takes nothing from the heap: counted by replacing operator new in this
// test program.
#include <gtest/gtest.h>

#include <atomic>
#include <cstdlib>
#include <new>

#include "policies/decide.h"
#include "tests/testing/world.h"

namespace {
// NOLINTNEXTLINE(cppcoreguidelines-avoid-non-const-global-variables)
std::atomic<std::size_t> g_allocations{0};
}  // namespace

// Not inlined: GCC would see malloc on one side and free on the other and call it a mismatch.
[[gnu::noinline]] void* operator new(std::size_t size) {
  g_allocations.fetch_add(1, std::memory_order_relaxed);
  if (void* memory = std::malloc(size == 0 ? 1 : size)) return memory;
  throw std::bad_alloc{};
}
// The other form that the standard library uses: replaced too, or it would not pair with delete.
[[gnu::noinline]] void* operator new(std::size_t size, const std::nothrow_t&) noexcept {
  g_allocations.fetch_add(1, std::memory_order_relaxed);
  return std::malloc(size == 0 ? 1 : size);
}
[[gnu::noinline]] void operator delete(void* memory) noexcept {
  std::free(memory);
}
[[gnu::noinline]] void operator delete(void* memory, std::size_t) noexcept {
  std::free(memory);
}
[[gnu::noinline]] void operator delete(void* memory, const std::nothrow_t&) noexcept {
  std::free(memory);
}

namespace penstock {
namespace {

using testing::Random;
using testing::World;

TEST(DecideAllocation, NoneInAnyWorld) {
  Random random{testing::seed_or(31)};
  SCOPED_TRACE(random.seed());
  for (int i = 0; i < 200; ++i) {
    World world = testing::random_world(random);
    const Situation situation = world.situation();
    const Sample next{world.now + 15s, 15s, Rate{12}};
    const std::size_t before = g_allocations.load();
    const Decision decision = decide(world.policy, situation, world.now);
    world.demand.observe(next, world.cap, world.cap_since, kSaturatedAt);
    EXPECT_EQ(g_allocations.load(), before) << to_string(decision.action);
  }
  // The counter itself counts.
  const std::size_t before = g_allocations.load();
  const auto one = std::make_unique<int>(1);
  EXPECT_GT(g_allocations.load(), before);
}

}  // namespace
}  // namespace penstock
