// `penstock backtest` as a person runs it: the built binary over traces that are written here.
#include "daemon/backtest_command.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <filesystem>

#include "daemon/json.h"
#include "tests/testing/child.h"
#include "tests/testing/places.h"

namespace penstock {
namespace {

using testing::Finished;
using ::testing::HasSubstr;
using ::testing::Not;
using testing::run_command;
using testing::TempFolder;

/// `days` of five-minute samples of a daily wave between 20 and 100 Mbps.
std::string wave(int days, double scale = 1) {
  std::string text = "timestamp,mbps\n";
  for (int i = 0; i < days * 288; ++i) {
    const double mbps = scale * (60 - 40 * std::cos(2 * M_PI * i / 288));
    text += std::to_string(1'767'225'600 + i * 300) + "," + std::to_string(mbps) + "\n";
  }
  return text;
}

Finished backtest(std::vector<std::string> options) {
  std::vector<std::string> argv{testing::kBinary, "backtest"};
  argv.insert(argv.end(), options.begin(), options.end());
  return run_command(std::move(argv));
}

class BacktestCommand : public ::testing::Test {
 protected:
  TempFolder folder_{true};
};

std::vector<std::string> keys_of(const JsonValue& object) {
  std::vector<std::string> keys;
  for (const auto& [key, value] : object.members()) keys.emplace_back(key);
  return keys;
}

TEST_F(BacktestCommand, JsonHasTheKeysOthersRelyOn) {
  folder_.write("b.csv", wave(3, 2));
  folder_.write("a.csv", wave(3));
  folder_.write("notes.txt", "not a trace");
  const Finished done =
      backtest({"--trace", folder_.path(), "--cycle", "1d", "--latency", "0s", "--throttle-weight",
                "20", "--throttle-weight", "0.5", "--contenders", "hpa-0.7,break-even", "--json"});
  ASSERT_EQ(done.code, 0) << done.err;
  EXPECT_EQ(done.err, "");
  const Result<JsonDocument> document = JsonDocument::parse(done.out);
  ASSERT_TRUE(document) << done.out;
  using Keys = std::vector<std::string>;
  const JsonValue root = document->root();
  EXPECT_EQ(keys_of(root), Keys({"settings", "series", "summary"}));
  const std::vector<JsonValue> series = root["series"].items();
  ASSERT_EQ(series.size(), 2U);
  EXPECT_EQ(series[0]["name"].string(), "a") << "a folder's files by name";
  EXPECT_EQ(series[0]["samples"].integer(), 3 * 288);
  EXPECT_EQ(series[0]["interval_seconds"].number(), 300);
  EXPECT_EQ(series[0]["gap_seconds"].number(), 0);
  EXPECT_EQ(keys_of(series[0]["weights"]), Keys({"20", "0.5"}));
  const JsonValue weight = series[0]["weights"]["20"];
  EXPECT_THAT(keys_of(weight),
              ::testing::ElementsAre("policy", "hindsight", "hpa-0.7", "break-even"));
  for (const char* player : {"policy", "hpa-0.7", "break-even"}) {
    EXPECT_EQ(keys_of(weight[player]), Keys({"bill", "throttled_fraction", "throttled_mbps_seconds",
                                             "saturated_seconds", "loss", "ratio", "orders"}));
    EXPECT_EQ(keys_of(weight[player]["orders"]), Keys({"upgrade", "downgrade", "cancel"}));
    EXPECT_EQ(keys_of(root["summary"]["20"][player]["ratio"]), Keys({"median", "mean", "worst"}));
  }
  EXPECT_EQ(keys_of(weight["hindsight"]), Keys({"bill", "throttled_fraction", "loss"}));
  EXPECT_EQ(keys_of(root["summary"]), Keys({"20", "0.5"}));
  const double ratio = *weight["hpa-0.7"]["ratio"].number();
  EXPECT_NEAR(ratio, *weight["hpa-0.7"]["loss"].number() / *weight["hindsight"]["loss"].number(),
              1e-12);
  const double other = *series[1]["weights"]["20"]["hpa-0.7"]["ratio"].number();
  const JsonValue summary = root["summary"]["20"]["hpa-0.7"]["ratio"];
  EXPECT_NEAR(*summary["mean"].number(), (ratio + other) / 2, 1e-12);
  EXPECT_NEAR(*summary["median"].number(), (ratio + other) / 2, 1e-12);
  EXPECT_EQ(*summary["worst"].number(), std::max(ratio, other));
}

TEST_F(BacktestCommand, FiguresAreThoseThatPaperGives) {
  // Two cycles of four samples; the second is scored: the static peak of 12 for 1200 s.
  folder_.write("t.csv",
                "timestamp,mbps\n0,12\n300,1\n600,1\n900,1\n1200,3\n1500,3\n1800,3\n2100,3\n");
  const Finished done =
      backtest({"--trace", folder_.path() + "/t.csv", "--cycle", "20m", "--latency", "0s",
                "--unit-price", "2.5", "--contenders", "static-peak", "--json"});
  ASSERT_EQ(done.code, 0) << done.err;
  const Result<JsonDocument> document = JsonDocument::parse(done.out);
  const JsonValue weight = document->root()["series"].items()[0]["weights"]["100"];
  const double month = 30 * 86400;
  EXPECT_NEAR(*weight["static-peak"]["bill"].number(), 2.5 * 12 * 1200 / month, 1e-9);
  EXPECT_NEAR(*weight["hindsight"]["bill"].number(), 2.5 * 3 * 1200 / month, 1e-9);
  EXPECT_NEAR(*weight["static-peak"]["ratio"].number(), 4, 1e-9);
  // At least nine significant digits: a third does not end.
  EXPECT_THAT(done.out, ::testing::ContainsRegex("\"loss\":0\\.0034722222"));
}

TEST_F(BacktestCommand, JobsDoNotChangeTheDocument) {
  std::vector<std::string> options{"--cycle", "1d", "--json", "--contenders", "hpa-0.7,vpa"};
  for (int i = 0; i < 7; ++i) {
    options.insert(options.end(),
                   {"--trace", folder_.write("t" + std::to_string(i) + ".csv", wave(3, i + 1))});
  }
  std::vector<std::string> one = options;
  one.insert(one.end(), {"--jobs", "1"});
  std::vector<std::string> many = options;
  many.insert(many.end(), {"--jobs", "4"});
  const Finished alone = backtest(one);
  EXPECT_EQ(alone.code, 0) << alone.err;
  EXPECT_EQ(alone.out, backtest(many).out);
}

TEST_F(BacktestCommand, TableShowsWhoCostsWhat) {
  const std::string trace = folder_.write("edge-1.csv", wave(3));
  const Finished done = backtest({"--trace", trace, "--cycle", "1d", "--contenders", "hpa-0.7"});
  EXPECT_EQ(done.code, 0) << done.err;
  for (const char* text : {"throttle weight 100, prepaid, cycles of 1d, 1 per Mbps and 30 days",
                           "SERIES", "BILL", "THROTTLED", "SATURATED", "UP/DOWN/CANCEL", "LOSS",
                           "RATIO", "edge-1", "hindsight", "hpa-0.7"}) {
    EXPECT_THAT(done.out, HasSubstr(text));
  }
  EXPECT_THAT(done.out, Not(HasSubstr("MEDIAN"))) << "one series needs no summary";
  const std::string second = folder_.write("edge-2.csv", wave(3, 2));
  const Finished two =
      backtest({"--trace", trace, "--trace", second, "--cycle", "1d", "--contenders", "hpa-0.7"});
  EXPECT_THAT(two.out, HasSubstr("MEDIAN   MEAN  WORST"));
}

TEST_F(BacktestCommand, AShortTraceHasNoScore) {
  const std::string trace = folder_.write("short.csv", wave(1));
  const Finished table = backtest({"--trace", trace, "--cycle", "1d"});
  EXPECT_EQ(table.code, 0) << table.err;
  EXPECT_EQ(table.out, "short: no score, it is shorter than 2 cycles of 1d\n");
  const Finished json = backtest({"--trace", trace, "--cycle", "1d", "--json"});
  EXPECT_THAT(json.out, HasSubstr("\"weights\":{}"));
}

TEST_F(BacktestCommand, ProgressIsOnStderrAndOnlyWhenAskedFor) {
  const std::string trace = folder_.write("edge.csv", wave(2));
  const Finished quiet = backtest({"--trace", trace, "--cycle", "1d", "--json"});
  EXPECT_EQ(quiet.err, "");
  const Finished told = backtest({"--trace", trace, "--cycle", "1d", "--json", "--progress"});
  EXPECT_EQ(told.err, "1/1 edge\n");
  EXPECT_EQ(told.out, quiet.out);
}

TEST_F(BacktestCommand, ExitCodesAndMessages) {
  const std::string bad = folder_.write("bad.csv", "timestamp,mbps\n1,2\n2,oops\n");
  const std::string good = folder_.write("good.csv", wave(2));
  std::filesystem::create_directory(folder_.path() + "/empty");
  struct Case {
    std::vector<std::string> options;
    int code;
    const char* message;
  };
  const Case cases[] = {
      {{}, 64, "nothing to replay: give --trace FILE or FOLDER, or --prometheus URL"},
      {{"--trace", good, "--billing", "free"}, 64, "--billing: \"free\" is not one of prepaid"},
      {{"--trace", good, "--value-unit", "x"}, 64, "--value-unit: \"x\" is not one of"},
      {{"--trace", good, "--throttle-weight", "x"}, 64, "--throttle-weight"},
      {{"--trace", good, "--jobs", "-1"}, 64, "--jobs"},
      {{"--trace", good, "--nonsense"}, 64, "--nonsense"},
      {{"--trace", folder_.path() + "/gone.csv"}, 1, "gone.csv: no such file or folder"},
      {{"--trace", folder_.path() + "/empty"}, 1, "empty: no *.csv in this folder"},
      {{"--trace", bad}, 1, "bad.csv:3: \"oops\" is not a bandwidth: expected a number >= 0"},
      {{"--trace", good, "--value-column", "bps"}, 1, "good.csv:1: no column \"bps\""},
  };
  for (const Case& one : cases) {
    const Finished done = backtest(one.options);
    EXPECT_EQ(done.code, one.code) << one.message << "\n" << done.err;
    EXPECT_THAT(done.err, HasSubstr(one.message));
    EXPECT_EQ(done.out, "") << one.message;
  }
}

constexpr const char* kFixed = R"([[policy]]
name = "NAME"
match = {}
[policy.traffic]
query = "x"
key = "instance_id"
[policy.bounds]
min = "1 Mbps"
max = "1 Gbps"
[[policy.rule]]
kind = "fixed"
bandwidth = "177 Mbps"
)";

std::string fixed_policy(const std::string& name) {
  std::string text = kFixed;
  return text.replace(text.find("NAME"), 4, name);
}

TEST_F(BacktestCommand, PlaysThePolicyOfAFile) {
  const std::string trace = folder_.write("t.csv", wave(3));
  const std::string policy = folder_.write("p.toml", fixed_policy("steady"));
  const Finished done = backtest({"--trace", trace, "--cycle", "1d", "--latency", "0s", "--policy",
                                  policy, "--contenders", "none", "--json"});
  ASSERT_EQ(done.code, 0) << done.err;
  const Result<JsonDocument> document = JsonDocument::parse(done.out);
  EXPECT_EQ(document->root()["settings"]["policy"].string(), "steady");
  const JsonValue played = document->root()["series"].items()[0]["weights"]["100"]["policy"];
  // From the second day on it holds 177 Mbps, two days of thirty.
  EXPECT_NEAR(*played["bill"].number(), 177.0 * 2 / 30, 1e-9);
  EXPECT_EQ(*played["saturated_seconds"].number(), 0);
}

TEST_F(BacktestCommand, APolicyThatIsWrongIsAConfigurationError) {
  const std::string trace = folder_.write("t.csv", wave(3));
  const std::string two =
      folder_.write("two.toml", fixed_policy("first") + "\n" + fixed_policy("second"));
  const std::string broken = folder_.write("broken.toml", "[[policy]]\nnmae = \"x\"\n");
  struct Case {
    std::vector<std::string> options;
    const char* message;
  };
  const Case cases[] = {
      {{"--policy", broken}, "broken.toml:2:1"},
      {{"--policy", folder_.path() + "/gone.toml"}, "gone.toml"},
      {{"--policy", two}, "several policies, choose one with --policy-name: first, second"},
      {{"--policy", two, "--policy-name", "third"},
       "no policy \"third\", there are: first, second"},
      {{"--policy", two, "--policy-name", "first", "--min", "2000"}, "leave no size"},
  };
  for (const Case& one : cases) {
    std::vector<std::string> options{"--trace", trace, "--cycle", "1d"};
    options.insert(options.end(), one.options.begin(), one.options.end());
    const Finished done = backtest(options);
    EXPECT_EQ(done.code, 78) << one.message;
    EXPECT_THAT(done.err, HasSubstr(one.message));
    EXPECT_EQ(done.out, "");
  }
  EXPECT_EQ(backtest({"--trace", trace, "--cycle", "1d", "--policy", two, "--policy-name", "second",
                      "--contenders", "none"})
                .code,
            0);
}

TEST_F(BacktestCommand, ComparesBillingModels) {
  std::vector<std::string> options{"--trace",
                                   folder_.write("t.csv", wave(3)),
                                   "--cycle",
                                   "1d",
                                   "--compare-billing",
                                   "--unit-price",
                                   "2",
                                   "--postpaid-price",
                                   "5"};
  const Finished table = backtest(options);
  ASSERT_EQ(table.code, 0) << table.err;
  for (const char* text :
       {"prepaid 2, postpaid 5, 95th 2 (as prepaid)",
        "0.02 for each GB beyond it (a hundredth of the prepaid price)", "prepaid flat",
        "postpaid flat", "95th percentile", "traffic package", "Cheapest: "}) {
    EXPECT_THAT(table.out, HasSubstr(text));
  }
  options.emplace_back("--json");
  const Finished json = backtest(options);
  ASSERT_EQ(json.code, 0) << json.err;
  const Result<JsonDocument> document = JsonDocument::parse(json.out);
  ASSERT_TRUE(document);
  const JsonValue root = document->root();
  using Keys = std::vector<std::string>;
  EXPECT_EQ(keys_of(root), Keys({"settings", "prices", "series", "total"}));
  EXPECT_EQ(root["prices"]["overage_price"].number(), 0.02);
  const JsonValue costs = root["series"].items()[0]["weights"]["100"];
  EXPECT_EQ(keys_of(costs), Keys({"prepaid", "postpaid", "burst95", "package", "cheapest"}));
  EXPECT_EQ(keys_of(costs["prepaid"]), Keys({"policy", "hindsight", "equal_at"}));
  EXPECT_EQ(keys_of(costs["burst95"]), Keys({"open", "hindsight", "equal_at"}));
  EXPECT_EQ(root["total"]["100"]["cheapest"].string(), costs["cheapest"].string());
  EXPECT_EQ(backtest({"--trace", "x.csv", "--compare-billing", "--postpaid-price", "a"}).code, 64);
}

TEST_F(BacktestCommand, WritesAPageBesideTheTable) {
  const std::string trace = folder_.write("edge.csv", wave(3));
  const std::string page = folder_.path() + "/report.html";
  const Finished done =
      backtest({"--trace", trace, "--cycle", "1d", "--contenders", "hpa-0.7", "--html", page});
  ASSERT_EQ(done.code, 0) << done.err;
  EXPECT_THAT(done.out, HasSubstr("hindsight"));
  EXPECT_THAT(testing::read_file(page), HasSubstr("\"name\":\"edge\""));
  const Finished unwritable = backtest({"--trace", trace, "--cycle", "1d", "--html", "/proc/x"});
  EXPECT_EQ(unwritable.code, 1);
  EXPECT_THAT(unwritable.err, HasSubstr("/proc/x: "));
  EXPECT_EQ(backtest({"--trace", trace, "--compare-billing", "--html", page}).code, 64);
}

TEST_F(BacktestCommand, HelpTeaches) {
  const Finished done = backtest({"--help"});
  EXPECT_EQ(done.code, 0);
  for (const char* option : {"--trace", "--cycle", "--throttle-weight", "--contenders", "--latency",
                             "--unit-price", "--json", "RATIO is"}) {
    EXPECT_THAT(done.out, HasSubstr(option));
  }
}

}  // namespace
}  // namespace penstock
