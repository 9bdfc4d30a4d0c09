// The backtest's JSON document; its shape is what other programs rely on.
#include "daemon/backtest_command.h"
#include "daemon/json.h"

namespace penstock {

namespace {

void write_outcome(JsonWriter& w, const WeightFigures& figures, const Outcome& outcome) {
  w.begin_object();
  w.key("bill").number(outcome.bill);
  w.key("throttled_fraction").number(outcome.throttled_fraction());
  w.key("throttled_mbps_seconds").number(outcome.throttled);
  w.key("saturated_seconds").number(outcome.saturated_seconds);
  w.key("loss").number(outcome.loss(figures.weight));
  w.key("ratio").number(figures.ratio(outcome));
  w.key("orders").begin_object();
  w.key("upgrade").integer(outcome.upgrades);
  w.key("downgrade").integer(outcome.downgrades);
  w.key("cancel").integer(outcome.cancels);
  w.end_object();
  w.end_object();
}

void write_weight(JsonWriter& w, const BacktestPlan& plan, const WeightFigures& figures) {
  w.key(weight_text(figures.weight)).begin_object();
  w.key("policy");
  write_outcome(w, figures, figures.policy);
  w.key("hindsight").begin_object();
  w.key("bill").number(figures.hindsight.bill);
  w.key("throttled_fraction").number(figures.hindsight.throttled_fraction());
  w.key("loss").number(figures.hindsight.loss(figures.weight));
  w.end_object();
  for (std::size_t c = 0; c < plan.contenders.size(); ++c) {
    w.key(plan.contenders[c].name);
    write_outcome(w, figures, figures.contenders[c]);
  }
  w.end_object();
}

void write_summary(JsonWriter& w, const RatioSummary& summary) {
  w.begin_object().key("ratio").begin_object();
  w.key("median").number(summary.median);
  w.key("mean").number(summary.mean);
  w.key("worst").number(summary.worst);
  w.end_object().end_object();
}

}  // namespace

void write_settings(JsonWriter& w, const BacktestOptions& options, const BacktestPlan& plan) {
  const ReplaySettings& settings = plan.settings;
  const auto seconds = [](Duration span) { return static_cast<double>(span.count()) / 1000.0; };
  w.begin_object();
  w.key("policy").string(plan.policy_name);
  w.key("billing").string(options.billing);
  w.key("cycle_seconds").number(seconds(settings.cycle));
  w.key("unit_price").decimal(format_amount(settings.tariff.unit_price));
  w.key("price_steps").string(options.price_steps);
  w.key("steps_mode").string(options.steps_mode);
  w.key("included_mbps").integer(settings.tariff.included.count());
  w.key("commit_mbps").number(settings.commit);
  w.key("package_gigabytes").number(settings.package_gigabytes);
  w.key("package_price").number(settings.package_price);
  w.key("overage_price").number(settings.overage_price);
  w.key("min_mbps").integer(settings.min_cap);
  w.key("max_mbps").integer(settings.max_cap);
  w.key("latency_seconds").number(seconds(settings.latency));
  w.key("scale_mean_mbps").number(plan.scale_mean);
  w.key("skip_cycles").integer(settings.skip_cycles);
  w.key("throttle_weights").begin_array();
  for (const double weight : plan.weights) w.number(weight);
  w.end_array();
  w.end_object();
}

std::string backtest_json(const BacktestOptions& options, const BacktestPlan& plan,
                          const std::vector<SeriesFigures>& figures) {
  JsonWriter w;
  w.begin_object().key("settings");
  write_settings(w, options, plan);
  w.key("series").begin_array();
  for (const SeriesFigures& series : figures) {
    w.begin_object();
    w.key("name").string(series.name);
    w.key("samples").integer(static_cast<std::int64_t>(series.samples));
    w.key("interval_seconds").number(series.interval);
    w.key("gap_seconds").number(series.gap);
    w.key("weights").begin_object();
    for (const WeightFigures& one : series.weights) write_weight(w, plan, one);
    w.end_object().end_object();
  }
  w.end_array().key("summary").begin_object();
  for (const WeightSummary& one : summarise(plan, figures)) {
    w.key(weight_text(one.weight)).begin_object();
    w.key("policy");
    write_summary(w, one.policy);
    for (std::size_t c = 0; c < plan.contenders.size(); ++c) {
      w.key(plan.contenders[c].name);
      write_summary(w, one.contenders[c]);
    }
    w.end_object();
  }
  w.end_object().end_object();
  return w.take();
}

}  // namespace penstock
