#include "daemon/journal_command.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>

#include "daemon/exit_code.h"
#include "daemon/sqlite_journal.h"
#include "tests/testing/child.h"
#include "tests/testing/places.h"

namespace penstock {
namespace {

using ::testing::HasSubstr;

const TimePoint kNow = *parse_time("2026-01-15T12:00:00Z");

class JournalCommandTest : public ::testing::Test {
 protected:
  JournalCommandTest() {
    std::filesystem::create_directory(folder_.path() + "/state");
    config_ = folder_.write("penstock.toml", "state = \"" + folder_.path() +
                                                 "/state\"\n[[account]]\nname = \"main\"\n");
    auto journal = SqliteJournal::open(folder_.path() + "/state/journal.db");
    EXPECT_TRUE(journal);
    Order order{.id = 7, .instance = {"main", "vm-1"}, .policy = "edge", .to = Mbps{200}};
    order.planned_at = order.changed_at = kNow - 1h;
    EXPECT_TRUE((*journal)->commit({.orders = {order}, .events = {{kNow, "pause", "", "x"}}}));
  }

  testing::Finished run(std::vector<std::string> arguments, bool configured = true) {
    arguments.insert(arguments.begin(), {testing::kBinary, "journal"});
    if (configured) arguments.insert(arguments.end(), {"--config", config_});
    return testing::run_command(std::move(arguments));
  }

  testing::TempFolder folder_;
  std::string config_;
};

TEST_F(JournalCommandTest, BacksUpVerifiesAndRefusesToOverwrite) {
  const std::string copy = folder_.path() + "/copy.db";
  ASSERT_EQ(run({"backup", copy}).code, kExitDone);
  struct stat seen{};
  ASSERT_EQ(stat(copy.c_str(), &seen), 0);
  EXPECT_EQ(seen.st_mode & 0777U, 0600U) << "it is a ledger";
  const testing::Finished again = run({"backup", copy});
  EXPECT_EQ(again.code, kExitFailed);
  EXPECT_NE(again.err, "");
  const testing::Finished verified = run({"verify", copy});
  EXPECT_EQ(verified.code, kExitDone) << verified.err;
  EXPECT_THAT(verified.out, HasSubstr("ok, schema 2, 1 orders (1 open), 0 decisions, 1 events"));
  EXPECT_THAT(run({"verify", "--json"}).out, HasSubstr(R"("ok":true)"));
}

TEST_F(JournalCommandTest, FindsDamage) {
  const std::string copy = folder_.path() + "/copy.db";
  ASSERT_EQ(run({"backup", copy}).code, kExitDone);
  {
    Result<Database> db = Database::open(copy, Access::kReadWrite);
    ASSERT_TRUE(db);
    ASSERT_TRUE(db->execute("UPDATE orders SET state = 'somewhere'"));
  }
  const testing::Finished verified = run({"verify", copy, "--json"});
  EXPECT_EQ(verified.code, kExitFailed);
  EXPECT_THAT(verified.out, HasSubstr(R"("ok":false)"));
  EXPECT_THAT(verified.err, HasSubstr("order 7 cannot be understood"));
  EXPECT_EQ(run({"verify", folder_.path() + "/nosuch.db"}).code, kExitFailed);
}

TEST_F(JournalCommandTest, ExportsRowsAsLines) {
  const testing::Finished orders = run({"export"});
  EXPECT_EQ(orders.code, kExitDone) << orders.err;
  EXPECT_THAT(orders.out, ::testing::StartsWith(R"({"id":7,"account":"main")"));
  EXPECT_EQ(std::count(orders.out.begin(), orders.out.end(), '\n'), 1);
  EXPECT_THAT(run({"export", "--table", "events"}).out, HasSubstr(R"("kind":"pause")"));
  EXPECT_EQ(run({"export", "--from", "2026-02-01T00:00:00Z"}).out, "");
  EXPECT_EQ(run({"export", "--table", "nonsense"}).code, kExitUsage);
}

}  // namespace
}  // namespace penstock
