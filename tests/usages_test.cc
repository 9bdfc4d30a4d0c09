// The catalogue of wrong usages, tests/usages.txt: each gives exactly one message that says what is
// wrong, where, and how to mend it, and its exit code. With PENSTOCK_WRITE_EXPECTED=1 what is said
// now is written there, to be read before it is committed. Wrong files are in tests/config.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <regex>
#include <sstream>
#include <string>
#include <vector>

#include "tests/testing/child.h"
#include "tests/testing/places.h"

namespace penstock {
namespace {

namespace fs = std::filesystem;

struct Usage {
  std::string command;   ///< as written, FOLDER for the folder made here
  std::string expected;  ///< its lines, then "exit N"
};

const std::string kCatalogue = std::string(testing::kSourceDir) + "/tests/usages.txt";

std::vector<Usage> catalogue() {
  std::vector<Usage> usages;
  std::ifstream in(kCatalogue);
  for (std::string line; std::getline(in, line);) {
    if (line.starts_with("$ ")) {
      usages.push_back({line.substr(2), ""});
    } else if (!line.empty() && !line.starts_with("#") && !usages.empty()) {
      usages.back().expected += line + "\n";
    }
  }
  return usages;
}

std::string replaced(std::string text, const std::string& what, const std::string& with) {
  for (std::size_t at = 0; (at = text.find(what, at)) != std::string::npos; at += with.size()) {
    text.replace(at, what.size(), with);
  }
  return text;
}

/// Words apart by blanks; "a b" is one.
std::vector<std::string> words_of(const std::string& command) {
  std::vector<std::string> words;
  bool quoted = false, open = false;
  for (const char c : command) {
    if (c == '"') quoted = !quoted;
    const bool gap = c == ' ' && !quoted;
    if (!gap && !open) words.emplace_back();
    open = !gap;
    if (!gap && c != '"') words.back() += c;
  }
  return words;
}

/// A configuration that is right, whose daemon is not running, and some files that are in the way.
void furnish(const testing::TempFolder& folder) {
  for (const char* name : {"state", "policies.d", "full"}) {
    fs::create_directory(folder.path() + "/" + name);
  }
  const std::string account =
      "[[account]]\nname = \"main\"\naccess_key_id_file = \"id\"\n"
      "access_key_password_file = \"password\"\n";
  const auto config = [&](const char* state) {
    return "listen = \"127.0.0.1:1\"\nstate = \"" + folder.path() + state + "\"\n" + account;
  };
  folder.write("penstock.toml", config("/state"));
  folder.write("elsewhere.toml", config("/nowhere"));
  folder.write("broken.toml", "tick = 15\n");
  folder.write("policies.d/edge.toml",
               "[[policy]]\nname = \"edge\"\nmatch = {}\n[[policy.rule]]\nkind = \"saturation\"\n");
  folder.write("full/penstock.toml", "");
  folder.write("exists", "");
}

std::string said(const Usage& usage, const testing::TempFolder& folder) {
  std::vector<std::string> words = words_of(replaced(usage.command, "FOLDER", folder.path()));
  words.front() = testing::kBinary;
  // What the machine has set must not decide what is said.
  const testing::Finished done =
      testing::run_command(words, {"PENSTOCK_CONFIG=" + folder.path() + "/penstock.toml",
                                   "STATE_DIRECTORY=", "CREDENTIALS_DIRECTORY="});
  std::string text = replaced(done.err + done.out, folder.path(), "FOLDER");
  text = std::regex_replace(text, std::regex("after [0-9]+ ms"), "after N ms");
  std::istringstream lines(text);
  std::string out;
  for (std::string line; std::getline(lines, line);) out += line.empty() ? "" : line + "\n";
  return out + "exit " + std::to_string(done.code) + "\n";
}

TEST(Usages, EachWrongOneGivesItsExactMessage) {
  std::vector<Usage> usages = catalogue();
  EXPECT_GE(usages.size(), 60U);
  std::string written;
  for (Usage& usage : usages) {
    SCOPED_TRACE(usage.command);
    const testing::TempFolder folder;
    furnish(folder);
    const std::string actual = said(usage, folder);
    written += "$ " + usage.command + "\n" + actual + "\n";
    if (std::getenv("PENSTOCK_WRITE_EXPECTED") != nullptr) usage.expected = actual;
    EXPECT_EQ(actual, usage.expected);
    EXPECT_EQ(actual.find("exit 0\n"), std::string::npos) << "it was understood";
    EXPECT_LE(std::ranges::count(actual, '\n'), 6) << "one message, one line for each problem";
  }
  if (std::getenv("PENSTOCK_WRITE_EXPECTED") != nullptr) std::ofstream(kCatalogue) << written;
}

}  // namespace
}  // namespace penstock
