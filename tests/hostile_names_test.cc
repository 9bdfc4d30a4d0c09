// Instances whose names mean harm, on every way out that the daemon and its commands have.
#include "daemon/sim/hostile_names.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <regex>
#include <string>
#include <vector>

#include "daemon/backtest_command.h"
#include "daemon/backtest_page.h"
#include "daemon/explain_command.h"
#include "daemon/exposition_text.h"
#include "daemon/log.h"
#include "daemon/past_command.h"
#include "daemon/plan.h"
#include "daemon/report.h"
#include "daemon/sim/sandbox_fleet.h"
#include "daemon/status_command.h"
#include "metrics/printable.h"
#include "tests/testing/api_fixture.h"

namespace penstock {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

/// Whether nothing in it is obeyed instead of shown, and all of it is text. Line breaks are those
/// that the program writes itself.
bool is_harmless(std::string_view text) {
  while (!text.empty()) {
    const bool replacement = text.starts_with("\xef\xbf\xbd");
    const char32_t code = take_code_point(text);
    if (code != '\n' && is_hidden(code)) return false;
    if (code == 0xFFFD && !replacement) return false;
  }
  return true;
}

std::size_t lines_of(std::string_view text) {
  return static_cast<std::size_t>(std::ranges::count(text, '\n'));
}

std::size_t longest_line(std::string_view text) {
  std::size_t longest = 0;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    longest = std::max(longest, end - at);
    at = end + 1;
  }
  return longest;
}

/// The cells of CSV, as a spreadsheet takes it apart.
std::vector<std::vector<std::string>> cells_of(std::string_view csv) {
  std::vector<std::vector<std::string>> rows{{""}};
  bool quoted = false;
  for (std::size_t i = 0; i < csv.size(); ++i) {
    const char c = csv[i];
    if (c == '"' && quoted && i + 1 < csv.size() && csv[i + 1] == '"') {
      rows.back().back() += csv[++i];
    } else if (c == '"') {
      quoted = !quoted;
    } else if (c == ',' && !quoted) {
      rows.back().emplace_back();
    } else if (c == '\n' && !quoted) {
      rows.push_back({""});
    } else {
      rows.back().back() += c;
    }
  }
  rows.pop_back();
  return rows;
}

/// Everything about the fleet that carries the name.
class HostileNamesTest : public testing::ApiFixture,
                         public ::testing::WithParamInterface<HostileName> {
 protected:
  HostileNamesTest() {
    Snapshot snapshot = testing::fleet_snapshot();
    for (InstanceView& view : snapshot.instances) {
      Instance named = *view.instance;
      named.name = named.hostname = named.resource_group = name();
      named.tags = {{name(), name()}};
      view.instance = std::make_shared<const Instance>(named);
    }
    key_ = snapshot.instances.front().instance->key;
    JournalEntry entry;
    entry.orders.push_back({.id = 1,
                            .instance = key_,
                            .policy = "edge",
                            .to = Mbps{200},
                            .planned_at = testing::fleet_snapshot_at()});
    entry.orders.back().message = name();
    entry.orders.back().order_number = name();
    entry.events.push_back({testing::fleet_snapshot_at(), "alarm", name(), name()});
    EXPECT_TRUE(journal_->commit(entry));
    Explanation told;
    told.instance = key_;
    told.tick = 1'000'000;
    told.text = name() + "\n";
    desk_.put(std::make_shared<const Explanation>(told));
    board_.publish(std::make_shared<const Snapshot>(std::move(snapshot)));
  }

  static const std::string& name() { return GetParam().text; }
  static std::string text_of(JsonValue value) { return std::string(value.string().value_or("")); }
  /// As JSON carries it: what is no text became U+FFFD, and nothing else changed.
  static std::string as_text() {
    std::string out;
    for (std::string_view rest = name(); !rest.empty();) append_utf8(out, take_code_point(rest));
    return out;
  }
  JsonDocument api(const std::string& path) {
    const ServerResponse response = get(path);
    EXPECT_EQ(response.status, 200) << path;
    EXPECT_TRUE(is_harmless(response.body)) << path << "\n" << response.body;
    EXPECT_EQ(lines_of(response.body), 1U) << path;
    return parse(response);
  }
  static std::vector<JsonValue> rows(const JsonDocument& page, const char* name) {
    return page.root()[name].items();
  }

  void the_api_gives_it_as_it_is_and_escaped();
  void metrics_parse_and_carry_no_more_series();
  void a_terminal_gets_lines_that_fit();
  void a_spreadsheet_gets_cells_and_no_formula();
  void a_log_line_stays_one();
  void the_journal_gives_back_what_it_was_given();
  void the_backtests_page_and_tables_carry_no_markup();

  InstanceKey key_;
};

void HostileNamesTest::the_api_gives_it_as_it_is_and_escaped() {
  const JsonDocument fleet = api("/api/v1/instances");
  for (const JsonValue& each : rows(fleet, "instances")) {
    EXPECT_EQ(text_of(each["name"]), as_text());
    EXPECT_EQ(text_of(each["resource_group"]), as_text());
    for (const auto& [key, value] : each["tags"].members()) {
      EXPECT_EQ(key, as_text());
      EXPECT_EQ(text_of(value), as_text());
    }
  }
  for (const char* path : {"/api/v1/status", "/api/v1/plan", "/api/v1/orders", "/api/v1/decisions",
                           "/api/v1/policies", "/api/v1/events"}) {
    api(path);
  }
  const ServerResponse told = get("/api/v1/explain", {{"instance_id", key_.id}});
  EXPECT_EQ(told.status, 200);
  EXPECT_TRUE(is_harmless(told.body)) << told.body;
  // And back in, as a filter that is not known and a path that is not there.
  for (const ServerResponse& refusal :
       {get("/api/v1/instances", {{name(), name()}}), get("/" + name())}) {
    EXPECT_GE(refusal.status, 400);
    EXPECT_TRUE(is_harmless(refusal.body)) << refusal.body;
    EXPECT_TRUE(JsonDocument::parse(refusal.body));
  }
}

void HostileNamesTest::metrics_parse_and_carry_no_more_series() {
  std::string page;
  const ServerResponse response = get("/metrics");
  for (std::string block = response.next_block(); !block.empty(); block = response.next_block()) {
    page += block;
  }
  EXPECT_TRUE(is_harmless(page));
  std::size_t infos = 0;
  const auto parsed = parse_exposition(page, [&](const ExpositionSample& sample) {
    EXPECT_TRUE(sample.name.starts_with("penstock_")) << sample.name;
    EXPECT_NE(sample.name, "penstock_forged");
    if (sample.name != "penstock_instance_info") return;
    ++infos;
    EXPECT_LE(sample.label("name").value_or("").size(), 256U);
    if (name().size() < 200 && is_harmless(name())) {
      EXPECT_EQ(sample.label("name"), name());
    }
  });
  EXPECT_TRUE(parsed) << parsed.error().message;
  EXPECT_EQ(infos, 3U);
}

void HostileNamesTest::a_terminal_gets_lines_that_fit() {
  const JsonDocument fleet = api("/api/v1/instances");
  const JsonDocument plan = api("/api/v1/plan");
  const JsonDocument orders = api("/api/v1/orders");
  const JsonDocument events = api("/api/v1/events");
  const ServerResponse told = get("/api/v1/explain", {{"instance_id", key_.id}});
  const struct {
    const char* what;
    std::string text;
    std::size_t lines;  ///< 0: as many as it takes
  } tables[] = {
      {"instances", instances_text(rows(fleet, "instances"), false), 4},
      {"status", status_text(api("/api/v1/status").root(), plan.root(), false), 0},
      {"plan", plan_text(plan.root(), false), 0},
      {"orders", orders_text(rows(orders, "orders"), clock_.wall(), false), 2},
      {"history", history_text({}, rows(events, "events"), false), 2},
      {"explain", explain_text(parse(told).root(), {.colour = false, .unicode = true}), 0},
      {"report",
       report_text(month_report("2026-01", rows(orders, "orders"), rows(fleet, "instances")),
                   false),
       0},
  };
  for (const auto& table : tables) {
    EXPECT_TRUE(is_harmless(table.text)) << table.what << "\n" << table.text;
    if (table.lines > 0) {
      EXPECT_EQ(lines_of(table.text), table.lines) << table.text;
    }
    const bool holds_sentences = std::string_view(table.what) == "history" ||
                                 std::string_view(table.what) == "orders" ||
                                 std::string_view(table.what) == "explain";
    if (!holds_sentences) {
      EXPECT_LT(longest_line(table.text), 400U) << table.what;
    }
  }
}

void HostileNamesTest::a_spreadsheet_gets_cells_and_no_formula() {
  const JsonDocument fleet = api("/api/v1/instances");
  const JsonDocument orders = api("/api/v1/orders");
  const std::string csv =
      report_csv(month_report("2026-01", rows(orders, "orders"), rows(fleet, "instances")));
  EXPECT_TRUE(is_harmless(csv)) << csv;
  EXPECT_EQ(lines_of(csv), 2U) << "a name makes no row";
  const auto table = cells_of(csv);
  ASSERT_EQ(table.size(), 2U);
  EXPECT_EQ(table[1].size(), table[0].size()) << "a name makes no cell";
  for (const std::string& cell : table[1]) {
    EXPECT_TRUE(cell.empty() ||
                std::string_view("=+-@").find(cell.front()) == std::string_view::npos)
        << cell;
  }
}

void HostileNamesTest::a_log_line_stays_one() {
  set_log_level(LogLevel::kInfo);  // another test may have silenced it
  ::testing::internal::CaptureStderr();
  set_log_level(LogLevel::kInfo);  // another test may have left it higher
  log_info("test", {{"name", name()}, {"after", "x"}});
  const std::string line = ::testing::internal::GetCapturedStderr();
  EXPECT_EQ(lines_of(line), 1U) << line;
  EXPECT_TRUE(is_harmless(line)) << line;
  EXPECT_TRUE(line.ends_with(" after=x\n")) << line;
  // Outside quotes there are the three words and the time.
  const std::string bare = std::regex_replace(line, std::regex(R"("([^"\\]|\\.)*")"), "");
  EXPECT_EQ(std::ranges::count(bare, '='), 5) << line;
}

void HostileNamesTest::the_journal_gives_back_what_it_was_given() {
  const auto events = journal_->events({.limit = 10});
  ASSERT_TRUE(events);
  ASSERT_EQ(events->size(), 1U);
  // A zero byte ends a text in SQLite; nothing else is lost.
  EXPECT_EQ(events->front().subject, name());
  EXPECT_EQ(events->front().text, name());
}

void HostileNamesTest::the_backtests_page_and_tables_carry_no_markup() {
  Series series{.name = name(), .at = {}, .demand = {}};
  for (int i = 0; i < 2000; ++i) {
    series.at.push_back(testing::fleet_snapshot_at() + i * std::chrono::minutes{5});
    series.demand.push_back(100 + i % 50);
  }
  BacktestPlan plan;
  plan.settings.tariff.unit_price = Money::from_units(1);
  plan.settings.cycle = std::chrono::hours{24};
  plan.weights = {100};
  plan.contenders = *parse_contenders("hpa-0.7");
  plan.policy = [](const Series& of, const Timeline& timeline, double weight) {
    return make_contender(*parse_contender("static-peak"), of, timeline, weight);
  };
  plan.policy_name = name();
  const std::vector<SeriesFigures> figures{backtest(series, plan)};
  PageCharts charts(plan, 1);
  charts.add(0, series);
  const std::string page = backtest_page({}, plan, figures, charts);
  EXPECT_THAT(page, Not(HasSubstr("<script>document")));
  EXPECT_THAT(page, Not(HasSubstr("<img")));
  EXPECT_THAT(page, Not(HasSubstr("<svg/")));
  EXPECT_TRUE(is_harmless(page));
  const std::string table = backtest_tables({}, plan, figures, false);
  EXPECT_TRUE(is_harmless(table)) << table;
  EXPECT_TRUE(is_harmless(backtest_json({}, plan, figures)));
}

// One test a name, since all ways out begin with the same fleet.
TEST_P(HostileNamesTest, IsTextOnEveryWayOut) {
  the_api_gives_it_as_it_is_and_escaped();
  metrics_parse_and_carry_no_more_series();
  a_terminal_gets_lines_that_fit();
  a_spreadsheet_gets_cells_and_no_formula();
  a_log_line_stays_one();
  the_journal_gives_back_what_it_was_given();
  the_backtests_page_and_tables_carry_no_markup();
}

INSTANTIATE_TEST_SUITE_P(Names, HostileNamesTest, ::testing::ValuesIn(hostile_names()),
                         [](const auto& row) {
                           std::string id;
                           for (const char c : row.param.what)
                             id += c == ' ' || c == '\'' ? '_' : c;
                           return id;
                         });

TEST(HostileNames, BecomeHarmlessAndStayShort) {
  for (const HostileName& each : hostile_names()) {
    const std::string shown = printable(each.text);
    EXPECT_TRUE(is_harmless(shown)) << each.what << ": " << shown;
    EXPECT_LE(shown.size(), 270U) << each.what;
  }
}

TEST(HostileNames, AreWornByTheSandboxOnDemandAndChangeNothingElse) {
  const SimTime time{.origin = TimePoint{}, .month = std::chrono::minutes{4}};
  const std::vector<SimInstance> plain = sandbox_fleet(40, time, nullptr);
  std::vector<SimInstance> fleet = plain;
  give_hostile_names(fleet);
  for (std::size_t i = 0; i < fleet.size(); ++i) {
    EXPECT_EQ(fleet[i].name, hostile_names()[i % hostile_names().size()].text);
    EXPECT_EQ(fleet[i].hostname.empty(), plain[i].hostname.empty());
    EXPECT_EQ(fleet[i].id, plain[i].id);
    ASSERT_EQ(fleet[i].tags.size(), plain[i].tags.size() + 1);
    EXPECT_EQ(fleet[i].tags.front().value, plain[i].tags.front().value);
  }
}

}  // namespace
}  // namespace penstock
