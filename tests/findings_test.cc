#include "daemon/findings.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "daemon/json.h"
#include "daemon/support_command.h"
#include "tests/testing/fleet_snapshot.h"

namespace penstock {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST(Findings, ClockSkew) {
  EXPECT_EQ(judge_clock("main", std::nullopt).level, Finding::kNote);
  EXPECT_EQ(judge_clock("main", 2s).level, Finding::kFine);
  EXPECT_EQ(judge_clock("main", -59s).level, Finding::kFine);
  EXPECT_EQ(judge_clock("main", -61s).level, Finding::kWrong);
  EXPECT_THAT(judge_clock("main", 301s).text, HasSubstr("signatures are refused"));
}

TEST(Findings, UnitsThatAreOffSayByWhat) {
  const struct {
    double factor;
    Finding::Level level;
    const char* text;
  } rows[] = {{1, Finding::kFine, "1 times"},
              {0.9, Finding::kFine, "0.9 times"},
              {1.2, Finding::kFine, "1.2 times"},
              {0.125, Finding::kWrong, "an eighth of"},
              {8, Finding::kWrong, "8 times"},
              {1000, Finding::kWrong, "1,000 times"},
              {0.001, Finding::kWrong, "a thousandth of"},
              {1e6, Finding::kWrong, "a million times"},
              {1e-6, Finding::kWrong, "a millionth of"},
              {1.048576, Finding::kWrong, "1.05 times"},
              {2, Finding::kWrong, "2 times"},
              {0.5, Finding::kWrong, "0.5 times"}};
  for (const auto& row : rows) {
    std::vector<Compared> pairs;
    for (int i = 1; i <= 7; ++i) pairs.push_back({"vm", row.factor * 10 * i, 10.0 * i, Mbps{0}});
    const std::vector<Finding> found = judge_units("prometheus", pairs);
    ASSERT_EQ(found.size(), 1U);
    EXPECT_EQ(found[0].level, row.level) << row.factor;
    EXPECT_THAT(found[0].text, HasSubstr(row.text)) << row.factor;
    EXPECT_EQ(found[0].mend.empty(), row.level != Finding::kWrong);
  }
}

TEST(Findings, PrivateTrafficShowsAsMoreThanTheCap) {
  const std::vector<Finding> found =
      judge_units("prometheus", {{"vm-1", 300, 90, Mbps{100}}, {"vm-2", 50, 50, Mbps{100}}});
  ASSERT_FALSE(found.empty());
  EXPECT_EQ(found[0].level, Finding::kWrong);
  EXPECT_THAT(found[0].text, HasSubstr("vm-1 sends 300"));
  EXPECT_EQ(judge_units("x", {{"vm-1", 104, 100, Mbps{100}}})[0].level, Finding::kFine)
      << "a burst may pass the cap a little";
}

TEST(Findings, TooLittleTrafficProvesNothing) {
  EXPECT_EQ(judge_units("x", {})[0].level, Finding::kNote);
  EXPECT_EQ(judge_units("x", {{"vm", 8, 0.2, Mbps{100}}})[0].level, Finding::kNote);
}

TEST(Findings, RightsThatAreMissingSayWhatThatCosts) {
  Rights rights{.list = true, .status = true, .inquire = false};
  const std::vector<Finding> found = judge_rights("main", rights);
  std::size_t wrong = 0;
  for (const Finding& each : found) wrong += each.level == Finding::kWrong ? 1 : 0;
  EXPECT_EQ(wrong, 1U);
  EXPECT_FALSE(healthy(found));
  EXPECT_THAT(findings_text(found, false), HasSubstr("only what a [[tariff]] prices is ordered"));
}

TEST(Findings, SourcesAndMatches) {
  SourceView source{.name = "prometheus"};
  EXPECT_FALSE(healthy(judge_source(source))) << "no series";
  source.series = 10;
  EXPECT_TRUE(healthy(judge_source(source)));
  source.unmatched = 3;
  EXPECT_THAT(findings_text(judge_source(source), false), HasSubstr("3 of 10 usable series"));
  source.error = "connection refused";
  ASSERT_EQ(judge_source(source).size(), 1U);
  EXPECT_FALSE(healthy(judge_source(source)));
  EXPECT_TRUE(healthy(judge_source(source, false))) << "nobody asks it: a remark";
  Snapshot snapshot = testing::fleet_snapshot();
  snapshot.policies = {{.name = "edge", .instances = 2}, {.name = "idle"}};
  EXPECT_FALSE(healthy(judge_matches(snapshot)));
  const TimePoint began = snapshot.at + 1s;
  EXPECT_TRUE(judge_drift(snapshot, began).empty());
  snapshot.instances[0].record.drifted_at = snapshot.at;
  EXPECT_TRUE(judge_drift(snapshot, snapshot.at).empty()) << "found by this very pass";
  EXPECT_THAT(judge_drift(snapshot, began)[0].mend, HasSubstr("ignore_changes"));
}

TEST(Findings, TextAndJson) {
  const std::vector<Finding> found{{Finding::kFine, "a", "well", ""},
                                   {Finding::kWrong, "b\x1b", "ill", "mend it"}};
  EXPECT_EQ(findings_text(found, false),
            "ok    a: well\nWRONG b\\u{1b}: ill\n      -> mend it\n1 thing is wrong\n");
  Result<JsonDocument> json = JsonDocument::parse(findings_json(found));
  ASSERT_TRUE(json);
  EXPECT_EQ(json->root()["healthy"].boolean(), false);
  EXPECT_EQ(json->root()["findings"].items()[1]["mend"].string(), "mend it");
}

TEST(SupportBundle, BlotsOutSecretsAndHeaders) {
  const std::string text = without_secrets(
      "id = hunter22\nheaders = { X-Token = \"abc\" }\nurl = \"http://hunter22@h\"\nheaders\n",
      {"hunter22", ""});
  EXPECT_THAT(text, Not(HasSubstr("hunter22")));
  EXPECT_THAT(text, Not(HasSubstr("abc")));
  EXPECT_THAT(text, HasSubstr("headers = (left out)\nurl"));
}

}  // namespace
}  // namespace penstock
