// The backtest as a person reads it.
#include <fmt/format.h>

#include <cmath>

#include "daemon/backtest_command.h"
#include "daemon/log.h"
#include "daemon/table.h"

namespace penstock {

namespace {

/// With more series than this each gets one line; the contenders then stand in the summary.
constexpr std::size_t kDetailed = 3;

std::string ratio_text(double ratio) {
  return std::isfinite(ratio) ? fmt::format("{:.3f}", ratio) : "-";
}

std::string share_text(double fraction) {
  return fmt::format("{:.3f} %", 100 * fraction);
}

std::string hours_text(double seconds) {
  return fmt::format("{:.1f} h", seconds / 3600);
}

std::vector<std::string> cells(const std::string& series, const std::string& player,
                               const WeightFigures& figures, const Outcome& outcome) {
  return {series,
          weight_text(figures.weight),
          player,
          fmt::format("{:.2f}", outcome.bill),
          share_text(outcome.throttled_fraction()),
          hours_text(outcome.saturated_seconds),
          fmt::format("{}/{}/{}", outcome.upgrades, outcome.downgrades, outcome.cancels),
          fmt::format("{:.2f}", outcome.loss(figures.weight)),
          ratio_text(figures.ratio(outcome))};
}

void add_series(Table& table, const BacktestPlan& plan, const SeriesFigures& series,
                bool detailed) {
  for (const WeightFigures& one : series.weights) {
    table.row(cells(series.name, "policy", one, one.policy), Table::kUp);
    table.row({series.name, weight_text(one.weight), "hindsight",
               fmt::format("{:.2f}", one.hindsight.bill),
               share_text(one.hindsight.throttled_fraction()), "", "",
               fmt::format("{:.2f}", one.hindsight.loss(one.weight)), "1.000"});
    if (!detailed) continue;
    for (std::size_t c = 0; c < plan.contenders.size(); ++c) {
      table.row(cells(series.name, plan.contenders[c].name, one, one.contenders[c]));
    }
  }
}

void add_summary(Table& table, const std::string& player, double weight,
                 const RatioSummary& summary, Table::Tone tone) {
  table.row({player, weight_text(weight), ratio_text(summary.median), ratio_text(summary.mean),
             ratio_text(summary.worst), std::to_string(summary.series)},
            tone);
}

}  // namespace

std::string backtest_tables(const BacktestPlan& plan, const std::vector<SeriesFigures>& figures,
                            bool colour) {
  constexpr auto kRight = Table::kRight;
  Table series({{"SERIES"},
                {"WEIGHT", kRight},
                {"WHO"},
                {"BILL", kRight},
                {"THROTTLED", kRight},
                {"SATURATED", kRight},
                {"UP/DOWN/CANCEL", kRight},
                {"LOSS", kRight},
                {"RATIO", kRight}});
  std::string notes;
  for (const SeriesFigures& one : figures) {
    if (!one.scored) {
      notes += fmt::format("{} is too short to score\n", printable(one.name));
      continue;
    }
    add_series(series, plan, one, figures.size() <= kDetailed);
  }
  Table summary({{"RATIO TO HINDSIGHT"},
                 {"WEIGHT", kRight},
                 {"MEDIAN", kRight},
                 {"MEAN", kRight},
                 {"WORST", kRight},
                 {"SERIES", kRight}});
  for (const WeightSummary& one : summarise(plan, figures)) {
    add_summary(summary, "policy", one.weight, one.policy, Table::kUp);
    for (std::size_t c = 0; c < plan.contenders.size(); ++c) {
      add_summary(summary, plan.contenders[c].name, one.weight, one.contenders[c], Table::kPlain);
    }
  }
  std::string text = series.empty() ? "" : series.text(colour) + "\n";
  return text + summary.text(colour) + notes;
}

}  // namespace penstock
