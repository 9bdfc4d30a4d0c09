// What a tick does grows with the fleet and no faster: counted in operations, not in time. A fleet
// twice as large may take twice as many blocks and bytes from the heap and compare twice as many
// texts; anything quadratic does four times as much.
#include <gtest/gtest.h>

#include <array>
#include <filesystem>
#include <map>
#include <string>

#include "daemon/loop.h"
#include "daemon/prometheus_source.h"
#include "daemon/sqlite_journal.h"
#include "tests/testing/allocations.h"
#include "tests/testing/canned_fleet.h"
#include "tests/testing/comparisons.h"

namespace penstock {
namespace {

using testing::CannedCloud;
using testing::CannedPrometheus;
using testing::CannedQuoter;
using testing::comparisons;
using testing::heap_taken;
using testing::HeapTaken;

struct Done {
  double blocks = 0, bytes = 0, comparisons = 0;
};

/// By the kind of tick, what one of them did.
using Counts = std::map<std::string, Done>;

Done counted(const std::function<void()>& work) {
  const HeapTaken before = heap_taken();
  const std::size_t compared = comparisons();
  work();
  const HeapTaken after = heap_taken();
  return {.blocks = static_cast<double>(after.blocks - before.blocks),
          .bytes = static_cast<double>(after.bytes - before.bytes),
          .comparisons = static_cast<double>(comparisons() - compared)};
}

InForce in_force_for(double busy) {
  InForce in_force;
  in_force.limits = {.orders_per_day = 0, .per_day = {}, .per_month = {}};
  Policy policy;
  policy.name = "edge";
  policy.mode = busy > 0 ? Mode::kEnforce : Mode::kObserve;
  policy.rules = {SaturationRule{}, ForecastRule{}};
  policy.traffic.query = "egress";
  policy.traffic.warm_up = Duration{};
  in_force.policies = {policy};
  return in_force;
}

/// A fleet's first ticks: with a list at every fourth, and with records and demand saved then.
Counts ticks_of(std::size_t instances, double busy) {
  const std::string state = ::testing::TempDir() + "fleet_growth";
  std::filesystem::remove_all(state);
  std::filesystem::create_directories(state);
  VirtualClock clock;
  CannedPrometheus prometheus(clock, instances, busy);
  CannedCloud cloud(clock, instances);
  CannedQuoter quoter;
  Telemetry telemetry;
  SourceConfig config;
  config.name = "prometheus";
  config.urls = {"http://127.0.0.1:9090"};
  PrometheusSource source(config, {});
  auto journal = SqliteJournal::open(state + "/journal.db");
  DemandStore store(state + "/demand.db");
  EXPECT_TRUE(journal && store.open());
  Loop loop({.clock = clock,
             .http = prometheus,
             .cloud = cloud,
             .quoter = quoter,
             .journal = **journal,
             .demand_store = &store,
             .pauses = Pauses(state),
             .telemetry = telemetry,
             .sources = {&source}},
            {});
  EXPECT_TRUE(loop.start(std::make_shared<const InForce>(in_force_for(busy))));
  Counts counts;
  for (int tick = 0; tick < 9; ++tick) {
    prometheus.prepare();
    const std::string kind = tick == 0 ? "first" : tick % 4 == 0 ? "list" : "steady";
    counts[kind] = counted([&] { loop.tick([] { return false; }); });
    clock.advance(15s);
  }
  EXPECT_EQ(loop.board().latest()->instances.size(), instances);
  EXPECT_EQ(busy > 0, cloud.calls["modify"] > 0);
  EXPECT_EQ(prometheus.calls, 9) << "one query a tick, whatever the size";
  return counts;
}

/// The step from the second size to the third is twice that from the first to the second; where
/// something is quadratic it is four times, and what does not grow at all falls out.
void expect_linear(const std::string& what, const std::array<double, 3>& counts) {
  const double first = counts[1] - counts[0], second = counts[2] - counts[1];
  EXPECT_LE(second, 2.8 * std::max(first, counts[0]))
      << what << ": " << counts[0] << ", " << counts[1] << ", " << counts[2];
}

TEST(FleetGrowth, EveryTickDoesWorkInProportion) {
  for (const double busy : {0.0, 0.25}) {
    std::array<Counts, 3> runs;
    for (std::size_t i = 0; i < runs.size(); ++i) runs[i] = ticks_of(std::size_t{800} << i, busy);
    for (const auto& [kind, done] : runs[0]) {
      SCOPED_TRACE(kind + (busy > 0 ? " tick of a busy fleet" : " tick of a quiet fleet"));
      const auto of = [&](double Done::* count) {
        return std::array{runs[0].at(kind).*count, runs[1].at(kind).*count,
                          runs[2].at(kind).*count};
      };
      expect_linear("blocks", of(&Done::blocks));
      expect_linear("bytes", of(&Done::bytes));
      expect_linear("comparisons", of(&Done::comparisons));
    }
  }
}

TEST(FleetGrowth, TheCountersCount) {
  const Done done = counted([] {
    std::string text(1000, 'x');
    const volatile bool same = text == std::string(1000, 'x');
    EXPECT_TRUE(same);
  });
  EXPECT_GE(done.blocks, 2);
  EXPECT_GE(done.bytes, 2000);
  EXPECT_GE(done.comparisons, 1);
}

}  // namespace
}  // namespace penstock
