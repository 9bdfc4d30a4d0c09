#include "daemon/backtest_compare.h"

#include <fmt/format.h>

#include <cmath>

#include "daemon/backtest_command.h"
#include "daemon/json.h"
#include "daemon/log.h"
#include "daemon/table.h"

namespace penstock {

namespace {

constexpr auto kRight = Table::kRight;
/// With more series than this each gets one line, and the models stand in the total.
constexpr std::size_t kDetailed = 3;
/// What a GB costs unless something else is said, as a share of the prepaid Mbps' price.
constexpr double kGigabyteShare = 0.01;

std::string_view title_of(BillingModel model) {
  switch (model) {
    case BillingModel::kPrepaid:
      return "prepaid flat";
    case BillingModel::kPostpaid:
      return "postpaid flat";
    case BillingModel::kBurst95:
      return "95th percentile";
    case BillingModel::kPackage:
      return "traffic package";
  }
  return "";
}

/// Who plays: the policy where the cap costs money, an open cap where it is free.
std::string_view player_of(BillingModel model) {
  const bool flat = model == BillingModel::kPrepaid || model == BillingModel::kPostpaid;
  return flat ? "policy" : "open";
}

std::string price_text(double price) {
  return fmt::format("{:.4g}", price);
}

std::string equal_text(const ModelCost& cost) {
  if (!cost.equal_at) return "-";
  const bool package = cost.model == BillingModel::kPackage;
  return price_text(*cost.equal_at) + (package ? " per GB" : " per Mbps");
}

std::string against(double loss, double best) {
  if (loss == best) return "best";
  return best > 0 ? fmt::format("{:+.1f} %", 100 * (loss / best - 1)) : "-";
}

std::string models_text(const BillingComparison& costs, double weight, bool colour) {
  Table table({{"BILLING"},
               {"WHO"},
               {"BILL", kRight},
               {"THROTTLED", kRight},
               {"LOSS", kRight},
               {"AGAINST BEST", kRight},
               {"EQUAL AT", kRight}});
  const double best = costs.models[costs.cheapest].played.loss(weight);
  for (std::size_t m = 0; m < costs.models.size(); ++m) {
    const ModelCost& cost = costs.models[m];
    const auto row = [&](std::string_view who, const auto& sums, const std::string& equal,
                         Table::Tone tone) {
      const double loss = sums.loss(weight);
      table.row({who == "hindsight" ? "" : std::string(title_of(cost.model)), std::string(who),
                 fmt::format("{:.2f}", sums.bill),
                 fmt::format("{:.3f} %", 100 * sums.throttled_fraction()),
                 fmt::format("{:.2f}", loss), against(loss, best), equal},
                tone);
    };
    row(player_of(cost.model), cost.played, equal_text(cost),
        m == costs.cheapest ? Table::kUp : Table::kPlain);
    row("hindsight", cost.hindsight, "", Table::kPlain);
  }
  return table.text(colour);
}

std::string verdict(const BillingComparison& costs) {
  const ModelCost& best = costs.models[costs.cheapest];
  std::string text = fmt::format("Cheapest: {}", title_of(best.model));
  if (best.equal_at) text += fmt::format(", as long as its price is below {}", equal_text(best));
  return text + ".\n";
}

std::string one_line_each(const BacktestPlan& plan, const std::vector<ComparedSeries>& series,
                          std::size_t w, bool colour) {
  std::vector<Table::Column> columns{{"SERIES"}};
  for (const BillingModel model : kBillingModels) {
    columns.push_back({std::string(to_string(model)), kRight});
  }
  columns.push_back({"CHEAPEST"});
  Table table(std::move(columns));
  for (const ComparedSeries& one : series) {
    if (!one.scored) continue;
    const BillingComparison& costs = one.weights[w];
    std::vector<std::string> cells{one.name};
    for (const ModelCost& cost : costs.models) {
      cells.push_back(fmt::format("{:.2f}", cost.played.loss(plan.weights[w])));
    }
    cells.emplace_back(title_of(costs.models[costs.cheapest].model));
    table.row(std::move(cells));
  }
  return table.text(colour);
}

std::string prices_text(const BacktestOptions& options, const ComparisonPlan& comparison) {
  const auto unit = [&](std::size_t m) {
    return price_text(PriceCurve(comparison.settings[m].tariff).unit_price());
  };
  const auto note = [](bool given) { return given ? "" : " (as prepaid)"; };
  const ReplaySettings& package = comparison.settings[3];
  const bool derived = options.package_price.empty() && options.overage_price.empty();
  return fmt::format(
      "Prices per Mbps and 30 days: prepaid {}{}, postpaid {}{}, 95th {}{}.\n"
      "Package: {:g} GB for {:g} each {}, {:g} for each GB beyond it{}.\n",
      unit(0), options.price_steps.empty() ? "" : " and steps", unit(1),
      note(!options.postpaid_price.empty()), unit(2), note(!options.burst95_price.empty()),
      package.package_gigabytes, package.package_price, printable(options.cycle, 32),
      package.overage_price, derived ? " (a hundredth of the prepaid price)" : "");
}

/// Over all series that have a score.
BillingComparison total_of(const std::vector<ComparedSeries>& series,
                           const ComparisonPlan& comparison, std::size_t w, double weight) {
  BillingComparison total;
  for (const ComparedSeries& one : series) {
    if (one.scored) add_up(total, one.weights[w]);
  }
  rank_models(total, comparison, weight);
  return total;
}

void write_sums(JsonWriter& w, const Outcome& sums, double weight) {
  w.begin_object();
  w.key("bill").number(sums.bill);
  w.key("throttled_fraction").number(sums.throttled_fraction());
  w.key("loss").number(sums.loss(weight));
  w.key("orders").begin_object();
  w.key("upgrade").integer(sums.upgrades);
  w.key("downgrade").integer(sums.downgrades);
  w.key("cancel").integer(sums.cancels);
  w.end_object().end_object();
}

void write_costs(JsonWriter& w, const BillingComparison& costs, double weight) {
  w.begin_object();
  for (const ModelCost& cost : costs.models) {
    w.key(to_string(cost.model)).begin_object();
    w.key(player_of(cost.model));
    write_sums(w, cost.played, weight);
    w.key("hindsight").begin_object();
    w.key("bill").number(cost.hindsight.bill);
    w.key("throttled_fraction").number(cost.hindsight.throttled_fraction());
    w.key("loss").number(cost.hindsight.loss(weight));
    w.end_object();
    w.key("equal_at").number(cost.equal_at.value_or(std::nan("")));
    w.end_object();
  }
  w.key("cheapest").string(to_string(costs.models[costs.cheapest].model));
  w.end_object();
}

void write_prices(JsonWriter& w, const BacktestOptions& options, const ComparisonPlan& comparison) {
  const auto unit = [&](std::size_t m) {
    return PriceCurve(comparison.settings[m].tariff).unit_price();
  };
  const ReplaySettings& package = comparison.settings[3];
  w.begin_object();
  w.key("prepaid_unit_price").number(unit(0));
  w.key("price_steps").string(options.price_steps);
  w.key("postpaid_unit_price").number(unit(1));
  w.key("burst95_unit_price").number(unit(2));
  w.key("commit_mbps").number(comparison.settings[2].commit);
  w.key("included_mbps").integer(options.included);
  w.key("package_gigabytes").number(package.package_gigabytes);
  w.key("package_price").number(package.package_price);
  w.key("overage_price").number(package.overage_price);
  w.end_object();
}

}  // namespace

Result<ComparisonPlan> make_comparison(const BacktestOptions& options, const BacktestPlan& plan) {
  ComparisonPlan comparison;
  for (std::size_t m = 0; m < kBillingModels.size(); ++m) {
    comparison.settings[m] = plan.settings;
    comparison.settings[m].billing = kBillingModels[m];
  }
  struct Price {
    const char* option;
    const std::string& text;
    Tariff& tariff;
  };
  for (const Price& one :
       {Price{"--postpaid-price", options.postpaid_price, comparison.settings[1].tariff},
        Price{"--burst95-price", options.burst95_price, comparison.settings[2].tariff}}) {
    if (one.text.empty()) continue;
    const Result<Money> price = parse_price(one.option, one.text);
    if (!price) return price.error();
    one.tariff.unit_price = *price;
    one.tariff.steps.clear();
  }
  ReplaySettings& package = comparison.settings[3];
  if (options.package_price.empty() && options.overage_price.empty()) {
    package.overage_price = kGigabyteShare * PriceCurve(plan.settings.tariff).unit_price();
  }
  return comparison;
}

ComparedSeries compare_series(const Series& series, const BacktestPlan& plan,
                              const ComparisonPlan& comparison) {
  const Timeline timeline = make_timeline(series, plan.settings.cycle);
  ComparedSeries compared{.name = series.name,
                          .samples = series.size(),
                          .scored = timeline.scorable(plan.settings.skip_cycles),
                          .weights = {}};
  if (!compared.scored) return compared;
  compared.weights.reserve(plan.weights.size());
  for (const double weight : plan.weights) {
    compared.weights.push_back(compare_billing(series, comparison, weight));
  }
  return compared;
}

std::string comparison_tables(const BacktestOptions& options, const BacktestPlan& plan,
                              const ComparisonPlan& comparison,
                              const std::vector<ComparedSeries>& series, bool colour) {
  std::size_t scored = 0;
  for (const ComparedSeries& one : series) scored += one.scored ? 1 : 0;
  std::string text = prices_text(options, comparison);
  for (std::size_t w = 0; w < plan.weights.size() && scored > 0; ++w) {
    const double weight = plan.weights[w];
    text += fmt::format("\nPolicy {}, throttle weight {}, cycles of {}\n",
                        printable(plan.policy_name, 200), weight_text(weight), options.cycle);
    if (series.size() > kDetailed) {
      text += "\n" + one_line_each(plan, series, w, colour);
    } else {
      for (const ComparedSeries& one : series) {
        if (!one.scored) continue;
        text += "\n" + printable(one.name, 400) + "\n" +
                models_text(one.weights[w], weight, colour) + verdict(one.weights[w]);
      }
    }
    if (scored < 2) continue;
    const BillingComparison total = total_of(series, comparison, w, weight);
    text += fmt::format("\nAll {} series together\n", scored);
    text += models_text(total, weight, colour) + verdict(total);
  }
  for (const ComparedSeries& one : series) {
    if (!one.scored) text += too_short_text(one.name, options, plan);
  }
  return text;
}

std::string comparison_json(const BacktestOptions& options, const BacktestPlan& plan,
                            const ComparisonPlan& comparison,
                            const std::vector<ComparedSeries>& series) {
  JsonWriter w;
  w.begin_object().key("settings");
  write_settings(w, options, plan);
  w.key("prices");
  write_prices(w, options, comparison);
  w.key("series").begin_array();
  bool any = false;
  for (const ComparedSeries& one : series) {
    any = any || one.scored;
    w.begin_object();
    w.key("name").string(one.name);
    w.key("samples").integer(static_cast<std::int64_t>(one.samples));
    w.key("weights").begin_object();
    for (std::size_t i = 0; i < one.weights.size(); ++i) {
      w.key(weight_text(plan.weights[i]));
      write_costs(w, one.weights[i], plan.weights[i]);
    }
    w.end_object().end_object();
  }
  w.end_array().key("total").begin_object();
  for (std::size_t i = 0; i < plan.weights.size() && any; ++i) {
    w.key(weight_text(plan.weights[i]));
    write_costs(w, total_of(series, comparison, i, plan.weights[i]), plan.weights[i]);
  }
  w.end_object().end_object();
  return w.take();
}

}  // namespace penstock
