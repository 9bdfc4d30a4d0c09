// metrics <- policies <- daemon <- tests, each third-party package in its one home, and no file
// grown past what can be read at once: rules that are run, not only written.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "tests/testing/places.h"

namespace penstock {
namespace {

namespace fs = std::filesystem;

struct SourceFile {
  std::string path;  ///< relative, such as "daemon/loop.cc"
  std::vector<std::string> lines;
};

std::vector<SourceFile> source_files() {
  std::vector<SourceFile> files;
  const fs::path root = testing::kSourceDir;
  for (const char* folder : {"metrics", "policies", "daemon", "tests"}) {
    for (const auto& entry : fs::recursive_directory_iterator(root / folder)) {
      const auto extension = entry.path().extension();
      if (!entry.is_regular_file() || (extension != ".cc" && extension != ".h")) continue;
      SourceFile file{fs::relative(entry.path(), root).string(), {}};
      std::ifstream in(entry.path());
      for (std::string line; std::getline(in, line);) file.lines.push_back(line);
      files.push_back(std::move(file));
    }
  }
  return files;
}

std::string included(const std::string& line) {
  if (!line.starts_with("#include ")) return {};
  const auto open = line.find_first_of("<\"");
  const auto close = line.find_last_of(">\"");
  return open == std::string::npos || close <= open ? "" : line.substr(open + 1, close - open - 1);
}

int rank_of(const std::string& path) {
  if (path.starts_with("metrics/")) return 0;
  if (path.starts_with("policies/")) return 1;
  if (path.starts_with("daemon/")) return 2;
  if (path.starts_with("tests/")) return 3;
  return -1;
}

TEST(Layers, IncludesPointOnlyDownwards) {
  const auto files = source_files();
  ASSERT_GT(files.size(), 20U);
  for (const SourceFile& file : files) {
    for (const std::string& line : file.lines) {
      const std::string header = included(line);
      EXPECT_LE(rank_of(header), rank_of(file.path)) << file.path << " includes " << header;
      if (file.path.starts_with("daemon/") && !file.path.starts_with("daemon/sim/") &&
          header.starts_with("daemon/sim/")) {
        // The sandbox can be deleted whole: only composition may know it.
        EXPECT_TRUE(file.path == "daemon/main.cc" || file.path.starts_with("daemon/cli."))
            << file.path;
      }
    }
  }
}

TEST(Layers, PoliciesKnowNoWorld) {
  const std::set<std::string> banned{"thread",
                                     "mutex",
                                     "fstream",
                                     "filesystem",
                                     "iostream",
                                     "cstdio",
                                     "random",
                                     "future",
                                     "atomic",
                                     "unistd.h",
                                     "ctime",
                                     "time.h",
                                     "condition_variable"};
  for (const SourceFile& file : source_files()) {
    if (!file.path.starts_with("policies/")) continue;
    for (const std::string& line : file.lines) {
      EXPECT_FALSE(banned.contains(included(line))) << file.path << ": " << line;
    }
  }
}

TEST(Layers, EachPackageHasItsHome) {
  const std::map<std::string, std::set<std::string>> homes{
      {"curl/", {"daemon/curl_http.cc"}},
      {"sqlite3.h", {"daemon/sqlite.cc", "daemon/sqlite_disk.cc"}},
      {"toml++", {"policies/toml_reader.cc", "policies/toml_reader.h"}},
      {"openssl/", {"daemon/signing.cc"}},
      {"simdjson", {"daemon/json.cc", "daemon/prometheus_vector.cc"}},
      {"microhttpd.h", {"daemon/server.cc"}},
      {"spdlog/", {"daemon/log.cc"}},
      {"CLI/",
       {"daemon/cli.cc", "daemon/cli_complaint.cc", "daemon/cli_operator.cc", "daemon/cli_parts.h",
        "daemon/cli_reference.cc"}},
      {"date/", {"daemon/clock.cc"}},
      {"systemd/", {"daemon/systemd.cc"}},
      {"zlib.h", {"daemon/trace_csv.cc", "daemon/gzip.cc"}},
      {"prometheus/", {"metrics/instruments.cc", "metrics/exposition.cc"}},
  };
  for (const SourceFile& file : source_files()) {
    if (file.path.starts_with("tests/")) continue;
    for (const std::string& line : file.lines) {
      const std::string header = included(line);
      for (const auto& [package, allowed] : homes) {
        if (header.starts_with(package)) {
          EXPECT_TRUE(allowed.contains(file.path)) << file.path << " includes <" << header << ">";
        }
      }
    }
  }
}

TEST(Layers, TimeIsInjected) {
  for (const SourceFile& file : source_files()) {
    if (file.path.starts_with("tests/") || file.path == "daemon/clock.cc") continue;
    for (const std::string& line : file.lines) {
      EXPECT_EQ(line.find("clock::now()"), std::string::npos) << file.path << ": " << line;
    }
  }
}

TEST(Layers, FilesCanBeReadAtOnce) {
  for (const SourceFile& file : source_files()) {
    EXPECT_LE(file.lines.size(), 450U) << file.path << ": split by idea";
    for (std::size_t i = 0; i < file.lines.size(); ++i) {
      // Bytes, with room for a few multi-byte characters in a line of 100.
      EXPECT_LE(file.lines[i].size(), 110U) << file.path << ":" << i + 1;
    }
  }
}

TEST(Layers, HeadersSayWhatTheyAre) {
  for (const SourceFile& file : source_files()) {
    if (!file.path.ends_with(".h")) continue;
    ASSERT_FALSE(file.lines.empty()) << file.path;
    EXPECT_TRUE(file.lines.front().starts_with("// "))
        << file.path << " must open with what the thing is";
  }
}

}  // namespace
}  // namespace penstock
