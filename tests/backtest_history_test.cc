// `penstock backtest --prometheus` against a server of ours, and what is wrong usage of it.
#include "daemon/backtest_history.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <charconv>
#include <cmath>
#include <functional>
#include <mutex>

#include "daemon/json.h"
#include "daemon/server.h"
#include "tests/testing/child.h"
#include "tests/testing/places.h"

namespace penstock {
namespace {

using testing::Finished;
using ::testing::HasSubstr;
using testing::run_command;
using testing::TempFolder;

const TimePoint kNow = *parse_time("2026-03-01T00:00:00.250Z");

BacktestOptions asking() {
  BacktestOptions options;
  options.prometheus = "http://127.0.0.1:9090";
  options.query = "x";
  options.from = "7d";
  return options;
}

TEST(BacktestHistory, TimesAreAbsoluteOrBeforeTheEnd) {
  const Result<History> week = parse_history(asking(), kNow);
  ASSERT_TRUE(week) << week.error().message;
  EXPECT_EQ(week->range->question.to, *parse_time("2026-03-01T00:00:00Z"));
  EXPECT_EQ(week->range->question.from, *parse_time("2026-02-22T00:00:00Z"));
  BacktestOptions options = asking();
  options.from = "2026-01-01T00:00:00Z";
  options.to = "1767312000.5";
  options.step = "90s";
  options.value_unit = "bps";
  const Result<History> day = parse_history(options, kNow);
  ASSERT_TRUE(day) << day.error().message;
  EXPECT_EQ(day->range->question.from, *parse_time("2026-01-01T00:00:00Z"));
  EXPECT_EQ(day->range->question.to, *parse_time("2026-01-02T00:00:00.5Z"));
  EXPECT_EQ(day->range->question.step, 90s);
  EXPECT_DOUBLE_EQ(day->range->question.scale, 1e-6);
}

struct Wrong {
  const char* message;
  std::function<void(BacktestOptions&)> set;
};

TEST(BacktestHistory, WrongUsageIsToldInWords) {
  const Wrong cases[] = {
      {"nothing to replay: give --trace FILE or FOLDER, or --prometheus URL",
       [](auto& o) { o = {}; }},
      {"--query needs --prometheus", [](auto& o) { o.prometheus.clear(); }},
      {"--prometheus needs --query", [](auto& o) { o.query.clear(); }},
      {"--prometheus needs --from", [](auto& o) { o.from.clear(); }},
      {"--prometheus: the URL", [](auto& o) { o.prometheus = "ftp://x"; }},
      {"--from: \"soon\" is not a time such as 2026-01-31T00:00:00Z, or a duration such as 90d",
       [](auto& o) { o.from = "soon"; }},
      {"--to: \"7d\" is not a time such as", [](auto& o) { o.to = "7d"; }},
      {"--from is not before --to", [](auto& o) { o.from = "2027-01-01T00:00:00Z"; }},
      {"--step: \"0s\" is not a duration such as 5m", [](auto& o) { o.step = "0s"; }},
      {"--step is too short for that much time",
       [](auto& o) {
         o.step = "1s";
         o.from = "3650d";
       }},
      {"--timeout: \"fast\" is not a duration such as 60s", [](auto& o) { o.timeout = "fast"; }},
      {"--header: \"X\" is not \"NAME: VALUE\"", [](auto& o) { o.headers = {"X"}; }},
      {"--basic-user and --bearer-token-file exclude each other",
       [](auto& o) {
         o.basic_user = "u";
         o.bearer_token_file = "t";
       }},
      {"--basic-password-file needs --basic-user", [](auto& o) { o.basic_password_file = "p"; }},
      {"--client-cert-file and --client-key-file need each other",
       [](auto& o) { o.client_key_file = "k"; }},
      {"--prometheus: plain http would carry the password in the clear: use https",
       [](auto& o) {
         o.prometheus = "http://prometheus:9090";
         o.bearer_token_file = "t";
       }},
  };
  for (const Wrong& one : cases) {
    BacktestOptions options = asking();
    one.set(options);
    const Result<History> history = parse_history(options, kNow);
    ASSERT_FALSE(history) << one.message;
    EXPECT_THAT(history.error().message, HasSubstr(one.message));
  }
}

double field(const std::string& form, const std::string& name) {
  const std::size_t at = ("&" + form).find("&" + name + "=");
  double value = 0;
  if (at == std::string::npos) return value;
  const char* begin = form.data() + at + name.size() + 1;
  std::from_chars(begin, form.data() + form.size(), value);
  return value;
}

/// Serves two instances with a daily wave, in bps.
class RangeServer {
 public:
  RangeServer() {
    auto server =
        HttpServer::start({.listen = "127.0.0.1:0"},
                          [this](const ServerRequest& request) { return answer(request); });
    EXPECT_TRUE(server);
    server_ = *std::move(server);
  }
  std::string url() const { return "http://" + server_->address(); }
  int requests() {
    const std::lock_guard<std::mutex> lock(mutex_);
    return requests_;
  }

 private:
  ServerResponse answer(const ServerRequest& request) {
    ServerResponse response;
    if (request.header("Authorization") != "Bearer open-sesame") {
      response.status = 401;
      return response;
    }
    const std::lock_guard<std::mutex> lock(mutex_);
    ++requests_;
    std::string result;
    for (int id = 1; id <= 2; ++id) {
      std::string values;
      const double end = field(request.body, "end");
      const double step = field(request.body, "step");
      for (double t = field(request.body, "start"); t <= end; t += step) {
        const double mbps = id * (60 - 40 * std::cos(2 * M_PI * t / 86400));
        values += (values.empty() ? "[" : ",[") + std::to_string(t) + ",\"" +
                  std::to_string(1e6 * mbps) + "\"]";
      }
      result += (result.empty() ? "" : ",") +
                (R"({"metric":{"instance_id":"i-)" + std::to_string(id)) + R"("},"values":[)" +
                values + "]}";
    }
    response.body =
        R"({"status":"success","data":{"resultType":"matrix","result":[)" + result + "]}}";
    return response;
  }

  std::mutex mutex_;
  int requests_ = 0;
  std::unique_ptr<HttpServer> server_;  ///< last: its handler uses the rest
};

TEST(BacktestHistory, AFleetIsReplayedFromAServer) {
  RangeServer server;
  const TempFolder folder(true);
  const std::string token = folder.write("token", "open-sesame\n", true);
  const std::vector<std::string> command{testing::kBinary,
                                         "backtest",
                                         "--prometheus",
                                         server.url(),
                                         "--query",
                                         "rate(x[1m])",
                                         "--step",
                                         "15s",
                                         "--from",
                                         "2026-01-01T00:00:00Z",
                                         "--to",
                                         "2026-01-03T12:00:00Z",
                                         "--cycle",
                                         "1d",
                                         "--value-unit",
                                         "bps",
                                         "--contenders",
                                         "none",
                                         "--json",
                                         "--progress",
                                         "--bearer-token-file"};
  std::vector<std::string> good = command;
  good.push_back(token);
  const Finished done = run_command(good);
  ASSERT_EQ(done.code, 0) << done.err;
  EXPECT_EQ(server.requests(), 2) << "14,401 points in pieces of at most 11,000";
  EXPECT_THAT(done.err, HasSubstr("history: 76 %\nhistory: 100 %\n"));
  const Result<JsonDocument> document = JsonDocument::parse(done.out);
  ASSERT_TRUE(document);
  const std::vector<JsonValue> series = document->root()["series"].items();
  ASSERT_EQ(series.size(), 2U);
  EXPECT_EQ(series[0]["name"].string(), "i-1");
  EXPECT_EQ(series[0]["samples"].integer(), 60 * 240 + 1);
  EXPECT_EQ(series[0]["interval_seconds"].number(), 15);
  const auto bill = [&](std::size_t i) {
    return *series[i]["weights"]["100"]["hindsight"]["bill"].number();
  };
  EXPECT_NEAR(bill(1), 2 * bill(0), 1e-6);

  std::vector<std::string> bad = command;
  bad.push_back(folder.write("wrong", "open-simsim\n", true));
  const Finished refused = run_command(bad);
  EXPECT_EQ(refused.code, 1);
  EXPECT_THAT(refused.err, HasSubstr("HTTP 401: check the password"));
  EXPECT_THAT(refused.err, ::testing::Not(HasSubstr("simsim")));
}

}  // namespace
}  // namespace penstock
