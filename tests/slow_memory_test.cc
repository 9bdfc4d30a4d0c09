// Two years of the production loop in virtual time: the memory that it holds does not grow.
#include <gtest/gtest.h>
#include <malloc.h>
#include <unistd.h>

#include <fstream>
#include <vector>

#include "tests/testing/sim_world.h"

namespace penstock {
namespace {

using std::chrono::hours;
using testing::postpaid_vm;
using testing::prepaid_vm;
using testing::saturation_policy;
using testing::SimWorld;

constexpr Duration kMonth = hours{24 * 30};
constexpr int kMonths = 24;
/// By then every look-back is full and the journal's first rows are near their end.
constexpr std::size_t kSettled = 6;

struct Held {
  std::int64_t heap = 0, resident = 0, world = 0;  ///< bytes; the world's ledger is not the loop's
};

Held held(const SimWorld& world) {
  Held held;
  held.heap = static_cast<std::int64_t>(mallinfo2().uordblks);
  std::int64_t total = 0;
  std::int64_t pages = 0;
  std::ifstream("/proc/self/statm") >> total >> pages;
  held.resident = pages * sysconf(_SC_PAGESIZE);
  for (const auto& [name, cloud] : world.sims) {
    held.world += static_cast<std::int64_t>(cloud->ledger().entries().size() * sizeof(LedgerEntry));
  }
  return held;
}

TEST(SlowMemory, IsFlatOverTwoYears) {
  SimWorld world({}, 5min);
  world.options.tick = 10min;
  world.options.list_every = 10min;
  world.options.save_demand_every = 10min;
  for (int i = 0; i < 8; ++i) {
    const std::string id = "i-" + std::to_string(i);
    const DemandShape demand = DemandShape::daily(20 + 5 * i, 150 + 20 * i, hours{i})
                                   .with_noise(0.3, 7 + static_cast<std::uint64_t>(i));
    world.add(i % 2 == 0 ? prepaid_vm(id, Mbps{300}, demand) : postpaid_vm(id, Mbps{300}, demand));
  }
  Policy policy = saturation_policy("edge");
  policy.rules = {SaturationRule{}, EconomicRule{}, ForecastRule{}};
  world.in_force.policies = {policy};
  world.start();
  std::vector<Held> months;
  for (int month = 0; month < kMonths; ++month) {
    world.run(kMonth);
    months.push_back(held(world));
  }
  std::size_t changes = 0;
  for (int i = 0; i < 8; ++i) changes += world.changes("i-" + std::to_string(i)).size();
  EXPECT_GT(changes, 50U) << "a world in which nothing happens shows nothing";
  const Held& before = months[kSettled - 1];
  for (std::size_t i = 0; i < months.size(); ++i) {
    const Held& now = months[i];
    std::printf("month %2zu: heap %6lld KB, resident %6lld KB, the world's ledger %5lld KB\n",
                i + 1, static_cast<long long>(now.heap / 1024),
                static_cast<long long>(now.resident / 1024),
                static_cast<long long>(now.world / 1024));
    if (i < kSettled) continue;
    EXPECT_LT(now.heap - now.world, before.heap - before.world + 64 * 1024) << "month " << i + 1;
  }
}

}  // namespace
}  // namespace penstock
