#include "daemon/api_client.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

#include "tests/testing/api_bench.h"

namespace penstock {
namespace {

using ::testing::HasSubstr;

HttpResponse slow(HttpResponse response, Duration elapsed) {
  response.elapsed = elapsed;
  return response;
}

TEST(ApiClient, SendsWhatTheApiExpects) {
  Bench bench(ScriptedHttp({api_ok("{}")}));
  ASSERT_TRUE(bench.one({.account = "a",
                         .service = Service::kBmc,
                         .action = "DescribeInstances",
                         .body = "{\"pageNum\":1}",
                         .effect = Effect::kRead}));
  ASSERT_EQ(bench.http.seen.size(), 1U);
  const HttpRequest& request = bench.http.seen[0];
  EXPECT_EQ(request.method, "POST");
  EXPECT_EQ(request.url, "https://a.example/api/v2/bmc");
  EXPECT_EQ(request.body, "{\"pageNum\":1}");
  EXPECT_FALSE(request.once);
  EXPECT_EQ(header_of(request, "content-type"), "application/json");
  EXPECT_EQ(header_of(request, "x-zc-service"), "bmc");
  EXPECT_EQ(header_of(request, "x-zc-version"), "2026-02-01");
  EXPECT_EQ(header_of(request, "x-zc-timestamp"), "1767225600");
  EXPECT_EQ(header_of(request, "x-zc-signature-method"), "ZC2-HMAC-SHA256");
  EXPECT_THAT(header_of(request, "authorization"),
              HasSubstr("ZC2-HMAC-SHA256 Credential=AKID-1, SignedHeaders=content-type;host, "));
  ASSERT_EQ(bench.observed.size(), 1U);
  EXPECT_EQ(bench.observed[0].code, "200");
  EXPECT_EQ(bench.observed[0].product, "bmc");
}

TEST(ApiClient, ATokenIsSentWithoutSignature) {
  Bench bench(ScriptedHttp({api_ok("{}")}), {account_named("a")}, [](const char* name) {
    return std::string_view(name) == "ZENLAYER_TOKEN" ? std::optional<std::string>("tok-en")
                                                      : std::nullopt;
  });
  ASSERT_TRUE(bench.one(read_call("a")));
  EXPECT_EQ(header_of(bench.http.seen[0], "authorization"), "Bearer tok-en");
  EXPECT_EQ(header_of(bench.http.seen[0], "x-zc-timestamp"), "");
}

TEST(ApiClient, ReadsAreRepeatedWithGrowingWaits) {
  const HttpResponse html = reply(502, "<html>");
  Bench bench(ScriptedHttp(
      {api_error(429, "REQUEST_LIMIT_EXCEEDED"), html, lost_answer(), api_ok("{\"n\":1}")}));
  const Result<ApiAnswer> answer = bench.one(read_call("a"));
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->response()["n"].integer(), 1);
  std::vector<Duration> waits = bench.clock.sleeps;
  ASSERT_EQ(waits.size(), 3U);
  for (std::size_t i = 0; i < waits.size(); ++i) {
    const Duration base = 1s * (1 << i);
    EXPECT_GE(waits[i], base);
    EXPECT_LE(waits[i], base * 3 / 2);
  }
  // Signed anew each time: the old timestamp would grow stale.
  EXPECT_NE(header_of(bench.http.seen[0], "x-zc-timestamp"),
            header_of(bench.http.seen[3], "x-zc-timestamp"));
  EXPECT_EQ(bench.observed[0].code, "REQUEST_LIMIT_EXCEEDED");
  EXPECT_EQ(bench.observed[1].code, "502");
  EXPECT_EQ(bench.observed[2].code, "NETWORK_ERROR");
}

TEST(ApiClient, WaitsAreReplayable) {
  const auto waits = [] {
    Bench bench(ScriptedHttp([](const HttpRequest&) { return reply(503, ""); }));
    EXPECT_FALSE(bench.one(read_call("a")));
    return bench.clock.sleeps;
  };
  EXPECT_EQ(waits(), waits());
}

TEST(ApiClient, ReadsGiveUpAfterAWhile) {
  Bench bench(ScriptedHttp([](const HttpRequest&) { return reply(503, ""); }));
  const Result<ApiAnswer> answer = bench.one(read_call("a"));
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().kind, ErrorKind::kTransient);
  EXPECT_EQ(answer.error().code, "503");
  EXPECT_EQ(bench.http.seen.size(), 4U);
}

TEST(ApiClient, HeedsRetryAfter) {
  Bench bench(ScriptedHttp(
      {api_error(429, "REQUEST_LIMIT_EXCEEDED", {{"Retry-After", "9"}}), api_ok("{}")}));
  const Duration start = bench.clock.monotonic();
  ASSERT_TRUE(bench.one(read_call("a")));
  EXPECT_GE(bench.clock.monotonic() - start, 9s);
}

struct ChangeCase {
  const char* what;
  HttpResponse http;
  std::optional<ErrorKind> kind;  ///< nullopt = accepted
};

TEST(ApiClient, AChangeIsSentOnceWhateverComesBack) {
  const ChangeCase cases[] = {
      {"accepted", api_ok(R"({"orderNumber":"9"})"), std::nullopt},
      {"never connected", no_connection(), ErrorKind::kTransient},
      {"lost", lost_answer(), ErrorKind::kUnknownOutcome},
      {"html 200", reply(200, "<html>"), ErrorKind::kUnknownOutcome},
      {"502", reply(502, "<html>"), ErrorKind::kUnknownOutcome},
      {"500", api_error(500, "INTERNAL_SERVER_ERROR"), ErrorKind::kUnknownOutcome},
      {"timed out there", api_error(400, "REQUEST_TIMED_OUT"), ErrorKind::kUnknownOutcome},
      {"redirect", reply(302, ""), ErrorKind::kUnknownOutcome},
      {"429", api_error(429, "REQUEST_LIMIT_EXCEEDED"), ErrorKind::kTransient},
      {"processing", api_error(403, "OPERATION_FAILED_INSTANCE_BANDWIDTH_PROCESSING"),
       ErrorKind::kTransient},
      {"planned", api_error(403, "OPERATION_DENIED_INSTANCE_EXIST_PLAN_BANDWIDTH"),
       ErrorKind::kTransient},
      {"too large", api_error(400, "INVALID_PARAMETER_BANDWIDTH_EXCEED"), ErrorKind::kInvalid},
      {"no money", api_error(400, "ACCOUNT_BALANCE_SHORT"), ErrorKind::kRefused},
      {"unmodified", api_error(400, "INVALID_INSTANCE_BANDWIDTH_UNMODIFIED"), std::nullopt},
      {"challenge", reply(403, "<html>", {{"cf-mitigated", "challenge"}}), ErrorKind::kRefused},
      {"signature", api_error(401, "AUTHFAILURE_SIGNATURE_FAILURE"), ErrorKind::kRefused},
      {"expired", api_error(401, "AUTHFAILURE_SIGNATURE_EXPIRED"), ErrorKind::kRefused},
      {"no right", api_error(403, "AUTHFAILURE_UNAUTHORIZED_OPERATION"), ErrorKind::kRefused},
  };
  for (const ChangeCase& c : cases) {
    Bench bench(ScriptedHttp([&](const HttpRequest&) { return c.http; }));
    const Result<ApiAnswer> answer = bench.one(change_call("a"));
    EXPECT_EQ(bench.http.seen.size(), 1U) << c.what;
    EXPECT_TRUE(bench.http.seen[0].once) << c.what;
    ASSERT_EQ(answer.has_value(), !c.kind.has_value()) << c.what;
    if (c.kind) {
      EXPECT_EQ(answer.error().kind, *c.kind) << c.what << ": " << answer.error().message;
    }
  }
}

TEST(ApiClient, NoChangeIsEverSentTwice) {
  // Whatever a server says, in whatever order, over many rounds: each change reaches the network at
  // most once, and a change that may have happened is never reported as one that did not.
  const std::vector<HttpResponse> pool = {
      // After these the change may have happened ...
      api_ok("{}"), lost_answer(), reply(200, "<html>"), reply(502, ""),
      api_error(500, "INTERNAL_SERVER_ERROR"),
      // ... and after these it did not.
      no_connection(), api_error(429, "REQUEST_LIMIT_EXCEEDED"),
      api_error(401, "AUTHFAILURE_SIGNATURE_FAILURE"),
      api_error(401, "AUTHFAILURE_SIGNATURE_EXPIRED", {{"Date", "Thu, 01 Jan 2026 02:00:00 GMT"}}),
      api_error(403, "AUTHFAILURE_UNAUTHORIZED_OPERATION"), reply(451, ""),
      api_error(403, "OPERATION_DENIED_INSTANCE_NOT_RUNNING"), api_error(400, "NEW_CODE")};
  constexpr std::size_t kMayHaveHappened = 5;
  std::size_t accepted = 0, unknown = 0;
  for (std::uint32_t seed = 1; seed <= 150; ++seed) {
    std::mt19937 random(seed);
    int password = 0;
    std::map<std::string, int> sent, happened;  // by body, which names the change
    Bench bench(ScriptedHttp([&](const HttpRequest& request) {
                  const std::size_t pick = random() % pool.size();
                  ++sent[request.body];
                  if (pick < kMayHaveHappened) ++happened[request.body];
                  return slow(pool[pick], Duration{random() % 3000});
                }),
                {account_named("a", 5), account_named("b", 2)}, [&](const char* name) {
                  return keys("pass-word-" + std::to_string(password++ / 6))(name);  // keys rotate
                });
    std::size_t number = 0;
    for (int round = 0; round < 6; ++round) {
      std::vector<ApiCall> calls;
      for (std::uint32_t i = random() % 8; i > 0; --i) {
        const std::string account = random() % 2 == 0 ? "a" : "b";
        if (random() % 3 == 0) calls.push_back(read_call(account));
        calls.push_back(change_call(account, "{\"n\":" + std::to_string(number++) + "}"));
      }
      const std::vector<Result<ApiAnswer>> answers = bench.client.call_all(calls);
      ASSERT_EQ(answers.size(), calls.size());
      for (std::size_t i = 0; i < calls.size(); ++i) {
        if (calls[i].effect != Effect::kChange) continue;
        const std::string& body = calls[i].body;
        EXPECT_LE(sent[body], 1) << body << " seed " << seed;
        const bool open = answers[i] || answers[i].error().kind == ErrorKind::kUnknownOutcome;
        EXPECT_EQ(open, happened[body] == 1) << body << " seed " << seed;
        (answers[i] ? accepted : unknown) += open ? 1 : 0;
      }
      bench.clock.advance(Duration{random() % 120'000});
    }
  }
  EXPECT_GT(accepted, 50U);  // the script is not so harsh that nothing was tried
  EXPECT_GT(unknown, 200U);
}

TEST(ApiClient, StaysWithinEachAccountsRate) {
  Bench bench(ScriptedHttp([](const HttpRequest&) { return api_ok("{}"); }),
              {account_named("a", 2), account_named("b", 50)});
  std::vector<ApiCall> calls(21, read_call("a"));
  calls.insert(calls.end(), 21, read_call("b"));
  const Duration start = bench.clock.monotonic();
  for (const Result<ApiAnswer>& answer : bench.client.call_all(calls)) EXPECT_TRUE(answer);
  EXPECT_GE(bench.clock.monotonic() - start, 9500ms);  // 21 at 2 a second, the first burst aside
  EXPECT_LE(bench.clock.monotonic() - start, 11s);
  EXPECT_GE(bench.http.batches[0], 20U);  // b did not wait for a
}

TEST(ApiClient, WhatDoesNotFitIntoTheRoundIsNotSent) {
  Bench bench(ScriptedHttp([](const HttpRequest&) { return api_ok("{}"); }),
              {account_named("a", 1)});
  const std::vector<ApiCall> calls(100, read_call("a"));
  const Duration start = bench.clock.monotonic();
  const std::vector<Result<ApiAnswer>> answers = bench.client.call_all(calls);
  EXPECT_LE(bench.clock.monotonic() - start, 31s);
  EXPECT_TRUE(answers.front());
  ASSERT_FALSE(answers.back());
  EXPECT_EQ(answers.back().error().kind, ErrorKind::kTransient);
  EXPECT_LT(bench.http.seen.size(), 40U);
}

TEST(ApiClient, AnInterruptedWaitEndsTheRound) {
  Bench bench(ScriptedHttp([](const HttpRequest&) { return reply(503, ""); }));
  bench.clock.interrupted = true;
  const Result<ApiAnswer> answer = bench.one(read_call("a"));
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().kind, ErrorKind::kTransient);
  EXPECT_EQ(bench.http.seen.size(), 1U);
}

TEST(ApiClient, ASilentAccountIsLeftAloneAndHoldsUpNobody) {
  Bench bench(ScriptedHttp([](const HttpRequest& request) {
                return request.url.starts_with("https://a.") ? slow(lost_answer(), request.timeout)
                                                             : api_ok("{}");
              }),
              {account_named("a"), account_named("b")});
  const auto count = [&] {
    std::size_t n = 0;
    for (const HttpRequest& request : bench.http.seen) n += request.url.starts_with("https://a.");
    return n;
  };
  const std::vector<ApiCall> calls = {read_call("a"), read_call("a"), read_call("b"),
                                      change_call("a")};
  std::vector<Result<ApiAnswer>> answers = bench.client.call_all(calls);
  EXPECT_TRUE(answers[2]);
  EXPECT_FALSE(answers[0]);
  const std::size_t before = count();
  const Duration start = bench.clock.monotonic();
  answers = bench.client.call_all(calls);  // at once again
  EXPECT_TRUE(answers[2]);
  EXPECT_EQ(answers[0].error().kind, ErrorKind::kTransient);
  EXPECT_EQ(answers[3].error().kind, ErrorKind::kTransient);  // certainly not sent
  EXPECT_EQ(count(), before);
  EXPECT_EQ(bench.clock.monotonic(), start);
  EXPECT_EQ(bench.client.changes_within("a", 1min), 0);
  EXPECT_THAT(bench.client.alarm("a"), HasSubstr("does not answer"));

  bench.clock.advance(20s);
  const std::vector<ApiCall> two = {read_call("a"), read_call("a"), read_call("b")};
  const Duration probe = bench.clock.monotonic();
  answers = bench.client.call_all(two);
  EXPECT_TRUE(answers[2]);
  EXPECT_EQ(count(), before + 1);  // one short probe
  EXPECT_LE(bench.clock.monotonic() - probe, 3s);
}

TEST(ApiClient, AnAccountThatAnswersAgainIsUsedAgain) {
  bool dead = true;
  Bench bench(
      ScriptedHttp([&](const HttpRequest&) { return dead ? no_connection() : api_ok("{}"); }));
  EXPECT_FALSE(bench.one(read_call("a")));
  EXPECT_FALSE(bench.one(read_call("a")));
  dead = false;
  bench.clock.advance(1min);
  const std::vector<ApiCall> calls(5, read_call("a"));
  for (const Result<ApiAnswer>& answer : bench.client.call_all(calls)) EXPECT_TRUE(answer);
  EXPECT_EQ(bench.client.alarm("a"), "");
}

TEST(ApiClient, ANetworkBlockIsALongPause) {
  Bench bench(ScriptedHttp(
      [](const HttpRequest&) { return reply(403, "<html>", {{"cf-mitigated", "challenge"}}); }));
  EXPECT_EQ(bench.one(read_call("a")).error().kind, ErrorKind::kRefused);
  EXPECT_EQ(bench.http.seen.size(), 1U);
  EXPECT_THAT(bench.client.alarm("a"), HasSubstr("SECURITY_CHALLENGE"));
  bench.clock.advance(9min);
  const Result<ApiAnswer> held = bench.one(change_call("a"));
  EXPECT_EQ(held.error().code, "SECURITY_CHALLENGE");
  EXPECT_EQ(bench.http.seen.size(), 1U);
  bench.clock.advance(2min);
  EXPECT_FALSE(bench.one(read_call("a")));
  EXPECT_EQ(bench.http.seen.size(), 2U);
  bench.clock.advance(11min);  // the second pause is longer
  EXPECT_FALSE(bench.one(read_call("a")));
  EXPECT_EQ(bench.http.seen.size(), 2U);
}

TEST(ApiClient, UnknownAccountsAndNoCallsAreAnswered) {
  Bench bench(ScriptedHttp(std::vector<HttpResponse>{}));
  EXPECT_TRUE(bench.client.call_all({}).empty());
  EXPECT_EQ(bench.one(read_call("nobody")).error().kind, ErrorKind::kInvalid);
  EXPECT_EQ(bench.client.changes_within("nobody", 1min), 0);
}

}  // namespace
}  // namespace penstock
