// What the API changes, and who may change it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>

#include <set>
#include <string>

#include "daemon/api.h"
#include "tests/testing/api_fixture.h"

namespace penstock {
namespace {

using ::testing::HasSubstr;

class ApiChangeTest : public testing::ApiFixture {};

TEST_F(ApiChangeTest, ChangesNeedTheToken) {
  publish();
  const char* paths[] = {"/-/reload", "/api/v1/pause", "/api/v1/resume", "/api/v1/approve"};
  const std::vector<std::string> wrong = {"",         "Bearer ",        "Bearer s3cre",
                                          "Bearer x", "Bearer s3crets", "Basic s3cret",
                                          "s3cret",   "Bearer  s3cret"};
  for (const char* path : paths) {
    for (const std::string& authorization : wrong) {
      ServerRequest made = request("POST", path);
      if (!authorization.empty()) made.headers.emplace_back("Authorization", authorization);
      const ServerResponse response = api_->answer(made);
      EXPECT_EQ(response.status, 401) << path << " " << authorization;
      EXPECT_EQ(response.body.find("s3cret"), std::string::npos);
    }
    token_.clear();
    const ServerResponse response = post(path, "{\"all\":true}");
    EXPECT_EQ(response.status, 403);
    EXPECT_THAT(response.body, HasSubstr("api-token"));
    token_ = "s3cret";
  }
  EXPECT_TRUE(mailbox_.take().empty());
  EXPECT_TRUE(pauses_.read(clock_.wall()).instructions.empty());
}

TEST_F(ApiChangeTest, AWebPageCanNeitherReadNorChange) {
  publish();
  const struct {
    const char* host;
    bool allowed;
  } hosts[] = {{"127.0.0.1:19610", true},
               {"localhost", true},
               {"LOCALHOST:19610", true},
               {"[::1]:19610", true},
               {"192.0.2.7", true},
               {"penstock.example", true},
               {"Penstock.Example:443", true},
               {"evil.example", false},
               {"evil.example:19610", false},
               {"localhost.evil.example", false},
               {"127.0.0.1.evil.example", false}};
  for (const auto& row : hosts) {
    ServerRequest made = request("GET", "/api/v1/instances");
    made.headers = {{"Host", row.host}};
    EXPECT_EQ(api_->answer(made).status, row.allowed ? 200 : 421) << row.host;
    made.path = "/metrics";
    EXPECT_EQ(api_->answer(made).status, 200) << "a scraper may use any name";
  }
  const struct {
    std::pair<std::string, std::string> header;
    int status;
  } rows[] = {
      {{"Origin", "http://127.0.0.1:19610"}, 200}, {{"Origin", "http://127.0.0.1:3000"}, 403},
      {{"Origin", "https://evil.example"}, 403},   {{"Origin", "null"}, 403},
      {{"Sec-Fetch-Site", "same-origin"}, 200},    {{"Sec-Fetch-Site", "none"}, 200},
      {{"Sec-Fetch-Site", "cross-site"}, 403},     {{"Sec-Fetch-Site", "same-site"}, 403}};
  for (const auto& row : rows) {
    ServerRequest made = request("POST", "/api/v1/pause");
    made.headers.emplace_back("Authorization", "Bearer s3cret");
    made.headers.emplace_back("Content-Type", "application/json; charset=utf-8");
    made.headers.push_back(row.header);
    made.body = "{\"all\":true}";
    EXPECT_EQ(api_->answer(made).status, row.status) << row.header.second;
  }
  for (const char* type : {"text/plain", "application/x-www-form-urlencoded", ""}) {
    ServerRequest made = request("POST", "/api/v1/pause");
    made.headers.emplace_back("Authorization", "Bearer s3cret");
    made.headers.emplace_back("Content-Type", type);
    made.body = "{\"all\":true}";
    EXPECT_EQ(api_->answer(made).status, 415) << type;
  }
}

TEST_F(ApiChangeTest, PausesAndResumes) {
  publish();
  const TimePoint now = clock_.wall();
  EXPECT_EQ(post("/api/v1/pause", R"({"all":true,"reason":"invoice"})").status, 200);
  EXPECT_TRUE(pauses_.read(now).fleet_paused());
  EXPECT_EQ(pauses_.read(now).pause_of_fleet()->reason, "invoice");
  EXPECT_EQ(pauses_.read(now).pause_of_fleet()->by, "token api-token from 127.0.0.1");
  auto commands = mailbox_.take();
  ASSERT_EQ(commands.size(), 1U);
  EXPECT_EQ(commands[0].kind, Command::Kind::kLook);

  EXPECT_EQ(post("/api/v1/pause", R"({"policy":"edge","for":"2h"})").status, 200);
  EXPECT_EQ(post("/api/v1/pause",
                 R"({"instance_id":"vm-2","account":"main","until":"2026-01-16T00:00:00Z"})")
                .status,
            200);
  Standing standing = pauses_.read(now);
  ASSERT_NE(standing.pause_of_policy("edge"), nullptr);
  EXPECT_EQ(standing.pause_of_policy("edge")->until, now + 2h);
  ASSERT_NE(standing.pause_of({"main", "vm-2"}), nullptr);
  EXPECT_EQ(standing.pause_of({"second", "vm-2"}), nullptr);

  const ServerResponse resumed = post("/api/v1/resume", R"({"all":true})");
  EXPECT_EQ(parse(resumed).root()["was_paused"].boolean(), true);
  EXPECT_FALSE(pauses_.read(now).fleet_paused());
  EXPECT_EQ(parse(post("/api/v1/resume", R"({"policy":"edge"})")).root()["was_paused"].boolean(),
            true);
  EXPECT_EQ(parse(post("/api/v1/resume", R"({"policy":"edge"})")).root()["was_paused"].boolean(),
            false);
  EXPECT_EQ(post("/api/v1/resume", R"({"account":"main"})").status, 200);
  EXPECT_EQ(post("/api/v1/resume", R"({"instance_id":"vm-2","account":"main"})").status, 200);
  standing = pauses_.read(now);
  EXPECT_EQ(standing.pause_of({"main", "vm-2"}), nullptr);
  std::set<std::string> left;
  for (const Instruction& each : standing.instructions) left.insert(each.file_name());
  EXPECT_EQ(left, (std::set<std::string>{"resume-all", "resume-account@main",
                                         "resume-instance@main@vm-2"}))
      << "breakers, drift and alarms are the loop's to clear";
}

TEST_F(ApiChangeTest, RefusesAChangeItDoesNotUnderstand) {
  const struct {
    const char* path;
    const char* body;
    const char* message;
  } rows[] = {
      {"pause", "", "must be a JSON object"},
      {"pause", "[]", "must be a JSON object"},
      {"pause", "{", "must be a JSON object"},
      {"pause", "{}", "name one of"},
      {"pause", R"({"all":false})", "must be true"},
      {"pause", R"({"all":true,"policy":"x"})", "name one of"},
      {"pause", R"({"policy":7})", "must be a string"},
      {"pause", R"({"policy":""})", "name one of"},
      {"pause", R"({"polcy":"x"})", "is not known here"},
      {"pause", R"({"account":"main"})", "name one of"},
      {"pause", R"({"policy":"x","account":"main"})", "goes with nothing else"},
      {"pause", R"({"all":true,"for":"2"})", "must be a duration"},
      {"pause", R"({"all":true,"for":"0s"})", "must be a duration"},
      {"pause", R"({"all":true,"for":"9000d"})", "must be a duration"},
      {"pause", R"({"all":true,"until":"2020-01-01T00:00:00Z"})", "in the future"},
      {"pause", R"({"all":true,"for":"1h","until":"2030-01-01T00:00:00Z"})", "not both"},
      {"resume", R"({"all":true,"for":"1h"})", "is not known here"},
      {"resume", "{}", "or \\\"account\\\""},
  };
  for (const auto& row : rows) {
    const ServerResponse response = post(std::string("/api/v1/") + row.path, row.body);
    EXPECT_EQ(response.status, 400) << row.body;
    EXPECT_THAT(response.body, HasSubstr(row.message)) << row.body;
  }
  EXPECT_EQ(post("/api/v1/pause", R"({"policy":")" + std::string(300, 'x') + "\"}").status, 400);
  EXPECT_TRUE(pauses_.read(clock_.wall()).instructions.empty());
  EXPECT_TRUE(mailbox_.take().empty());
}

TEST_F(ApiChangeTest, ReloadIsLeftToTheLoop) {
  EXPECT_EQ(post("/-/reload", "").status, 202);
  const auto commands = mailbox_.take();
  ASSERT_EQ(commands.size(), 1U);
  EXPECT_EQ(commands[0].kind, Command::Kind::kReload);
  for (std::size_t i = 0; i < Mailbox::kRoom; ++i) EXPECT_EQ(post("/-/reload", "").status, 202);
  EXPECT_EQ(post("/-/reload", "").status, 503) << "a loop that does not read is not piled up on";
}

TEST_F(ApiChangeTest, WithoutAJournalThePastIsUnavailableAndTheRestIsNot) {
  publish();
  const Api api({"1.2.3", {}}, {board_, instruments_, clock_, nullptr, pauses_, mailbox_, desk_});
  EXPECT_EQ(api.answer(request("GET", "/api/v1/orders")).status, 503);
  EXPECT_EQ(api.answer(request("GET", "/api/v1/decisions")).status, 503);
  EXPECT_EQ(api.answer(request("GET", "/api/v1/instances")).status, 200);
  EXPECT_EQ(api.answer(request("POST", "/-/reload")).status, 403) << "no token is configured";
}

TEST(Mailbox, WakesWhoWaitsAndIsEmptiedAtOnce) {
  Mailbox mailbox;
  pollfd ready{mailbox.fd(), POLLIN, 0};
  EXPECT_EQ(poll(&ready, 1, 0), 0);
  EXPECT_TRUE(mailbox.post({Command::Kind::kLook, "a"}));
  EXPECT_TRUE(mailbox.post({Command::Kind::kReload, "b"}));
  EXPECT_EQ(poll(&ready, 1, 0), 1);
  const auto commands = mailbox.take();
  ASSERT_EQ(commands.size(), 2U);
  EXPECT_EQ(commands[0].by, "a");
  EXPECT_EQ(poll(&ready, 1, 0), 0);
  EXPECT_TRUE(mailbox.take().empty());
}

TEST_F(ApiChangeTest, AnOverrideHasASizeAReasonAndAnEnd) {
  publish();
  const char* wrong[] = {R"({"instance_id":"vm-1"})",
                         R"({"instance_id":"vm-1","cap_mbps":0,"for":"1h","reason":"r"})",
                         R"({"instance_id":"vm-1","cap_mbps":"many","for":"1h","reason":"r"})",
                         R"({"instance_id":"vm-1","cap_mbps":300,"reason":"r"})",
                         R"({"instance_id":"vm-1","cap_mbps":300,"for":"1h"})",
                         R"({"policy":"edge","cap_mbps":300,"for":"1h","reason":"r"})",
                         R"({"all":true,"cap_mbps":300,"for":"1h","reason":"r"})",
                         R"({"instance_id":"vm-1","end":false})"};
  for (const char* body : wrong) EXPECT_EQ(post("/api/v1/override", body).status, 400) << body;
  EXPECT_EQ(post("/api/v1/pause", R"({"all":true,"end":true})").status, 400);
  const TimePoint now = clock_.wall();
  EXPECT_TRUE(pauses_.read(now).instructions.empty());
  const char* given =
      R"({"instance_id":"vm-1","account":"main","cap_mbps":300,"for":"1h","reason":"launch","by":"ann"})";
  ASSERT_EQ(post("/api/v1/override", given).status, 200);
  const Standing standing = pauses_.read(now);
  const Instruction* pin = standing.pin_of({"main", "vm-1"});
  ASSERT_NE(pin, nullptr);
  EXPECT_EQ(pin->cap, Mbps{300});
  EXPECT_EQ(pin->until, now + 1h);
  EXPECT_EQ(pin->by, "token api-token from 127.0.0.1, as ann");
  const char* end = R"({"instance_id":"vm-1","account":"main","end":true})";
  EXPECT_EQ(parse(post("/api/v1/override", end)).root()["stood"].boolean(), true);
  EXPECT_EQ(parse(post("/api/v1/override", end)).root()["stood"].boolean(), false);
  EXPECT_TRUE(pauses_.read(now).instructions.empty());
}

TEST_F(ApiChangeTest, AnApprovalHasAnInstanceAnAmountAndAnEnd) {
  publish();
  const char* wrong[] = {R"({"all":true,"up_to":"80.00 USD"})",
                         R"({"policy":"edge","up_to":"80.00 USD"})",
                         R"({"instance_id":"vm-1"})",
                         R"({"instance_id":"vm-1","up_to":"0.00 USD"})",
                         R"({"instance_id":"vm-1","up_to":"80 EUR"})",
                         R"({"instance_id":"vm-1","up_to":80})",
                         R"({"instance_id":"vm-1","up_to":"80.00 USD","for":"32d"})"};
  for (const char* body : wrong) EXPECT_EQ(post("/api/v1/approve", body).status, 400) << body;
  EXPECT_EQ(post("/api/v1/pause", R"({"all":true,"up_to":"80.00 USD"})").status, 400);
  const TimePoint now = clock_.wall();
  EXPECT_TRUE(pauses_.read(now).instructions.empty());
  ASSERT_EQ(post("/api/v1/approve",
                 R"({"instance_id":"vm-1","account":"main","up_to":"80.50 USD","reason":"launch"})")
                .status,
            200);
  const Standing standing = pauses_.read(now);
  const Instruction* approval = standing.approval_of({"main", "vm-1"});
  ASSERT_NE(approval, nullptr);
  EXPECT_EQ(approval->up_to, Money::from_micros(80'500'000));
  EXPECT_EQ(approval->until, now + 24h);
  EXPECT_EQ(approval->at, now) << "tells it from an earlier one";
  EXPECT_EQ(approval->reason, "launch");
  EXPECT_EQ(standing.approval_of({"main", "vm-2"}), nullptr);
}

}  // namespace
}  // namespace penstock
