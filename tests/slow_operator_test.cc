// An operator's commands as processes, against the built daemon and the built sandbox: approve,
// override, report, support-bundle, and files that change under the daemon.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <string>

#include "daemon/exit_code.h"
#include "daemon/json.h"
#include "tests/testing/daemon_process.h"
#include "tests/testing/places.h"

namespace penstock {
namespace {

using ::testing::HasSubstr;
using testing::kApiToken;
using ::testing::Not;

class OperatorProcess : public testing::DaemonProcess {
 protected:
  void start() {
    start_sandbox();
    write_settings();
  }
  void run_daemon() {
    daemon_ = start_daemon();
    address_ = daemon_->await("listening ");
    ASSERT_NE(address_, "") << testing::read_file(log_file());
    ASSERT_TRUE(await([&] { return fetch("http://" + address_ + "/-/ready").status == 200; }));
  }
  testing::Finished penstock(std::vector<std::string> words) {
    words.insert(words.begin(), testing::kBinary);
    words.insert(words.begin() + 2, {"--config", config_});
    return testing::run_command(std::move(words));
  }
  /// A running prepaid instance that is paid for by its bandwidth.
  std::string prepaid() {
    const auto fleet = json("http://" + sandbox_address_ + "/sandbox/instances");
    if (!fleet) return "";
    for (const JsonValue& each : fleet->root()["instances"].items()) {
      if (each["internet_charge"].string() == "ByBandwidth" &&
          each["charge"].string() == "PREPAID" && each["status"].string() == "RUNNING") {
        return std::string(*each["instance_id"].string());
      }
    }
    return "";
  }
  void demand(const std::string& id, int mbps) {
    const std::string body = "{\"" + id + "\":" + std::to_string(mbps) + "}";
    ASSERT_EQ(fetch("http://" + sandbox_address_ + "/sandbox/demand", body).status, 200);
  }
  /// One field of the instance's decision.
  std::string reason_of(const std::string& id) {
    const auto page = json("http://" + address_ + "/api/v1/instances?instance_id=" + id);
    if (!page || page->root()["instances"].items().empty()) return "";
    const JsonValue decision = page->root()["instances"].items().front()["decision"];
    return std::string(decision["reason"].string().value_or(""));
  }
  std::size_t orders_of(const std::string& id) {
    const auto page = json("http://" + address_ + "/api/v1/orders?instance_id=" + id);
    return page ? page->root()["orders"].items().size() : 0;
  }
  void edit_policy(const std::string& what, const std::string& with) {
    const std::string path = folder_.path() + "/policies.d/everything.toml";
    std::string text = testing::read_file(path);
    if (const std::size_t at = text.find(what); at != std::string::npos) {
      text.replace(at, what.size(), with);
    }
    // As editors do it: written beside, then renamed.
    folder_.write("policies.d/.draft", text);
    std::filesystem::rename(folder_.path() + "/policies.d/.draft", path);
  }

  std::unique_ptr<testing::Child> daemon_;
  std::string address_;
};

TEST_F(OperatorProcess, ADearOrderWaitsForAPersonAndTheReportSaysWho) {
  start();
  edit_policy("cooldown = \"1s\"", "cooldown = \"1s\"\napprove_above = \"0.01 USD\"");
  const std::string id = prepaid();
  ASSERT_NE(id, "");
  demand(id, 900);
  run_daemon();
  ASSERT_TRUE(await([&] { return reason_of(id) == "needs-approval"; })) << reason_of(id);
  EXPECT_EQ(orders_of(id), 0U);
  EXPECT_THAT(penstock({"plan"}).out, HasSubstr("needs-approval"));
  const testing::Finished approved = penstock({"approve", id, "--note", "launch", "--json"});
  ASSERT_EQ(approved.code, kExitDone) << approved.err;
  EXPECT_THAT(approved.out, HasSubstr("\"done\":\"approved\""));
  ASSERT_TRUE(await([&] { return orders_of(id) == 1; }));
  EXPECT_TRUE(await([&] { return reason_of(id) == "needs-approval"; }))
      << "the next one is asked about again";
  const testing::Finished report = penstock({"report", "--json"});
  ASSERT_EQ(report.code, kExitDone) << report.err;
  const auto document = JsonDocument::parse(report.out);
  ASSERT_TRUE(document);
  bool told = false;
  for (const JsonValue& order : document->root()["orders"].items()) {
    const std::string_view who = order["who"].string().value_or("");
    told = told || (order["instance_id"].string() == id && who != "policy" && !who.empty());
  }
  EXPECT_TRUE(told) << report.out;
  EXPECT_THAT(penstock({"history", id}).out, HasSubstr("launch"));
}

// A person's own token: the commands use it, the record names it, and what it may not is refused.
TEST_F(OperatorProcess, CommandsActInTheNameOfATokenAndWithinItsScopes) {
  start();
  const std::string ann = folder_.write("ann-token", "ann-0123456789abcdef\n", true);
  folder_.write("penstock.toml", "read_needs_token = true\n" + testing::read_file(config_) +
                                     "[[api_token]]\nname = \"ann\"\nfile = \"ann-token\"\n"
                                     "scopes = [\"read\", \"operate\"]\n");
  const std::string id = prepaid();
  ASSERT_NE(id, "");
  run_daemon();
  EXPECT_EQ(fetch("http://" + address_ + "/api/v1/status").status, 401);
  EXPECT_EQ(penstock({"status"}).code, kExitDone) << "the commands find a token by themselves";
  const auto as_ann = [&](std::vector<std::string> words) {
    words.insert(words.begin(), testing::kBinary);
    words.insert(words.begin() + 2, {"--config", config_});
    return testing::run_command(std::move(words), {"PENSTOCK_TOKEN_FILE=" + ann});
  };
  ASSERT_EQ(as_ann({"pause", "--all", "--reason", "invoice"}).code, kExitDone);
  EXPECT_THAT(testing::read_file(folder_.path() + "/state/control/pause-all"),
              HasSubstr("token ann from 127.0.0.1"));
  ASSERT_TRUE(await([&] { return as_ann({"status"}).out.find("PAUSED") != std::string::npos; }));
  EXPECT_THAT(as_ann({"history"}).out, HasSubstr("token ann"));
  EXPECT_EQ(as_ann({"resume", "--all"}).code, kExitDone);
  const testing::Finished approved = as_ann({"approve", id, "--up-to", "5 USD"});
  EXPECT_EQ(approved.code, kExitFailed);
  EXPECT_THAT(approved.err, HasSubstr("lacks the scope approve"));
  EXPECT_THAT(approved.err, Not(HasSubstr("ann-0123")));
  // With the daemon down the folder is the way, for whoever may write there.
  daemon_->signal(SIGTERM);
  EXPECT_EQ(daemon_->wait(), kExitDone);
  EXPECT_EQ(as_ann({"pause", "--all"}).code, kExitDone);
  EXPECT_EQ(as_ann({"status"}).code, kExitUnreachable);
}

TEST_F(OperatorProcess, AnOverrideIsObeyedAndEnded) {
  start();
  const std::string id = prepaid();
  ASSERT_NE(id, "");
  demand(id, 5);
  run_daemon();
  const testing::Finished given =
      penstock({"override", id, "--at", "700", "--for", "1h", "--reason", "launch"});
  ASSERT_EQ(given.code, kExitDone) << given.err;
  ASSERT_TRUE(await([&] {
    const auto page = json("http://" + address_ + "/api/v1/instances?instance_id=" + id);
    return page && !page->root()["instances"].items().empty() &&
           page->root()["instances"].items().front()["cap_mbps"].integer() == 700;
  }));
  const testing::Finished csv = penstock({"report", "--csv"});
  EXPECT_THAT(csv.out, HasSubstr(id));
  EXPECT_THAT(csv.out, HasSubstr(",operator,"));
  EXPECT_EQ(penstock({"override", id, "--end"}).code, kExitDone);
  EXPECT_EQ(penstock({"override", id, "--end"}).code, kExitFailed) << "there is none any more";
}

TEST_F(OperatorProcess, ASupportBundleTellsMuchAndNoSecret) {
  start();
  run_daemon();
  const std::string file = folder_.path() + "/bundle.txt";
  ASSERT_EQ(penstock({"support-bundle", "--output", file}).code, kExitDone);
  const std::string text = testing::read_file(file);
  EXPECT_THAT(text, HasSubstr("everything"));
  EXPECT_THAT(text, HasSubstr("penstock_build_info"));
  for (const char* secret : {kApiToken, "sandbox-password"})
    EXPECT_THAT(text, Not(HasSubstr(secret)));
  EXPECT_EQ(penstock({"support-bundle", "--output", file}).code, kExitFailed) << "never overwrites";
}

TEST_F(OperatorProcess, AFileThatChangesIsReadAndABadOneChangesNothing) {
  start();
  run_daemon();
  const auto mode = [&] {
    const auto page = json("http://" + address_ + "/api/v1/policies");
    if (!page || page->root()["policies"].items().empty()) return std::string();
    return std::string(page->root()["policies"].items().front()["mode"].string().value_or(""));
  };
  const auto metric = [&](const std::string& line) {
    return fetch("http://" + address_ + "/metrics").body.find("\n" + line) != std::string::npos;
  };
  ASSERT_TRUE(await([&] { return mode() == "enforce"; }));
  edit_policy("mode = \"enforce\"", "mode = \"observe\"");
  ASSERT_TRUE(await([&] { return mode() == "observe"; }));
  edit_policy("mode = \"observe\"", "mode = \"enforse\"");
  ASSERT_TRUE(await([&] { return metric("penstock_config_last_reload_successful 0"); }));
  EXPECT_EQ(mode(), "observe");
  edit_policy("mode = \"enforse\"", "mode = \"enforce\"");
  ASSERT_TRUE(await([&] { return mode() == "enforce"; }));
  EXPECT_TRUE(metric("penstock_config_last_reload_successful 1"));
}

}  // namespace
}  // namespace penstock
