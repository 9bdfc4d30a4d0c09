// One row of the demand store: what was learned of an instance, over restarts and versions.
#include "daemon/learned.h"

#include <gtest/gtest.h>

#include <cmath>

#include "metrics/bytes.h"

namespace penstock {
namespace {

constexpr TimePoint kStart{std::chrono::hours{24 * 365 * 50}};

Learned some_traffic(int samples) {
  Learned learned;
  learned.economic = std::make_unique<EconomicMemory>();
  for (int i = 1; i <= samples; ++i) {
    const Sample sample{.at = kStart + i * 1min, .span = 1min, .egress = Rate{50.0 + i % 7}};
    learned.demand.observe(sample, Mbps{100}, kStart, kSaturatedAt);
    learned.economic->observe({.sample = sample, .cap = Mbps{100}, .cap_since = kStart});
  }
  return learned;
}

template <class Memory>
std::string bytes_of(const Memory& memory) {
  std::string bytes;
  memory.save(bytes);
  return bytes;
}

TEST(Learned, BothPartsComeBack) {
  const Learned learned = some_traffic(100);
  Learned read;
  ASSERT_TRUE(restore_learned(save_learned(learned.demand, learned.economic.get()), read));
  EXPECT_EQ(read.demand.size(), learned.demand.size());
  ASSERT_NE(read.economic, nullptr);
  EXPECT_EQ(bytes_of(*read.economic), bytes_of(*learned.economic));
}

TEST(Learned, EveryPartComesBackByItself) {
  Learned learned = some_traffic(100);
  learned.bursts = std::make_unique<BurstRecord>();
  learned.forecast = std::make_unique<Forecast>();
  const ForecastRule rule;
  for (int i = 1; i <= 100; ++i) {
    const Sample sample{.at = kStart + i * 1min, .span = 1min, .egress = Rate{50.0 + i % 7}};
    learned.bursts->observe(sample, Mbps{100});
    learned.forecast->observe({.sample = sample, .rule = rule});
  }
  Learned read;
  ASSERT_TRUE(restore_learned(save_learned(learned.demand, learned.economic.get(),
                                           learned.bursts.get(), learned.forecast.get()),
                              read));
  ASSERT_NE(read.forecast, nullptr);
  EXPECT_EQ(bytes_of(*read.forecast), bytes_of(*learned.forecast));
  ASSERT_NE(read.bursts, nullptr);
  EXPECT_EQ(bytes_of(*read.bursts), bytes_of(*learned.bursts));
  ASSERT_TRUE(restore_learned(save_learned(learned.demand, nullptr, learned.bursts.get()), read));
  EXPECT_EQ(read.economic, nullptr);
  EXPECT_EQ(read.forecast, nullptr);
  EXPECT_NE(read.bursts, nullptr);
}

TEST(Learned, RowsOfEarlierVersionsAreRead) {
  const Learned learned = some_traffic(30);
  std::string demand;
  learned.demand.save(demand);
  std::string bytes;
  put(bytes, std::uint32_t{0x504d4c01});
  put(bytes, static_cast<std::uint32_t>(demand.size()));
  bytes += demand;
  learned.economic->save(bytes);
  Learned read;
  ASSERT_TRUE(restore_learned(bytes, read));
  EXPECT_EQ(read.demand.size(), 30U);
  EXPECT_NE(read.economic, nullptr);
}

TEST(Learned, ARowOfDemandAloneIsRead) {
  const Learned learned = some_traffic(10);
  Learned read = some_traffic(3);
  std::string demand;
  learned.demand.save(demand);
  ASSERT_TRUE(restore_learned(demand, read));
  EXPECT_EQ(read.demand.size(), 10U);
  EXPECT_EQ(read.economic, nullptr);
}

/// What passes for a delivered rate but is no number would read as nothing delivered, and permit a
/// cut. A checksum does not always notice.
TEST(Learned, NoDamageReadsAsARateThatIsNoNumber) {
  const Learned learned = some_traffic(3000);
  std::string bytes;
  learned.demand.save(bytes);
  const std::size_t end = bytes.size() - sizeof(std::uint64_t);
  int taken = 0;
  for (std::size_t place = sizeof(std::uint32_t); place + 1 < end; ++place) {
    std::string damaged = bytes.substr(0, end);
    damaged[place] = damaged[place + 1] = static_cast<char>(0xff);
    put(damaged, checksum(damaged));
    Demand read;
    if (!read.restore(damaged)) continue;
    ++taken;
    const TimePoint now = read.newest(0).at;
    for (const Duration back : {Duration{3h}, Duration{30h}, Demand::kMemory}) {
      const Recall seen = read.recall(now - back, now);
      ASSERT_TRUE(std::isfinite(seen.largest.mbps())) << place;
      ASSERT_GE(seen.largest, Rate{0}) << place;
    }
  }
  EXPECT_GT(taken, 100) << "not every number gives damage away";
}

TEST(Learned, ADamagedPartIsLeftOut) {
  const Learned learned = some_traffic(50);
  const std::string bytes = save_learned(learned.demand, learned.economic.get());
  Learned read;
  std::string damaged = bytes;
  damaged.back() = static_cast<char>(damaged.back() ^ 1);
  ASSERT_TRUE(restore_learned(damaged, read));
  EXPECT_EQ(read.demand.size(), 50U);
  EXPECT_EQ(read.economic, nullptr);
  for (const std::size_t place : {std::size_t{0}, std::size_t{5}, std::size_t{40}}) {
    damaged = bytes;
    damaged[place] = static_cast<char>(damaged[place] ^ 4);
    EXPECT_FALSE(restore_learned(damaged, read)) << place;
  }
  EXPECT_FALSE(restore_learned({}, read));
  EXPECT_FALSE(restore_learned(std::string_view(bytes).substr(0, 100), read));
}

}  // namespace
}  // namespace penstock
