#include "policies/backtest.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace penstock {

namespace {

RatioSummary summary_of(std::vector<double> ratios) {
  std::erase_if(ratios, [](double ratio) { return !std::isfinite(ratio); });
  if (ratios.empty()) {
    constexpr double kNone = std::numeric_limits<double>::quiet_NaN();
    return {.median = kNone, .mean = kNone, .worst = kNone, .series = 0};
  }
  std::sort(ratios.begin(), ratios.end());
  const std::size_t n = ratios.size();
  double sum = 0;
  for (const double ratio : ratios) sum += ratio;
  return {.median = n % 2 == 1 ? ratios[n / 2] : (ratios[n / 2 - 1] + ratios[n / 2]) / 2,
          .mean = sum / static_cast<double>(n),
          .worst = ratios.back(),
          .series = n};
}

}  // namespace

Series prepared(Series series, const BacktestPlan& plan) {
  if (plan.scale_mean > 0) {
    scale_mean(series, plan.scale_mean, static_cast<double>(plan.settings.max_cap));
  }
  return series;
}

SeriesFigures backtest(const Series& series, const BacktestPlan& plan) {
  const Timeline timeline = make_timeline(series, plan.settings.cycle);
  SeriesFigures figures{.name = series.name,
                        .samples = series.size(),
                        .interval = timeline.interval,
                        .gap = timeline.gap,
                        .scored = timeline.scorable(plan.settings.skip_cycles),
                        .weights = {}};
  if (!figures.scored) return figures;
  for (const double weight : plan.weights) {
    WeightFigures one{.weight = weight,
                      .policy = {},
                      .hindsight = hindsight(series, timeline, plan.settings, weight),
                      .contenders = {}};
    one.policy = replay(series, timeline, *plan.policy(series, timeline, weight), plan.settings);
    for (const ContenderSpec& spec : plan.contenders) {
      const bool played = !figures.weights.empty() && !spec.weighs();
      if (played) {
        one.contenders.push_back(figures.weights.front().contenders[one.contenders.size()]);
        continue;
      }
      const auto contender = make_contender(spec, series, timeline, weight);
      one.contenders.push_back(replay(series, timeline, *contender, plan.settings));
    }
    figures.weights.push_back(std::move(one));
  }
  return figures;
}

double WeightFigures::ratio(const Outcome& outcome) const {
  const double best = hindsight.loss(weight);
  const double loss = outcome.loss(weight);
  if (best > 0) return loss / best;
  return loss > 0 ? std::numeric_limits<double>::quiet_NaN() : 1;
}

std::vector<WeightSummary> summarise(const BacktestPlan& plan,
                                     const std::vector<SeriesFigures>& figures) {
  std::vector<WeightSummary> summaries;
  for (std::size_t w = 0; w < plan.weights.size(); ++w) {
    std::vector<double> policy;
    std::vector<std::vector<double>> contenders(plan.contenders.size());
    for (const SeriesFigures& series : figures) {
      if (!series.scored) continue;
      const WeightFigures& one = series.weights[w];
      policy.push_back(one.ratio(one.policy));
      for (std::size_t c = 0; c < contenders.size(); ++c) {
        contenders[c].push_back(one.ratio(one.contenders[c]));
      }
    }
    WeightSummary summary{.weight = plan.weights[w], .policy = {}, .contenders = {}};
    summary.policy = summary_of(std::move(policy));
    for (auto& ratios : contenders) summary.contenders.push_back(summary_of(std::move(ratios)));
    summaries.push_back(std::move(summary));
  }
  return summaries;
}

}  // namespace penstock
