#include "daemon/report.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace penstock {
namespace {

using ::testing::HasSubstr;

JsonDocument parse(std::string_view text) {
  Result<JsonDocument> document = JsonDocument::parse(text);
  EXPECT_TRUE(document) << text;
  return *std::move(document);
}

MonthReport a_report() {
  const JsonDocument orders = parse(R"([
    {"id":4,"planned_at":"2026-01-20T08:00:00Z","account":"main","instance_id":"gone","policy":"edge",
     "kind":"upgrade","from_mbps":10,"to_mbps":20,"state":"rejected","reserved_month":"5.00",
     "charged":null,"reason":"saturated","why":"saturated"},
    {"id":3,"planned_at":"2026-01-15T08:00:00Z","account":"main","instance_id":"b","policy":"core",
     "kind":"upgrade","from_mbps":100,"to_mbps":150,"state":"effective","reserved_month":"10.00",
     "charged":null,"reason":"override","why":"pinned"},
    {"id":2,"planned_at":"2026-01-10T08:00:00Z","account":"main","instance_id":"a","policy":"edge",
     "kind":"schedule-downgrade","from_mbps":400,"to_mbps":100,"state":"scheduled",
     "reserved_month":"0.00","charged":null,"reason":"quiet","why":"quiet"},
    {"id":1,"planned_at":"2026-01-05T08:00:00Z","account":"main","instance_id":"a","policy":"edge",
     "kind":"upgrade","from_mbps":200,"to_mbps":400,"state":"effective","reserved_month":"50.00",
     "charged":"48.20","order_number":"O-1","reason":"saturated","why":"saturated"}])");
  const JsonDocument instances = parse(R"([
    {"account":"main","instance_id":"a","name":"=1+1","zone":"SIN-A","resource_group":"web",
     "tags":{"role":"edge"},"policy":"edge","cap_mbps":400,"scheduled_cap_mbps":100,
     "included_mbps":0,"month_price":"800.00","gone":false
},
    {"account":"main","instance_id":"b","name":"b","zone":"SIN-A","resource_group":null,"tags":{},
     "policy":"core","cap_mbps":150,"scheduled_cap_mbps":null,"included_mbps":50,
     "month_price":"200.00","gone":false},
    {"account":"main","instance_id":"c","policy":"core","cap_mbps":5,"month_price":null}])");
  return month_report("2026-01", orders.root().items(), instances.root().items());
}

TEST(Report, SumsCountWhatTookEffectAndPreferTheRealCharge) {
  const MonthReport report = a_report();
  ASSERT_EQ(report.lines.size(), 4U);
  EXPECT_EQ(report.lines.front().id, 1) << "oldest first";
  EXPECT_FALSE(report.lines.back().counts) << "refused: nothing was paid";
  EXPECT_EQ(report.total.orders, 3U);
  EXPECT_EQ(report.total.money, Money::from_micros(58'200'000));
  EXPECT_EQ(report.sums.at("policy").at("edge").money, Money::from_micros(48'200'000));
  EXPECT_EQ(report.sums.at("zone").at("SIN-A").orders, 3U);
  EXPECT_EQ(report.sums.at("tag role").at("edge").orders, 2U);
  EXPECT_EQ(report.sums.at("resource group").at("-").orders, 1U);
  EXPECT_EQ(report.lines[2].who, "operator");
}

TEST(Report, RenewalAndBaseline) {
  const MonthReport report = a_report();
  EXPECT_EQ(report.priced, 2U);
  EXPECT_EQ(report.unpriced, 1U);
  // a renews at 100 of 400 Mbps: 200; b stays at 150, of which 50 are included: 200.
  EXPECT_EQ(report.renewal, Money::from_units(400));
  EXPECT_EQ(report.baseline_renewal, Money::from_units(1000));
}

TEST(Report, EveryFormatSaysTheSame) {
  const MonthReport report = a_report();
  EXPECT_THAT(report_text(report, false), HasSubstr("saved 600.00 USD"));
  EXPECT_THAT(report_text(report, false), HasSubstr("1 instances are in neither figure"));
  const std::string csv = report_csv(report);
  EXPECT_EQ(std::count(csv.begin(), csv.end(), '\n'), 5);
  EXPECT_THAT(csv, HasSubstr(",'=1+1,")) << "a name is no formula";
  EXPECT_THAT(csv, HasSubstr("1,2026-01-05T08:00:00Z,main,a,"));
  const JsonDocument json = parse(report_json(report));
  EXPECT_EQ(json.root()["total"]["money"].string(), "58.20");
  EXPECT_EQ(json.root()["saved"].string(), "600.00");
  EXPECT_EQ(json.root()["orders"].items().size(), 4U);
  EXPECT_EQ(json.root()["sums"]["policy"]["core"]["money"].string(), "10.00");
}

TEST(Report, MonthsAreCalendarMonths) {
  const auto span = month_span("2025-12");
  ASSERT_TRUE(span);
  EXPECT_EQ(format(span->first), "2025-12-01T00:00:00Z");
  EXPECT_EQ(format(span->second), "2026-01-01T00:00:00Z");
  for (const char* wrong : {"", "2026", "2026-13", "2026-00", "26-01", "2026-1", "2026-01-01",
                            "2026/01", "abcd-ef", "1999-01"}) {
    EXPECT_FALSE(month_span(wrong)) << wrong;
  }
}

TEST(Report, TheEventOfAnApprovalTellsWhoGaveIt) {
  const auto by = approver_of(
      "approve@main@i-1@1767225600000 order 7 at 50.00 USD, approved up to 60.00 USD by ann: by 9");
  ASSERT_TRUE(by);
  EXPECT_EQ(by->first, 7);
  EXPECT_EQ(by->second, "ann");
  for (const char* text : {"", "approve@main@i-1@1", "order 7 by ann", "approve@a@b@1 order x by y",
                           "pause-all: order 7 by ann"}) {
    EXPECT_FALSE(approver_of(text)) << text;
  }
}

}  // namespace
}  // namespace penstock
