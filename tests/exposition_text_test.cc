#include "daemon/exposition_text.h"

#include <gtest/gtest.h>

#include <cmath>
#include <string>
#include <vector>

namespace penstock {
namespace {

std::string describe(const ExpositionSample& sample) {
  std::string out(sample.name);
  for (const ExpositionLabel& label : sample.labels) {
    out += "|" + std::string(label.name) + "=" + std::string(label.value);
  }
  out += " -> " + std::to_string(sample.value);
  if (sample.at) out += " @" + std::to_string(sample.at->time_since_epoch().count());
  return out;
}

std::string read_all(std::string_view text, const ExpositionLimits& limits = {}) {
  std::string out;
  const Result<std::size_t> count = parse_exposition(
      text, [&](const ExpositionSample& sample) { out += describe(sample) + "\n"; }, limits);
  return count ? out : "error: " + count.error().message;
}

struct Row {
  const char* text;
  const char* expected;
};

TEST(ExpositionText, Reads) {
  const Row rows[] = {
      {"", ""},
      {"\n\n# HELP x y\n# TYPE x counter\n", ""},
      {"up 1\n", "up -> 1.000000\n"},
      {"up 1", "up -> 1.000000\n"},
      {"  up\t1 \r\n", "up -> 1.000000\n"},
      {"a:b_c9 +2.5e3\n", "a:b_c9 -> 2500.000000\n"},
      {"x{} 1\n", "x -> 1.000000\n"},
      {"x { } 1\n", "x -> 1.000000\n"},
      {"x{a=\"1\",} 1\n", "x|a=1 -> 1.000000\n"},
      {"x{ a = \"1\" , b=\"2\" } 1 1700000000123\n", "x|a=1|b=2 -> 1.000000 @1700000000123\n"},
      {"x{a=\"1\"}1\n", "x|a=1 -> 1.000000\n"},
      {"x 1 -5\n", "x -> 1.000000 @-5\n"},
      {"x 1 9223372036854775807\n", "x -> 1.000000 @253370764800000\n"},
      {R"(x{a="q\"b\\s\n.",b="p",c="\x"} 1)", "x|a=q\"b\\s\n.|b=p|c=\\x -> 1.000000\n"},
      {"x{a=\"}\"} 1\n", "x|a=} -> 1.000000\n"},
      {"x{a=\"#\"} 1\n", "x|a=# -> 1.000000\n"},
      {"x{a=\"\"} 1\n", "x|a= -> 1.000000\n"},
      {"x -Inf\nx +Inf\nx Inf\n", "x -> -inf\nx -> inf\nx -> inf\n"},
      {"x 1e400\nx -1e-400\n", "x -> inf\nx -> 0.000000\n"},
  };
  for (const Row& row : rows) EXPECT_EQ(read_all(row.text), row.expected) << row.text;
}

TEST(ExpositionText, ReadsNan) {
  double value = 0;
  ASSERT_TRUE(parse_exposition("x NaN\n", [&](const auto& s) { value = s.value; }));
  EXPECT_TRUE(std::isnan(value));
}

TEST(ExpositionText, RefusesWithTheLine) {
  const Row rows[] = {
      {"up 1\n1up 1\n", "error: line 2: a line must start with a metric name"},
      {"{a=\"b\"} 1\n", "error: line 1: a line must start with a metric name"},
      {"up\n", "error: line 1: expected a number after the series"},
      {"up one\n", "error: line 1: expected a number after the series"},
      {"up 1x\n", "error: line 1: expected a number after the series"},
      {"up +-1\n", "error: line 1: expected a number after the series"},
      {"up ++1\n", "error: line 1: expected a number after the series"},
      {"up-down 1\n", "error: line 1: expected a number after the series"},
      {"up 1 2.5\n",
       "error: line 1: expected a timestamp in milliseconds, then the end of the line"},
      {"up 1 99999999999999999999\n",
       "error: line 1: expected a timestamp in milliseconds, then the end of the line"},
      {"up 1 2 3\n",
       "error: line 1: expected a timestamp in milliseconds, then the end of the line"},
      {"up{a=\"1\" 1\n", "error: line 1: expected ',' or '}' after a label"},
      {"up{a=\"1\"\n", "error: line 1: expected ',' or '}' after a label"},
      {"up{a=\"1\",\n", "error: line 1: expected a label name or '}'"},
      {"up{a=1} 1\n", "error: line 1: expected a quoted label value"},
      {"up{a} 1\n", "error: line 1: expected '=' after a label name"},
      {"up{,} 1\n", "error: line 1: expected a label name or '}'"},
      {"up{a:b=\"1\"} 1\n", "error: line 1: expected '=' after a label name"},
      {"up{a=\"1\n", "error: line 1: label value without closing quote"},
      {"up{a=\"1\\", "error: line 1: label value without closing quote"},
      {"up{a=\"\\\"} 1\n", "error: line 1: label value without closing quote"},
      {"up{a=\"1\",a=\"2\"} 1\n", "error: line 1: a label is given twice"},
      {"<html>\n", "error: line 1: a line must start with a metric name"},
  };
  for (const Row& row : rows) EXPECT_EQ(read_all(row.text), row.expected) << row.text;
}

TEST(ExpositionText, KeepsItsLimits) {
  const ExpositionLimits limits{.line_bytes = 20, .labels = 2, .samples = 2};
  EXPECT_EQ(read_all("x{a=\"1\",b=\"2\"} 1\n", limits), "x|a=1|b=2 -> 1.000000\n");
  EXPECT_EQ(read_all("x{a=\"\",b=\"\",c=\"\"} 1", limits), "error: line 1: too many labels");
  EXPECT_EQ(read_all("# 345678901234567890\n", limits), "");
  EXPECT_EQ(read_all("# 3456789012345678901\n", limits), "error: line 1: the line is too long");
  EXPECT_EQ(read_all("x 1\nx 2\n\n", limits), "x -> 1.000000\nx -> 2.000000\n");
  EXPECT_EQ(read_all("x 1\nx 2\nx 3\n", limits), "error: line 3: too many samples");
}

TEST(ExpositionText, SurvivesEveryCutAndEveryDamagedByte) {
  const std::string text = "m{a=\"x\\\\y\",b=\"\\n\"} 1.5e3 1700000000000\nn 2\n";
  for (std::size_t i = 0; i < text.size(); ++i) {
    (void)read_all(text.substr(0, i));
    for (int byte = 0; byte < 256; byte += 5) {
      std::string damaged = text;
      damaged[i] = static_cast<char>(byte);
      (void)read_all(damaged);
    }
  }
  EXPECT_EQ(read_all(text), "m|a=x\\y|b=\n -> 1500.000000 @1700000000000\nn -> 2.000000\n");
}

}  // namespace
}  // namespace penstock
