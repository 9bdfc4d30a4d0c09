// What a policy file says arrives in the policy, key by key, and nothing else does. That wrong
// files give their messages is config_files_test.
#include "policies/policy_file.h"

#include <gtest/gtest.h>

#include "daemon/clock.h"

namespace penstock {
namespace {

using namespace std::chrono_literals;

PolicySet load(const std::string& text) {
  const PolicyText file{"p.toml", text};
  return load_policies({&file, 1}, {.zone = load_time_zone});
}

Policy only(const std::string& text) {
  PolicySet set = load(text);
  EXPECT_EQ(set.policies.size(), 1U) << render(set.problems);
  return set.policies.empty() ? Policy{} : std::move(set.policies[0]);
}

TEST(PolicyFile, EveryKeyArrives) {
  const Policy p = only(R"(
[[policy]]
name = "edge-1"
mode = "enforce"
priority = -5
canary_share = 0.25
drift_hold = "2d"
instance_series = "changed"

[policy.match]
account = ["main"]
product = ["bmc", "vm"]
charge = ["PREPAID"]
internet_charge = ["ByBandwidthCluster"]
id = ["i-*"]
name = ["web*"]
hostname = ["*.net"]
zone = ["SIN-*"]
type = ["m6"]
resource_group = ["rg"]
tags = { role = "edge", stage = ["a", "b*"] }
not = { name = ["test-*"] }

[policy.traffic]
source = "prom"
query = "egress"
key = "host"
join = "tag:host"
unit = "bytes/s"
window = "5m"
max_age = "90s"
least_coverage = 0.75
saturated_at = 0.9

[policy.bounds]
min = "50 Mbps"
max = "2 Gbps"
step = "10 Mbps"

[policy.upgrade]
cooldown = "3m"
max_price = "200.50 USD"

[policy.downgrade]
window = "48h"
freeze = "2h"
agreement = "20m"
cooldown = "90m"
least = "5 Mbps"
least_share = 0.1
max_replacements = 7

[policy.budget]
per_month = "1500 USD"

[[policy.rule]]
kind = "fixed"
bandwidth = "60 Mbps"

[[policy.freeze]]
days = ["Sun"]
)");
  EXPECT_EQ(p.name, "edge-1");
  EXPECT_EQ(p.file, "p.toml");
  EXPECT_EQ(p.mode, Mode::kEnforce);
  EXPECT_EQ(p.priority, -5);
  EXPECT_EQ(p.canary_share, 0.25);
  EXPECT_EQ(p.drift_hold, std::chrono::hours{48});
  EXPECT_EQ(p.instance_series, InstanceSeries::kChanged);
  const Match expected{
      .account = {"main"},
      .id = {"i-*"},
      .name = {"web*"},
      .hostname = {"*.net"},
      .zone = {"SIN-*"},
      .type = {"m6"},
      .resource_group = {"rg"},
      .product = {Product::kBmc, Product::kVm},
      .charge = {Charge::kPrepaid},
      .internet_charge = {InternetCharge::kBandwidthCluster},
      .tags = {{"role", {"edge"}}, {"stage", {"a", "b*"}}},
      .exclude = {Match{.name = {"test-*"}}},
  };
  EXPECT_EQ(p.match, expected);
  EXPECT_EQ(p.traffic.source, "prom");
  EXPECT_EQ(p.traffic.query, "egress");
  EXPECT_EQ(p.traffic.key, "host");
  EXPECT_EQ(p.traffic.join, Join::kTag);
  EXPECT_EQ(p.traffic.join_tag, "host");
  EXPECT_EQ(p.traffic.unit, TrafficUnit::kBytesPerSecond);
  EXPECT_EQ(p.traffic.window, 5min);
  EXPECT_EQ(p.traffic.max_age, 90s);
  EXPECT_EQ(p.traffic.least_coverage, 0.75);
  EXPECT_EQ(p.traffic.saturated_at, 0.9);
  EXPECT_EQ(p.bounds.min, Mbps{50});
  EXPECT_EQ(p.bounds.max, Mbps{2000});
  EXPECT_EQ(p.bounds.step, Mbps{10});
  EXPECT_EQ(p.upgrade.cooldown, 3min);
  EXPECT_EQ(p.upgrade.max_price, Money::from_micros(200'500'000));
  EXPECT_EQ(p.downgrade.window, std::chrono::hours{48});
  EXPECT_EQ(p.downgrade.freeze, std::chrono::hours{2});
  EXPECT_EQ(p.downgrade.agreement, 20min);
  EXPECT_EQ(p.downgrade.cooldown, 90min);
  EXPECT_EQ(p.downgrade.least, Mbps{5});
  EXPECT_EQ(p.downgrade.least_share, 0.1);
  EXPECT_EQ(p.downgrade.max_replacements, 7);
  EXPECT_EQ(p.budget.per_month, Money::from_units(1500));
  ASSERT_EQ(p.rules.size(), 1U);
  EXPECT_EQ(std::get<FixedRule>(p.rules[0]).bandwidth, Mbps{60});
  ASSERT_EQ(p.freezes.size(), 1U);
  EXPECT_EQ(p.freezes[0].when.days, std::vector{std::chrono::Sunday});
}

constexpr const char* kHead = "[[policy]]\nname = \"a\"\nmatch = {}\n";

TEST(PolicyFile, EveryKeyOfEveryRuleArrives) {
  const Policy p = only(std::string(kHead) + R"(
[[policy.rule]]
kind = "saturation"
samples = 2
grow = 1.5
surge_grow = 3
quiet = "12h"
headroom = 1.3

[[policy.rule]]
kind = "utilization"
target = 0.6
tolerance = 0.05
look_back = "10m"
quiet = "2h"

[[policy.rule]]
kind = "step"
above = 0.75
below = 0.25
up = "100 Mbps"
down_share = 0.5
samples = 4

[[policy.rule]]
kind = "percentile"
percentile = 99.5
headroom = 1.25
least_history = "3d"

[[policy.rule]]
kind = "schedule"
days = ["Fri-Mon", "Mon"]
dates = [2026-12-25, "2026-12-26..2026-12-28"]
from = 18:30:00
to = "02:15:30"
time_zone = "Europe/Berlin"
at_least = "800 Mbps"
at_most = "1 Gbps"
)");
  ASSERT_EQ(p.rules.size(), 5U);
  const auto& saturation = std::get<SaturationRule>(p.rules[0]);
  EXPECT_EQ(saturation.samples, 2U);
  EXPECT_EQ(saturation.grow, 1.5);
  EXPECT_EQ(saturation.surge_grow, 3);
  EXPECT_EQ(saturation.quiet, std::chrono::hours{12});
  EXPECT_EQ(saturation.headroom, 1.3);
  const auto& utilization = std::get<UtilizationRule>(p.rules[1]);
  EXPECT_EQ(utilization.target, 0.6);
  EXPECT_EQ(utilization.tolerance, 0.05);
  EXPECT_EQ(utilization.look_back, 10min);
  EXPECT_EQ(utilization.quiet, std::chrono::hours{2});
  const auto& step = std::get<StepRule>(p.rules[2]);
  EXPECT_EQ(step.above, 0.75);
  EXPECT_EQ(step.below, 0.25);
  EXPECT_EQ(step.up, Mbps{100});
  EXPECT_EQ(step.down, Mbps{0});
  EXPECT_EQ(step.down_share, 0.5);
  EXPECT_EQ(step.samples, 4U);
  const auto& percentile = std::get<PercentileRule>(p.rules[3]);
  EXPECT_EQ(percentile.percentile, 99.5);
  EXPECT_EQ(percentile.headroom, 1.25);
  EXPECT_EQ(percentile.least_history, std::chrono::hours{72});
  const auto& schedule = std::get<ScheduleRule>(p.rules[4]);
  using std::chrono::Friday, std::chrono::Saturday, std::chrono::Sunday, std::chrono::Monday;
  EXPECT_EQ(schedule.days, (std::vector{Friday, Saturday, Sunday, Monday}));
  ASSERT_EQ(schedule.dates.size(), 4U);
  using namespace std::chrono;
  EXPECT_EQ(schedule.dates[0], 2026y / December / 25);
  EXPECT_EQ(schedule.dates[3], 2026y / December / 28);
  EXPECT_EQ(schedule.from, 18h + 30min);
  EXPECT_EQ(schedule.to, 2h + 15min + 30s);
  EXPECT_EQ(schedule.zone.name, "Europe/Berlin");
  EXPECT_GT(schedule.zone.changes.size(), 10U);
  EXPECT_EQ(schedule.at_least, Mbps{800});
  EXPECT_EQ(schedule.at_most, Mbps{1000});
}

TEST(PolicyFile, KindsAreNamedAsTheyAreWritten) {
  for (const char* kind : {"saturation", "utilization", "step", "percentile"}) {
    const Policy p = only(std::string(kHead) + "[[policy.rule]]\nkind = \"" + kind + "\"\n");
    ASSERT_EQ(p.rules.size(), 1U);
    EXPECT_EQ(kind_of(p.rules[0]), kind);
  }
  // Every alternative of Rule can be written, and is documented under its own name.
  std::size_t documented = 0;
  for (const SectionDoc& section : policy_reference()) {
    documented += section.name.starts_with("[[policy.rule]]") ? 1 : 0;
  }
  EXPECT_EQ(documented, std::variant_size_v<Rule>);
}

TEST(PolicyFile, JoinsAndUnits) {
  const std::pair<const char*, Join> joins[] = {
      {"id", Join::kId}, {"name", Join::kName}, {"public_ip", Join::kPublicIp}};
  for (const auto& [word, join] : joins) {
    const Policy p = only(std::string(kHead) + "traffic = { join = \"" + word +
                          "\" }\n[[policy.rule]]\nkind = \"saturation\"\n");
    EXPECT_EQ(p.traffic.join, join);
  }
}

TEST(PolicyFile, SeveralFilesAreComparedWithEachOther) {
  const auto text = [](const std::string& name, const std::string& rest) {
    return "[[policy]]\nname = \"" + name + "\"\n" + rest +
           "\n[[policy.rule]]\nkind = \"saturation\"\n";
  };
  struct Row {
    const char* what;
    std::string first, second;
    const char* problem;  // "" = none
  };
  const Row rows[] = {
      {"same name", text("a", "match = { zone = [\"A\"] }"), text("a", "match = {}"), "taken"},
      {"two enforcing on the same", text("a", "match = {}\nmode = \"enforce\""),
       text("b", "match = {}\nmode = \"enforce\""), "tie"},
      {"one takes all of the other's", text("a", "match = {}\nmode = \"enforce\""),
       text("b", "match = { zone = [\"A\"] }\nmode = \"enforce\""), "tie"},
      {"the other way round", text("a", "match = { zone = [\"A\"] }\nmode = \"enforce\""),
       text("b", "match = {}\nmode = \"enforce\""), "tie"},
      {"cannot be seen here", text("a", "match = { zone = [\"A\"] }\nmode = \"enforce\""),
       text("b", "match = { product = [\"vm\"] }\nmode = \"enforce\""), ""},
      {"priorities differ", text("a", "match = {}\nmode = \"enforce\""),
       text("b", "match = {}\nmode = \"enforce\"\npriority = 1"), ""},
      {"one only observes", text("a", "match = {}\nmode = \"enforce\""), text("b", "match = {}"),
       ""},
      {"an exclusion makes room",
       text("a", "match = { not = { zone = [\"A\"] } }\nmode = \"enforce\""),
       text("b", "match = { zone = [\"A\"] }\nmode = \"enforce\""), ""},
  };
  for (const Row& row : rows) {
    const PolicyText files[] = {{"1.toml", row.first}, {"2.toml", row.second}};
    const PolicySet set = load_policies(files, {.zone = load_time_zone});
    const std::string said = render(set.problems);
    if (std::string(row.problem).empty()) {
      EXPECT_EQ(said, "") << row.what;
      EXPECT_EQ(set.policies.size(), 2U) << row.what;
    } else {
      EXPECT_TRUE(said.starts_with("2.toml:2:8: name: ")) << row.what << "\n" << said;
      EXPECT_NE(said.find(row.problem), std::string::npos) << row.what << "\n" << said;
      EXPECT_NE(said.find("1.toml:2"), std::string::npos) << row.what << "\n" << said;
      EXPECT_TRUE(set.policies.empty()) << row.what;
    }
  }
}

TEST(PolicyFile, ReferencesAreCheckedWhereTheSurroundingsAreKnown) {
  const auto said = [](const std::string& traffic, const std::string& match,
                       std::vector<KnownSource> sources) {
    const PolicyText file{"p.toml", "[[policy]]\nname = \"a\"\nmatch = { " + match +
                                        " }\ntraffic = { " + traffic +
                                        " }\n[[policy.rule]]\nkind = \"saturation\"\n"};
    const Lookups known{.zone = load_time_zone,
                        .sources = std::move(sources),
                        .accounts = std::vector<std::string>{"main", "lab"}};
    std::string all;
    for (const Problem& problem : load_policies({&file, 1}, known).problems) {
      all += headline(problem).substr(7) + "\n";
    }
    return all;
  };
  const KnownSource prom{.name = "prom", .complaint = [](const std::string& query) {
                           return query == "bad" ? std::string("is no query") : std::string();
                         }};
  const KnownSource own{.name = "own", .complaint = {}};
  EXPECT_EQ(said("query = \"x\"", "", {prom}), "");
  EXPECT_EQ(said("source = \"prom\", query = \"x\"", "", {prom, own}), "");
  EXPECT_EQ(said("source = \"own\"", "", {prom, own}), "");
  EXPECT_EQ(said("query = \"x\"", "", {prom, own}),
            "4:11: traffic.source: is missing: the configuration has several [[source]]\n");
  EXPECT_EQ(said("query = \"x\"", "", {}),
            "4:11: traffic.source: is missing: the configuration has no [[source]]\n");
  EXPECT_EQ(said("source = \"pron\", query = \"x\"", "", {prom}),
            "4:22: traffic.source: there is no [[source]] named \"pron\" (did you mean "
            "\"prom\"?)\n");
  EXPECT_EQ(said("key = \"x\"", "", {prom}),
            "4:11: traffic.query: is missing: source \"prom\" needs one\n");
  EXPECT_EQ(said("query = \"bad\"", "", {prom}), "4:21: traffic.query: is no query\n");
  EXPECT_EQ(said("query = \"x\"", "account = [\"mani\"]", {prom}),
            "3:22: match.account[0]: there is no [[account]] named \"mani\" (did you mean "
            "\"main\"?)\n");
}

TEST(PolicyFile, WithoutAZoneLoaderZonesKeepTheirName) {
  const PolicyText file{"p.toml", std::string(kHead) +
                                      "[[policy.rule]]\nkind = \"schedule\"\nat_least = \"1 "
                                      "Mbps\"\ntime_zone = \"Mars/Olympus\"\n"};
  const PolicySet set = load_policies({&file, 1}, {});
  ASSERT_EQ(set.policies.size(), 1U);
  EXPECT_EQ(std::get<ScheduleRule>(set.policies[0].rules[0]).zone.name, "Mars/Olympus");
}

}  // namespace
}  // namespace penstock
