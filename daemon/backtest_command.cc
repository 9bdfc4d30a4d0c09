#include "daemon/backtest_command.h"

#include <cstdio>
#include <utility>

#include "daemon/backtest_compare.h"
#include "daemon/backtest_history.h"
#include "daemon/backtest_policy.h"
#include "daemon/exit_code.h"
#include "daemon/log.h"
#include "daemon/series_feed.h"
#include "daemon/table.h"

namespace penstock {

namespace {

int fail(const Error& error, int code) {
  std::fprintf(stderr, "penstock backtest: %s\n", printable(error.message, 4096).c_str());
  return code;
}

int print(const std::string& text) {
  const bool written = std::fwrite(text.data(), 1, text.size(), stdout) == text.size();
  return written && std::fflush(stdout) == 0 ? kExitDone : kExitFailed;
}

int play(const BacktestOptions& options, const BacktestPlan& plan,
         const std::vector<SeriesSource>& sources) {
  std::vector<SeriesFigures> figures(sources.size());
  const Status played =
      for_each_series(sources, {.jobs = options.jobs, .progress = options.progress},
                      [&](std::size_t i, Series series) {
                        figures[i] = backtest(prepared(std::move(series), plan), plan);
                      });
  if (!played) return fail(played.error(), kExitFailed);
  return print(options.json ? backtest_json(options, plan, figures) + "\n"
                            : backtest_tables(options, plan, figures, stdout_wants_colour()));
}

int compare(const BacktestOptions& options, const BacktestPlan& plan,
            const ComparisonPlan& comparison, const std::vector<SeriesSource>& sources) {
  std::vector<ComparedSeries> compared(sources.size());
  const Status played = for_each_series(
      sources, {.jobs = options.jobs, .progress = options.progress},
      [&](std::size_t i, Series series) {
        compared[i] = compare_series(prepared(std::move(series), plan), plan, comparison);
      });
  if (!played) return fail(played.error(), kExitFailed);
  return print(options.json
                   ? comparison_json(options, plan, comparison, compared) + "\n"
                   : comparison_tables(options, plan, comparison, compared, stdout_wants_colour()));
}

}  // namespace

int run_backtest(const BacktestOptions& options, TimePoint now) {
  Result<BacktestPlan> plan = make_plan(options);
  if (!plan) return fail(plan.error(), kExitUsage);
  const Result<History> history = parse_history(options, now);
  if (!history) return fail(history.error(), kExitUsage);
  Result<ComparisonPlan> comparison = make_comparison(options, *plan);
  if (!comparison) return fail(comparison.error(), kExitUsage);
  if (const PolicyProblem wrong = add_policy(options, *plan, *comparison); wrong) {
    std::fputs(wrong->c_str(), stderr);
    return kExitConfig;
  }
  const Result<std::vector<SeriesSource>> sources = open_history(*history, options.progress);
  if (!sources) return fail(sources.error(), kExitFailed);
  return options.compare_billing ? compare(options, *plan, *comparison, *sources)
                                 : play(options, *plan, *sources);
}

}  // namespace penstock
