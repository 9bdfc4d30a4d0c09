#include "daemon/check.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>

#include "daemon/json.h"
#include "tests/testing/child.h"

namespace penstock {
namespace {

using testing::TempFolder;

Environment nothing_set() {
  return [](const char*) { return std::optional<std::string>(); };
}

constexpr const char* kConfig = R"([[account]]
access_key_id_file = "id"
access_key_password_file = "password"

[[source]]
name = "prom"
urls = ["http://127.0.0.1:9090"]
)";
constexpr const char* kPolicy = R"([[policy]]
name = "edge"
match = {}
[policy.traffic]
query = "egress"
[[policy.rule]]
kind = "saturation"
)";

TEST(Check, ConfigurationAndPoliciesTogether) {
  const TempFolder folder;
  const std::string file = folder.write("penstock.toml", kConfig);
  folder.write("id", "id", true);
  folder.write("password", "secret", true);
  folder.write("policies.d/edge.toml", kPolicy);
  const CheckReport report = check({.config = file}, nothing_set());
  EXPECT_EQ(text_of(report), file +
                                 ": ok\n  1 account (main), 1 source (prom), 0 tariffs\n"
                                 "  1 policy (edge), 0 enforcing\n");
  EXPECT_EQ(report.exit_code(), 0);
  auto json = JsonDocument::parse(json_of(report));
  ASSERT_TRUE(json);
  EXPECT_EQ(json->root()["ok"].boolean(), true);
  EXPECT_EQ(json->root()["policies"].items().at(0)["mode"].string(), "observe");
}

TEST(Check, ReportsAllFilesInOnePassAndExits78) {
  const TempFolder folder;
  const std::string file = folder.write("penstock.toml", kConfig);
  folder.write("policies.d/b.toml", std::string(kPolicy) + "grow = \"fast\"\n");
  folder.write("policies.d/a.toml", "[[policy]]\nnmae = \"x\"\n");
  const CheckReport report = check({.config = file}, nothing_set());
  EXPECT_EQ(report.exit_code(), 78);
  ASSERT_EQ(report.problems.size(), 5U) << text_of(report);
  EXPECT_EQ(report.problems[0].file, folder.path() + "/policies.d/a.toml");
  EXPECT_EQ(report.problems[4].file, folder.path() + "/policies.d/b.toml");
  EXPECT_EQ(report.problems[4].path, "rule[0].grow");
  EXPECT_TRUE(text_of(report).ends_with("\n5 problems in 2 files\n"));
  auto json = JsonDocument::parse(json_of(report));
  ASSERT_TRUE(json);
  const JsonValue problem = json->root()["problems"].items().at(4);
  EXPECT_EQ(problem["line"].integer(), 8);
  EXPECT_EQ(problem["column"].integer(), 8);
  EXPECT_EQ(problem["message"].string(), "\"fast\" is not a number");
}

TEST(Check, SecretsThatCannotBeReadAreNotesOnly) {
  const TempFolder folder;
  const std::string file = folder.write("penstock.toml", kConfig);
  std::filesystem::create_directory(folder.path() + "/policies.d");
  const CheckReport report = check({.config = file}, nothing_set());
  EXPECT_TRUE(report.ok()) << text_of(report);
  ASSERT_EQ(report.notes.size(), 2U);
  EXPECT_NE(report.notes[0].find("no policy"), std::string::npos);
  EXPECT_NE(report.notes[1].find("account main"), std::string::npos);
}

TEST(Check, OnePathIsTakenForWhatItIs) {
  const TempFolder folder;
  const std::string policy = folder.write("p/edge.toml", kPolicy);
  const std::string config = folder.write("my.toml", kConfig);
  const std::string bad = folder.write("penstock-test.toml", kPolicy);
  const auto look = [&](const std::string& path) { return check({.path = path}, nothing_set()); };
  EXPECT_EQ(look(policy).policies.size(), 1U);
  EXPECT_EQ(look(folder.path() + "/p").policies.size(), 1U);
  EXPECT_TRUE(look(config).config);
  EXPECT_FALSE(look(bad).ok());  // by its name a configuration
  EXPECT_EQ(text_of(look(folder.path() + "/absent.toml")),
            folder.path() +
                "/absent.toml: cannot be read: No such file or directory\n"
                "1 problem in 1 file\n");
}

TEST(Check, ReferencesAreCheckedAgainstTheConfigurationAskedFor) {
  const TempFolder folder;
  const std::string config = folder.write("my.toml", kConfig);
  const std::string policy = folder.write(
      "edge.toml",
      std::string(kPolicy).insert(std::string(kPolicy).find("query"), "source = \"porm\"\n"));
  EXPECT_TRUE(check({.path = policy}, nothing_set()).ok());
  const CheckReport report = check({.config = config, .path = policy}, nothing_set());
  ASSERT_EQ(report.problems.size(), 1U) << text_of(report);
  EXPECT_EQ(report.problems[0].path, "traffic.source");
  EXPECT_EQ(report.problems[0].suggestion, "\"prom\"");
}

TEST(Check, FilesThatAreNoneAreRefusedAtOnce) {
  const TempFolder folder;
  const std::string fifo = folder.path() + "/pipe.toml";
  ASSERT_EQ(mkfifo(fifo.c_str(), 0600), 0);
  for (const std::string& path : {fifo, std::string("/dev/zero")}) {
    const Result<std::string> text = read_settings_file(path);
    ASSERT_FALSE(text);
    EXPECT_EQ(text.error().message, "cannot be read: it is not a regular file");
  }
  const std::string large = folder.write("large.toml", std::string(kLargestToml + 10, '#'));
  const CheckReport report = check({.path = large}, nothing_set());
  ASSERT_EQ(report.problems.size(), 1U);
  EXPECT_EQ(report.problems[0].message, "is larger than 1 MiB, which no such file should be");
}

TEST(Check, LeavingsInThePolicyFolderAreNotRead) {
  const TempFolder folder;
  folder.write("p/edge.toml", kPolicy);
  for (const char* name :
       {"p/edge.toml~", "p/.#edge.toml", "p/.edge.toml", "p/edge.toml.dpkg-old"}) {
    folder.write(name, "not toml [");
  }
  const PoliciesRead read = read_policies(folder.path() + "/p");
  EXPECT_TRUE(read.problems.empty()) << render(read.problems);
  EXPECT_EQ(read.files, 1U);
}

TEST(Check, WhereTheConfigurationIs) {
  const auto set = [](const char* name) -> std::optional<std::string> {
    if (std::string_view(name) == "PENSTOCK_CONFIG") return "/from/environment.toml";
    return std::nullopt;
  };
  EXPECT_EQ(config_path("given.toml", set), "given.toml");
  EXPECT_EQ(config_path(std::nullopt, set), "/from/environment.toml");
  EXPECT_EQ(config_path(std::nullopt, nothing_set()), "/etc/penstock/penstock.toml");
}

}  // namespace
}  // namespace penstock
