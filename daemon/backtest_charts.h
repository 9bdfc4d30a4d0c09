// What a report draws of one series, reduced to what a screen can show.
//
//   ChartedSeries chart = chart_series(prepared_series, plan, {});
//   write_chart(writer, plan, chart);
//
// Time is cut into equal slots; of each slot the least and the largest demand are kept, so that no
// peak is lost, and the cap at its end. Pure but for the writer it is given.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "daemon/json.h"
#include "policies/backtest.h"

namespace penstock {

/// Points of each line of the bill.
inline constexpr std::size_t kBillPoints = 241;

/// How much of a series is kept.
struct ChartSize {
  std::size_t slots = 4000;
  std::size_t orders = 500;  ///< there are seldom as many
};

struct ChartedOrder {
  double at = 0;  ///< seconds since the series began
  Event event;
};

struct ChartedWeight {
  std::vector<double> cap;       ///< of the policy, at the end of each slot
  std::vector<double> best_cap;  ///< in hindsight; 0 where not scored, empty where the cap is free
  std::vector<ChartedOrder> orders;  ///< evenly picked where there are too many
  std::size_t more_orders = 0;
  /// Bill so far at kBillPoints instants of the scored time: the policy, hindsight, then the plan's
  /// contenders. Empty where a bill does not grow with the cap.
  std::vector<std::vector<double>> bills;
};

struct ChartedSeries {
  bool drawn = false;  ///< false: too short to be scored
  TimePoint begin;
  double slot = 0;                     ///< seconds
  std::vector<double> low;             ///< least demand in each slot, NaN where there is no sample
  std::vector<double> high;            ///< largest
  double scored_from = 0;              ///< seconds since begin
  double span = 0;                     ///< seconds
  std::vector<ChartedWeight> weights;  ///< in the plan's order
};

/// `series` is prepared as it is played.
ChartedSeries chart_series(const Series& series, const BacktestPlan& plan, const ChartSize& size);

void write_chart(JsonWriter& w, const BacktestPlan& plan, const ChartedSeries& chart);

}  // namespace penstock
