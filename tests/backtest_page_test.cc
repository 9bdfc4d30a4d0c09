// The report: what of a series is kept for the screen, and a page that is safe and whole.
#include "daemon/backtest_page.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "daemon/backtest_command.h"

namespace penstock {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

/// Always wants what a table says, with a reason.
class Scripted final : public Contender {
 public:
  Wish decide(const Glimpse& seen) override {
    Wish wish{.cap = seen.cap};
    if (seen.sample % 50 == 10) {
      wish.cap = seen.cap + 5;
      wish.reason = {ReasonCode::kFixed, {static_cast<double>(seen.cap + 5)}};
    }
    return wish;
  }
};

constexpr std::size_t kDay = 288;  // samples of five minutes

Series wave(std::string name, std::size_t samples) {
  Series series{.name = std::move(name), .at = {}, .demand = {}};
  for (std::size_t i = 0; i < samples; ++i) {
    series.at.push_back(TimePoint{std::chrono::sys_days{std::chrono::year{2026} / 1 / 1}} +
                        static_cast<std::int64_t>(i) * std::chrono::minutes{5});
    series.demand.push_back(60 - 40 * std::cos(2 * M_PI * static_cast<double>(i) / 288));
  }
  series.demand[samples / 2] = 555;
  return series;
}

BacktestPlan plan_of(BillingModel billing = BillingModel::kPrepaid) {
  BacktestPlan plan;
  plan.settings.billing = billing;
  plan.settings.tariff.unit_price = Money::from_units(2);
  plan.settings.cycle = std::chrono::hours{24};
  plan.settings.latency = Duration::zero();
  plan.weights = {20, 100};
  plan.contenders = *parse_contenders("hpa-0.7,break-even");
  plan.policy = [](const Series&, const Timeline&, double) { return std::make_unique<Scripted>(); };
  plan.policy_name = "scripted";
  return plan;
}

double last_of(const std::vector<double>& values) {
  return values.back();
}

TEST(BacktestCharts, NoPeakIsLost) {
  const Series series = wave("a", 4 * kDay);
  const BacktestPlan plan = plan_of();
  const ChartedSeries fine = chart_series(series, plan, {});
  EXPECT_EQ(fine.slot, 300);
  EXPECT_EQ(fine.low, series.demand);
  EXPECT_TRUE(fine.high.empty()) << "each slot is one sample";
  const ChartedSeries coarse = chart_series(series, plan, {.slots = 100, .orders = 10});
  ASSERT_EQ(coarse.low.size(), 100U);
  EXPECT_EQ(*std::max_element(coarse.high.begin(), coarse.high.end()), 555);
  EXPECT_EQ(*std::min_element(coarse.low.begin(), coarse.low.end()),
            *std::min_element(series.demand.begin(), series.demand.end()));
  EXPECT_EQ(coarse.scored_from, 86400);
  EXPECT_EQ(coarse.span, 4 * 86400);
}

TEST(BacktestCharts, GapsStayEmptyAndJitterDoesNot) {
  Series series = wave("a", 4 * kDay);
  for (std::size_t i = 0; i < series.size(); ++i) {
    series.at[i] += (i % 2 == 0 ? 1 : -1) * std::chrono::milliseconds{900};
  }
  const BacktestPlan plan = plan_of();
  const auto empty = [](const ChartedSeries& chart) {
    return std::count_if(chart.low.begin(), chart.low.end(),
                         [](double v) { return std::isnan(v); });
  };
  EXPECT_EQ(empty(chart_series(series, plan, {})), 0);
  for (std::size_t i = 600; i < series.size(); ++i) series.at[i] += std::chrono::hours{5};
  EXPECT_NEAR(static_cast<double>(empty(chart_series(series, plan, {}))), 60, 2);
}

TEST(BacktestCharts, BillsEndWhereTheFiguresDo) {
  const Series series = wave("a", 4 * kDay);
  for (const BillingModel billing : {BillingModel::kPrepaid, BillingModel::kPostpaid}) {
    const BacktestPlan plan = plan_of(billing);
    const SeriesFigures figures = backtest(series, plan);
    const ChartedSeries chart = chart_series(series, plan, {});
    for (std::size_t w = 0; w < plan.weights.size(); ++w) {
      const auto& bills = chart.weights[w].bills;
      ASSERT_EQ(bills.size(), 4U);
      EXPECT_NEAR(last_of(bills[0]), figures.weights[w].policy.bill, 1e-9);
      EXPECT_NEAR(last_of(bills[1]), figures.weights[w].hindsight.bill, 1e-9);
      EXPECT_NEAR(last_of(bills[2]), figures.weights[w].contenders[0].bill, 1e-9);
      EXPECT_NEAR(last_of(bills[3]), figures.weights[w].contenders[1].bill, 1e-9);
      for (const auto& line : bills) {
        EXPECT_EQ(line.size(), kBillPoints);
        EXPECT_TRUE(std::is_sorted(line.begin(), line.end()));
      }
    }
  }
}

TEST(BacktestCharts, AFreeCapHasNoBillAndNoBestCap) {
  const ChartedSeries chart =
      chart_series(wave("a", 4 * kDay), plan_of(BillingModel::kBurst95), {});
  EXPECT_TRUE(chart.weights[0].bills.empty());
  EXPECT_TRUE(chart.weights[0].best_cap.empty());
  EXPECT_FALSE(chart.weights[0].cap.empty());
}

TEST(BacktestCharts, OrdersCarryTheirReasonAndAreBounded) {
  const ChartedSeries chart = chart_series(wave("a", 4 * kDay), plan_of(), {.orders = 7});
  const ChartedWeight& weight = chart.weights[0];
  // Of 23 orders every fourth is kept.
  ASSERT_EQ(weight.orders.size(), 6U);
  EXPECT_EQ(weight.more_orders, 23U - 6U);
  EXPECT_EQ(weight.orders[1].at, (4 * 50 + 11) * 300);
  EXPECT_EQ(weight.orders[0].at, 11 * 300);
  EXPECT_EQ(weight.orders[0].event.reason.code, ReasonCode::kFixed);
}

/// The document inside the page, parsed.
std::string data_of(const std::string& page) {
  const std::string begin = "<script type=\"application/json\" id=\"data\">";
  const std::size_t from = page.find(begin) + begin.size();
  return page.substr(from, page.find("</script>", from) - from);
}

std::string page_of(const std::vector<Series>& series, const BacktestPlan& plan) {
  PageCharts charts(plan, series.size());
  std::vector<SeriesFigures> figures;
  for (std::size_t i = 0; i < series.size(); ++i) {
    figures.push_back(backtest(series[i], plan));
    if (i < charts.count()) charts.add(i, series[i]);
  }
  return backtest_page({}, plan, figures, charts);
}

TEST(BacktestPage, NamesAreNeverMarkup) {
  const std::string evil = "</script><img src=x onerror=alert(1)><!--/* data */'\"\xff\x01";
  BacktestPlan plan = plan_of();
  plan.policy_name = "</title>" + evil;
  const std::string page = page_of({wave(evil, 3 * kDay)}, plan);
  EXPECT_THAT(page, Not(HasSubstr("<img")));
  EXPECT_THAT(page, Not(HasSubstr("</script><")));
  const Result<JsonDocument> data = JsonDocument::parse(data_of(page));
  ASSERT_TRUE(data) << data.error().message;
  EXPECT_THAT(std::string(*data->root()["series"].items()[0]["name"].string()),
              HasSubstr("</script><img src=x onerror=alert(1)><!--/* data */'\""));
}

TEST(BacktestPage, NothingIsLoaded) {
  const std::string page = page_of({wave("a", 3 * kDay)}, plan_of());
  EXPECT_THAT(page, HasSubstr("default-src 'none'"));
  for (const char* outside : {"src=", "href=", "url(", "@import", "fetch(", "innerHTML", "eval("}) {
    EXPECT_THAT(page, Not(HasSubstr(outside)));
  }
  for (const char* mark : {"/* style */", "/* script */", "/* data */"}) {
    EXPECT_THAT(page, Not(HasSubstr(mark)));
  }
}

TEST(BacktestPage, HasFiguresOfAllSeriesAndChartsOfSome) {
  std::vector<Series> series;
  for (int i = 0; i < 40; ++i) series.push_back(wave("s" + std::to_string(i), 3 * kDay));
  series.push_back(wave("short", kDay));
  const std::string page = page_of(series, plan_of());
  EXPECT_LT(page.size(), 3'000'000U);
  const Result<JsonDocument> data = JsonDocument::parse(data_of(page));
  ASSERT_TRUE(data);
  const std::vector<JsonValue> rows = data->root()["series"].items();
  ASSERT_EQ(rows.size(), 41U);
  EXPECT_TRUE(rows[23]["chart"].is_object());
  EXPECT_FALSE(rows[24]["chart"].exists());
  EXPECT_EQ(rows[39]["figures"]["20"].items().size(), 4U) << "policy, hindsight, two contenders";
  EXPECT_TRUE(rows[40]["figures"].members().empty());
}

TEST(BacktestPage, ChartNumbersAreShort) {
  const std::string data = data_of(page_of({wave("a", 3 * kDay)}, plan_of()));
  const Result<JsonDocument> document = JsonDocument::parse(data);
  ASSERT_TRUE(document);
  const Series series = wave("a", 3 * kDay);
  const std::vector<JsonValue> low = document->root()["series"].items()[0]["chart"]["low"].items();
  ASSERT_EQ(low.size(), series.size());
  for (std::size_t i = 0; i < low.size(); ++i) {
    ASSERT_NEAR(*low[i].number(), series.demand[i], series.demand[i] * 5.1e-4);
    ASSERT_LE(low[i].decimal()->size(), 6U) << *low[i].decimal();
  }
}

/// Elements as a browser nests them: what is open at the end, or the first tag that does not fit.
std::string nesting(const std::string& page) {
  static const std::set<std::string> kVoid{"!doctype", "meta"};
  std::vector<std::string> open;
  std::size_t at = 0;
  while ((at = page.find('<', at)) != std::string::npos) {
    const std::size_t end = page.find('>', at);
    if (end == std::string::npos) return "a tag without an end";
    std::string name = page.substr(at + 1, end - at - 1);
    name = name.substr(0, name.find_first_of(" \n"));
    at = end + 1;
    if (kVoid.contains(name)) continue;
    if (name.starts_with('/')) {
      if (open.empty() || "/" + open.back() != name) return name;
      open.pop_back();
      continue;
    }
    open.push_back(name);
    // Their text is no markup; nothing in it may look like their end.
    if (name == "script" || name == "style") at = page.find("</" + name + ">", at);
  }
  return open.empty() ? "" : open.back();
}

TEST(BacktestPage, IsWellFormed) {
  const std::string page =
      page_of({wave("a<b>&\"c\"", 3 * kDay), wave("</div>", 3 * kDay)}, plan_of());
  EXPECT_TRUE(page.starts_with("<!doctype html>"));
  EXPECT_EQ(nesting(page), "");
  EXPECT_EQ(nesting("<p><b>x</p>"), "/p");
  EXPECT_EQ(nesting("<p>"), "p");
  // Each element that the script looks for by its id is there, and once.
  std::size_t ids = 0;
  for (std::size_t at = page.find(" id=\""); at != std::string::npos;
       at = page.find(" id=\"", at + 1)) {
    const std::string id = page.substr(at, page.find('"', at + 5) + 1 - at);
    EXPECT_EQ(page.find(id, at + 1), std::string::npos) << id;
    ++ids;
  }
  EXPECT_GE(ids, 5U);
}

TEST(BacktestPage, ChartsCarryTheirData) {
  const Series series = wave("a", 4 * kDay);
  const BacktestPlan plan = plan_of();
  const Result<JsonDocument> document = JsonDocument::parse(data_of(page_of({series}, plan)));
  ASSERT_TRUE(document);
  const JsonValue one = document->root()["series"].items()[0];
  const SeriesFigures figures = backtest(series, plan);
  const ChartedSeries chart = chart_series(series, plan, {});
  for (std::size_t i = 0; i < plan.weights.size(); ++i) {
    const std::string key = i == 0 ? "20" : "100";
    const JsonValue drawn = one["chart"]["weights"][key];
    EXPECT_EQ(drawn["orders"].items().size(), chart.weights[i].orders.size());
    EXPECT_GT(chart.weights[i].orders.size(), 10U);
    const JsonValue bills = drawn["bills"];
    ASSERT_EQ(bills.members().size(), 4U) << "policy, hindsight, two contenders";
    EXPECT_NEAR(*bills["policy"].items().back().number(), figures.weights[i].policy.bill,
                figures.weights[i].policy.bill * 1e-3);
    const JsonValue row = one["figures"][key].items()[0];
    EXPECT_NEAR(*row.items()[0].number(), figures.weights[i].policy.bill, 1e-6);
    EXPECT_NEAR(*row.items()[2].number(), figures.weights[i].ratio(figures.weights[i].policy),
                1e-6);
  }
}

}  // namespace
}  // namespace penstock
