#include "daemon/sqlite_journal.h"

#include <gtest/gtest.h>
#include <sys/resource.h>

#include <array>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <string>
#include <utility>

#include "daemon/journal_text.h"
#include "tests/testing/child.h"

namespace penstock {
namespace {

using testing::TempFolder;

const TimePoint kNow = *parse_time("2026-03-15T12:00:00Z");

Order full_order(OrderId id) {
  Order order;
  order.id = id;
  order.instance = {"main", "i-1"};
  order.product = Product::kBmc;
  order.charge = Charge::kPrepaid;
  order.policy = "edge";
  order.kind = OrderKind::kScheduleDowngrade;
  order.from = Mbps{500};
  order.to = Mbps{120};
  order.state = OrderState::kScheduled;
  order.alarm = OrderAlarm::kOverdue;
  order.replaces = true;
  order.reason = {ReasonCode::kSaturated, {500, 120, 0.1, 1.0 / 3}};
  order.reserved_day = Money::from_micros(11'400'001);
  order.reserved_month = Money::from_micros(-5);
  order.charged = Money::from_micros(7);
  order.planned_at = kNow;
  order.sent_at = kNow + 1ms;
  order.changed_at = kNow + 2ms;
  order.effective_at = kNow + 3ms;
  order.order_number = "O-1";
  order.request_id = "T-1";
  order.code = "SOME_CODE";
  order.message = "it's \"odd\"\n\xE2\x82\xAC";
  return order;
}

void expect_equal(const Order& a, const Order& b) {
  EXPECT_EQ(a.id, b.id);
  EXPECT_EQ(a.instance, b.instance);
  EXPECT_EQ(a.product, b.product);
  EXPECT_EQ(a.charge, b.charge);
  EXPECT_EQ(a.policy, b.policy);
  EXPECT_EQ(a.kind, b.kind);
  EXPECT_EQ(a.from, b.from);
  EXPECT_EQ(a.to, b.to);
  EXPECT_EQ(a.state, b.state);
  EXPECT_EQ(a.alarm, b.alarm);
  EXPECT_EQ(a.replaces, b.replaces);
  EXPECT_EQ(a.reason, b.reason);
  EXPECT_EQ(a.reserved_day, b.reserved_day);
  EXPECT_EQ(a.reserved_month, b.reserved_month);
  EXPECT_EQ(a.charged, b.charged);
  EXPECT_EQ(a.planned_at, b.planned_at);
  EXPECT_EQ(a.sent_at, b.sent_at);
  EXPECT_EQ(a.changed_at, b.changed_at);
  EXPECT_EQ(a.effective_at, b.effective_at);
  EXPECT_EQ(a.order_number, b.order_number);
  EXPECT_EQ(a.request_id, b.request_id);
  EXPECT_EQ(a.code, b.code);
  EXPECT_EQ(a.message, b.message);
}

class SqliteJournalTest : public ::testing::Test {
 protected:
  std::unique_ptr<SqliteJournal> reopened() {
    auto journal = SqliteJournal::open(file());
    EXPECT_TRUE(journal) << (journal ? "" : journal.error().message);
    return journal ? std::move(*journal) : nullptr;
  }
  std::string file() const { return folder_.path() + "/journal.db"; }
  TempFolder folder_;
};

TEST_F(SqliteJournalTest, EverythingComesBackExactly) {
  InstanceMemory instance;
  instance.instance = {"main", "i-1"};
  instance.record.last_upgrade_at = kNow - 1h;
  instance.record.expected_cap = Mbps{500};
  instance.record.drifted_at = kNow - 2h;
  instance.record.drifted_from = Mbps{400};
  instance.cap = Mbps{500};
  instance.cap_since = kNow - 3h;
  instance.memo = {kNow - 5min, Mbps{90}};
  instance.replacements = 2;
  instance.replacements_of = kNow + 24h;
  instance.told = {
      .type = "M9Y", .included = Mbps{30}, .limit = LearnedLimit{Mbps{500}, kNow + 1h}};
  const Order order = full_order(7);
  {
    auto journal = reopened();
    JournalEntry entry{.orders = {order}, .instances = {instance}};
    entry.breakers.push_back({"main", {kNow - 2min, kNow - 1min}, kNow});
    entry.decisions.push_back({kNow,
                               order.instance,
                               "edge",
                               Action::kUpgrade,
                               Mbps{72},
                               Mbps{180},
                               Mbps{200},
                               {ReasonCode::kSaturated, {72, 180}},
                               {}});
    entry.events.push_back({kNow, "drift", "i-1", "changed by hand"});
    ASSERT_TRUE(journal->commit(entry));
  }
  auto journal = reopened();
  const auto memory = journal->load(kNow);
  ASSERT_TRUE(memory) << memory.error().message;
  EXPECT_EQ(memory->last_order, 7);
  ASSERT_EQ(memory->orders.size(), 1U);
  expect_equal(memory->orders[0], order);
  ASSERT_EQ(memory->instances.size(), 1U);
  const InstanceMemory& back = memory->instances[0];
  EXPECT_EQ(back.instance, instance.instance);
  EXPECT_EQ(back.record.last_upgrade_at, instance.record.last_upgrade_at);
  EXPECT_EQ(back.record.last_downgrade_at, std::nullopt);
  EXPECT_EQ(back.record.expected_cap, instance.record.expected_cap);
  EXPECT_EQ(back.record.drifted_at, instance.record.drifted_at);
  EXPECT_EQ(back.record.drifted_from, instance.record.drifted_from);
  EXPECT_EQ(back.cap, instance.cap);
  EXPECT_EQ(back.cap_since, instance.cap_since);
  EXPECT_EQ(back.memo, instance.memo);
  EXPECT_EQ(back.replacements, 2);
  EXPECT_EQ(back.replacements_of, instance.replacements_of);
  EXPECT_EQ(back.told.type, "M9Y");
  EXPECT_EQ(back.told.included, Mbps{30});
  EXPECT_EQ(back.told.limit, (LearnedLimit{Mbps{500}, kNow + 1h}));
  ASSERT_EQ(memory->breakers.size(), 1U);
  EXPECT_EQ(memory->breakers[0].failures, (std::vector{kNow - 2min, kNow - 1min}));
  EXPECT_EQ(memory->breakers[0].opened_at, kNow);
  const auto decisions = journal->decisions({.instance = "i-1"});
  ASSERT_TRUE(decisions);
  ASSERT_EQ(decisions->size(), 1U);
  EXPECT_EQ((*decisions)[0].action, Action::kUpgrade);
  EXPECT_EQ((*decisions)[0].wish, Mbps{200});
  const auto events = journal->events({});
  ASSERT_TRUE(events);
  ASSERT_EQ(events->size(), 1U);
  EXPECT_EQ((*events)[0].text, "changed by hand");
}

TEST_F(SqliteJournalTest, LoadKeepsOpenOrdersForEverAndTheMonthForItsBudget) {
  auto journal = reopened();
  Order old_open = full_order(1);
  old_open.planned_at = kNow - std::chrono::hours{24 * 200};
  Order last_month = full_order(2);
  last_month.state = OrderState::kEffective;
  last_month.planned_at = *parse_time("2026-02-28T23:59:59Z");
  Order this_month = last_month;
  this_month.id = 3;
  this_month.planned_at = *parse_time("2026-03-01T00:00:00Z");
  ASSERT_TRUE(journal->commit({.orders = {old_open, last_month, this_month}}));
  const auto memory = journal->load(kNow);
  ASSERT_TRUE(memory);
  ASSERT_EQ(memory->orders.size(), 2U);
  EXPECT_EQ(memory->orders[0].id, 1);
  EXPECT_EQ(memory->orders[1].id, 3);
  EXPECT_EQ(memory->last_order, 3);
  // On the first of a month the last 24 hours reach into the month before.
  const auto first = journal->load(*parse_time("2026-03-01T10:00:00Z"));
  ASSERT_TRUE(first);
  EXPECT_EQ(first->orders.size(), 3U);
}

TEST_F(SqliteJournalTest, WhatIsForgottenIsGone) {
  auto journal = reopened();
  ASSERT_TRUE(journal->commit({.instances = {{.instance = {"a", "1"}}, {.instance = {"b", "1"}}}}));
  ASSERT_TRUE(journal->commit({.forgotten = {{"a", "1"}}}));
  const auto memory = journal->load(kNow);
  ASSERT_EQ(memory->instances.size(), 1U);
  EXPECT_EQ(memory->instances[0].instance.account, "b");
}

TEST_F(SqliteJournalTest, PruneForgetsThePastButNoOpenOrder) {
  auto journal = reopened();
  Order open = full_order(1);
  Order done = full_order(2);
  done.state = OrderState::kEffective;
  open.planned_at = done.planned_at = kNow - std::chrono::hours{24 * 401};
  ASSERT_TRUE(journal->commit({.orders = {open, done}}));
  ASSERT_TRUE(journal->prune(kNow));
  const auto orders = journal->orders({});
  ASSERT_TRUE(orders);
  ASSERT_EQ(orders->size(), 1U);
  EXPECT_EQ((*orders)[0].id, 1);
}

TEST_F(SqliteJournalTest, AnotherProcessReadsWhileTheDaemonWrites) {
  auto journal = reopened();
  ASSERT_TRUE(journal->commit({.orders = {full_order(1)}}));
  auto reader = SqliteJournal::open_read_only(file());
  ASSERT_TRUE(reader) << reader.error().message;
  ASSERT_TRUE(journal->commit({.orders = {full_order(2)}}));
  EXPECT_EQ((*reader)->orders({})->size(), 2U);
  const Status refused = (*reader)->commit({.orders = {full_order(3)}});
  EXPECT_FALSE(refused);
  journal.reset();
  auto after = SqliteJournal::open_read_only(file());
  ASSERT_TRUE(after) << after.error().message;
  EXPECT_EQ((*after)->orders({})->size(), 2U);
}

/// What this version knows, and one that comes after it.
std::vector<Migration> with_next(std::string_view sql) {
  std::vector<Migration> all(journal_migrations().begin(), journal_migrations().end());
  all.push_back({all.back().version + 1, sql});
  return all;
}
const std::vector<Migration> kNext =
    with_next("ALTER TABLE orders ADD COLUMN colour TEXT NOT NULL DEFAULT ''");

std::string copy_before_next(const std::string& file) {
  return file + ".before-v" + std::to_string(kNext.back().version);
}

TEST_F(SqliteJournalTest, AJournalOfTheFirstSchemaIsBroughtUpToDate) {
  {
    Result<Database> db = Database::open(file(), Access::kReadWrite);
    ASSERT_TRUE(db);
    ASSERT_TRUE(db->execute(std::string(journal_migrations().front().sql)));
    ASSERT_TRUE(db->execute(
        "INSERT INTO instances (account, instance, cap, cap_since, drifted_from, lower_most, "
        "replacements) VALUES ('main', 'i', 80, 1000, 0, 0, 2); PRAGMA user_version = 1"));
  }
  const Result<Memory> memory = reopened()->load(TimePoint{1h});
  ASSERT_TRUE(memory) << memory.error().message;
  ASSERT_EQ(memory->instances.size(), 1U);
  EXPECT_EQ(memory->instances[0].cap, Mbps{80});
  EXPECT_EQ(memory->instances[0].replacements, 2);
  EXPECT_EQ(memory->instances[0].told.type, "");
  EXPECT_FALSE(memory->instances[0].told.included);
  EXPECT_FALSE(memory->instances[0].told.limit);
  EXPECT_TRUE(std::filesystem::exists(file() + ".before-v2"));
}

TEST_F(SqliteJournalTest, AMigrationLeavesACopyThatAnOlderBinaryNames) {
  {
    ASSERT_TRUE(reopened()->commit({.orders = {full_order(1)}}));
  }
  {
    ASSERT_TRUE(SqliteJournal::open(file(), kNext));
  }
  EXPECT_TRUE(std::filesystem::exists(copy_before_next(file())));
  const auto older = SqliteJournal::open(file());
  ASSERT_FALSE(older);
  EXPECT_EQ(older.error().kind, ErrorKind::kRefused);
  EXPECT_NE(older.error().message.find("cp '" + copy_before_next(file()) + "' '" + file() + "'"),
            std::string::npos)
      << older.error().message;
  // The command it names does restore.
  const std::string message = older.error().message;
  const std::string command = message.substr(message.find("rm -f"));
  ASSERT_EQ(std::system(command.c_str()), 0);  // NOLINT: the message's own command is under test
  EXPECT_EQ(reopened()->orders({})->size(), 1U);
}

TEST_F(SqliteJournalTest, AMigrationThatFailsLeavesTheJournalAsItWas) {
  {
    ASSERT_TRUE(reopened()->commit({.orders = {full_order(1)}}));
  }
  const std::vector<Migration> kBroken =
      with_next("ALTER TABLE orders ADD COLUMN colour TEXT; DROP TABLE nix");
  EXPECT_FALSE(SqliteJournal::open(file(), kBroken));
  EXPECT_EQ(reopened()->orders({})->size(), 1U);
  EXPECT_TRUE(SqliteJournal::open(file(), kNext));
}

TEST_F(SqliteJournalTest, ADamagedFileIsRefusedWithWhatToDo) {
  {
    auto journal = reopened();
    for (int i = 1; i < 200; ++i) ASSERT_TRUE(journal->commit({.orders = {full_order(i)}}));
  }
  {
    std::fstream bytes(file(), std::ios::in | std::ios::out | std::ios::binary);
    bytes.seekp(8192);
    bytes << std::string(8192, '\x5a');
  }
  const auto journal = SqliteJournal::open(file());
  ASSERT_FALSE(journal);
  EXPECT_NE(journal.error().message.find("damaged"), std::string::npos) << journal.error().message;
}

TEST_F(SqliteJournalTest, AFullDiskLosesNothingAndPasses) {
  auto journal = reopened();
  ASSERT_TRUE(journal->commit({.orders = {full_order(1)}}));
  // A file size limit at the log's present size is what a full disk looks like to a writer.
  rlimit before{};
  ASSERT_EQ(getrlimit(RLIMIT_FSIZE, &before), 0);
  const auto handler = std::signal(SIGXFSZ, SIG_IGN);
  rlimit tight = before;
  tight.rlim_cur = std::filesystem::file_size(file() + "-wal");
  ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &tight), 0);
  const Status refused = journal->commit({.orders = {full_order(2), full_order(3)}});
  ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &before), 0);
  std::signal(SIGXFSZ, handler);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, ErrorKind::kTransient) << refused.error().message;
  EXPECT_EQ(journal->orders({})->size(), 1U);
  EXPECT_TRUE(journal->commit({.orders = {full_order(2), full_order(3)}}));
  EXPECT_EQ(reopened()->orders({})->size(), 3U);
}

TEST_F(SqliteJournalTest, AFolderThatIsMissingIsNamed) {
  const auto journal = SqliteJournal::open(folder_.path() + "/none/journal.db");
  ASSERT_FALSE(journal);
  EXPECT_NE(journal.error().message.find("/none/journal.db"), std::string::npos);
  EXPECT_NE(journal.error().message.find("may write"), std::string::npos);
}

TEST(JournalText, ReasonsReadBackExactly) {
  for (const Reason& reason :
       {Reason{}, Reason{ReasonCode::kSaturated, {1, 0, 0.1, 1e300, -3.25, 0, 7}},
        Reason{ReasonCode::kBetterTarget, {1.0 / 3}}}) {
    EXPECT_EQ(reason_from_text(reason_to_text(reason)), reason);
  }
  EXPECT_FALSE(reason_from_text("no-such-code 1"));
  EXPECT_FALSE(reason_from_text("saturated x"));
}

}  // namespace
}  // namespace penstock
