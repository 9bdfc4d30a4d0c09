#include "daemon/backtest_page.h"

#include <algorithm>
#include <cassert>

#include "daemon/backtest_command.h"
#include "daemon/page_files.h"

namespace penstock {

namespace {

constexpr std::size_t kMostCharts = 24;
/// Of the whole page; each series has its share.
constexpr std::size_t kSlots = 24'000;
constexpr std::size_t kOrders = 3'000;

std::size_t share(std::size_t total, std::size_t parts, std::size_t least, std::size_t most) {
  return std::clamp(total / std::max<std::size_t>(parts, 1), least, most);
}

/// Inside a script element "<" could begin a tag that ends it; as an escape it reads the same.
std::string script_safe(const std::string& json) {
  std::string safe;
  safe.reserve(json.size());
  for (const char c : json) {
    if (c == '<') {
      safe += "\\u003c";
    } else {
      safe += c;
    }
  }
  return safe;
}

void write_row(JsonWriter& w, const WeightFigures& figures, const Outcome& outcome) {
  w.begin_array();
  w.number(outcome.bill).number(outcome.loss(figures.weight)).number(figures.ratio(outcome));
  w.number(outcome.throttled_fraction()).number(outcome.saturated_seconds);
  w.integer(outcome.upgrades).integer(outcome.downgrades).integer(outcome.cancels);
  w.end_array();
}

/// For each weight the players in one order: policy, hindsight, contenders.
void write_figures(JsonWriter& w, const SeriesFigures& series) {
  w.begin_object();
  for (const WeightFigures& one : series.weights) {
    w.key(weight_text(one.weight)).begin_array();
    write_row(w, one, one.policy);
    const Optimum& best = one.hindsight;
    w.begin_array().number(best.bill).number(best.loss(one.weight)).number(1);
    w.number(best.throttled_fraction()).end_array();
    for (const Outcome& outcome : one.contenders) write_row(w, one, outcome);
    w.end_array();
  }
  w.end_object();
}

std::string page_data(const BacktestOptions& options, const BacktestPlan& plan,
                      const std::vector<SeriesFigures>& figures, const PageCharts& charts) {
  JsonWriter w;
  w.begin_object().key("settings");
  write_settings(w, options, plan);
  w.key("weights").begin_array();
  for (const double weight : plan.weights) w.string(weight_text(weight));
  w.end_array();
  w.key("players").begin_array().string("policy").string("hindsight");
  for (const ContenderSpec& spec : plan.contenders) w.string(spec.name);
  w.end_array();
  w.key("series").begin_array();
  for (std::size_t i = 0; i < figures.size(); ++i) {
    w.begin_object();
    w.key("name").string(figures[i].name);
    w.key("samples").integer(static_cast<std::int64_t>(figures[i].samples));
    w.key("interval").number(figures[i].interval);
    w.key("gap").number(figures[i].gap);
    w.key("figures");
    write_figures(w, figures[i]);
    w.key("chart");
    if (i < charts.count() && charts.charts()[i].drawn) {
      write_chart(w, plan, charts.charts()[i]);
    } else {
      w.null();
    }
    w.end_object();
  }
  w.end_array().end_object();
  return w.take();
}

void put(std::string& page, std::string_view mark, std::string_view text) {
  const std::size_t at = page.find(mark);
  assert(at != std::string::npos);
  page.replace(at, mark.size(), text);
}

}  // namespace

PageCharts::PageCharts(const BacktestPlan& plan, std::size_t series)
    : plan_(plan), charts_(std::min(series, kMostCharts)) {
  size_ = {.slots = share(kSlots, charts_.size(), 800, 6000),
           .orders = share(kOrders, charts_.size() * plan.weights.size(), 60, 500)};
}

std::string backtest_page(const BacktestOptions& options, const BacktestPlan& plan,
                          const std::vector<SeriesFigures>& figures, const PageCharts& charts) {
  std::string page(report_html());
  put(page, "/* style */", std::string(page_look_css()) + std::string(report_css()));
  put(page, "/* script */", std::string(page_chart_js()) + std::string(report_js()));
  // Last, so that no name in it is taken for a mark.
  put(page, "/* data */", script_safe(page_data(options, plan, figures, charts)));
  return page;
}

}  // namespace penstock
