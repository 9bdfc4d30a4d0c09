// Tokens with names and scopes: who may ask the API for what, and whom the record names.
#include "daemon/api_token.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "daemon/daemon_client.h"
#include "tests/testing/api_fixture.h"
#include "tests/testing/scripted_http.h"

namespace penstock {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

using Scopes = std::vector<TokenScope>;

class ApiTokenTest : public testing::ApiFixture {
 protected:
  /// Four tokens, each the word before its dash, and one whose file cannot be read.
  static AccessRules rules(bool reading, bool metrics) {
    AccessRules out;
    const auto add = [&](const std::string& name, const Scopes& scopes) {
      out.tokens.push_back(
          {{name, name, scopes}, [name] { return Result<Secret>(Secret(name + "-secret")); }});
    };
    out.tokens.push_back({{"lost", "lost", {TokenScope::kOperate}}, []() -> Result<Secret> {
                            return Error{.kind = ErrorKind::kInvalid, .message = "no such file"};
                          }});
    add("reader", {TokenScope::kRead});
    add("operator", {TokenScope::kOperate});
    add("approver", {TokenScope::kApprove});
    add("all", {TokenScope::kRead, TokenScope::kOperate, TokenScope::kApprove});
    out.read_needs_token = reading;
    out.metrics_need_token = metrics;
    return out;
  }

  ServerResponse ask(const std::string& method, const std::string& path, const std::string& token,
                     const std::string& body = "") const {
    ServerRequest made = request(method, path);
    if (!token.empty()) made.headers.emplace_back("Authorization", "Bearer " + token);
    if (method == "POST") made.headers.emplace_back("Content-Type", "application/json");
    made.body = body;
    return api_->answer(made);
  }
};

struct Route {
  const char* method;
  const char* path;
  const char* body;
  const char* scope;  ///< "" = open to all, whatever the rules
  bool metrics = false;
};
constexpr Route kRoutes[] = {
    {"GET", "/-/healthy", "", ""},
    {"GET", "/-/ready", "", ""},
    {"GET", "/", "", ""},
    {"GET", "/api/v1/openapi.json", "", ""},
    {"GET", "/metrics", "", "read", true},
    {"GET", "/api/v1/status", "", "read"},
    {"GET", "/api/v1/plan", "", "read"},
    {"GET", "/api/v1/instances", "", "read"},
    {"GET", "/api/v1/decisions", "", "read"},
    {"GET", "/api/v1/orders", "", "read"},
    {"GET", "/api/v1/policies", "", "read"},
    {"GET", "/api/v1/events", "", "read"},
    {"HEAD", "/api/v1/status", "", "read"},
    {"POST", "/api/v1/pause", R"({"all":true})", "operate"},
    {"POST", "/api/v1/resume", R"({"all":true})", "operate"},
    {"POST", "/api/v1/override", R"({"instance_id":"x","end":true})", "operate"},
    {"POST", "/-/reload", "", "operate"},
    {"POST", "/api/v1/approve", R"({"instance_id":"x","up_to":"80.00 USD"})", "approve"},
};

TEST_F(ApiTokenTest, EveryRouteNeedsItsScopeAndNoOther) {
  publish();
  for (const bool reading : {false, true}) {
    for (const bool metrics : {false, true}) {
      api_->admit_by(rules(reading, metrics));
      for (const Route& route : kRoutes) {
        const std::string scope = route.scope;
        const bool open =
            scope.empty() || (scope == "read" && !(route.metrics ? metrics : reading));
        const struct {
          const char* token;
          const char* has;
        } tokens[] = {{"", ""},
                      {"nonsense", ""},
                      {"reader", ""},
                      {"lost-secret", ""},
                      {"reader-secret", "read"},
                      {"operator-secret", "operate"},
                      {"approver-secret", "approve"},
                      {"all-secret", "read operate approve"}};
        for (const auto& each : tokens) {
          const bool has = std::string(each.has).find(scope) != std::string::npos && *each.has != 0;
          const bool known = *each.has != 0;
          const ServerResponse response = ask(route.method, route.path, each.token, route.body);
          const bool fine = response.status < 300 || response.status == 503;
          SCOPED_TRACE(std::string(route.method) + " " + route.path + " as " + each.token);
          EXPECT_EQ(fine, open || has) << response.status << response.body;
          if (fine) continue;
          EXPECT_EQ(response.status, known ? 403 : 401);
          EXPECT_THAT(response.body, HasSubstr("scope " + scope));
          EXPECT_THAT(response.body, Not(HasSubstr("-secret")));
          EXPECT_THAT(response.headers, ::testing::Contains(::testing::Key("WWW-Authenticate")));
        }
      }
    }
  }
}

TEST_F(ApiTokenTest, WithoutATokenNobodyReadsWhatNeedsOne) {
  publish();
  AccessRules nobody;
  nobody.read_needs_token = true;
  api_->admit_by(nobody);
  EXPECT_EQ(ask("GET", "/api/v1/status", "x").status, 403);
  EXPECT_EQ(ask("GET", "/-/healthy", "").status, 200);
}

TEST_F(ApiTokenTest, TheRecordNamesTheTokenAndWhatTheCallerSaysOfItself) {
  publish();
  api_->admit_by(rules(false, false));
  ASSERT_EQ(ask("POST", "/api/v1/pause", "operator-secret", R"({"all":true})").status, 200);
  EXPECT_EQ(pauses_.read(clock_.wall()).pause_of_fleet()->by, "token operator from 127.0.0.1");
  ASSERT_EQ(ask("POST", "/api/v1/pause", "all-secret",
                "{\"policy\":\"edge\",\"by\":\"ann\\u001b[31m\u202e\"}")
                .status,
            200);
  EXPECT_EQ(pauses_.read(clock_.wall()).pause_of_policy("edge")->by,
            "token all from 127.0.0.1, as ann\\u{1b}[31m\\u{202e}");
  EXPECT_EQ(ask("POST", "/-/reload", "operator-secret").status, 202);
  EXPECT_EQ(mailbox_.take().back().by, "token operator from 127.0.0.1");
}

// --- The files ---------------------------------------------------------------------------------

TEST(ApiTokenFiles, WhatIsWrongWithThemIsNoted) {
  const testing::TempFolder folder;
  const Scopes all{TokenScope::kRead};
  const std::string good = folder.write("good", "0123456789abcdef0123456789abcdef\n", true);
  const std::string same = folder.write("same", "0123456789abcdef0123456789abcdef\n", true);
  const std::string brief = folder.write("brief", "0123456789abcde\n", true);
  const std::string open = folder.write("open", "fedcba9876543210fedcba9876543210\n");
  EXPECT_THAT(token_notes({{"a", good, all}}), IsEmpty());
  const auto notes = token_notes({{"a", good, all},
                                  {"b", same, all},
                                  {"c", brief, all},
                                  {"d", open, all},
                                  {"e", folder.path() + "/none", all}});
  EXPECT_THAT(notes, ElementsAre(HasSubstr("token b: is the same as a's"),
                                 HasSubstr("token c: " + brief + " holds fewer than 16"),
                                 HasSubstr("token d: " + open + " is open to every user"),
                                 HasSubstr("token e: cannot read")));
  for (const std::string& note : notes) EXPECT_THAT(note, Not(HasSubstr("0123456789")));
}

TEST(ApiTokenFiles, ACommandTakesTheFirstThatItCanReadAndThatMayDoIt) {
  const testing::TempFolder folder;
  const std::string ours = folder.write("ours", "ours-secret\n", true);
  const std::string theirs = folder.path() + "/theirs";
  const std::vector<ApiToken> tokens{{"theirs", theirs, {TokenScope::kRead, TokenScope::kOperate}},
                                     {"ours", ours, {TokenScope::kOperate}}};
  EXPECT_EQ(find_token(tokens, TokenScope::kOperate)->expose(), "ours-secret");
  EXPECT_THAT(find_token(tokens, TokenScope::kRead).error().message, HasSubstr(theirs));
  EXPECT_THAT(find_token(tokens, TokenScope::kApprove).error().message,
              HasSubstr("no token with the scope approve"));
}

// --- The commands ------------------------------------------------------------------------------

TEST(ApiTokenClient, ShowsATokenOnlyWhereOneIsAskedFor) {
  const testing::TempFolder folder;
  Config config;
  config.state = folder.path();
  config.api_token_file = folder.write("api-token", "plain-secret\n", true);
  const std::string named = folder.write("named", "named-secret\n", true);
  const auto environment = [&](const char* name) -> std::optional<std::string> {
    if (std::string_view(name) != "PENSTOCK_TOKEN_FILE") return std::nullopt;
    return named;
  };
  const auto nothing = [](const char*) { return std::optional<std::string>(); };
  bool closed = false;
  ScriptedHttp http([&](const HttpRequest& asked) {
    return closed && header_of(asked, "authorization").empty() ? reply(401, "{}")
                                                               : reply(200, "{}");
  });
  DaemonClient daemon(http, address_of(config, nothing));
  ASSERT_TRUE(daemon.get("/api/v1/status"));
  ASSERT_EQ(http.seen.size(), 1U);
  EXPECT_EQ(header_of(http.seen[0], "authorization"), "");
  closed = true;
  ASSERT_TRUE(daemon.get("/api/v1/status"));
  ASSERT_EQ(http.seen.size(), 3U);
  EXPECT_EQ(header_of(http.seen[2], "authorization"), "Bearer plain-secret");
  ASSERT_TRUE(DaemonClient(http, address_of(config, environment))
                  .post("/api/v1/pause", "{}", TokenScope::kOperate));
  EXPECT_EQ(header_of(http.seen.back(), "authorization"), "Bearer named-secret");
}

}  // namespace
}  // namespace penstock
