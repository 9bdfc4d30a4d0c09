// The built daemon against the built sandbox, as processes: killed at random, handed wrong secrets,
// without a disk, and searched for the secrets it was given.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <algorithm>
#include <cmath>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <set>
#include <string>

#include "daemon/exit_code.h"
#include "daemon/json.h"
#include "tests/testing/daemon_process.h"
#include "tests/testing/random.h"

namespace penstock {
namespace {

using testing::DaemonProcess;
using ::testing::HasSubstr;
using testing::kApiToken;
using ::testing::Not;

// Each kill may fall between any two steps of any order's life: while it is planned, on the wire,
// accepted, processing. Whatever falls, after a restart there is exactly one order for one intent.
TEST_F(DaemonProcess, KilledAtRandomItOrdersNothingTwiceAndForgetsNothing) {
  const char* wanted = std::getenv("KILLS");
  const int kills = wanted != nullptr ? std::atoi(wanted) : 12;
  const char* seed_text = std::getenv("PENSTOCK_SEED");
  const std::uint64_t seed = seed_text != nullptr ? std::strtoull(seed_text, nullptr, 10) : 4711;
  SCOPED_TRACE("PENSTOCK_SEED=" + std::to_string(seed));
  testing::Random random(seed);
  // A dozen instances are at their limits after some forty kills.
  start_sandbox("1h", "400ms", kills > 40 ? 20 + kills : 12);
  write_settings();
  const std::vector<std::string> ids = growable();
  double demand = 100;
  for (int kill = 0; kill < kills; ++kill) {
    // Everything wants more than it has, to the last kill, so that orders are always under way.
    demand *= std::pow(40, 1.0 / kills);
    want(ids, std::min(demand, 4000.0));
    std::filesystem::remove(log_file());
    auto daemon = start_daemon();
    // One in four dies anywhere, while it starts as well; the others just after an order, however
    // long a slow machine or a sanitizer takes to come to one.
    const bool anywhere = random.below(4) == 0;
    if (!anywhere) static_cast<void>(daemon->await("event=order ", 6s));
    const auto life = std::chrono::milliseconds{random.below(anywhere ? 2500 : 800)};
    poll(nullptr, 0, static_cast<int>(life.count()));
    ASSERT_TRUE(daemon->running()) << testing::read_file(log_file());
    daemon->signal(SIGKILL);
    daemon->wait();
  }
  const std::size_t changes = settle_and_compare(ids);
  EXPECT_GT(changes, static_cast<std::size_t>(kills) / 2) << "the kills fell on a quiet daemon";
}

// No file of the daemon may grow: to it that is a disk without room, its log included.
TEST_F(DaemonProcess, WithoutRoomOnTheDiskItOrdersNothingAndAfterwardsOnce) {
  start_sandbox();
  write_settings();
  const auto fleet = json("http://" + sandbox_address_ + "/sandbox/instances");
  ASSERT_TRUE(fleet);
  std::string id;
  for (const JsonValue& instance : fleet->root()["instances"].items()) {
    if (instance["internet_charge"].string() == "ByBandwidth" &&
        instance["status"].string() == "RUNNING") {
      id = *instance["instance_id"].string();
    }
  }
  auto daemon = start_daemon();
  const std::string address = daemon->await("listening ");
  ASSERT_NE(address, "") << testing::read_file(log_file());
  ASSERT_TRUE(await([&] { return fetch("http://" + address + "/-/ready").status == 200; }));
  rlimit room{};
  ASSERT_EQ(prlimit(daemon->pid(), RLIMIT_FSIZE, nullptr, &room), 0);
  const rlimit none{.rlim_cur = 1, .rlim_max = room.rlim_max};
  ASSERT_EQ(prlimit(daemon->pid(), RLIMIT_FSIZE, &none, nullptr), 0);

  const auto upgrades = [&] {
    const auto book = json("http://" + sandbox_address_ + "/sandbox/ledger");
    std::size_t count = 0;
    if (!book) return count;
    for (const auto& [change, times] : testing::read_ledger(book->root()).by_size) {
      if (change.starts_with(id + ">")) count += times;
    }
    return count;
  };
  const auto journal_error = [&] {
    const auto status = json("http://" + address + "/api/v1/status");
    return status ? std::string(status->root()["journal_error"].string().value_or("")) : "";
  };
  const std::size_t before = upgrades();
  ASSERT_EQ(fetch("http://" + sandbox_address_ + "/sandbox/demand", "{\"" + id + "\":4000}").status,
            200);
  ASSERT_TRUE(await([&] { return !journal_error().empty(); })) << testing::read_file(log_file());
  EXPECT_THAT(journal_error(), HasSubstr("journal"));
  poll(nullptr, 0, 3000);  // some ticks, in each of which it would like to order
  EXPECT_TRUE(daemon->running());
  EXPECT_EQ(upgrades(), before);

  ASSERT_EQ(prlimit(daemon->pid(), RLIMIT_FSIZE, &room, nullptr), 0);
  EXPECT_TRUE(await([&] { return upgrades() > before; })) << testing::read_file(log_file());
  EXPECT_TRUE(await([&] { return journal_error().empty(); })) << journal_error();
  const auto book = json("http://" + sandbox_address_ + "/sandbox/ledger");
  ASSERT_TRUE(book);
  EXPECT_EQ(testing::read_ledger(book->root()).violations, 0);
  daemon->signal(SIGTERM);
  EXPECT_EQ(daemon->wait(), kExitDone);
}

TEST_F(DaemonProcess, SecretsAreNowhere) {
  start_sandbox();
  write_settings();
  auto daemon = start_daemon();
  const std::string address = daemon->await("listening ");
  ASSERT_NE(address, "") << testing::read_file(log_file());
  ASSERT_TRUE(await([&] { return fetch("http://" + address + "/-/ready").status == 200; }));
  const std::string proc = "/proc/" + std::to_string(daemon->pid());
  const std::string command_line = testing::read_file(proc + "/cmdline");
  EXPECT_THAT(command_line, HasSubstr("penstock"));
  EXPECT_THAT(testing::read_file(proc + "/limits"),
              ::testing::ContainsRegex("Max core file size +0 +0"));
  std::string seen = command_line;
  for (const char* path : {"/metrics", "/api/v1/status", "/api/v1/instances", "/api/v1/orders",
                           "/api/v1/policies", "/api/v1/plan", "/nothing"}) {
    seen += fetch("http://" + address + path).body;
  }
  // A wrong password makes the most talkative errors.
  folder_.write("access-key-password", "wrong-but-just-as-secret\n", true);
  daemon->signal(SIGHUP);
  ASSERT_TRUE(await(
      [&] {
        const auto status = json("http://" + address + "/api/v1/status");
        return status && status->root()["accounts"].items().front()["error"].exists();
      },
      90s))
      << testing::read_file(log_file());
  seen += fetch("http://" + address + "/api/v1/status").body +
          fetch("http://" + address + "/metrics").body;
  daemon->signal(SIGTERM);
  EXPECT_EQ(daemon->wait(), kExitDone);
  seen += testing::read_file(log_file());
  for (const auto& entry :
       std::filesystem::recursive_directory_iterator(folder_.path() + "/state")) {
    if (entry.is_regular_file()) seen += testing::read_file(entry.path());
  }
  EXPECT_GT(seen.size(), 10'000U);
  for (const char* secret : {"sandbox-password", "wrong-but-just-as-secret", kApiToken}) {
    EXPECT_THAT(seen, Not(HasSubstr(secret)));
  }
}

TEST_F(DaemonProcess, SaysWhatToDoAboutWhatItCannotUse) {
  start_sandbox();
  write_settings();
  const auto run = [&] {
    std::filesystem::remove(log_file());
    auto daemon = start_daemon();
    const bool ended = await([&] { return !daemon->running(); });
    if (!ended) daemon->signal(SIGKILL);
    const int code = daemon->wait();
    return std::pair(code, testing::read_file(log_file()));
  };
  {
    auto first = start_daemon();
    ASSERT_NE(first->await("listening "), "");
    const auto [code, text] = run();
    EXPECT_EQ(code, kExitFailed);
    EXPECT_THAT(text, HasSubstr("pid " + std::to_string(first->pid())));
    first->signal(SIGTERM);
    EXPECT_EQ(first->wait(), kExitDone);
  }
  {
    std::filesystem::remove_all(folder_.path() + "/state");
    folder_.write("state", "a file where the folder should be");
    const auto [code, text] = run();
    EXPECT_EQ(code, kExitFailed);
    EXPECT_THAT(text, HasSubstr(folder_.path() + "/state"));
    std::filesystem::remove(folder_.path() + "/state");
  }
  {
    folder_.write("policies.d/bad.toml", "[[policy]]\nname = \"x\"\nmode = \"enforced\"\n");
    const auto [code, text] = run();
    EXPECT_EQ(code, kExitConfig);
    EXPECT_THAT(text, HasSubstr("bad.toml:3:"));
    EXPECT_THAT(text, HasSubstr("did you mean \"enforce\"?"));
  }
}

}  // namespace
}  // namespace penstock
