// Traces from files: what is read, what is refused and with which words.
#include "daemon/trace_csv.h"

#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>

namespace penstock {
namespace {

TEST(TraceCsv, ReadsUnixSecondsAndRfc3339) {
  const Result<Series> series =
      parse_trace("timestamp,mbps\n1767225600,1.5\r\n1767225900.5,2e1\n2026-01-01T00:10:00Z, 0\n\n",
                  "a.csv", {});
  ASSERT_TRUE(series) << series.error().message;
  EXPECT_EQ(series->demand, std::vector<double>({1.5, 20, 0}));
  EXPECT_EQ(series->at[0], *parse_time("2026-01-01T00:00:00Z"));
  EXPECT_EQ(series->at[1] - series->at[0], Duration{300'500});
  EXPECT_EQ(series->at[2] - series->at[0], Duration{600'000});
}

TEST(TraceCsv, ColumnsByNameInAnyOrderAndUnit) {
  const TraceColumns columns{.time = "when", .value = "out bps", .scale = 1e-6};
  const Result<Series> series =
      parse_trace("\"out bps\",junk,when\n5000000,x,1\n\"7000000\",,2\n", "a.csv", columns);
  ASSERT_TRUE(series) << series.error().message;
  EXPECT_EQ(series->demand, std::vector<double>({5, 7}));
}

TEST(TraceCsv, AnEmptyOrNanValueIsAMissingSample) {
  const Result<Series> series = parse_trace("timestamp,mbps\n1,1\n2,\n3,NaN\n4,4\n", "a.csv", {});
  ASSERT_TRUE(series) << series.error().message;
  EXPECT_EQ(series->demand, std::vector<double>({1, 4}));
}

struct Bad {
  const char* text;
  const char* message;
};

TEST(TraceCsv, ErrorsNameFileAndLine) {
  const Bad cases[] = {
      {"", "a.csv:0: empty file, expected a header line"},
      {"timestamp,mbps\n", "a.csv:1: no samples"},
      {"time,mbps\n1,2\n", "a.csv:1: no column \"timestamp\" (the header has: time, mbps)"},
      {"timestamp\n1\n", "a.csv:1: no column \"mbps\" (the header has: timestamp)"},
      {"timestamp,mbps\n1,2\n3\n", "a.csv:3: too few columns"},
      {"timestamp,mbps\n1,2\n1,2\n", "a.csv:3: timestamp repeats the one before"},
      {"timestamp,mbps\n5,2\n4,2\n", "a.csv:3: timestamp is earlier than the one before"},
      {"timestamp,mbps\nsoon,2\n",
       "a.csv:2: \"soon\" is not a time: expected Unix seconds or RFC 3339"},
      {"timestamp,mbps\n1e300,2\n",
       "a.csv:2: \"1e300\" is not a time: expected Unix seconds or RFC 3339"},
      {"timestamp,mbps\nnan,2\n",
       "a.csv:2: \"nan\" is not a time: expected Unix seconds or RFC 3339"},
      {"timestamp,mbps\n1,-2\n", "a.csv:2: \"-2\" is not a bandwidth: expected a number >= 0"},
      {"timestamp,mbps\n1,inf\n", "a.csv:2: \"inf\" is not a bandwidth: expected a number >= 0"},
      {"timestamp,mbps\n1,2x\n", "a.csv:2: \"2x\" is not a bandwidth: expected a number >= 0"},
  };
  for (const Bad& bad : cases) {
    const Result<Series> series = parse_trace(bad.text, "a.csv", {});
    ASSERT_FALSE(series) << bad.text;
    EXPECT_EQ(series.error().message, bad.message);
  }
}

TEST(TraceCsv, LongLinesAreRefused) {
  const std::string text = "timestamp,mbps\n1,2\n" + std::string(kMaxTraceLine + 1, 'x');
  EXPECT_EQ(parse_trace(text, "a.csv", {}).error().message,
            "a.csv:3: line is longer than 65536 bytes");
}

class TraceFiles : public testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = (std::filesystem::temp_directory_path() / "penstock-XXXXXX").string();
    ASSERT_NE(mkdtemp(pattern.data()), nullptr);
    folder_ = pattern;
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }
  std::string write(const std::string& name, const std::string& bytes) {
    const std::string path = (folder_ / name).string();
    std::ofstream(path, std::ios::binary) << bytes;
    return path;
  }
  std::filesystem::path folder_;
};

/// `printf 'timestamp,mbps\n1,2\n2,3\n' | gzip -n`
const std::string kGzip(
    "\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03\x2b\xc9\xcc\x4d\x2d\x2e\x49\xcc\x2d\xd0\xc9\x4d"
    "\x2a\x28\xe6\x32\xd4\x31\xe2\x32\xd2\x31\xe6\x02\x00\x59\x34\xc7\xad\x17\x00\x00\x00",
    43);

TEST_F(TraceFiles, GzipIsUnpackedAndTheNameIsTheFiles) {
  const Result<Series> series = read_trace(write("edge-1.csv.gz", kGzip), {});
  ASSERT_TRUE(series) << series.error().message;
  EXPECT_EQ(series->name, "edge-1");
  EXPECT_EQ(series->demand, std::vector<double>({2, 3}));
}

TEST_F(TraceFiles, DamagedGzipIsAnErrorNotAShortSeries) {
  const std::string path = write("edge-1.csv.gz", kGzip.substr(0, 36));
  const Result<Series> series = read_trace(path, {});
  ASSERT_FALSE(series);
  EXPECT_TRUE(series.error().message.starts_with(path)) << series.error().message;
}

TEST_F(TraceFiles, AFolderMeansItsCsvFilesByName) {
  write("b.csv", "");
  write("a.csv.gz", "");
  write("README.md", "");
  const Result<std::vector<std::string>> files = list_traces(folder_.string());
  ASSERT_TRUE(files);
  ASSERT_EQ(files->size(), 2U);
  EXPECT_TRUE(files->front().ends_with("a.csv.gz"));
  EXPECT_FALSE(list_traces((folder_ / "absent").string()));
  EXPECT_EQ(list_traces((folder_ / "b.csv").string())->size(), 1U);
}

}  // namespace
}  // namespace penstock
