#include "daemon/backtest_command.h"

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <utility>

#include "daemon/backtest_compare.h"
#include "daemon/backtest_history.h"
#include "daemon/backtest_page.h"
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

Status write_file(const std::string& path, const std::string& text) {
  std::ofstream out(path, std::ios::binary | std::ios::trunc);
  out << text;
  out.close();
  if (out) return ok();
  return Error{.kind = ErrorKind::kInvalid,
               .message = path + ": " + std::strerror(errno),
               .code = {},
               .request_id = {}};
}

int play(const BacktestOptions& options, const BacktestPlan& plan,
         const std::vector<SeriesSource>& sources) {
  std::vector<SeriesFigures> figures(sources.size());
  const bool page = !options.html.empty();
  PageCharts charts(plan, page ? sources.size() : 0);
  const Status played =
      for_each_series(sources, {.jobs = options.jobs, .progress = options.progress},
                      [&](std::size_t i, Series read) {
                        const Series series = prepared(std::move(read), plan);
                        figures[i] = backtest(series, plan);
                        if (i < charts.count()) charts.add(i, series);
                      });
  if (!played) return fail(played.error(), kExitFailed);
  if (page) {
    const Status written = write_file(options.html, backtest_page(options, plan, figures, charts));
    if (!written) return fail(written.error(), kExitFailed);
  }
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
  if (options.compare_billing && !options.html.empty()) {
    return fail({.kind = ErrorKind::kInvalid,
                 .message = "--html shows one billing model: leave --compare-billing out",
                 .code = {},
                 .request_id = {}},
                kExitUsage);
  }
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
