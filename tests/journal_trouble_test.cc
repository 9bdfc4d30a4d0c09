// The journal in trouble: operations of the disk that fail, somebody else who holds or changes the
// file, rows that this version cannot understand. Each call says so, and none leaves half a change.
#include <gtest/gtest.h>

#include <array>
#include <functional>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "daemon/sim/sim_disk.h"
#include "daemon/sqlite_journal.h"

namespace penstock {
namespace {

const TimePoint kNow = *parse_time("2026-03-15T12:00:00Z");
constexpr const char* kFile = "/state/journal.db";

Order order(OrderId id) {
  Order order;
  order.id = id;
  order.instance = {"main", "i-" + std::to_string(id)};
  order.policy = "edge";
  order.planned_at = order.changed_at = kNow;
  return order;
}

/// A row in every table, and one that is forgotten.
JournalEntry entry(OrderId id) {
  JournalEntry out{.orders = {order(id)}};
  out.instances = {{.instance = {"main", "i-" + std::to_string(id)}}, {.instance = {"x", "gone"}}};
  out.breakers = {{"main", {kNow}, {}}};
  out.decisions = {{.at = kNow, .instance = {"main", "i-1"}}};
  out.events = {
      {kNow, std::string(kApprovalUsed), "i-1", "approve@i-1 order " + std::to_string(id)}};
  out.forgotten = {{"x", "gone"}};
  return out;
}

template <class T>
Status outcome(const Result<T>& result) {
  return result ? ok() : Status(result.error());
}

struct Call {
  std::string name;
  std::function<Status(SqliteJournal&)> make;
  std::set<std::string> tables;  ///< without any of these it cannot be answered
};

std::vector<Call> calls() {
  const std::set<std::string> all = {"orders", "instances", "breakers", "decisions", "events"};
  return {
      {"load",
       [](SqliteJournal& it) { return outcome(it.load(kNow)); },
       {"orders", "instances", "breakers", "events"}},
      {"commit", [](SqliteJournal& it) { return it.commit(entry(9)); }, all},
      {"prune",
       [](SqliteJournal& it) { return it.prune(kNow); },
       {"orders", "decisions", "events"}},
      {"orders", [](SqliteJournal& it) { return outcome(it.orders({})); }, {"orders"}},
      {"decisions", [](SqliteJournal& it) { return outcome(it.decisions({})); }, {"decisions"}},
      {"events", [](SqliteJournal& it) { return outcome(it.events({})); }, {"events"}},
  };
}

std::unique_ptr<SqliteJournal> opened() {
  auto journal = SqliteJournal::open(kFile);
  EXPECT_TRUE(journal) << (journal ? "" : journal.error().message);
  return journal ? std::move(*journal) : nullptr;
}

/// How many orders, decisions and events there are: they come and go together.
std::array<std::size_t, 3> rows(SqliteJournal& journal) {
  const auto orders = journal.orders({});
  const auto decisions = journal.decisions({});
  const auto events = journal.events({});
  EXPECT_TRUE(orders && decisions && events);
  if (!orders || !decisions || !events) return {};
  return {orders->size(), decisions->size(), events->size()};
}

SimDisk disk_with_two_entries() {
  SimDisk disk;
  {
    const SqliteDisk mounted(disk);
    const auto journal = opened();
    EXPECT_TRUE(journal->commit(entry(1)));
    EXPECT_TRUE(journal->commit(entry(2)));
  }
  return disk;
}

/// Lets the n-th operation fail from here on, once; returns whether it came to that.
class Strike {
 public:
  Strike(SimDisk& disk, std::uint64_t nth, SimDisk::Answer answer) : disk_(disk) {
    disk.fault = [this, nth, answer](DiskOp, const std::string&) {
      return seen_++ == nth ? answer : SimDisk::Answer::kOk;
    };
    nth_ = nth;
  }
  ~Strike() { disk_.fault = nullptr; }
  Strike(const Strike&) = delete;
  Strike& operator=(const Strike&) = delete;
  bool struck() const { return seen_ > nth_; }

 private:
  SimDisk& disk_;
  std::uint64_t nth_ = 0, seen_ = 0;
};

TEST(JournalTrouble, AnOperationThatFailsIsAnErrorOfItsCallAndNothingIsHalfDone) {
  const SimDisk prepared = disk_with_two_entries();
  for (const Call& call : calls()) {
    int refused = 0;
    bool struck = true;
    for (std::uint64_t nth = 0; struck; ++nth) {
      ASSERT_LT(nth, 200U) << call.name;
      const std::string where = call.name + ", operation " + std::to_string(nth);
      SimDisk disk = prepared.copy();
      const SqliteDisk mounted(disk);
      const auto journal = opened();
      // Somebody else's write: what this one had in memory has to be read anew.
      ASSERT_TRUE(opened()->commit({.events = {{kNow, "note", "", ""}}}));
      Status answer = ok();
      {
        const Strike strike(disk, nth, SimDisk::Answer::kIoError);
        answer = call.make(*journal);
        struck = strike.struck();
      }
      if (!answer) {
        ++refused;
        EXPECT_EQ(answer.error().kind, ErrorKind::kTransient) << where;
        EXPECT_TRUE(struck) << where;
        EXPECT_TRUE(call.make(*journal)) << where << ": the next one";
      }
      const auto found = rows(*journal);
      EXPECT_EQ(found[0], found[1]) << where;
      EXPECT_EQ(found[1] + 1, found[2]) << where;
    }
    EXPECT_GT(refused, 0) << call.name;
  }
}

int latest() {
  return journal_migrations().back().version;
}

/// As a version of penstock that knows one more step would open it.
Status open_next() {
  const std::array next = {
      Migration{latest(), ""},
      Migration{latest() + 1, "ALTER TABLE orders ADD COLUMN colour TEXT NOT NULL DEFAULT ''"}};
  return outcome(SqliteJournal::open(kFile, next));
}

TEST(JournalTrouble, AnOperationThatFailsWhileItIsOpenedLeavesWhatWasThere) {
  struct Case {
    std::string name;
    SimDisk disk;
    std::function<Status()> open;
  };
  const std::vector<Case> cases = {
      {"a new file", SimDisk{}, [] { return outcome(SqliteJournal::open(kFile)); }},
      {"a file", disk_with_two_entries(), [] { return outcome(SqliteJournal::open(kFile)); }},
      {"a migration", disk_with_two_entries(), open_next},
      {"read-only", disk_with_two_entries(),
       [] { return outcome(SqliteJournal::open_read_only(kFile)); }},
  };
  for (const Case& c : cases) {
    const bool empty = !c.disk.content(kFile);
    for (const auto how : {SimDisk::Answer::kIoError, SimDisk::Answer::kFull}) {
      int refused = 0;
      bool struck = true;
      for (std::uint64_t nth = 0; struck; ++nth) {
        ASSERT_LT(nth, 200U) << c.name;
        SimDisk disk = c.disk.copy();
        const SqliteDisk mounted(disk);
        {
          const Strike strike(disk, nth, how);
          const Status answer = c.open();
          struck = strike.struck();
          if (!answer) ++refused;
          EXPECT_TRUE(answer || struck) << c.name << ": " << answer.error().message;
        }
        // The daemon takes a copy that was not finished away through the file system.
        static_cast<void>(
            disk.remove(std::string(kFile) + ".before-v" + std::to_string(latest() + 1)));
        const Status again = c.open();
        EXPECT_TRUE(again) << c.name << ", operation " << nth << ": " << again.error().message;
        if (c.name == "a migration") continue;
        EXPECT_EQ(rows(*opened())[0], empty ? 0U : 2U) << c.name << ", operation " << nth;
      }
      EXPECT_GT(refused, 0) << c.name;
    }
  }
}

TEST(JournalTrouble, WithoutATableWhateverNeedsItIsRefused) {
  const SimDisk prepared = disk_with_two_entries();
  for (const std::string table : {"orders", "instances", "breakers", "decisions", "events"}) {
    SimDisk disk = prepared.copy();
    const SqliteDisk mounted(disk);
    const auto journal = opened();
    auto somebody = Database::open(kFile, Access::kReadWrite);
    ASSERT_TRUE(somebody);
    ASSERT_TRUE(somebody->execute("DROP TABLE " + table));
    for (const Call& call : calls()) {
      const Status answer = call.make(*journal);
      EXPECT_EQ(answer.has_value(), !call.tables.contains(table))
          << call.name << " without " << table;
      if (!answer) {
        EXPECT_EQ(answer.error().kind, ErrorKind::kRefused) << call.name;
      }
    }
    EXPECT_FALSE(SqliteJournal::open(kFile)) << "without " << table;
  }
}

/// Rows that are written one by one: whichever fails takes the whole entry with it.
TEST(JournalTrouble, OneRowThatIsRefusedRefusesTheEntry) {
  for (const std::string table : {"orders", "instances", "breakers", "decisions", "events"}) {
    SimDisk disk;
    const SqliteDisk mounted(disk);
    const auto journal = opened();
    auto somebody = Database::open(kFile, Access::kReadWrite);
    ASSERT_TRUE(somebody);
    ASSERT_TRUE(somebody->execute("CREATE TRIGGER no BEFORE INSERT ON " + table +
                                  " BEGIN SELECT raise(ABORT, 'no'); END"));
    EXPECT_FALSE(journal->commit(entry(1))) << table;
    EXPECT_EQ(rows(*journal), (std::array<std::size_t, 3>{})) << table;
    ASSERT_TRUE(somebody->execute("DROP TRIGGER no"));
    EXPECT_TRUE(journal->commit(entry(1))) << table;
    EXPECT_EQ(rows(*journal), (std::array<std::size_t, 3>{1, 1, 1})) << table;
  }
}

TEST(JournalTrouble, WhoeverHoldsTheFileHoldsUpWritesAndNotReads) {
  SimDisk disk = disk_with_two_entries();
  const SqliteDisk mounted(disk);
  const auto journal = opened();
  auto somebody = Database::open(kFile, Access::kReadWrite);
  ASSERT_TRUE(somebody);
  ASSERT_TRUE(somebody->execute("BEGIN IMMEDIATE"));
  const Status held = journal->commit(entry(3));
  ASSERT_FALSE(held);
  EXPECT_EQ(held.error().kind, ErrorKind::kTransient);
  EXPECT_FALSE(journal->prune(kNow));
  EXPECT_EQ(rows(*journal)[0], 2U);
  const Status migrated = open_next();
  ASSERT_FALSE(migrated);
  EXPECT_EQ(migrated.error().kind, ErrorKind::kTransient);
  ASSERT_TRUE(somebody->execute("ROLLBACK"));
  EXPECT_TRUE(journal->commit(entry(3)));
  EXPECT_EQ(rows(*journal)[0], 3U);
}

TEST(JournalTrouble, AnOrderThatCannotBeUnderstoodIsNotForgotten) {
  struct Case {
    std::string column, value;
    bool refused;
  };
  const std::vector<Case> cases = {
      {"product", "'tape'", true},
      {"kind", "'sidegrade'", true},
      {"state", "'lost'", true},
      {"alarm", "'siren'", true},
      {"reason", "'saturated x'", true},
      // What it is charged by matters to none of the rules that an old order has to follow.
      {"charge", "'BARTER'", false},
  };
  for (const Case& c : cases) {
    SimDisk disk = disk_with_two_entries();
    const SqliteDisk mounted(disk);
    const auto journal = opened();
    auto somebody = Database::open(kFile, Access::kReadWrite);
    ASSERT_TRUE(somebody);
    ASSERT_TRUE(
        somebody->execute("UPDATE orders SET " + c.column + " = " + c.value + " WHERE id = 2"));
    const auto memory = journal->load(kNow);
    const auto orders = journal->orders({});
    EXPECT_EQ(memory.has_value(), !c.refused) << c.column;
    EXPECT_EQ(orders.has_value(), !c.refused) << c.column;
    if (c.refused && !memory) {
      EXPECT_EQ(memory.error().kind, ErrorKind::kRefused) << c.column;
      EXPECT_NE(memory.error().message.find("order 2"), std::string::npos) << c.column;
    }
    if (orders) {
      EXPECT_EQ(orders->front().charge, Charge::kUnknown);
    }
  }
}

TEST(JournalTrouble, NumbersThatNobodyCanHaveWrittenAreRefused) {
  const std::string most = "9223372036854775807";
  struct Case {
    std::string change, says;
  };
  const std::vector<Case> cases = {
      {"orders SET planned_at = " + most + " WHERE id = 2", "order 2"},
      {"orders SET sent_at = -" + most + " WHERE id = 2", "order 2"},
      {"orders SET effective_at = " + most + " WHERE id = 2", "order 2"},
      {"orders SET id = " + most + ", planned_at = 0, state = 'effective' WHERE id = 2",
       "order " + most},
      {"orders SET id = -1 WHERE id = 2", "order -1"},
      {"instances SET cap_since = " + most, "what it knows of i-1"},
      {"instances SET learned_limit = 5, learned_until = " + most, "what it knows of i-1"},
      {"breakers SET opened_at = " + most, "the breaker of main"},
  };
  for (const Case& c : cases) {
    SimDisk disk = disk_with_two_entries();
    const SqliteDisk mounted(disk);
    const auto journal = opened();
    auto somebody = Database::open(kFile, Access::kReadWrite);
    ASSERT_TRUE(somebody);
    ASSERT_TRUE(somebody->execute("UPDATE " + c.change)) << c.change;
    const auto memory = journal->load(kNow);
    ASSERT_FALSE(memory) << c.change;
    EXPECT_EQ(memory.error().kind, ErrorKind::kRefused) << c.change;
    EXPECT_NE(memory.error().message.find(c.says), std::string::npos) << memory.error().message;
  }
}

TEST(JournalTrouble, WhatTheDecisionsSaidMayBeFromAnotherVersion) {
  SimDisk disk = disk_with_two_entries();
  const SqliteDisk mounted(disk);
  const auto journal = opened();
  auto somebody = Database::open(kFile, Access::kReadWrite);
  ASSERT_TRUE(somebody);
  ASSERT_TRUE(somebody->execute(
      "UPDATE decisions SET action = 'leap', reason = 'wind', wish_reason = 'tide'"));
  const auto decisions = journal->decisions({});
  ASSERT_TRUE(decisions);
  ASSERT_EQ(decisions->size(), 2U);
  EXPECT_EQ(decisions->front().action, Action::kHold);
  EXPECT_EQ(decisions->front().reason, Reason{});
  EXPECT_EQ(decisions->front().wish_reason, Reason{});
}

TEST(JournalTrouble, ASchemaOfAnotherVersionIsRefusedByAReader) {
  struct Case {
    int version;
    std::string says;
  };
  for (const Case& c : {Case{0, "older penstock"}, Case{latest() + 1, "newer penstock"}}) {
    SimDisk disk = disk_with_two_entries();
    const SqliteDisk mounted(disk);
    {
      auto somebody = Database::open(kFile, Access::kReadWrite);
      ASSERT_TRUE(somebody);
      ASSERT_TRUE(somebody->execute("PRAGMA user_version = " + std::to_string(c.version)));
    }
    const auto reader = SqliteJournal::open_read_only(kFile);
    ASSERT_FALSE(reader) << c.version;
    EXPECT_EQ(reader.error().kind, ErrorKind::kRefused);
    EXPECT_NE(reader.error().message.find(c.says), std::string::npos) << reader.error().message;
    // There is no copy from before an upgrade, so none is promised.
    EXPECT_EQ(reader.error().message.find("cp '"), std::string::npos) << reader.error().message;
  }
}

TEST(JournalTrouble, AReaderChangesNothing) {
  SimDisk disk = disk_with_two_entries();
  const SqliteDisk mounted(disk);
  const auto reader = SqliteJournal::open_read_only(kFile);
  ASSERT_TRUE(reader);
  EXPECT_EQ((*reader)->commit(entry(3)).error().kind, ErrorKind::kRefused);
  EXPECT_EQ((*reader)->prune(kNow).error().kind, ErrorKind::kRefused);
  EXPECT_FALSE(SqliteJournal::open_read_only("/state/none.db"));
}

}  // namespace
}  // namespace penstock
