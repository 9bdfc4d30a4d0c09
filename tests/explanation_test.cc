// Explain from the desk to the terminal: the API's document and the text made of it.
#include "daemon/explanation.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "daemon/explain_command.h"
#include "tests/testing/api_fixture.h"

namespace penstock {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

std::shared_ptr<Explanation> an_explanation(const InstanceKey& key, std::uint64_t tick) {
  auto made = std::make_shared<Explanation>();
  made->at = testing::fleet_snapshot_at();
  made->tick = tick;
  made->instance = key;
  made->policy = "edge";
  made->rule_kinds = {"saturation"};
  Demand demand;
  for (int i = 0; i < 4; ++i) {
    const TimePoint at = made->at - 15s * (4 - i);
    demand.observe({.at = at, .span = 15s, .egress = Rate{i == 3 ? 100.0 : 40.0}}, Mbps{100},
                   at - 1h, kSaturatedAt);
  }
  add_traffic(*made, demand, made->at);
  made->trace.rules.push_back({0, Mbps{250}, false, {ReasonCode::kSaturated, {100, 250, 15, 1}}});
  made->trace.guards.push_back({{ReasonCode::kCooldown, {90}}, true});
  made->trace.guards.push_back({{ReasonCode::kPaused}, false});
  made->decision.from = made->decision.to = Mbps{100};
  made->decision.wish = Mbps{250};
  made->decision.reason = {ReasonCode::kCooldown, {90}};
  made->text = "bmc-1 at 100 Mbps: hold\n  because  cooldown: cooling\n  held by  cooldown: x\n";
  return made;
}

class ExplanationTest : public testing::ApiFixture {};

TEST_F(ExplanationTest, AsksOnceAndAnswersWhenItLiesOnTheDesk) {
  EXPECT_EQ(get("/api/v1/explain", {{"instance_id", "bmc-1"}}).status, 503) << "no tick yet";
  publish();
  const std::uint64_t tick = board_.latest()->tick;
  EXPECT_EQ(get("/api/v1/explain").status, 400);
  EXPECT_EQ(get("/api/v1/explain", {{"instance_id", "nosuch"}}).status, 404);
  EXPECT_EQ(get("/api/v1/explain", {{"instance_id", "bmc-1"}}).status, 202);
  EXPECT_EQ(get("/api/v1/explain", {{"instance_id", "bmc-1"}}).status, 202);
  const std::vector<InstanceKey> asked = desk_.asked();
  ASSERT_EQ(asked.size(), 1U) << "the same question is left once";
  EXPECT_EQ(asked[0], (InstanceKey{"main", "bmc-1"}));
  EXPECT_TRUE(desk_.asked().empty());
  if (tick > 0) desk_.put(an_explanation(asked[0], tick - 1));
  desk_.put(an_explanation(asked[0], tick));
  const JsonDocument page = parse(get("/api/v1/explain", {{"instance_id", "bmc-1"}}));
  const JsonValue root = page.root();
  EXPECT_EQ(root["instance"]["instance_id"].string(), "bmc-1");
  ASSERT_EQ(root["samples"].items().size(), 4U);
  EXPECT_EQ(root["samples"].items()[0]["evidence"].string(), "free") << "oldest first";
  EXPECT_EQ(root["samples"].items()[3]["evidence"].string(), "saturated");
  EXPECT_EQ(root["rules"].items()[0]["kind"].string(), "saturation");
  EXPECT_EQ(root["rules"].items()[0]["wants_mbps"].integer(), 250);
  EXPECT_EQ(root["rules"].items()[0]["numbers"].items().size(), 4U);
  EXPECT_EQ(root["guards"].items()[0]["held"].boolean(), true);
  EXPECT_EQ(root["guards"].items()[1]["held"].boolean(), false);
  EXPECT_EQ(root["decision"]["reason"].string(), "cooldown");
  EXPECT_EQ(root["spans"].items()[0]["largest_mbps"].number(), 100);
}

TEST_F(ExplanationTest, AnOldExplanationIsMadeAnew) {
  Snapshot snapshot = testing::fleet_snapshot();
  snapshot.tick = 10;
  board_.publish(std::make_shared<const Snapshot>(snapshot));
  desk_.put(an_explanation({"main", "bmc-1"}, 9));
  EXPECT_EQ(get("/api/v1/explain", {{"instance_id", "bmc-1"}}).status, 202);
  desk_.put(an_explanation({"main", "bmc-1"}, 11));
  EXPECT_EQ(get("/api/v1/explain", {{"instance_id", "bmc-1"}}).status, 200);
}

TEST(ExplainDesk, IsBounded) {
  ExplainDesk desk;
  for (std::size_t i = 0; i < ExplainDesk::kRoom; ++i) {
    EXPECT_TRUE(desk.ask({"main", std::to_string(i)}));
    desk.put(an_explanation({"main", std::to_string(i)}, 1));
  }
  EXPECT_FALSE(desk.ask({"main", "one more"}));
  desk.put(an_explanation({"main", "one more"}, 1));
  EXPECT_EQ(desk.find({"main", "0"}, 1), nullptr) << "the oldest makes room";
  EXPECT_NE(desk.find({"main", "1"}, 1), nullptr);
}

TEST_F(ExplanationTest, TheTextHasTheChartAndEveryLine) {
  publish();
  desk_.put(an_explanation({"main", "bmc-1"}, board_.latest()->tick));
  const JsonDocument page = parse(get("/api/v1/explain", {{"instance_id", "bmc-1"}}));
  const std::string plain = explain_text(page.root(), {.unicode = false});
  EXPECT_THAT(plain, HasSubstr("bmc in SIN-A, PREPAID, term ends 2026-01-20T00:00:00Z"));
  EXPECT_THAT(plain, HasSubstr("100 Mbps |"));
  EXPECT_THAT(plain, HasSubstr("\nbmc-1 at 100 Mbps: hold\n  because  cooldown"));
  EXPECT_THAT(plain, Not(HasSubstr("\x1b")));
  const std::string coloured = explain_text(page.root(), {.colour = true});
  EXPECT_THAT(coloured, HasSubstr("\x1b[33m  held by"));
}

}  // namespace
}  // namespace penstock
