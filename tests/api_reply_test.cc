#include "daemon/api_reply.h"

#include <gtest/gtest.h>

#include "tests/testing/scripted_http.h"

namespace penstock {
namespace {

TEST(ApiReply, ReadsBothEnvelopes) {
  const ApiReply good = read_reply(api_ok(R"({"orderNumber":"7"})"));
  EXPECT_TRUE(good.ok);
  EXPECT_EQ(good.request_id, "T1");
  EXPECT_EQ(good.document->root()["response"]["orderNumber"].string(), "7");

  const ApiReply bad = read_reply(reply(
      404, R"({"requestId":"T\u0007-9","code":"Invalid.Instance.Not.Found","message":"no\nx"})"));
  EXPECT_FALSE(bad.ok);
  EXPECT_EQ(bad.code, "INVALID_INSTANCE_NOT_FOUND");
  EXPECT_EQ(bad.request_id, "T-9");
  EXPECT_EQ(bad.message.find('\n'), std::string::npos);
}

struct OddCase {
  const char* what;
  HttpResponse http;
  const char* code;
  bool limited, blocked;
};

TEST(ApiReply, NeverTakesOddAnswersForSuccess) {
  const OddCase cases[] = {
      {"no answer", lost_answer(), "NETWORK_ERROR", false, false},
      {"html 200", reply(200, "<html>fine</html>"), "JSON_PARSE_FAILED", false, false},
      {"empty 200", reply(200, ""), "JSON_PARSE_FAILED", false, false},
      {"204", reply(204, ""), "JSON_PARSE_FAILED", false, false},
      {"array", reply(200, "[1]"), "JSON_PARSE_FAILED", false, false},
      {"no response", reply(200, R"({"requestId":"T1"})"), "JSON_PARSE_FAILED", false, false},
      {"null response", reply(200, R"({"response":null})"), "JSON_PARSE_FAILED", false, false},
      {"code in 200", reply(200, R"({"code":"INTERNAL_SERVER_ERROR","response":{}})"),
       "INTERNAL_SERVER_ERROR", false, false},
      {"response in 500", reply(500, R"({"response":{}})"), "", false, false},
      {"html 502", reply(502, "<html>bad gateway</html>"), "", false, false},
      {"html 429", reply(429, "slow down"), "REQUEST_LIMIT_EXCEEDED", true, false},
      {"limit by code", api_error(400, "REQUEST_LIMIT_EXCEEDED"), "REQUEST_LIMIT_EXCEEDED", true,
       false},
      {"challenge", reply(403, "<html>", {{"CF-Mitigated", "challenge"}}), "SECURITY_CHALLENGE",
       false, true},
      {"plain 403", api_error(403, "OPERATION_DENIED_INSTANCE_NOT_RUNNING"),
       "OPERATION_DENIED_INSTANCE_NOT_RUNNING", false, false},
      {"451", reply(451, ""), "REQUEST_BLOCKED", false, true},
      {"code is a number", reply(400, R"({"code":17})"), "", false, false},
  };
  for (const OddCase& c : cases) {
    const ApiReply read = read_reply(c.http);
    EXPECT_FALSE(read.ok) << c.what;
    EXPECT_EQ(read.code, c.code) << c.what;
    EXPECT_EQ(read.limited, c.limited) << c.what;
    EXPECT_EQ(read.blocked, c.blocked) << c.what;
    EXPECT_FALSE(read.code_or_status().empty()) << c.what;
  }
}

TEST(ApiReply, ReadsTheServersWishesAndClock) {
  const ApiReply limited = read_reply(
      reply(429, "{}", {{"Retry-After", "7"}, {"Date", "Thu, 01 Jan 2026 00:00:05 GMT"}}));
  EXPECT_EQ(limited.silence, 7s);
  EXPECT_EQ(limited.server_time, TimePoint{std::chrono::seconds{1'767'225'605}});
  EXPECT_EQ(read_reply(reply(429, "", {{"Retry-After", "99999"}})).silence, 1min);
  EXPECT_EQ(read_reply(reply(429, "", {{"Retry-After", "-3"}})).silence, 0s);
  for (const char* bad : {"", "yesterday", "Thu, 32 Jan 2026 00:00:05 GMT",
                          "Thu, 01 Foo 2026 00:00:05 GMT", "Thu, 01 Jan 2026 25:00:05 GMT",
                          "Thu, 01 Jan 2026 00:00:05 UTC", "Thu, 30 Feb 2026 00:00:05 GMT"}) {
    EXPECT_FALSE(parse_http_date(bad)) << bad;
  }
}

}  // namespace
}  // namespace penstock
