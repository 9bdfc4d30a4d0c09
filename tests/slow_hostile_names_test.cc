// Instances with hostile names from the sandbox through the built daemon into the commands' output,
// as a terminal, a spreadsheet and Prometheus get it.
#include <gtest/gtest.h>

#include <algorithm>
#include <csignal>
#include <string>
#include <vector>

#include "daemon/exit_code.h"
#include "daemon/exposition_text.h"
#include "daemon/json.h"
#include "daemon/sim/hostile_names.h"
#include "metrics/printable.h"
#include "tests/testing/daemon_process.h"
#include "tests/testing/places.h"

namespace penstock {
namespace {

/// The first thing in it that a terminal would obey, with what stands before it; "" if there is
/// none.
std::string harm_in(std::string_view text) {
  const std::string_view whole = text;
  while (!text.empty()) {
    const std::size_t at = whole.size() - text.size();
    const bool replacement = text.starts_with("\xef\xbf\xbd");
    const char32_t code = take_code_point(text);
    if ((code == '\n' || !is_hidden(code)) && (code != 0xFFFD || replacement)) continue;
    const std::size_t from = at - std::min<std::size_t>(at, 80);
    return printable(whole.substr(from, at - from + 8));
  }
  return "";
}

class HostileNamesProcess : public testing::DaemonProcess {
 protected:
  testing::Finished penstock(std::vector<std::string> words) {
    words.insert(words.begin(), testing::kBinary);
    words.insert(words.begin() + 2, {"--config", config_});
    return testing::run_command(std::move(words));
  }
};

TEST_F(HostileNamesProcess, HarmNoTerminalSpreadsheetScrapeOrLog) {
  const auto count = static_cast<int>(hostile_names().size());
  start_sandbox("1h", "400ms", 2 * count, true);
  write_settings();
  const auto daemon = start_daemon();
  const std::string address = daemon->await("listening ");
  ASSERT_NE(address, "") << testing::read_file(log_file());
  ASSERT_TRUE(await([&] { return fetch("http://" + address + "/-/ready").status == 200; }));
  ASSERT_TRUE(await([&] {
    const auto orders = json("http://" + address + "/api/v1/orders");
    return orders && orders->root()["orders"].items().size() > 1;
  }));
  const auto fleet = json("http://" + address + "/api/v1/instances?limit=1000");
  ASSERT_TRUE(fleet);
  ASSERT_EQ(fleet->root()["instances"].items().size(), 2 * hostile_names().size())
      << "a name that is no text must not cost the list";
  const std::string id(*fleet->root()["instances"].items()[5]["instance_id"].string());

  const std::string bundle = folder_.path() + "/bundle.txt";
  const std::vector<std::vector<std::string>> commands{{"status"},
                                                       {"status", "--instances"},
                                                       {"status", "--instances", "--json"},
                                                       {"plan"},
                                                       {"plan", "--json"},
                                                       {"orders"},
                                                       {"history"},
                                                       {"history", "--json"},
                                                       {"report"},
                                                       {"report", "--csv"},
                                                       {"report", "--json"},
                                                       {"explain", id},
                                                       {"explain", id, "--json"},
                                                       {"explain", hostile_names()[5].text},
                                                       {"explain", "\x1b[31mnobody"},
                                                       {"doctor"},
                                                       {"support-bundle", "--output", bundle},
                                                       {"pause", "--policy", "\x1b[31mnone"},
                                                       {"resume", "--policy", "\x1b[31mnone"}};
  for (const auto& words : commands) {
    const testing::Finished done = penstock(words);
    std::string command;
    for (const std::string& word : words) command += printable(word) + " ";
    EXPECT_FALSE(done.out.empty() && done.err.empty()) << command;
    EXPECT_EQ(harm_in(done.out), "") << command;
    EXPECT_EQ(harm_in(done.err), "") << command;
    if (words.back() == "--json") {
      EXPECT_TRUE(JsonDocument::parse(done.out)) << command;
    }
  }
  EXPECT_EQ(harm_in(testing::read_file(bundle)), "");

  const std::string metrics = fetch("http://" + address + "/metrics").body;
  EXPECT_EQ(harm_in(metrics), "");
  std::size_t infos = 0;
  const auto parsed = parse_exposition(metrics, [&](const ExpositionSample& sample) {
    infos += sample.name == "penstock_instance_info" ? 1 : 0;
  });
  EXPECT_TRUE(parsed) << parsed.error().message;
  EXPECT_EQ(infos, 2 * hostile_names().size());
  daemon->signal(SIGTERM);
  EXPECT_EQ(daemon->wait(), kExitDone);
  EXPECT_EQ(harm_in(testing::read_file(log_file())), "");
}

}  // namespace
}  // namespace penstock
