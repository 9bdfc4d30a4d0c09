// The /metrics page: what it shows of a fleet, and that metrics/README.md and promtool agree.
#include "daemon/metrics_page.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <map>
#include <regex>
#include <set>
#include <sstream>
#include <string>

#include "daemon/exposition_text.h"
#include "daemon/prometheus_telemetry.h"
#include "tests/testing/child.h"
#include "tests/testing/fleet_snapshot.h"
#include "tests/testing/places.h"

namespace penstock {
namespace {

std::string read_to_end(const std::function<std::string()>& next_block) {
  std::string text;
  for (std::string block = next_block(); !block.empty(); block = next_block()) text += block;
  return text;
}

/// Everything that can be counted, counted once.
void count_everything(Telemetry& telemetry) {
  telemetry.decided("edge", Action::kUpgrade, ReasonCode::kSaturated);
  telemetry.ordered(Product::kBmc, OrderKind::kUpgrade, "effective");
  telemetry.order_took(Product::kBmc, OrderKind::kUpgrade, 7s);
  telemetry.spent("edge", Money::from_micros(11'400'000));
  telemetry.source_failed("prometheus");
  telemetry.api_request("bmc", "DescribeInstances", "OK", 120ms);
  telemetry.tick_took(Phase::kGather, 12ms);
  telemetry.alarm(OrderAlarm::kTimeout);
  telemetry.alarm(OrderAlarm::kNone);
  telemetry.journal_failed();
}

std::string full_page() {
  Instruments instruments("0.1.0");
  PrometheusTelemetry telemetry(instruments);
  count_everything(telemetry);
  return read_to_end(metrics_page(instruments,
                                  std::make_shared<Snapshot>(testing::fleet_snapshot()),
                                  testing::fleet_snapshot_at() + 5s));
}

/// "name{a=b,…}" -> value, labels in order of their names.
std::map<std::string, double> series_of(const std::string& page) {
  std::map<std::string, double> series;
  const auto count = parse_exposition(page, [&](const ExpositionSample& sample) {
    std::map<std::string_view, std::string_view> labels;
    for (const ExpositionLabel& each : sample.labels) labels[each.name] = each.value;
    std::string name(sample.name);
    for (const auto& [label, value] : labels) {
      name += "|" + std::string(label) + "=" + std::string(value);
    }
    EXPECT_TRUE(series.emplace(name, sample.value).second) << name << " stands there twice";
  });
  EXPECT_TRUE(count) << count.error().message;
  return series;
}

TEST(MetricsPage, ShowsTheFleet) {
  const auto series = series_of(full_page());
  const std::pair<const char*, double> expected[] = {
      {"penstock_egress_mbps|account=main|instance_id=bmc-1", 99.25},
      {"penstock_demand_mbps|account=main|instance_id=bmc-1", 240},
      {"penstock_cap_mbps|account=main|instance_id=bmc-1", 100},
      {"penstock_limit_mbps|account=main|instance_id=bmc-1", 10'000},
      {"penstock_target_mbps|account=main|instance_id=bmc-1", 250},
      {"penstock_saturated|account=main|instance_id=bmc-1", 1},
      {"penstock_saturated|account=main|instance_id=vm-2", 0},
      {"penstock_scheduled_cap_mbps|account=main|instance_id=vm-2", 50},
      {"penstock_cycle_end_timestamp_seconds|account=main|instance_id=vm-2", 1'768'521'600},
      {"penstock_instance_info|account=main|instance_id=bmc-1|mode=enforce|name=edge \"1\"\n|"
       "policy=edge|product=bmc|type=M8C|zone=SIN-A",
       1},
      {"penstock_instance_info|account=main|instance_id=vm-2|mode=enforce|name=db\xef\xbf\xbd|"
       "policy=edge|product=vm|type=M8C|zone=SIN-A",
       1},
      {"penstock_instance_info|account=second|instance_id=vm-3|product=vm|type=M8C|zone=SIN-A", 1},
      {"penstock_held_instances|policy=edge|reason=downgrade-pending", 1},
      {"penstock_budget_remaining|currency=USD|period=day", 480},
      {"penstock_budget_remaining|currency=USD|period=month|policy=edge", 1100},
      {"penstock_source_age_seconds|source=prometheus", 20},
      {"penstock_source_dropped_series|reason=stale|source=prometheus", 3},
      {"penstock_account_up|account=second", 0},
      {"penstock_breaker_open|account=second", 1},
      {"penstock_open_orders|state=planned", 1},
      {"penstock_open_orders|state=unknown", 0},
      {"penstock_decisions_total|action=upgrade|policy=edge|reason=saturated", 1},
      {"penstock_orders_total|kind=upgrade|outcome=effective|product=bmc", 1},
      {"penstock_order_effect_seconds_bucket|kind=upgrade|le=10|product=bmc", 1},
      {"penstock_order_effect_seconds_bucket|kind=upgrade|le=5|product=bmc", 0},
      {"penstock_spend_total|currency=USD|policy=edge", 11.4},
      {"penstock_tick_seconds_sum|phase=gather", 0.012},
      {"penstock_order_alarms_total|alarm=timeout", 1},
      {"penstock_ready", 1},
      {"penstock_last_tick_timestamp_seconds", 1'768'478'400},
      {"penstock_build_info|version=0.1.0", 1},
      {"penstock_config_last_reload_successful", 1},
  };
  for (const auto& [name, value] : expected) {
    const auto found = series.find(name);
    ASSERT_NE(found, series.end()) << name;
    EXPECT_DOUBLE_EQ(found->second, value) << name;
  }
  EXPECT_EQ(series.count("penstock_egress_mbps|account=second|instance_id=vm-3"), 0U);
  EXPECT_EQ(series.count("penstock_cap_mbps|account=second|instance_id=vm-3"), 0U);
  EXPECT_EQ(series.count("penstock_order_alarms_total|alarm="), 0U);
}

TEST(MetricsPage, HasNoAccountLabelWhereThereIsOneAccount) {
  Snapshot snapshot = testing::fleet_snapshot();
  snapshot.accounts.pop_back();
  snapshot.instances.pop_back();
  Instruments instruments("0.1.0");
  const auto series = series_of(
      read_to_end(metrics_page(instruments, std::make_shared<Snapshot>(snapshot), snapshot.at)));
  EXPECT_EQ(series.count("penstock_egress_mbps|instance_id=bmc-1"), 1U);
}

TEST(MetricsPage, APolicyLimitsWhichInstancesItShows) {
  const TimePoint now = testing::fleet_snapshot_at() + 5s;
  const auto shown = [&](InstanceSeries series, const auto& change) {
    Snapshot snapshot = testing::fleet_snapshot();
    InstanceView quiet;  // as steady as can be
    auto instance = std::make_shared<Instance>();
    instance->key = {"main", "vm-quiet"};
    quiet.instance = instance;
    quiet.policy = "edge";
    quiet.cap = Mbps{50};
    change(quiet);
    snapshot.instances.push_back(quiet);
    snapshot.policies[0].instance_series = series;
    Instruments instruments("0.1.0");
    std::string ids;
    const std::string page =
        read_to_end(metrics_page(instruments, std::make_shared<Snapshot>(snapshot), now));
    static_cast<void>(parse_exposition(page, [&](const ExpositionSample& sample) {
      if (sample.name == "penstock_instance_info") {
        ids += std::string(*sample.label("instance_id")) + " ";
      }
      if (sample.name == "penstock_policy_instances") {
        EXPECT_EQ(sample.value, 2);
      }
    }));
    return ids;
  };
  const auto nothing = [](InstanceView&) {};
  EXPECT_EQ(shown(InstanceSeries::kAll, nothing), "bmc-1 vm-2 vm-3 vm-quiet ");
  EXPECT_EQ(shown(InstanceSeries::kChanged, nothing), "bmc-1 vm-2 vm-3 ");
  EXPECT_EQ(shown(InstanceSeries::kNone, nothing), "vm-3 ") << "no policy limits that one";
  const std::function<void(InstanceView&)> changes[] = {
      [](InstanceView& view) { view.order = testing::fleet_snapshot().instances[0].order; },
      [](InstanceView& view) { view.scheduled_cap = Mbps{20}; },
      [](InstanceView& view) { view.decision.action = Action::kUpgrade; },
      [&](InstanceView& view) { view.record.last_upgrade_at = now - std::chrono::hours{23}; },
      [&](InstanceView& view) { view.record.last_downgrade_at = now; },
      [&](InstanceView& view) { view.record.drifted_at = now - 1min; },
  };
  for (const auto& change : changes) {
    EXPECT_EQ(shown(InstanceSeries::kChanged, change), "bmc-1 vm-2 vm-3 vm-quiet ");
  }
  const auto long_ago = [&](InstanceView& view) {
    view.record.last_upgrade_at = now - std::chrono::hours{24};
  };
  EXPECT_EQ(shown(InstanceSeries::kChanged, long_ago), "bmc-1 vm-2 vm-3 ");
}

TEST(MetricsPage, ServesItselfBeforeTheFirstTickAndLivesLongerThanTheSnapshot) {
  Instruments instruments("0.1.0");
  EXPECT_NE(read_to_end(metrics_page(instruments, nullptr, {})).find("penstock_build_info"),
            std::string::npos);
  auto snapshot = std::make_shared<const Snapshot>(testing::fleet_snapshot());
  const std::weak_ptr<const Snapshot> watched = snapshot;
  auto page = metrics_page(instruments, snapshot, snapshot->at);
  snapshot.reset();
  EXPECT_FALSE(watched.expired()) << "a slow scraper keeps its moment";
  EXPECT_NE(read_to_end(page).find("bmc-1"), std::string::npos);
  page = nullptr;
  EXPECT_TRUE(watched.expired());
}

TEST(MetricsPage, SpendingNeverFallsAndCorrectionsAreMadeUpFor) {
  Instruments instruments("0.1.0");
  const auto shown = [&] {
    return series_of(instruments.text()).at("penstock_spend_total|currency=USD|policy=edge");
  };
  const struct {
    std::int64_t units;
    double expected;
  } rows[] = {{10, 10}, {-4, 10}, {3, 10}, {5, 14}, {-20, 14}, {25, 19}};
  for (const auto& row : rows) {
    instruments.spent("edge", Money::from_units(row.units));
    EXPECT_DOUBLE_EQ(shown(), row.expected);
  }
}

TEST(MetricsPage, AMetricStaysBoundedWhateverTheApiAnswers) {
  Instruments instruments("0.1.0");
  for (int i = 0; i < 1500; ++i) {
    instruments.api_request("vm", "DescribeInstances", "CODE_" + std::to_string(i) + "\n\"\xff",
                            1ms);
  }
  const auto series = series_of(instruments.text());
  EXPECT_LT(series.size(), 1100U);
  EXPECT_EQ(series.at("penstock_api_requests_total|action=other|code=other|product=other"), 500);
}

struct Documented {
  std::string type;
  std::set<std::string> labels, optional;
};

/// The tables of metrics/README.md: metric -> type and labels; those in brackets are optional.
std::map<std::string, Documented> documented() {
  std::map<std::string, Documented> out;
  std::istringstream in(
      testing::read_file(std::string(testing::kSourceDir) + "/metrics/README.md"));
  const std::regex row(R"(^\| `(penstock_\w+)` \| (\w+) \| ([^|]*)\| [^|]+ \| `.+` \|$)");
  for (std::string line; std::getline(in, line);) {
    std::smatch match;
    if (!line.starts_with("| `")) continue;
    EXPECT_TRUE(std::regex_match(line, match, row)) << line;
    if (match.empty()) continue;
    Documented& each = out[match[1]];
    each.type = match[2];
    bool optional = false;
    std::string label;
    for (const char c : match[3].str()) {
      if (c == '(') optional = true;
      if (c == ')') optional = false;
      if (std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_') {
        label += c;
      } else if (!label.empty()) {
        (optional ? each.optional : each.labels).insert(std::exchange(label, {}));
      }
    }
  }
  return out;
}

TEST(MetricsPage, IsWhatTheReadmeSays) {
  const auto promised = documented();
  ASSERT_GT(promised.size(), 30U);
  const std::string page = full_page();
  std::map<std::string, std::string> types;
  std::istringstream in(page);
  for (std::string line; std::getline(in, line);) {
    std::istringstream words(line);
    std::string hash, kind, name, type;
    words >> hash >> kind >> name >> type;
    if (hash == "#" && kind == "TYPE") types[name] = type;
  }
  for (const auto& [name, type] : types) {
    ASSERT_TRUE(promised.contains(name)) << name << " is missing in metrics/README.md";
    EXPECT_EQ(promised.at(name).type, type) << name;
  }
  for (const auto& [name, each] : promised) {
    EXPECT_TRUE(types.contains(name)) << name << " is promised, but not exported";
  }
  ASSERT_TRUE(parse_exposition(page, [&](const ExpositionSample& sample) {
    std::string name(sample.name);
    for (const char* suffix : {"_bucket", "_sum", "_count"}) {
      const std::string stem = name.substr(0, name.rfind(suffix));
      if (name.ends_with(suffix) && types[stem] == "histogram") name = stem;
    }
    const Documented& each = promised.at(name);
    for (const std::string& label : each.labels) {
      EXPECT_TRUE(sample.label(label)) << name << " lacks " << label;
    }
    for (const ExpositionLabel& label : sample.labels) {
      const std::string text(label.name);
      EXPECT_TRUE(each.labels.contains(text) || each.optional.contains(text) || text == "le")
          << name << " has " << text;
      EXPECT_FALSE(text == "instance" || text == "job");
    }
  }));
}

TEST(MetricsPage, PromtoolHasNothingToSay) {
  if (std::system("command -v promtool >/dev/null") != 0) {
    ASSERT_EQ(std::getenv("CI"), nullptr) << "promtool must be there in CI";
    GTEST_SKIP() << "promtool is not installed";
  }
  const testing::TempFolder folder;
  const std::string page = folder.write("page", full_page());
  const std::string said = folder.path() + "/said";
  const int status =
      std::system(("promtool check metrics <" + page + " >" + said + " 2>&1").c_str());
  EXPECT_EQ(status, 0) << testing::read_file(said);
  EXPECT_EQ(testing::read_file(said), "");
}

}  // namespace
}  // namespace penstock
