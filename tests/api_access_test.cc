// Who may do what: keys, tokens, clocks and rights as the client learns about them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/testing/api_bench.h"

namespace penstock {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST(ApiAccess, KeysAreNotReadAtEveryCall) {
  std::string password = "old-password";
  Bench bench(ScriptedHttp([](const HttpRequest&) { return api_ok("{}"); }), {account_named("a")},
              [&](const char* name) { return keys(password)(name); });
  ASSERT_TRUE(bench.one(read_call("a")));
  password = "new-password";
  ASSERT_TRUE(bench.one(read_call("a")));
  EXPECT_EQ(header_of(bench.http.seen[0], "authorization"),
            header_of(bench.http.seen[1], "authorization"));
  bench.client.reload({account_named("a")});
  ASSERT_TRUE(bench.one(read_call("a")));
  EXPECT_NE(header_of(bench.http.seen[1], "authorization"),
            header_of(bench.http.seen[2], "authorization"));
}

/// Accepts only the signature made with one password.
ScriptedHttp server_with_password(const std::string& password) {
  return ScriptedHttp([password](const HttpRequest& request) {
    VirtualClock clock{
        TimePoint{std::chrono::seconds{std::stoll(header_of(request, "x-zc-timestamp"))}}};
    ScriptedHttp capture({api_ok("{}")});
    ApiClient reference({account_named("a")}, capture, clock,
                        {.seed = 1, .observer = {}, .environment = keys(password), .limits = {}});
    const ApiCall call = {.account = "a",
                          .service = Service::kVm,
                          .action = action_of(request),
                          .body = request.body,
                          .effect = Effect::kRead};
    (void)reference.call_all(std::span(&call, 1));
    const bool same =
        header_of(capture.seen[0], "authorization") == header_of(request, "authorization");
    if (!same) return api_error(401, "AUTHFAILURE_SIGNATURE_FAILURE");
    return api_ok("{}");
  });
}

TEST(ApiAccess, RotatedKeysArePickedUp) {
  std::string password = "old-password";
  Bench bench(server_with_password("new-password"), {account_named("a")},
              [&](const char* name) { return keys(password)(name); });
  const std::vector<ApiCall> calls = {read_call("a"), read_call("a"), change_call("a")};
  password = "new-password";
  const std::vector<Result<ApiAnswer>> answers = bench.client.call_all(calls);
  EXPECT_TRUE(answers[0]);
  EXPECT_TRUE(answers[1]);
  ASSERT_FALSE(answers[2]);  // a change is not repeated, but there is nothing wrong any more
  EXPECT_EQ(answers[2].error().kind, ErrorKind::kTransient);
  EXPECT_TRUE(bench.one(change_call("a")));
}

TEST(ApiAccess, WrongKeysStopChangesUntilACallSucceeds) {
  std::string password = "old-password";
  Bench bench(server_with_password("new-password"), {account_named("a")},
              [&](const char* name) { return keys(password)(name); });
  EXPECT_EQ(bench.one(read_call("a")).error().kind, ErrorKind::kRefused);
  EXPECT_THAT(bench.client.alarm("a"), HasSubstr("AUTHFAILURE_SIGNATURE_FAILURE"));
  const std::size_t sent = bench.http.seen.size();
  EXPECT_EQ(bench.one(change_call("a")).error().kind, ErrorKind::kRefused);
  EXPECT_EQ(bench.http.seen.size(), sent);
  password = "new-password";
  EXPECT_TRUE(bench.one(read_call("a")));
  EXPECT_TRUE(bench.one(change_call("a")));
  EXPECT_EQ(bench.client.alarm("a"), "");
}

TEST(ApiAccess, MissingKeysAreLookedForAgain) {
  bool there = false;
  Bench bench(ScriptedHttp([](const HttpRequest&) { return api_ok("{}"); }), {account_named("a")},
              [&, environment = keys()](const char* name) -> std::optional<std::string> {
                if (!there) return std::nullopt;
                return environment(name);
              });
  const Result<ApiAnswer> without = bench.one(read_call("a"));
  EXPECT_EQ(without.error().kind, ErrorKind::kInvalid);
  EXPECT_THAT(without.error().message, HasSubstr("access_key_id_file"));
  EXPECT_TRUE(bench.http.seen.empty());
  there = true;
  EXPECT_TRUE(bench.one(read_call("a")));
}

/// Refuses timestamps more than five minutes from its own clock.
ScriptedHttp server_with_clock(VirtualClock& server) {
  return ScriptedHttp([&server](const HttpRequest& request) {
    const auto now = std::chrono::floor<std::chrono::seconds>(server.wall());
    const auto there = std::stoll(header_of(request, "x-zc-timestamp"));
    const bool fresh = std::abs(there - now.time_since_epoch().count()) <= 300;
    const std::string time = format(TimePoint{now});  // 2026-01-01T02:00:00Z
    const HttpHeaders date = {{"Date", "Thu, 01 Jan 2026 " + time.substr(11, 8) + " GMT"}};
    return fresh ? reply(200, R"({"requestId":"T","response":{}})", date)
                 : api_error(401, "AUTHFAILURE_SIGNATURE_EXPIRED", date);
  });
}

TEST(ApiAccess, AClockThatIsOffIsNoticedAndAllowedFor) {
  VirtualClock server;
  server.advance(2h);
  Bench bench(server_with_clock(server));
  const std::vector<ApiCall> calls = {read_call("a"), read_call("a")};
  for (const Result<ApiAnswer>& answer : bench.client.call_all(calls)) EXPECT_TRUE(answer);
  EXPECT_EQ(bench.http.seen.size(), 4U);  // each signed anew once
  EXPECT_TRUE(bench.one(change_call("a")));
  EXPECT_EQ(bench.client.find("a")->clock_skew(), Duration{2h});
  EXPECT_THAT(bench.client.alarm("a"), HasSubstr("clock is off"));
  bench.clock.step_wall(2h);  // put right: the allowance must not stay
  EXPECT_TRUE(bench.one(read_call("a")));
  EXPECT_TRUE(bench.one(change_call("a")));
  EXPECT_EQ(bench.client.alarm("a"), "");
}

TEST(ApiAccess, AMissingRightIsRememberedPerAction) {
  bool granted = false;
  Bench bench(ScriptedHttp([&](const HttpRequest& request) {
    return action_of(request) == "DescribeInstances" || granted
               ? api_ok("{}")
               : api_error(403, "AUTHFAILURE_UNAUTHORIZED_OPERATION");
  }));
  const ApiCall balance = read_call("a", "DescribeCustomerBalance");
  EXPECT_FALSE(bench.client.allowed("a", Service::kVm, "DescribeCustomerBalance"));
  EXPECT_EQ(bench.one(balance).error().code, kCodeUnauthorized);
  EXPECT_EQ(bench.client.allowed("a", Service::kVm, "DescribeCustomerBalance"), false);
  EXPECT_TRUE(bench.one(read_call("a")));
  EXPECT_EQ(bench.client.allowed("a", Service::kVm, "DescribeInstances"), true);
  EXPECT_EQ(bench.one(balance).error().kind, ErrorKind::kRefused);
  EXPECT_EQ(bench.http.count("DescribeCustomerBalance"), 1U);  // remembered
  EXPECT_EQ(bench.client.alarm("a"), "");                      // and no reason for alarm
  bench.clock.advance(61min);
  EXPECT_FALSE(bench.one(balance));
  EXPECT_EQ(bench.http.count("DescribeCustomerBalance"), 2U);
  bench.client.retry_denied("a");  // a person resumed, and the right is still missing
  EXPECT_FALSE(bench.one(balance));
  EXPECT_FALSE(bench.one(balance));
  EXPECT_EQ(bench.http.count("DescribeCustomerBalance"), 3U);
  granted = true;
  EXPECT_FALSE(bench.one(balance)) << "remembered again";
  bench.client.retry_denied("a");
  EXPECT_TRUE(bench.one(balance));
  EXPECT_EQ(bench.client.allowed("a", Service::kVm, "DescribeCustomerBalance"), true);
  granted = false;
  for (int i = 0; i < 3; ++i) EXPECT_FALSE(bench.one(balance));
  granted = true;
  bench.client.reload({account_named("a")});
  EXPECT_TRUE(bench.one(balance));
  EXPECT_EQ(bench.client.allowed("a", Service::kVm, "DescribeCustomerBalance"), true);
}

TEST(ApiAccess, OneRefusedInstanceDoesNotDenyTheAction) {
  Bench bench(ScriptedHttp([](const HttpRequest& request) {
    return request.body == "{\"bad\":1}" ? api_error(403, "AUTHFAILURE_UNAUTHORIZED_OPERATION")
                                         : api_ok("{}");
  }));
  EXPECT_TRUE(bench.one(change_call("a", "{\"good\":1}")));
  EXPECT_FALSE(bench.one(change_call("a", "{\"bad\":1}")));
  EXPECT_EQ(bench.client.allowed("a", Service::kVm, "ModifyInstanceBandwidth"), true);
  EXPECT_TRUE(bench.one(change_call("a", "{\"good\":2}")));
}

TEST(ApiAccess, SecretsNeverComeBackInErrors) {
  Bench bench(ScriptedHttp([](const HttpRequest&) {
    return reply(400, R"({"code":"NEW_CODE","message":"you sent pass-word-1 as AKID-1"})");
  }));
  const Result<ApiAnswer> answer = bench.one(read_call("a"));
  EXPECT_THAT(answer.error().message, HasSubstr("you sent"));
  EXPECT_THAT(answer.error().message, Not(HasSubstr("pass-word-1")));
  EXPECT_THAT(answer.error().message, Not(HasSubstr("AKID-1")));
}

}  // namespace
}  // namespace penstock
