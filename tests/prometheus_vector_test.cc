#include "daemon/prometheus_vector.h"

#include <gtest/gtest.h>

#include <cmath>
#include <string>

namespace penstock {
namespace {

/// What one answer says, in one line per point and one for the rest.
std::string read_all(std::string_view body, std::string_view key = "id") {
  VectorReader reader;
  std::string out;
  const Result<VectorSummary> summary = reader.read(body, key, [&](const VectorPoint& point) {
    out += point.key ? std::string(*point.key) : "(no key)";
    out += point.value ? " " + std::to_string(*point.value) : " (no value)";
    out += " @" + std::to_string(point.at.time_since_epoch().count()) + "\n";
  });
  if (!summary) return "error: " + summary.error().message;
  if (!summary->success) return summary->error_type + ": " + summary->error;
  for (const std::string& warning : summary->warnings) out += "warning: " + warning + "\n";
  if (summary->partial) out += "partial\n";
  if (!summary->keyless.empty()) out += "keyless: " + summary->keyless + "\n";
  return out;
}

std::string vector_of(const std::string& series) {
  return R"({"status":"success","data":{"resultType":"vector","result":[)" + series + "]}}";
}

const std::string kA = R"({"metric":{"id":"a"},"value":[1,"1"]})";

struct Row {
  std::string body;
  std::string expected;
};

TEST(PrometheusVector, Reads) {
  const Row rows[] = {
      {vector_of(""), ""},
      {vector_of(R"({"metric":{"id":"a"},"value":[1700000000.5,"12.5"]})"),
       "a 12.500000 @1700000000500\n"},
      {vector_of(R"({"value":[2,"+Inf"],"metric":{"x":"y","id":"b"}},)" + kA),
       "b inf @2000\na 1.000000 @1000\n"},
      {vector_of(R"({"metric":{"id":"a\"\u00e9"},"value":[1,"1e3"]})"),
       "a\"\xc3\xa9 1000.000000 @1000\n"},
      {vector_of(R"({"metric":{"job":"n","dc":"x"},"value":[1,"1"]},)"
                 R"({"metric":{},"value":[1,"2"]})"),
       "(no key) 1.000000 @1000\n(no key) 2.000000 @1000\n"
       "keyless: {\"job\":\"n\",\"dc\":\"x\"}\n"},
      {vector_of(R"({"metric":{"id":"a"},"histogram":[1,{"count":"1"}]})"), "a (no value) @0\n"},
      {vector_of(R"({"metric":{"id":"a"},"value":[1,"many"]})"), "a (no value) @1000\n"},
      {vector_of(R"({"metric":{"id":"a"},"value":[1e300,"1"]},)"
                 R"({"metric":{"id":"b"},"value":[-1e300,"1"]})"),
       "a 1.000000 @253370764800000\nb 1.000000 @-62135596800000\n"},
      {R"({"data":{"result":[)" + kA + R"(],"resultType":"vector"},)" +
           R"("warnings":["w1","w2"],"status":"success"})",
       "a 1.000000 @1000\nwarning: w1\nwarning: w2\n"},
      {R"({"status":"success","isPartial":true,"data":{"resultType":"vector","result":[]},)"
       R"("stats":{"seriesFetched":"1"}})",
       "partial\n"},
      {R"({"status":"success","data":{"resultType":"matrix","result":[)"
       R"({"metric":{"id":"a"},"values":[[1,"1"],[2,"3"]]},{"metric":{"id":"b"},"values":[]}]}})",
       "a 3.000000 @2000\nb (no value) @0\n"},
  };
  for (const Row& row : rows) EXPECT_EQ(read_all(row.body), row.expected) << row.body;
}

TEST(PrometheusVector, SaysWhatTheServerRefused) {
  const Row rows[] = {
      {R"({"status":"error","errorType":"bad_data","error":"parse error"})",
       "bad_data: parse error"},
      {R"({"status":"success","data":{"resultType":"scalar","result":[1,"1"]}})",
       "bad_data: the query gives a scalar instead of one series for each instance"},
      {R"({"status":"success","data":{"resultType":"string","result":[1,"x"]}})",
       "bad_data: the query gives a string instead of one series for each instance"},
  };
  for (const Row& row : rows) EXPECT_EQ(read_all(row.body), row.expected) << row.body;
}

TEST(PrometheusVector, ReadsNan) {
  VectorReader reader;
  double value = 0;
  ASSERT_TRUE(reader.read(vector_of(R"({"metric":{"id":"a"},"value":[1,"NaN"]})"), "id",
                          [&](const VectorPoint& p) { value = p.value.value_or(0); }));
  EXPECT_TRUE(std::isnan(value));
}

TEST(PrometheusVector, RefusesWhatIsNoAnswer) {
  const std::string bodies[] = {
      "",
      "null",
      "[]",
      "<html>502 Bad Gateway</html>",
      "{}",
      R"({"status":"success"})",
      R"({"status":"success","data":{}})",
      R"({"status":"success","data":{"resultType":"vector"}})",
      R"({"status":"success","data":{"resultType":"vector","result":{}}})",
      R"({"status":1,"data":{"resultType":"vector","result":[]}})",
      vector_of(R"({"metric":[],"value":[1,"1"]})"),
      vector_of(R"({"metric":{"id":7},"value":[1,"1"]})"),
      vector_of(R"({"metric":{"id":"a"},"value":[1]})"),
      vector_of(R"({"metric":{"id":"a"},"value":[1,"1","2"]})"),
      vector_of(R"({"metric":{"id":"a"},"value":["1","1"]})"),
      vector_of(R"({"metric":{"id":"a"},"value":[1,1]})"),
      vector_of("") + "x",
  };
  for (const std::string& body : bodies) EXPECT_EQ(read_all(body).substr(0, 6), "error:") << body;
}

TEST(PrometheusVector, NeverTakesACutAnswerForAWholeOne) {
  const std::string body = vector_of(kA + R"(,{"metric":{"id":"b","x":"\u00e9"},"value":[1,"2"]})");
  for (std::size_t length = 0; length < body.size(); ++length) {
    EXPECT_EQ(read_all(body.substr(0, length)).substr(0, 6), "error:") << body.substr(0, length);
  }
  EXPECT_EQ(read_all(body), "a 1.000000 @1000\nb 2.000000 @1000\n");
}

TEST(PrometheusVector, SurvivesDamageAndDepth) {
  const std::string body = vector_of(R"({"metric":{"id":"a\n"},"value":[1.5,"1"]})");
  for (std::size_t i = 0; i < body.size(); ++i) {
    for (const char byte : {'\0', '"', '\\', '{', ']', ',', '9', '\xff'}) {
      std::string damaged = body;
      damaged[i] = byte;
      (void)read_all(damaged);
    }
  }
  const std::string deep(100'000, '[');
  EXPECT_EQ(read_all(R"({"status":"success","x":)" + deep).substr(0, 6), "error:");
  EXPECT_EQ(read_all(deep).substr(0, 6), "error:");
}

TEST(PrometheusVector, BoundsWhatItKeepsOfTexts) {
  const std::string longest(5000, 'x');
  VectorReader reader;
  std::string warnings;
  for (int i = 0; i < 20; ++i) warnings += (i ? ",\"" : "\"") + longest + "\"";
  const std::string body =
      R"({"status":"success","data":{"resultType":"vector","result":[{"metric":{"y":")" + longest +
      R"("},"value":[1,"1"]}]},"warnings":[)" + warnings + "]}";
  const Result<VectorSummary> summary = reader.read(body, "id", [](const VectorPoint&) {});
  ASSERT_TRUE(summary);
  EXPECT_EQ(summary->warnings.size(), 8U);
  EXPECT_EQ(summary->warnings[0].size(), 512U);
  EXPECT_EQ(summary->keyless.size(), 512U);
}

TEST(PrometheusVector, OneReaderReadsManyAnswersOfAnySize) {
  VectorReader reader;
  for (const std::size_t count : {3000U, 1U, 5000U, 0U}) {
    std::string series;
    for (std::size_t i = 0; i < count; ++i) {
      series += (i ? "," : "") + std::string(R"({"metric":{"job":"n\n"},"value":[1,"1"]})");
    }
    const auto summary = reader.read(vector_of(series), "id", [](const VectorPoint&) {});
    ASSERT_TRUE(summary);
    EXPECT_EQ(summary->series, count);
  }
}

}  // namespace
}  // namespace penstock
