#include "daemon/prometheus_source.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <string>

#include "tests/testing/gather.h"
#include "tests/testing/scripted_http.h"

namespace penstock {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

const TimePoint kNow = *parse_time("2026-01-01T00:10:00Z");

std::string seconds(TimePoint at) {
  return std::to_string(
      std::chrono::duration_cast<std::chrono::seconds>(at.time_since_epoch()).count());
}

std::string series(const std::string& id, const std::string& value, TimePoint at = kNow) {
  return R"({"metric":{"instance_id":")" + id + R"("},"value":[)" + seconds(at) + R"(,")" + value +
         "\"]}";
}

HttpResponse vector_of(const std::vector<std::string>& all, const std::string& rest = "") {
  std::string joined;
  for (const std::string& each : all) joined += (joined.empty() ? "" : ",") + each;
  return reply(200, R"({"status":"success","data":{"resultType":"vector","result":[)" + joined +
                        "]}" + rest + "}");
}

Policy policy_of(const std::string& query = "q") {
  Policy policy;
  policy.name = "edge";
  policy.traffic.query = query;
  return policy;
}

SourceConfig pair_config() {
  SourceConfig config;
  config.name = "prometheus";
  config.urls = {"http://a:9090", "http://b:9090/prom/"};
  return config;
}

Result<std::string> no_secret(const std::string& path) {
  return Error{ErrorKind::kInvalid, path + ": no such file", {}, {}};
}

std::string shown(const TrafficAnswer& answer) {
  std::string out;
  for (const KeyedSample& each : answer.samples) {
    out += each.key + (each.lower_bound ? ">=" : "=") + format(each.sample.egress) + " ";
  }
  return out;
}

TEST(PrometheusSource, AsksOnceByFormAndReadsTheUnit) {
  ScriptedHttp http([](const HttpRequest&) { return vector_of({series("i-1", "5e7")}); });
  PrometheusSource source(pair_config(), no_secret);
  const struct {
    TrafficUnit unit;
    const char* expected;
  } rows[] = {{TrafficUnit::kBps, "i-1=50 Mbps "},
              {TrafficUnit::kBytesPerSecond, "i-1=400 Mbps "},
              {TrafficUnit::kKbps, "i-1=50000 Mbps "}};
  for (const auto& row : rows) {
    Policy policy = policy_of("rate(x{a=\"b\"}[1m]) + 1");
    policy.traffic.unit = row.unit;
    policy.traffic.window = 2min;
    http.seen.clear();
    const auto answers = gather(source, http, {&policy}, kNow);
    ASSERT_EQ(answers.size(), 1U);
    EXPECT_EQ(shown(answers[0]), row.expected);
    EXPECT_EQ(answers[0].policy, &policy);
    EXPECT_EQ(answers[0].samples[0].sample.at, kNow);
    EXPECT_EQ(answers[0].samples[0].sample.span, Duration{2min});
    ASSERT_EQ(http.seen.size(), 1U);
    EXPECT_EQ(http.seen[0].method, "POST");
    EXPECT_EQ(http.seen[0].url, "http://a:9090/api/v1/query");
    EXPECT_EQ(http.seen[0].body,
              "query=rate%28x%7Ba%3D%22b%22%7D%5B1m%5D%29%20%2B%201&timeout=10s");
    EXPECT_EQ(header_of(http.seen[0], "content-type"), "application/x-www-form-urlencoded");
  }
}

TEST(PrometheusSource, PoliciesWithTheSameQueryShareIt) {
  ScriptedHttp http([](const HttpRequest& request) {
    return vector_of({series(request.body.starts_with("query=q&") ? "i-1" : "i-2", "1e6")});
  });
  PrometheusSource source(pair_config(), no_secret);
  Policy a = policy_of("q"), b = policy_of("other"), c = policy_of("q");
  c.traffic.key = "nothing";
  const auto answers = gather(source, http, {&a, &b, &c}, kNow);
  EXPECT_EQ(http.seen.size(), 2U);
  EXPECT_EQ(shown(answers[0]), "i-1=1 Mbps ");
  EXPECT_EQ(shown(answers[1]), "i-2=1 Mbps ");
  EXPECT_EQ(shown(answers[2]), "");
  EXPECT_EQ(answers[2].dropped.no_key, 1U);
  EXPECT_THAT(answers[2].notes, ElementsAre(HasSubstr(R"("instance_id":"i-1")")));
}

TEST(PrometheusSource, DropsWhatCannotBeTrustedAndSaysSo) {
  const struct {
    std::vector<std::string> result;
    std::uint64_t Dropped::* counter;
    std::uint64_t count;
    const char* note;
  } rows[] = {
      {{series("i-1", "NaN"), series("i-2", "+Inf"), series("i-3", "x")},
       &Dropped::not_finite,
       3,
       "\"i-1\" is not a finite number"},
      {{series("i-1", "-1")}, &Dropped::negative, 1, "negative"},
      {{series("i-1", "1e14")}, &Dropped::implausible, 1, "traffic.unit"},
      {{series("i-1", "1", kNow - 181s)}, &Dropped::stale, 1, "2026-01-01T00:06:59Z"},
      {{series("i-1", "1", kNow + 31s)}, &Dropped::future, 1, "in the future"},
      {{series("i-1", "1"), series("i-1", "2")}, &Dropped::duplicate, 2, "sum by (instance_id)"},
      {{series("i-1", "NaN"), series("i-1", "2")}, &Dropped::duplicate, 1, "sum by"},
      {{series("", "1")}, &Dropped::no_key, 1, "names no instance"},
      {{series(std::string(257, 'x'), "1")}, &Dropped::no_key, 1, "names no instance"},
  };
  for (const auto& row : rows) {
    // A good series beside the bad ones is not harmed by them.
    std::vector<std::string> result = row.result;
    result.push_back(series("good", "7e6"));
    ScriptedHttp http([&](const HttpRequest&) { return vector_of(result); });
    PrometheusSource source(pair_config(), no_secret);
    const Policy policy = policy_of();
    const auto answers = gather(source, http, {&policy}, kNow);
    EXPECT_EQ(shown(answers[0]), "good=7 Mbps ") << row.note;
    EXPECT_EQ(answers[0].dropped.*row.counter, row.count) << row.note;
    EXPECT_THAT(answers[0].notes, testing::Contains(HasSubstr(row.note)));
    EXPECT_FALSE(answers[0].error);
  }
}

TEST(PrometheusSource, ASlightlyFastServerClockIsNotTheFuture) {
  HttpResponse response = vector_of({series("i-1", "1e6", kNow + 20s)});
  response.elapsed = 2s;
  ScriptedHttp http([&](const HttpRequest&) { return response; });
  PrometheusSource source(pair_config(), no_secret);
  const Policy policy = policy_of();
  const auto answers = gather(source, http, {&policy}, kNow);
  ASSERT_EQ(answers[0].samples.size(), 1U);
  EXPECT_EQ(answers[0].samples[0].sample.at, kNow + 2s);
}

TEST(PrometheusSource, TheSecondServerStandsInWithinTheTickAndIsRemembered) {
  std::map<std::string, HttpResponse> servers;
  servers["http://a:9090/api/v1/query"] = no_connection();
  servers["http://b:9090/prom/api/v1/query"] = vector_of({series("i-1", "1e6")});
  ScriptedHttp http([&](const HttpRequest& request) { return servers.at(request.url); });
  PrometheusSource source(pair_config(), no_secret);
  const Policy policy = policy_of();
  auto answers = gather(source, http, {&policy}, kNow);
  EXPECT_EQ(shown(answers[0]), "i-1=1 Mbps ");
  EXPECT_FALSE(answers[0].error);
  EXPECT_EQ(answers[0].failures, 1U);
  EXPECT_THAT(answers[0].notes, ElementsAre("http://a:9090: could not connect"));
  EXPECT_EQ(http.seen.size(), 2U);

  answers = gather(source, http, {&policy}, kNow + 15s);
  EXPECT_EQ(http.seen.size(), 3U) << "the healthy one is asked first from now on";
  EXPECT_EQ(answers[0].failures, 0U);

  servers["http://a:9090/api/v1/query"] = vector_of({series("i-1", "2e6")});
  servers["http://b:9090/prom/api/v1/query"] = reply(502, "<html>bad gateway</html>");
  answers = gather(source, http, {&policy}, kNow + 30s);
  EXPECT_EQ(shown(answers[0]), "i-1=2 Mbps ");
  EXPECT_EQ(http.seen.size(), 5U);
}

TEST(PrometheusSource, SaysWhyNoServerAnswered) {
  const struct {
    HttpResponse response;
    ErrorKind kind;
    const char* message;
    std::size_t requests;
  } rows[] = {
      {no_connection(), ErrorKind::kTransient, "http://a:9090: could not connect", 2},
      {reply(500, "oops"), ErrorKind::kTransient, "HTTP 500", 2},
      {reply(503, "oops"), ErrorKind::kTransient, "HTTP 503", 2},
      {reply(401, ""), ErrorKind::kRefused, "password, token or certificate", 2},
      {reply(404, ""), ErrorKind::kInvalid, "no query API there", 2},
      {reply(200, "<html>"), ErrorKind::kTransient, "not an answer", 2},
      {reply(200, R"({"status":"success","data":{"resultType":"vector","result":[{"met)"),
       ErrorKind::kTransient, "not an answer", 2},
      {reply(400, R"({"status":"error","errorType":"bad_data","error":"parse error at char 3"})"),
       ErrorKind::kInvalid, "bad_data: parse error at char 3", 1},
      {reply(422, R"({"status":"error","errorType":"execution","error":"many-to-many"})"),
       ErrorKind::kRefused, "many-to-many", 2},
      {reply(503, R"({"status":"error","errorType":"timeout","error":"too slow"})"),
       ErrorKind::kTransient, "timeout: too slow", 2},
      {reply(200, R"({"status":"success","data":{"resultType":"scalar","result":[1,"1"]}})"),
       ErrorKind::kInvalid, "gives a scalar", 1},
  };
  for (const auto& row : rows) {
    ScriptedHttp http([&](const HttpRequest&) { return row.response; });
    PrometheusSource source(pair_config(), no_secret);
    const Policy policy = policy_of();
    const auto answers = gather(source, http, {&policy}, kNow);
    ASSERT_TRUE(answers[0].error) << row.message;
    EXPECT_EQ(answers[0].error->kind, row.kind) << row.message;
    EXPECT_THAT(answers[0].error->message, HasSubstr(row.message));
    EXPECT_THAT(answers[0].samples, IsEmpty());
    EXPECT_EQ(http.seen.size(), row.requests) << row.message;
  }
}

TEST(PrometheusSource, AnAnswerWithWarningsIsALowerBoundUnlessAnotherServerIsWhole) {
  const HttpResponse partial = vector_of({series("i-1", "1e6")}, R"(,"warnings":["store down"])");
  const HttpResponse whole = vector_of({series("i-1", "9e6")});
  std::map<std::string, HttpResponse> servers;
  servers["http://a:9090/api/v1/query"] = partial;
  servers["http://b:9090/prom/api/v1/query"] = whole;
  ScriptedHttp http([&](const HttpRequest& request) { return servers.at(request.url); });
  const Policy policy = policy_of();
  {
    PrometheusSource source(pair_config(), no_secret);
    EXPECT_EQ(shown(gather(source, http, {&policy}, kNow)[0]), "i-1=9 Mbps ");
  }
  for (const HttpResponse& other : {partial, no_connection()}) {
    servers["http://b:9090/prom/api/v1/query"] = other;
    PrometheusSource source(pair_config(), no_secret);
    const auto answers = gather(source, http, {&policy}, kNow);
    EXPECT_EQ(shown(answers[0]), "i-1>=1 Mbps ");
    EXPECT_FALSE(answers[0].error);
    EXPECT_THAT(answers[0].notes, testing::Contains("the server warns: store down"));
  }
  servers["http://a:9090/api/v1/query"] = vector_of({series("i-1", "1e6")}, R"(,"isPartial":true)");
  PrometheusSource source(pair_config(), no_secret);
  EXPECT_EQ(shown(gather(source, http, {&policy}, kNow)[0]), "i-1>=1 Mbps ");
}

TEST(PrometheusSource, RegionsArePutTogether) {
  SourceConfig config = pair_config();
  config.union_urls = true;
  std::map<std::string, HttpResponse> servers;
  servers["http://a:9090/api/v1/query"] = vector_of({series("i-1", "1e6"), series("i-3", "1e6")});
  servers["http://b:9090/prom/api/v1/query"] =
      vector_of({series("i-2", "2e6"), series("i-3", "1e6"), series("i-4", "NaN")});
  ScriptedHttp http([&](const HttpRequest& request) { return servers.at(request.url); });
  PrometheusSource source(config, no_secret);
  const Policy policy = policy_of(), twin = policy_of();
  auto answers = gather(source, http, {&policy, &twin}, kNow);
  EXPECT_EQ(http.batches, std::vector<std::size_t>{2});
  for (const TrafficAnswer& answer : answers) {
    EXPECT_EQ(shown(answer), "i-1=1 Mbps i-2=2 Mbps ");
    EXPECT_EQ(answer.dropped.duplicate, 2U);
    EXPECT_EQ(answer.dropped.not_finite, 1U);
  }
  EXPECT_EQ(answers[1].policy, &twin);

  // A region that is down takes only its own instances with it.
  servers["http://b:9090/prom/api/v1/query"] = no_connection();
  answers = gather(source, http, {&policy}, kNow + 15s);
  EXPECT_EQ(shown(answers[0]), "i-1=1 Mbps i-3=1 Mbps ");
  EXPECT_FALSE(answers[0].error);
  EXPECT_EQ(answers[0].failures, 1U);
  servers["http://a:9090/api/v1/query"] = no_connection();
  EXPECT_TRUE(gather(source, http, {&policy}, kNow + 30s)[0].error);
}

TEST(PrometheusSource, ShowsItsSecretsOnlyToTheServerAndReadsThemAgainOnceWhenRefused) {
  std::string on_disk = "old";
  int reads = 0;
  const SecretReader read = [&](const std::string& path) -> Result<std::string> {
    EXPECT_EQ(path, "/run/token");
    ++reads;
    return on_disk;
  };
  SourceConfig config = pair_config();
  config.urls = {"http://a"};
  config.bearer_token_file = "/run/token";
  config.headers = {{"X-Scope-OrgID", "me"}};
  config.tls.client_cert_file = "/run/cert";
  config.timeout = 3s;
  ScriptedHttp http([](const HttpRequest& request) {
    return header_of(request, "authorization") == "Bearer new" ? vector_of({series("i-1", "1e6")})
                                                               : reply(401, "");
  });
  PrometheusSource source(config, read);
  const Policy policy = policy_of();
  auto answers = gather(source, http, {&policy}, kNow);
  ASSERT_TRUE(answers[0].error);
  EXPECT_EQ(answers[0].error->message.find("old"), std::string::npos);
  EXPECT_EQ(http.seen.size(), 1U) << "the file is unchanged, so asking again is pointless";
  EXPECT_EQ(header_of(http.seen[0], "authorization"), "Bearer old");
  EXPECT_EQ(header_of(http.seen[0], "x-scope-orgid"), "me");
  EXPECT_EQ(http.seen[0].tls.client_cert_file, "/run/cert");
  EXPECT_EQ(http.seen[0].timeout, Duration{3s});

  on_disk = "new";
  answers = gather(source, http, {&policy}, kNow + 15s);
  EXPECT_FALSE(answers[0].error);
  EXPECT_EQ(http.seen.size(), 3U);
  const int reads_so_far = reads;
  gather(source, http, {&policy}, kNow + 30s);
  EXPECT_EQ(reads, reads_so_far) << "a file that works is not read every tick";
}

TEST(PrometheusSource, BasicAuthenticationAndUnusableSecrets) {
  SourceConfig config = pair_config();
  config.basic_user = "Aladdin";
  config.basic_password_file = "/p";
  ScriptedHttp http([](const HttpRequest&) { return vector_of({}); });
  const Policy policy = policy_of();
  PrometheusSource good(
      config, [](const std::string&) -> Result<std::string> { return std::string("open sesame"); });
  gather(good, http, {&policy}, kNow);
  EXPECT_EQ(header_of(http.seen[0], "authorization"), "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==");

  const std::string unusable[] = {"", "two\nlines", "a\rb"};
  for (const std::string& secret : unusable) {
    http.seen.clear();
    PrometheusSource bad(config, [&](const std::string&) -> Result<std::string> { return secret; });
    const auto answers = gather(bad, http, {&policy}, kNow);
    ASSERT_TRUE(answers[0].error);
    EXPECT_EQ(answers[0].error->message, "/p: expected one line with the secret");
    EXPECT_TRUE(http.seen.empty());
  }
  PrometheusSource missing(config, no_secret);
  EXPECT_EQ(gather(missing, http, {&policy}, kNow)[0].error->message, "/p: no such file");
}

TEST(PrometheusSource, AsksNoMoreOftenThanItsInterval) {
  SourceConfig config = pair_config();
  config.interval = 1min;
  ScriptedHttp http([](const HttpRequest&) { return vector_of({series("i-1", "1e6")}); });
  PrometheusSource source(config, no_secret);
  Policy policy = policy_of();
  gather(source, http, {&policy}, kNow);
  const Policy reloaded = policy;
  const auto answers = gather(source, http, {&reloaded}, kNow + 30s);
  EXPECT_EQ(http.seen.size(), 1U);
  EXPECT_EQ(shown(answers[0]), "i-1=1 Mbps ");
  EXPECT_EQ(answers[0].policy, &reloaded);
  gather(source, http, {&policy}, kNow + 59s);
  EXPECT_EQ(http.seen.size(), 2U);
  policy.traffic.query = "another";
  gather(source, http, {&policy}, kNow + 60s);
  EXPECT_EQ(http.seen.size(), 3U) << "a new question is not answered from the old one";
}

TEST(SourceAuth, EncodesBase64AndHidesPasswordsInUrls) {
  const std::pair<const char*, const char*> rows[] = {{"", ""},
                                                      {"f", "Zg=="},
                                                      {"fo", "Zm8="},
                                                      {"foo", "Zm9v"},
                                                      {"foob", "Zm9vYg=="},
                                                      {"fooba", "Zm9vYmE="},
                                                      {"foobar", "Zm9vYmFy"},
                                                      {"\xff\xfe", "//4="}};
  for (const auto& [plain, encoded] : rows) EXPECT_EQ(base64(plain), encoded);
  EXPECT_EQ(shown_url("https://u:p@host:1/x@y"), "https://host:1/x@y");
  EXPECT_EQ(shown_url("https://host/x@y"), "https://host/x@y");
  EXPECT_EQ(shown_url("host"), "host");
}

}  // namespace
}  // namespace penstock
