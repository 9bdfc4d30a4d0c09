// A backtest: one series played by a policy, by contenders and by hindsight, scored per weight.
//
//   SeriesFigures figures = backtest(prepared(series, plan), plan);
//   std::vector<WeightSummary> summary = summarise(plan, all_figures);
//   summary[0].policy.median;
//
// Pure: the caller reads the series and shows the figures. Different series may be played in
// different threads; a plan is only read.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "policies/contenders.h"
#include "policies/hindsight.h"
#include "policies/replay.h"

namespace penstock {

/// Makes the policy under test, fresh for one series and one throttle weight.
using PolicyMaker =
    std::function<std::unique_ptr<Contender>(const Series&, const Timeline&, double weight)>;

struct BacktestPlan {
  ReplaySettings settings;
  std::vector<double> weights{100};
  std::vector<ContenderSpec> contenders;
  PolicyMaker policy;
  std::string policy_name;
  double scale_mean = 0;  ///< 0 = leave the series as they are
};

struct WeightFigures {
  double weight = 0;
  Outcome policy;
  Optimum hindsight;
  std::vector<Outcome> contenders;  ///< in the plan's order

  /// Loss over hindsight's; 1 where neither costs anything, NaN where only hindsight does not.
  double ratio(const Outcome& outcome) const;
};

struct SeriesFigures {
  std::string name;
  std::size_t samples = 0;
  double interval = 0;  ///< seconds
  double gap = 0;       ///< seconds
  bool scored = false;  ///< false: shorter than the cycles to skip and one more; no weights then
  std::vector<WeightFigures> weights;  ///< in the plan's order
};

/// The series as it is played: scaled where the plan says so.
Series prepared(Series series, const BacktestPlan& plan);
/// Plays a prepared series.
SeriesFigures backtest(const Series& series, const BacktestPlan& plan);

struct RatioSummary {
  double median = 0;
  double mean = 0;
  double worst = 0;
  std::size_t series = 0;  ///< that have a ratio
};

struct WeightSummary {
  double weight = 0;
  RatioSummary policy;
  std::vector<RatioSummary> contenders;
};

std::vector<WeightSummary> summarise(const BacktestPlan& plan,
                                     const std::vector<SeriesFigures>& figures);

}  // namespace penstock
