// A backtest of what a real Prometheus holds: three days of samples written into its database.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cmath>
#include <cstdlib>
#include <filesystem>

#include "daemon/json.h"
#include "daemon/listener.h"
#include "tests/testing/child.h"
#include "tests/testing/places.h"

namespace penstock {
namespace {

using testing::Child;
using testing::Finished;
using testing::run_command;
using testing::TempFolder;

constexpr const char* kPrometheus = "/usr/bin/prometheus";
constexpr const char* kPromtool = "/usr/bin/promtool";
constexpr int kBegin = 1'767'225'600;  // 2026-01-01
constexpr int kMinutes = 3 * 1440;

double wave(int minute, int id) {
  return std::round(id * (60 - 40 * std::cos(2 * M_PI * minute / 1440)));
}

/// OpenMetrics with a sample a minute for each of two instances.
std::string samples() {
  std::string text = "# TYPE egress_mbps gauge\n";
  for (int id = 1; id <= 2; ++id) {
    for (int minute = 0; minute <= kMinutes; ++minute) {
      text += "egress_mbps{instance_id=\"i-" + std::to_string(id) + "\"} " +
              std::to_string(wave(minute, id)) + " " + std::to_string(kBegin + minute * 60) + "\n";
    }
  }
  return text + "# EOF\n";
}

TEST(SlowPrometheusHistory, IsReplayed) {
  if (!std::filesystem::exists(kPrometheus) || !std::filesystem::exists(kPromtool)) {
    EXPECT_EQ(std::getenv("CI"), nullptr) << "Prometheus must be there in CI";
    GTEST_SKIP() << "Prometheus is not installed";
  }
  const TempFolder folder;
  const std::string data = folder.path() + "/data";
  const Finished blocks = run_command({kPromtool, "tsdb", "create-blocks-from", "openmetrics",
                                       folder.write("samples.txt", samples()), data});
  ASSERT_EQ(blocks.code, 0) << blocks.err;
  const Result<int> fd = open_listener("127.0.0.1:0");
  ASSERT_TRUE(fd);
  const std::string address = bound_address(*fd);
  close(*fd);
  Child server({kPrometheus, "--config.file=" + folder.write("p.yml", "scrape_configs: []\n"),
                "--storage.tsdb.path=" + data, "--storage.tsdb.retention.time=100y",
                "--web.listen-address=" + address},
               folder.path() + "/log");
  ASSERT_NE(server.await("Server is ready to receive web "), "") << server.log();

  // 15-second steps over three days are more points than one answer may have.
  const Finished done = run_command(
      {testing::kBinary, "backtest", "--prometheus", "http://" + address, "--query", "egress_mbps",
       "--from", "2026-01-01T00:00:15Z", "--to", "2026-01-04T00:00:00Z", "--step", "15s", "--cycle",
       "1d", "--latency", "0s", "--contenders", "static-peak", "--json"});
  ASSERT_EQ(done.code, 0) << done.err;
  const Result<JsonDocument> document = JsonDocument::parse(done.out);
  ASSERT_TRUE(document);
  const std::vector<JsonValue> series = document->root()["series"].items();
  ASSERT_EQ(series.size(), 2U);
  for (int id = 1; id <= 2; ++id) {
    const JsonValue one = series[static_cast<std::size_t>(id - 1)];
    EXPECT_EQ(one["name"].string(), "i-" + std::to_string(id));
    EXPECT_EQ(one["samples"].integer(), 3 * 5760);
    EXPECT_EQ(one["gap_seconds"].number(), 0);
    // The peak of the wave, for two of thirty days.
    EXPECT_NEAR(*one["weights"]["100"]["static-peak"]["bill"].number(), 100.0 * id * 2 / 30, 1e-9);
  }
  const Finished wrong = run_command({testing::kBinary, "backtest", "--prometheus",
                                      "http://" + address, "--query", "sum by (", "--from", "1d"});
  EXPECT_EQ(wrong.code, 1);
  EXPECT_THAT(wrong.err, ::testing::HasSubstr("bad_data: "));
}

}  // namespace
}  // namespace penstock
