#include "daemon/settings.h"

#include <gtest/gtest.h>

#include "tests/testing/child.h"

namespace penstock {
namespace {

Environment no_environment() {
  return [](const char*) { return std::optional<std::string>{}; };
}

constexpr const char* kConfig = R"(
policies = "policies.d"
[[account]]
name = "main"
access_key_id_file = "access-key-id"
access_key_password_file = "access-key-password"
[[source]]
name = "prometheus"
kind = "prometheus"
urls = ["http://127.0.0.1:9090"]
)";

std::string policy(const std::string& name, const std::string& source) {
  return "[[policy]]\nname = \"" + name + "\"\nmatch = { id = [\"*\"] }\n[policy.traffic]\n" +
         (source.empty() ? "" : "source = \"" + source + "\"\n") +
         "query = 'x'\n[policy.bounds]\nmax = \"1 Gbps\"\n[[policy.rule]]\nkind = \"saturation\"\n";
}

TEST(Settings, ReadsTheConfigurationAndItsPoliciesInNameOrder) {
  testing::TempFolder folder;
  const std::string file = folder.write("penstock.toml", kConfig);
  folder.write("policies.d/20-b.toml", policy("b", ""));
  folder.write("policies.d/10-a.toml", policy("a", "prometheus"));
  folder.write("policies.d/notes.txt", "not a policy");
  const SettingsRead read = read_settings(file, no_environment());
  ASSERT_TRUE(read.settings) << render(read.problems);
  ASSERT_EQ(read.settings->policies.size(), 2U);
  EXPECT_EQ(read.settings->policies[0].name, "a");
  EXPECT_EQ(read.settings->policies[1].name, "b");
}

TEST(Settings, SaysWhatCannotBeRead) {
  testing::TempFolder folder;
  const SettingsRead missing = read_settings(folder.path() + "/penstock.toml", no_environment());
  ASSERT_FALSE(missing.settings);
  ASSERT_EQ(missing.problems.size(), 1U);
  EXPECT_NE(headline(missing.problems[0]).find("No such file"), std::string::npos);

  const std::string file = folder.write("penstock.toml", kConfig);
  const SettingsRead no_folder = read_settings(file, no_environment());
  EXPECT_FALSE(no_folder.settings) << "the policy folder is missing";
}

TEST(Settings, APolicysSourceMustExist) {
  testing::TempFolder folder;
  const std::string file = folder.write("penstock.toml", kConfig);
  folder.write("policies.d/a.toml", policy("a", "promethius"));
  const SettingsRead read = read_settings(file, no_environment());
  ASSERT_FALSE(read.settings);
  ASSERT_EQ(read.problems.size(), 1U);
  EXPECT_NE(headline(read.problems[0]).find("promethius"), std::string::npos);
}

TEST(Settings, TheProvidersOwnTrafficRaisesNothing) {
  testing::TempFolder folder;
  const std::string file = folder.write(
      "penstock.toml", std::string(kConfig) + "[[source]]\nname = \"own\"\nkind = \"provider\"\n");
  folder.write("policies.d/a.toml", policy("a", "prometheus"));
  std::string late = policy("b", "own");
  late.replace(late.find("query"), 0, "max_age = \"20m\"\n");
  folder.write("policies.d/b.toml", late);
  const SettingsRead read = read_settings(file, no_environment());
  ASSERT_TRUE(read.settings) << render(read.problems);
  EXPECT_TRUE(read.settings->policies[0].traffic.raises);
  EXPECT_FALSE(read.settings->policies[1].traffic.raises);

  // With the usual three minutes every sample would be stale.
  folder.write("policies.d/b.toml", policy("b", "own"));
  const SettingsRead stale = read_settings(file, no_environment());
  ASSERT_EQ(stale.problems.size(), 1U) << render(stale.problems);
  EXPECT_NE(stale.problems[0].message.find("stale"), std::string::npos);
}

TEST(Settings, ReportsProblemsOfAllFilesAtOnce) {
  testing::TempFolder folder;
  const std::string file = folder.write("penstock.toml", kConfig);
  folder.write("policies.d/a.toml", "[[policy]]\nname = 3\n");
  folder.write("policies.d/b.toml", "nonsense = [\n");
  const SettingsRead read = read_settings(file, no_environment());
  bool a = false;
  bool b = false;
  for (const Problem& problem : read.problems) {
    a = a || problem.file.ends_with("a.toml");
    b = b || problem.file.ends_with("b.toml");
  }
  EXPECT_TRUE(a && b) << render(read.problems);
}

}  // namespace
}  // namespace penstock
