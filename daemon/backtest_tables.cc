// The backtest as a person reads it: for each weight the series, then the summary over them.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "daemon/backtest_command.h"
#include "daemon/log.h"
#include "daemon/table.h"

namespace penstock {

namespace {

constexpr auto kRight = Table::kRight;

/// With more series than this each gets one line; the contenders then stand in the summary.
constexpr std::size_t kDetailed = 3;

std::string ratio_text(double ratio) {
  return std::isfinite(ratio) ? fmt::format("{:.3f}", ratio) : "-";
}

std::string share_text(double fraction) {
  return fmt::format("{:.3f} %", 100 * fraction);
}

/// Ascending, with what has no ratio at the end; the order given where they are equal.
std::vector<std::size_t> by_ratio(const std::vector<double>& ratios) {
  std::vector<std::size_t> order(ratios.size());
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
  const auto rank = [&](std::size_t i) { return std::isfinite(ratios[i]) ? ratios[i] : HUGE_VAL; };
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return rank(a) < rank(b); });
  return order;
}

/// The rows of one weight.
class SeriesTable {
 public:
  SeriesTable(const BacktestPlan& plan, std::size_t weight, bool detailed)
      : plan_(plan), weight_(weight), detailed_(detailed) {}

  void add(const SeriesFigures& series) {
    const WeightFigures& figures = series.weights[weight_];
    name_ = series.name;
    outcome("policy", figures, figures.policy, Table::kUp);
    const Optimum& best = figures.hindsight;
    row("hindsight", best.bill, best.throttled_fraction(), "", "", best.loss(figures.weight), 1,
        Table::kPlain);
    if (!detailed_) return;
    std::vector<double> ratios;
    ratios.reserve(figures.contenders.size());
    for (const Outcome& one : figures.contenders) ratios.push_back(figures.ratio(one));
    for (const std::size_t c : by_ratio(ratios)) {
      outcome(plan_.contenders[c].name, figures, figures.contenders[c], Table::kPlain);
    }
  }
  bool empty() const { return table_.empty(); }
  std::string text(bool colour) const { return table_.text(colour); }

 private:
  void outcome(const std::string& who, const WeightFigures& figures, const Outcome& outcome,
               Table::Tone tone) {
    row(who, outcome.bill, outcome.throttled_fraction(),
        fmt::format("{:.1f} h", outcome.saturated_seconds / 3600),
        fmt::format("{}/{}/{}", outcome.upgrades, outcome.downgrades, outcome.cancels),
        outcome.loss(figures.weight), figures.ratio(outcome), tone);
  }
  void row(const std::string& who, double bill, double throttled, const std::string& saturated,
           const std::string& orders, double loss, double ratio, Table::Tone tone) {
    table_.row({std::exchange(name_, ""), who, fmt::format("{:.2f}", bill), share_text(throttled),
                saturated, orders, fmt::format("{:.2f}", loss), ratio_text(ratio)},
               tone);
  }

  const BacktestPlan& plan_;
  std::size_t weight_;
  bool detailed_;
  std::string name_;  ///< of the series, until its first row has it
  Table table_{{{"SERIES"},
                {"WHO"},
                {"BILL", kRight},
                {"THROTTLED", kRight},
                {"SATURATED", kRight},
                {"UP/DOWN/CANCEL", kRight},
                {"LOSS", kRight},
                {"RATIO", kRight}}};
};

std::string summary_text(const BacktestPlan& plan, const WeightSummary& summary, bool colour) {
  Table table({{"RATIO TO HINDSIGHT"},
               {"MEDIAN", kRight},
               {"MEAN", kRight},
               {"WORST", kRight},
               {"SERIES", kRight}});
  const auto row = [&](const std::string& who, const RatioSummary& one, Table::Tone tone) {
    table.row({who, ratio_text(one.median), ratio_text(one.mean), ratio_text(one.worst),
               std::to_string(one.series)},
              tone);
  };
  row("policy", summary.policy, Table::kUp);
  std::vector<double> medians;
  medians.reserve(summary.contenders.size());
  for (const RatioSummary& one : summary.contenders) medians.push_back(one.median);
  for (const std::size_t c : by_ratio(medians)) {
    row(plan.contenders[c].name, summary.contenders[c], Table::kPlain);
  }
  return table.text(colour);
}

std::string heading(const BacktestOptions& options, const BacktestPlan& plan, double weight) {
  std::string price = options.unit_price + " per Mbps and 30 days";
  if (!options.price_steps.empty()) price = "prices " + options.price_steps;
  if (options.included > 0) price += fmt::format(" beyond {} Mbps", options.included);
  return fmt::format("Policy {}, throttle weight {}, {}, cycles of {}, {}\n",
                     printable(plan.policy_name, 200), weight_text(weight), options.billing,
                     options.cycle, price);
}

}  // namespace

std::string too_short_text(const std::string& name, const BacktestOptions& options,
                           const BacktestPlan& plan) {
  return fmt::format("{}: no score, it is shorter than {} cycles of {}\n", printable(name, 400),
                     plan.settings.skip_cycles + 1, printable(options.cycle, 32));
}

std::string backtest_tables(const BacktestOptions& options, const BacktestPlan& plan,
                            const std::vector<SeriesFigures>& figures, bool colour) {
  std::string text;
  const std::vector<WeightSummary> summaries = summarise(plan, figures);
  const auto scored =
      std::count_if(figures.begin(), figures.end(), [](const auto& one) { return one.scored; });
  for (std::size_t w = 0; w < plan.weights.size() && scored > 0; ++w) {
    if (w > 0) text += "\n";
    text += heading(options, plan, plan.weights[w]);
    SeriesTable series(plan, w, figures.size() <= kDetailed);
    for (const SeriesFigures& one : figures) {
      if (one.scored) series.add(one);
    }
    text += series.text(colour);
    if (scored > 1) text += "\n" + summary_text(plan, summaries[w], colour);
  }
  for (const SeriesFigures& one : figures) {
    if (one.scored) continue;
    text +=
        fmt::format("{}: no score, it is shorter than {} cycles of {}\n", printable(one.name, 400),
                    plan.settings.skip_cycles + 1, printable(options.cycle, 32));
  }
  return text;
}

}  // namespace penstock
