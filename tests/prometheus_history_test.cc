// Ranges from Prometheus: what is asked, in which pieces, and what becomes of the answers.
#include "daemon/prometheus_history.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <charconv>
#include <map>

#include "daemon/prometheus_vector.h"
#include "tests/testing/scripted_http.h"

namespace penstock {
namespace {

using ::testing::HasSubstr;

/// The fields of a form body, still percent-encoded.
std::map<std::string, std::string> form_of(const std::string& body) {
  std::map<std::string, std::string> fields;
  for (std::size_t begin = 0; begin < body.size();) {
    const std::size_t end = std::min(body.find('&', begin), body.size());
    const std::string field = body.substr(begin, end - begin);
    const std::size_t equals = field.find('=');
    fields[field.substr(0, equals)] = field.substr(equals + 1);
    begin = end + 1;
  }
  return fields;
}

double number(const std::string& text) {
  double value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

std::string matrix_of(const std::string& series) {
  return R"({"status":"success","data":{"resultType":"matrix","result":[)" + series + "]}}";
}

/// Answers a range query with value(t) for each series.
HttpResponse answer(const HttpRequest& request, const std::vector<std::string>& ids) {
  const auto form = form_of(request.body);
  std::string result;
  for (const std::string& id : ids) {
    std::string values;
    const double step = number(form.at("step"));
    for (double t = number(form.at("start")); t <= number(form.at("end")) + 1e-6; t += step) {
      const auto second = static_cast<std::int64_t>(t);
      values += (values.empty() ? "[" : ",[") + std::to_string(second) + ",\"" +
                std::to_string(second % 1000) + "\"]";
    }
    if (!result.empty()) result += ",";
    result.append(R"({"metric":{"id":")").append(id).append(R"("},"values":[)");
    result.append(values).append("]}");
  }
  return reply(200, matrix_of(result));
}

SourceConfig server() {
  SourceConfig config;
  config.urls = {"http://a:9090/prom/"};
  return config;
}

Result<std::string> no_secret(const std::string& path) {
  return Error{ErrorKind::kInvalid, path + ": no such file", {}, {}};
}

HistoryQuestion question_of(std::int64_t points) {
  HistoryQuestion question;
  question.query = "sum by (id) (x)";
  question.key = "id";
  question.from = TimePoint{std::chrono::seconds{1'000'000}};
  question.step = std::chrono::seconds{60};
  question.to = question.from + (points - 1) * question.step;
  return question;
}

TEST(PrometheusHistory, AsksInPiecesThatTheServerAllows) {
  ScriptedHttp http([](const HttpRequest& request) { return answer(request, {"b", "a"}); });
  const HistoryQuestion question = question_of(25'000);
  std::vector<double> shares;
  const Result<std::vector<Series>> series = fetch_history(
      http, server(), no_secret, question, [&](double share) { shares.push_back(share); });
  ASSERT_TRUE(series) << series.error().message;
  ASSERT_EQ(http.seen.size(), 3U);
  EXPECT_EQ(http.seen[0].url, "http://a:9090/prom/api/v1/query_range");
  const auto form = form_of(http.seen[0].body);
  EXPECT_EQ(form.at("query"), "sum%20by%20%28id%29%20%28x%29");
  EXPECT_EQ(form.at("start"), "1000000.000");
  EXPECT_EQ(form.at("end"), std::to_string(1'000'000 + 10'999 * 60) + ".000");
  EXPECT_EQ(form.at("step"), "60.000");
  ASSERT_EQ(series->size(), 2U);
  EXPECT_EQ((*series)[0].name, "a") << "sorted by name";
  ASSERT_EQ((*series)[0].size(), 25'000U);
  for (std::size_t i = 0; i < 25'000; ++i) {
    // The value at t speaks for the step before it.
    ASSERT_EQ((*series)[0].at[i],
              question.from + (static_cast<std::int64_t>(i) - 1) * question.step);
    ASSERT_EQ((*series)[0].demand[i], static_cast<double>((1'000'000 + i * 60) % 1000));
  }
  EXPECT_THAT(shares, ::testing::ElementsAre(0.44, 0.88, 1.0));
}

TEST(PrometheusHistory, HalvesWhatIsTooLarge) {
  int large = 0;
  ScriptedHttp http([&](const HttpRequest& request) {
    const auto form = form_of(request.body);
    const double points = (number(form.at("end")) - number(form.at("start"))) / 60 + 1;
    if (points > 200) {
      ++large;
      if (large == 1) {
        HttpResponse response;
        response.failure = "the answer is longer than 5 bytes";
        response.too_long = true;
        return response;
      }
      return reply(422, R"({"status":"error","errorType":"execution","error":"query processing )"
                        R"(would load too many samples into memory in query execution"})");
    }
    return answer(request, {"a"});
  });
  const Result<std::vector<Series>> series =
      fetch_history(http, server(), no_secret, question_of(700), {});
  ASSERT_TRUE(series) << series.error().message;
  EXPECT_EQ(series->at(0).size(), 700U);
  EXPECT_EQ(large, 2) << "700 and 350; 175 was taken and kept";
  EXPECT_EQ(http.seen.size(), 6U);
}

TEST(PrometheusHistory, EvenOneStepMayBeTooMuch) {
  ScriptedHttp http([](const HttpRequest&) {
    HttpResponse response;
    response.failure = "too long";
    response.too_long = true;
    return response;
  });
  const auto series = fetch_history(http, server(), no_secret, question_of(700), {});
  ASSERT_FALSE(series);
  EXPECT_EQ(series.error().message,
            "http://a:9090/prom/: even one step of all series is too much: ask for fewer series");
}

struct Row {
  const char* what;
  HttpResponse response;
  const char* message;
};

TEST(PrometheusHistory, SaysWhatIsWrong) {
  const auto values = [](const std::string& pairs) {
    return reply(200, matrix_of(R"({"metric":{"id":"a"},"values":[)" + pairs + "]}"));
  };
  const std::string twice = R"({"metric":{"id":"a"},"values":[[1000000,"1"]]})";
  HttpResponse lost;
  lost.failure = "timed out";
  const Row rows[] = {
      {"syntax", reply(400, R"({"status":"error","errorType":"bad_data","error":"parse error"})"),
       "http://a:9090/prom/: bad_data: parse error"},
      {"password", reply(401, ""), "HTTP 401: check the password, token or certificate files"},
      {"proxy", reply(502, "<html>"), "HTTP 502"},
      {"html", reply(200, "<html>"), "not an answer of the Prometheus query API"},
      {"vector", reply(200, R"({"status":"success","data":{"resultType":"vector","result":[]}})"),
       "a range query gave a vector"},
      {"lost", lost, "timed out"},
      {"nothing", reply(200, matrix_of("")), "the query gives no sample between 1970-01-12"},
      {"only NaN", values(R"([1000000,"NaN"])"), "the query gives no sample"},
      {"negative", values(R"([1000000,"-1"])"), "a is -1 at 1970-01-12T13:46:40Z: not a bandwidth"},
      {"infinite", values(R"([1000000,"+Inf"])"), "a is inf at"},
      {"twice", reply(200, matrix_of(twice + "," + twice)),
       "two series are called a: sum them in the query, or name another --key"},
      {"partial",
       reply(200,
             R"({"status":"success","isPartial":true,"data":{"resultType":"matrix","result":[)" +
                 twice + "]}}"),
       "the answer calls itself partial"},
  };
  for (const Row& row : rows) {
    ScriptedHttp http([&](const HttpRequest&) { return row.response; });
    const auto series = fetch_history(http, server(), no_secret, question_of(10), {});
    ASSERT_FALSE(series) << row.what;
    EXPECT_THAT(series.error().message, HasSubstr(row.message)) << row.what;
  }
}

TEST(PrometheusHistory, NamesWithoutTheLabelAreAllLabels) {
  ScriptedHttp http([](const HttpRequest&) {
    return reply(200, matrix_of(R"({"metric":{"job":"n","dc":"x"},"values":[[1000000,"1"]]},)"
                                R"({"metric":{"job":"n","dc":"y"},"values":[[1000000,"2"]]})"));
  });
  HistoryQuestion question = question_of(10);
  question.scale = 1e-6;
  const auto series = fetch_history(http, server(), no_secret, question, {});
  ASSERT_TRUE(series) << series.error().message;
  ASSERT_EQ(series->size(), 2U);
  EXPECT_EQ(series->at(0).name, R"({"job":"n","dc":"x"})");
  EXPECT_EQ(series->at(1).demand, std::vector<double>({2e-6}));
}

TEST(PrometheusHistory, SignsIn) {
  ScriptedHttp http([](const HttpRequest& request) { return answer(request, {"a"}); });
  SourceConfig config = server();
  config.bearer_token_file = "/token";
  config.headers = {{"X-Scope-OrgID", "team"}};
  const SecretReader secret = [](const std::string& path) -> Result<std::string> {
    EXPECT_EQ(path, "/token");
    return std::string("abc");
  };
  ASSERT_TRUE(fetch_history(http, config, secret, question_of(3), {}));
  EXPECT_EQ(header_of(http.seen.at(0), "Authorization"), "Bearer abc");
  EXPECT_EQ(header_of(http.seen.at(0), "X-Scope-OrgID"), "team");
  const auto refused = fetch_history(http, config, no_secret, question_of(3), {});
  EXPECT_THAT(refused.error().message, HasSubstr("/token"));
}

TEST(PrometheusVector, RangesHaveEveryPoint) {
  VectorReader reader;
  std::string out;
  const std::string body = matrix_of(
      R"({"values":[[1,"1"],[2,"NaN"],[3.5,"x"]],"metric":{"id":"a"}},{"metric":{"b":"c"},"values":[]})");
  const Result<VectorSummary> summary = reader.read_range(body, "id", [&](const RangeSeries& one) {
    out += one.key ? std::string(*one.key) : std::string(one.labels);
    for (const RangePoint& point : one.points) {
      out += " " + std::to_string(point.at.time_since_epoch().count()) + ":" +
             (point.value ? std::to_string(*point.value) : "?");
    }
    out += "\n";
  });
  ASSERT_TRUE(summary && summary->success);
  EXPECT_EQ(out, "a 1000:1.000000 2000:nan 3500:?\n{\"b\":\"c\"}\n");
  EXPECT_EQ(summary->series, 2U);
}

}  // namespace
}  // namespace penstock
