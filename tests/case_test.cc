// Runs every tests/cases/*.case; the language is described in tests/README.md.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "tests/testing/case_script.h"
#include "tests/testing/places.h"

namespace penstock {
namespace {

std::vector<std::string> case_names() {
  std::vector<std::string> names;
  const std::filesystem::path folder = std::filesystem::path(testing::kSourceDir) / "tests/cases";
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (entry.path().extension() == ".case") names.push_back(entry.path().stem().string());
  }
  std::sort(names.begin(), names.end());
  return names;
}

TEST(Cases, AllAsWritten) {
  const std::vector<std::string> names = case_names();
  ASSERT_GE(names.size(), 40U);
  for (const std::string& name : names) {
    const std::string path = "tests/cases/" + name + ".case";
    std::ifstream in(std::filesystem::path(testing::kSourceDir) / path);
    testing::CaseScript script;
    int number = 0;
    for (std::string line; std::getline(in, line);) {
      ++number;
      const std::string wrong = script.run(line);
      if (wrong.empty()) continue;
      ADD_FAILURE() << path << ":" << number << ": " << wrong;
      break;
    }
    const std::string missing = script.finish();
    if (!missing.empty()) ADD_FAILURE() << path << ": " << missing;
  }
}

/// Every reason that some case expects.
std::set<std::string> expected_reasons() {
  std::set<std::string> reasons;
  for (const std::string& name : case_names()) {
    std::ifstream in(std::filesystem::path(testing::kSourceDir) / "tests/cases" / (name + ".case"));
    for (std::string line; std::getline(in, line);) {
      std::istringstream words(line);
      std::string verb;
      std::string action;
      std::string reason;
      words >> verb >> action >> reason;
      if (verb != "expect") continue;
      if (reason.find_first_not_of("0123456789") == std::string::npos) words >> reason;
      reasons.insert(reason);
    }
  }
  return reasons;
}

// Whatever decide can answer stands in a case. Not its business: who owns an instance, and rules
// that do not exist yet.
TEST(Cases, EveryReasonHasOne) {
  using enum ReasonCode;
  const std::set<ReasonCode> not_decided{kNone, kUnmatched, kPolicyTie};
  const std::set<std::string> expected = expected_reasons();
  for (int i = 0; i < static_cast<int>(kCount_); ++i) {
    const auto code = static_cast<ReasonCode>(i);
    const std::string label{to_string(code)};
    EXPECT_EQ(expected.contains(label), !not_decided.contains(code)) << label;
  }
}

TEST(Cases, AWrongStatementIsRefused) {
  const char* wrong_lines[] = {"feed 15s 40",     "expect hold at-target", "sett cap 5",
                               "set cap",         "set cap much",          "set change wobbling",
                               "set expires 12d", "wait 5 minutes",        "set charge"};
  for (const char* line : wrong_lines) {
    testing::CaseScript script;
    EXPECT_NE(script.run(line), "") << line;
  }
  testing::CaseScript script;
  EXPECT_NE(script.finish(), "");
  for (const char* line :
       {"policy", "[[policy.rule]]", "kind = \"fixed\"", "bandwidth = \"100 Mbps\"", "end"}) {
    EXPECT_EQ(script.run(line), "");
  }
  EXPECT_EQ(script.run("expect hold at-target  # as it is"), "");
  EXPECT_NE(script.run("expect hold"), "");
  EXPECT_NE(script.run("expect hold no-data"), "");
  EXPECT_NE(script.run("expect hold at-target wish 99"), "");
  EXPECT_NE(script.run("apply"), "");
}

}  // namespace
}  // namespace penstock
