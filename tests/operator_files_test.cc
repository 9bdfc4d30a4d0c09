// What is installed beside the program says what the program does: alerts have runbooks and use
// metrics that exist, schemas are the loader's, completions and man pages know every command.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cctype>
#include <cstdlib>
#include <fstream>
#include <regex>
#include <set>

#include "daemon/json_schema.h"
#include "tests/testing/child.h"
#include "tests/testing/places.h"

namespace penstock {
namespace {

using ::testing::HasSubstr;

const std::string kRoot = testing::kSourceDir;

std::set<std::string> found(const std::string& text, const char* pattern) {
  const std::regex expression(pattern);
  std::set<std::string> out;
  for (std::sregex_iterator it(text.begin(), text.end(), expression), end; it != end; ++it) {
    out.insert((*it)[1]);
  }
  return out;
}

std::string lower(std::string text) {
  for (char& c : text) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return text;
}

TEST(OperatorFiles, EveryAlertHasItsRunbookSectionAndTheOtherWayRound) {
  const std::string rules = testing::read_file(kRoot + "/deploy/prometheus/penstock.rules.yml");
  const std::string manual = testing::read_file(kRoot + "/deploy/README.md");
  const std::set<std::string> alerts = found(rules, "- alert: (\\w+)");
  const std::set<std::string> sections = found(manual, "\n## (Penstock\\w+)\n");
  EXPECT_GT(alerts.size(), 20U);
  EXPECT_EQ(alerts, sections);
  for (const std::string& alert : alerts) {
    EXPECT_THAT(rules, HasSubstr("deploy.md\" }}#" + lower(alert) + "'\n"))
        << "runbook_url of " << alert;
    const std::size_t at = manual.find("\n## " + alert + "\n");
    const std::string section = manual.substr(at, manual.find("\n## ", at + 1) - at);
    for (const char* part : {"**Means**", "**Meanwhile**", "**Look at**", "**Do**"}) {
      EXPECT_THAT(section, HasSubstr(part)) << alert;
    }
  }
}

TEST(OperatorFiles, RulesUseMetricsThatTheManualKnows) {
  const std::string rules = testing::read_file(kRoot + "/deploy/prometheus/penstock.rules.yml");
  const std::string manual = testing::read_file(kRoot + "/metrics/README.md");
  for (const std::string& metric : found(rules, "\\b(penstock_[a-z_]+)")) {
    EXPECT_THAT(manual, HasSubstr("| `" + metric + "` |")) << metric;
  }
}

TEST(OperatorFiles, EveryAlertIsTestedToFireAndToBeSilent) {
  const std::string rules = testing::read_file(kRoot + "/deploy/prometheus/penstock.rules.yml");
  const std::string tests = testing::read_file(kRoot + "/tests/prometheus/penstock.rules.test.yml");
  for (const std::string& alert : found(rules, "- alert: (\\w+)")) {
    const std::string head = "- alertname: " + alert + "\n        eval_time: ";
    bool fires = false, silent = false;
    for (std::size_t at = tests.find(head); at != std::string::npos;
         at = tests.find(head, at + 1)) {
      const std::size_t line = tests.find('\n', at + head.size()) + 1;
      const std::string expected = tests.substr(line, tests.find('\n', line) - line);
      (expected.ends_with("[]") ? silent : fires) = true;
    }
    EXPECT_TRUE(fires && silent) << alert;
  }
}

TEST(OperatorFiles, SchemasAreTheLoadersOwn) {
  const struct {
    const char* file;
    std::string text;
  } rows[] = {{"/deploy/schema/penstock.schema.json", config_json_schema()},
              {"/deploy/schema/policy.schema.json", policy_json_schema()}};
  for (const auto& row : rows) {
    if (std::getenv("PENSTOCK_WRITE_EXPECTED") != nullptr) {
      std::ofstream(kRoot + row.file) << row.text;
    }
    // Not EXPECT_EQ: it would print both, and they are long.
    EXPECT_TRUE(testing::read_file(kRoot + row.file) == row.text)
        << row.file << ": PENSTOCK_WRITE_EXPECTED=1 writes it anew";
  }
}

std::string reference(const std::string& kind) {
  return testing::run_command({testing::kBinary, "reference", kind}).out;
}

TEST(OperatorFiles, ManPageAndCompletionsKnowEveryCommandAndOption) {
  const std::string overview = testing::run_command({testing::kBinary, "--help"}).out;
  const std::string man = reference("man");
  const std::string bash = reference("bash");
  const std::string zsh = reference("zsh");
  const std::string readme = testing::read_file(kRoot + "/README.md");
  const std::set<std::string> commands =
      found(overview.substr(overview.find("Subcommands:")), "\n  ([a-z-]+) ");
  EXPECT_GT(commands.size(), 12U);
  for (const std::string& command : commands) {
    EXPECT_THAT(man,
                HasSubstr(".SS penstock " + std::regex_replace(command, std::regex("-"), R"(\-)")));
    EXPECT_THAT(bash, HasSubstr("\n    " + command + ")"));
    EXPECT_THAT(zsh, HasSubstr("'" + command + ":"));
    EXPECT_THAT(readme, HasSubstr("penstock " + command)) << "the README names every command";
    const std::string help = testing::run_command({testing::kBinary, command, "--help"}).out;
    EXPECT_THAT(help, HasSubstr("Exit codes:")) << command;
    for (const std::string& option : found(help, "\n  (?:-h,)?(--[a-z-]+)")) {
      EXPECT_THAT(bash, HasSubstr(option)) << command;
    }
  }
}

TEST(OperatorFiles, BashCompletesCommandsOptionsAndFiles) {
  testing::TempFolder folder;
  folder.write("penstock", reference("bash"));
  folder.write("some-policy.toml", "");
  const auto complete = [&](const std::string& words) {
    const std::string script = "cd " + folder.path() + " && source ./penstock && COMP_WORDS=(" +
                               words +
                               ") COMP_CWORD=$((${#COMP_WORDS[@]}-1)) && "
                               "COMP_CWORD=$((${#COMP_WORDS[@]}-1)); _penstock; "
                               "echo \"${COMPREPLY[*]}\"";
    return testing::run_command({"/bin/bash", "-c", script}).out;
  };
  EXPECT_EQ(complete("penstock hist"), "history\n");
  EXPECT_EQ(complete("penstock override --un"), "--until\n");
  EXPECT_EQ(complete("penstock journal ver"), "verify\n");
  EXPECT_EQ(complete("penstock check some"), "some-policy.toml\n");
  EXPECT_EQ(complete("penstock plan --config some"), "some-policy.toml\n");
  EXPECT_EQ(complete("penstock pause --reason some"), "\n") << "nobody can complete a reason";
}

}  // namespace
}  // namespace penstock
