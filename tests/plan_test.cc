#include "daemon/plan.h"

#include <gtest/gtest.h>

#include "tests/testing/fleet_snapshot.h"

namespace penstock {
namespace {

TEST(Plan, OneDocumentSaysWhatChangesAndWhy) {
  const Snapshot snapshot = testing::fleet_snapshot();
  const std::string text = plan_json(snapshot, {"no price inquiry was made"});
  Result<JsonDocument> document = JsonDocument::parse(text);
  ASSERT_TRUE(document) << text;
  const JsonValue plan = document->root();
  EXPECT_EQ(plan["at"].string(), "2026-01-15T12:00:00Z");
  EXPECT_EQ(plan["unknown"].items().size(), 1U);
  std::size_t due = 0;
  for (const InstanceView& view : snapshot.instances)
    due += view.decision.action != Action::kHold ? 1 : 0;
  ASSERT_GT(due, 0U) << "the test's fleet has something due";
  EXPECT_EQ(plan["changes"].items().size(), due);
  EXPECT_TRUE(changes_due(plan));
  const JsonValue change = plan["changes"].items().front();
  for (const char* key : {"instance_id", "account", "policy", "mode", "action", "now_mbps",
                          "target_mbps", "reason", "sentence"}) {
    EXPECT_TRUE(change[key].exists()) << key;
  }
}

TEST(Plan, ACutSaysWhatItSavesATerm) {
  const struct {
    const char* what;
    std::optional<Money> month_price;
    std::optional<int> months;
    Charge charge;
    const char* per_month;
    const char* per_term;
  } rows[] = {
      {"a quarter", Money::from_units(200), 3, Charge::kPrepaid, "120.00", "360.00"},
      {"no period", Money::from_units(200), {}, Charge::kPrepaid, "120.00", "120.00"},
      {"postpaid", Money::from_units(200), 12, Charge::kPostpaid, "120.00", "120.00"},
      {"no price", {}, 1, Charge::kPrepaid, "", ""},
  };
  for (const auto& row : rows) {
    SCOPED_TRACE(row.what);
    Snapshot snapshot = testing::fleet_snapshot();
    snapshot.instances.resize(1);
    InstanceView& view = snapshot.instances.front();
    Instance instance = *view.instance;
    instance.internet_charge = InternetCharge::kByBandwidth;
    instance.charge = row.charge;
    instance.period_months = row.months;
    instance.included = Mbps{0};
    view.instance = std::make_shared<const Instance>(instance);
    view.month_price = row.month_price;
    view.decision = {};
    view.decision.action = Action::kScheduleDowngrade;
    view.decision.from = Mbps{100};
    view.decision.to = view.decision.wish = Mbps{40};
    Result<JsonDocument> document = JsonDocument::parse(plan_json(snapshot, {}));
    ASSERT_TRUE(document);
    const JsonValue plan = document->root();
    const JsonValue saves = plan["changes"].items().front()["saves"];
    ASSERT_EQ(saves.exists(), row.month_price.has_value());
    EXPECT_EQ(plan["totals"]["cuts_without_price"].integer(), row.month_price ? 0 : 1);
    const std::string text = plan_text(plan, false);
    if (!row.month_price) continue;
    EXPECT_EQ(saves["per_month"].string(), row.per_month);
    EXPECT_EQ(saves["per_term"].string(), row.per_term);
    EXPECT_EQ(plan["totals"]["saves_per_term"].string(), row.per_term);
    EXPECT_NE(text.find(std::string("saves ") + row.per_term + " USD a term"), std::string::npos)
        << text;
  }
}

TEST(Plan, ObservedChangesAreShownButNotDue) {
  Snapshot snapshot = testing::fleet_snapshot();
  for (InstanceView& view : snapshot.instances) {
    view.mode = Mode::kObserve;
    view.decision.action = Action::kHold;
    view.decision.from = Mbps{100};
    view.decision.to = Mbps{100};
    view.decision.wish = Mbps{150};
    view.decision.reason = {ReasonCode::kObserve, {100, 150}};
  }
  Result<JsonDocument> document = JsonDocument::parse(plan_json(snapshot, {}));
  ASSERT_TRUE(document);
  EXPECT_EQ(document->root()["changes"].items().size(), snapshot.instances.size());
  EXPECT_FALSE(changes_due(document->root()));
  EXPECT_NE(plan_text(document->root(), false).find("only observed"), std::string::npos);
}

TEST(Plan, TextIsHarmlessWhateverTheNames) {
  Snapshot snapshot = testing::fleet_snapshot();
  Result<JsonDocument> document = JsonDocument::parse(plan_json(snapshot, {}));
  ASSERT_TRUE(document);
  const std::string text = plan_text(document->root(), false);
  EXPECT_EQ(text.find('\x1b'), std::string::npos);
  EXPECT_NE(text.find("INSTANCE"), std::string::npos);
}

}  // namespace
}  // namespace penstock
