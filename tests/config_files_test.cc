// Every tests/config/*.bad.toml gives exactly the messages of its *.bad.txt: policy-* files are
// policies, penstock-* files are configurations. PENSTOCK_WRITE_EXPECTED=1 writes what is said now
// into the *.bad.txt, to be read before it is committed.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

#include "daemon/clock.h"
#include "daemon/config.h"
#include "policies/policy_file.h"
#include "tests/testing/places.h"

namespace penstock {
namespace {

namespace fs = std::filesystem;

std::string contents(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  EXPECT_TRUE(in.good()) << path;
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

std::string said(const fs::path& path) {
  const std::string name = "tests/config/" + path.filename().string();
  const std::string text = contents(path);
  if (path.filename().string().starts_with("policy-")) {
    const PolicyText file{name, text};
    const PolicySet set = load_policies({&file, 1}, {.zone = load_time_zone});
    EXPECT_EQ(set.policies.empty(), !set.problems.empty());
    return render(set.problems);
  }
  const auto no_environment = [](const char*) { return std::optional<std::string>(); };
  const ConfigRead read = read_config(text, name, no_environment);
  EXPECT_EQ(read.config.has_value(), read.problems.empty());
  return render(read.problems);
}

std::vector<fs::path> bad_files() {
  std::vector<fs::path> files;
  for (const auto& entry :
       fs::directory_iterator(fs::path(testing::kSourceDir) / "tests" / "config")) {
    if (entry.path().string().ends_with(".bad.toml")) files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  return files;
}

TEST(ConfigFiles, EachBadFileGivesItsExactMessages) {
  const auto files = bad_files();
  EXPECT_GE(files.size(), 45U);
  for (const fs::path& file : files) {
    fs::path expected = file;
    expected.replace_extension(".txt");
    const std::string actual = said(file);
    EXPECT_FALSE(actual.empty()) << file << " has no problem";
    if (std::getenv("PENSTOCK_WRITE_EXPECTED") != nullptr) std::ofstream(expected) << actual;
    EXPECT_EQ(actual, contents(expected)) << file.filename();
  }
}

TEST(ConfigFiles, NoExpectationIsLeftOver) {
  std::set<std::string> stems;
  for (const fs::path& file : bad_files()) stems.insert(file.stem().string());
  for (const auto& entry :
       fs::directory_iterator(fs::path(testing::kSourceDir) / "tests" / "config")) {
    if (entry.path().extension() == ".txt") {
      EXPECT_TRUE(stems.contains(entry.path().stem().string())) << entry.path();
    }
  }
}

}  // namespace
}  // namespace penstock
