// The past from Prometheus: what is asked of which server, and what becomes of the answers.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "daemon/prometheus_source.h"
#include "tests/testing/scripted_http.h"

namespace penstock {
namespace {

using ::testing::HasSubstr;

constexpr PastSpan kSpan{.first = TimePoint{std::chrono::seconds{600}}, .step = 5min, .points = 3};

Result<std::string> no_secret(const std::string& path) {
  return Error{ErrorKind::kInvalid, path + ": no such file", {}, {}};
}

SourceConfig config_of(std::vector<std::string> urls, bool together = false) {
  SourceConfig config;
  config.name = "prometheus";
  config.urls = std::move(urls);
  config.union_urls = together;
  return config;
}

Policy policy_of(const std::string& query) {
  Policy policy;
  policy.traffic.query = query;
  policy.traffic.unit = TrafficUnit::kKbps;
  return policy;
}

HttpResponse matrix_of(const std::string& series) {
  return reply(200,
               R"({"status":"success","data":{"resultType":"matrix","result":[)" + series + "]}}");
}

/// What was read, as "key=mbps@second …".
struct Read {
  std::string text;
  Result<PastRead> result = PastRead::kYes;
};

Read read(PrometheusSource& source, const Policy& policy, std::vector<HttpResponse> responses) {
  Read out;
  out.result = source.read_past(policy, kSpan, responses, [&](const PastSeries& series) {
    for (const Sample& sample : series.samples) {
      EXPECT_EQ(sample.span, kSpan.step);
      out.text += std::string(series.key) + "=" +
                  std::to_string(sample.egress.mbps()).substr(0, 4) + "@" +
                  std::to_string(sample.at.time_since_epoch() / std::chrono::seconds{1}) + " ";
    }
  });
  return out;
}

TEST(PrometheusPast, IsTheSameQueryOverARange) {
  PrometheusSource source(config_of({"http://a:9090"}), no_secret);
  EXPECT_TRUE(source.has_past());
  const struct {
    const char* query;
    const char* asked;
  } rows[] = {{"sum(x)", "query=sum%28x%29&"},
              {"x[3m]\n", "query=last_over_time%28x%5B3m%5D%0A%29&"}};
  for (const auto& row : rows) {
    const auto requests = source.ask_past(policy_of(row.query), kSpan);
    ASSERT_TRUE(requests);
    ASSERT_EQ(requests->size(), 1U);
    EXPECT_EQ(requests->at(0).url, "http://a:9090/api/v1/query_range");
    EXPECT_THAT(requests->at(0).body, HasSubstr(row.asked));
    EXPECT_THAT(requests->at(0).body, HasSubstr("&start=600.000&end=1200.000&step=300.000"));
  }
}

TEST(PrometheusPast, OnlyWhatIsABandwidthCounts) {
  PrometheusSource source(config_of({"http://a:9090"}), no_secret);
  const Read past = read(
      source, policy_of("q"),
      {matrix_of(
          R"({"metric":{"instance_id":"i-1"},"values":[[600,"2000"],[900,"NaN"],[1200,"-1"]]},)"
          R"({"metric":{"other":"x"},"values":[[600,"1"]]},)"
          R"({"metric":{"instance_id":"i-2"},"values":[[600,"+Inf"],[900,"0"],[1200,"1e30"]]})")});
  ASSERT_TRUE(past.result);
  EXPECT_EQ(past.text, "i-1=2.00@600 i-2=0.00@900 ");
}

TEST(PrometheusPast, AfterAFailureTheNextServerIsAsked) {
  PrometheusSource source(config_of({"http://a:9090", "http://b:9090"}), no_secret);
  const Policy policy = policy_of("q");
  EXPECT_EQ(source.ask_past(policy, kSpan)->at(0).url, "http://a:9090/api/v1/query_range");
  EXPECT_FALSE(read(source, policy, {no_connection()}).result);
  EXPECT_EQ(source.ask_past(policy, kSpan)->at(0).url, "http://b:9090/api/v1/query_range");
  EXPECT_TRUE(read(source, policy, {matrix_of("")}).result);
  EXPECT_EQ(source.ask_past(policy, kSpan)->at(0).url, "http://b:9090/api/v1/query_range");
}

TEST(PrometheusPast, OfRegionsAllAreAskedAndAllMustAnswer) {
  PrometheusSource source(config_of({"http://a:9090", "http://b:9090"}, true), no_secret);
  const Policy policy = policy_of("q");
  EXPECT_EQ(source.ask_past(policy, kSpan)->size(), 2U);
  const HttpResponse one = matrix_of(R"({"metric":{"instance_id":"i-1"},"values":[[600,"1000"]]})");
  const HttpResponse two = matrix_of(R"({"metric":{"instance_id":"i-2"},"values":[[600,"3000"]]})");
  EXPECT_EQ(read(source, policy, {one, two}).text, "i-1=1.00@600 i-2=3.00@600 ");
  EXPECT_FALSE(read(source, policy, {one, no_connection()}).result);
}

TEST(PrometheusPast, SaysWhatIsTooLargeAndWhatIsWrong) {
  PrometheusSource source(config_of({"http://a:9090"}), no_secret);
  const Policy policy = policy_of("q");
  HttpResponse long_answer = lost_answer();
  long_answer.too_long = true;
  const Read large = read(source, policy, {long_answer});
  ASSERT_TRUE(large.result);
  EXPECT_EQ(*large.result, PastRead::kTooLarge);
  const struct {
    HttpResponse response;
    ErrorKind kind;
  } rows[] = {
      {reply(400, R"({"status":"error","errorType":"bad_data","error":"parse error"})"),
       ErrorKind::kInvalid},
      {reply(502, ""), ErrorKind::kTransient},
      {reply(401, ""), ErrorKind::kRefused},
      {reply(200, R"({"status":"success","isPartial":true,"data":{"resultType":"matrix",)"
                  R"("result":[]}})"),
       ErrorKind::kRefused},
  };
  for (const auto& row : rows) {
    const Read wrong = read(source, policy, {row.response});
    ASSERT_FALSE(wrong.result) << row.response.status;
    EXPECT_EQ(wrong.result.error().kind, row.kind) << row.response.status;
  }
}

}  // namespace
}  // namespace penstock
