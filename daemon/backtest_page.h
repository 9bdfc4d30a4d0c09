// The backtest as a page: one file with charts, good to show to somebody who has no terminal.
//
//   PageCharts charts(plan, sources.size());           // how many series are drawn, and how finely
//   if (i < charts.count()) charts.add(i, series);     // from any thread
//   std::string html = backtest_page(options, plan, figures, charts);
//
// Self-contained: style, script and data are inside, nothing is loaded. Its size is bounded: of a
// folder of thousands every series has its row, the first ones have charts. Names are data and
// never markup.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "daemon/backtest_charts.h"
#include "daemon/backtest_options.h"

namespace penstock {

class PageCharts {
 public:
  PageCharts(const BacktestPlan& plan, std::size_t series);
  std::size_t count() const { return charts_.size(); }
  /// Different indices may be added by different threads.
  void add(std::size_t index, const Series& series) {
    charts_[index] = chart_series(series, plan_, size_);
  }
  const std::vector<ChartedSeries>& charts() const { return charts_; }

 private:
  const BacktestPlan& plan_;
  ChartSize size_;
  std::vector<ChartedSeries> charts_;
};

std::string backtest_page(const BacktestOptions& options, const BacktestPlan& plan,
                          const std::vector<SeriesFigures>& figures, const PageCharts& charts);

/// The files report.html, report.css and report.js, as they were when this program was built.
std::string_view report_html();
std::string_view report_css();
std::string_view report_js();

}  // namespace penstock
