// The simulated disk under the real journal: what was committed survives every power cut, and no
// failing file operation leaves a journal that cannot be opened again.
#include "daemon/sim/sim_disk.h"

#include <gtest/gtest.h>

#include "daemon/sqlite_journal.h"

namespace penstock {
namespace {

constexpr TimePoint kNow{std::chrono::seconds{1'767'225'600}};
constexpr const char* kFile = "/state/journal.db";

Order order(OrderId id) {
  Order order;
  order.id = id;
  order.instance = {"main", "i-" + std::to_string(id)};
  order.policy = "edge";
  order.planned_at = order.changed_at = kNow;
  return order;
}

/// Ids in the journal; -1 where it cannot be read.
std::vector<OrderId> ids(Journal& journal) {
  const auto read = journal.orders({.limit = 1000});
  if (!read) return {-1};
  std::vector<OrderId> out;
  for (const Order& each : *read) out.push_back(each.id);
  return out;
}

TEST(SimDisk, CommittedOrdersSurviveEveryPowerCut) {
  for (std::uint64_t seed = 1; seed <= 60; ++seed) {
    SimDisk disk;
    const SqliteDisk mounted(disk);
    Random random(seed);
    OrderId committed = 0;
    for (int life = 0; life < 4; ++life) {
      auto journal = SqliteJournal::open(kFile);
      ASSERT_TRUE(journal) << journal.error().message << ", seed " << seed;
      // A commit during which the power went may be there or not.
      const auto found = static_cast<OrderId>(ids(**journal).size());
      ASSERT_GE(found, committed) << "seed " << seed << ", life " << life;
      ASSERT_LE(found, committed + 1) << "seed " << seed << ", life " << life;
      committed = found;
      const std::int64_t dies_in = random.range(1, 60);
      const std::uint64_t born = disk.operations();
      disk.fault = [&](DiskOp, const std::string&) {
        if (disk.operations() - born >= static_cast<std::uint64_t>(dies_in)) disk.halt();
        return SimDisk::Answer::kOk;
      };
      while (!disk.halted()) {
        if (!(*journal)->commit({.orders = {order(committed + 1)}})) break;
        ++committed;
      }
      journal->reset();
      disk.fault = nullptr;
      disk.power_cut(random);
      disk.resume();
    }
  }
}

TEST(SimDisk, UnsyncedDataIsLostAndSyncedDataIsNot) {
  SimDisk disk;
  SimDisk::Handle handle = 0;
  ASSERT_EQ(disk.open("f", true, handle), SimDisk::Answer::kOk);
  ASSERT_EQ(disk.write(handle, 0, "kept"), SimDisk::Answer::kOk);
  ASSERT_EQ(disk.sync(handle), SimDisk::Answer::kOk);
  bool lost = false;
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    SimDisk copy = disk.copy();
    ASSERT_EQ(copy.open("f", false, handle), SimDisk::Answer::kOk);
    ASSERT_EQ(copy.write(handle, 4, "gone"), SimDisk::Answer::kOk);
    Random random(seed);
    copy.power_cut(random);
    EXPECT_EQ(copy.content("f")->substr(0, 4), "kept");
    lost = lost || copy.content("f") == "kept";
  }
  EXPECT_TRUE(lost);
}

/// Each file operation of a commit fails once, in each way; the next commits work.
TEST(SimDisk, EveryFailingOperationIsSurvived) {
  for (const auto answer :
       {SimDisk::Answer::kIoError, SimDisk::Answer::kFull, SimDisk::Answer::kReadOnly}) {
    std::uint64_t operations = 1;
    for (std::uint64_t nth = 0; nth < operations; ++nth) {
      SimDisk disk;
      const SqliteDisk mounted(disk);
      auto journal = SqliteJournal::open(kFile);
      ASSERT_TRUE(journal);
      std::set<OrderId> sure;
      std::uint64_t seen = 0;
      disk.fault = [&](DiskOp, const std::string&) {
        return seen++ == nth ? answer : SimDisk::Answer::kOk;
      };
      for (OrderId id = 1; id <= 5; ++id) {
        if ((*journal)->commit({.orders = {order(id)}})) sure.insert(id);
      }
      operations = std::max(operations, seen);
      disk.fault = nullptr;
      EXPECT_GE(sure.size(), 4U) << "operation " << nth;
      EXPECT_TRUE((*journal)->commit({.orders = {order(6)}})) << "operation " << nth;
      sure.insert(6);
      journal->reset();
      journal = SqliteJournal::open(kFile);
      ASSERT_TRUE(journal) << "operation " << nth;
      std::set<OrderId> found;
      for (const OrderId id : ids(**journal)) found.insert(id);
      for (const OrderId id : sure) EXPECT_TRUE(found.contains(id)) << id << ", op " << nth;
    }
    EXPECT_GT(operations, 10U);
  }
}

TEST(SimDisk, ADamagedPageIsNoticedBeforeAnythingIsBuiltOnIt) {
  SimDisk disk;
  const SqliteDisk mounted(disk);
  {
    auto journal = SqliteJournal::open(kFile);
    ASSERT_TRUE(journal);
    ASSERT_TRUE((*journal)->commit({.orders = {order(1)}}));
  }
  for (std::int64_t page = 0; page < 4; ++page) {
    disk.damage(kFile, page);
    EXPECT_FALSE(SqliteJournal::open(kFile)) << "page " << page;
    disk.heal();
  }
  auto journal = SqliteJournal::open(kFile);
  ASSERT_TRUE(journal);
  EXPECT_EQ(ids(**journal), std::vector<OrderId>{1});
}

}  // namespace
}  // namespace penstock
