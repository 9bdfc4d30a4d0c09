// `penstock backtest`: replays history under a policy and the contenders, and shows what each
// costs.
//
//   int exit_code = run_backtest(BacktestOptions{.traces = {"traces/"}, .json = true}, now);
//
// Reads files, plays series in parallel (one thread per job, nothing shared but the plan), writes
// the document to stdout and progress to stderr. Called once from the command line.
#pragma once

#include <string>
#include <vector>

#include "daemon/backtest_options.h"
#include "daemon/json.h"

namespace penstock {

/// 0 done, 1 failed (a file cannot be read), 64 wrong usage, 78 wrong policy.
int run_backtest(const BacktestOptions& options, TimePoint now);

/// The `--json` document (its names are a contract: a test keeps them).
std::string backtest_json(const BacktestOptions& options, const BacktestPlan& plan,
                          const std::vector<SeriesFigures>& figures);
/// What a person reads: the series, then the summary over them.
std::string backtest_tables(const BacktestOptions& options, const BacktestPlan& plan,
                            const std::vector<SeriesFigures>& figures, bool colour);

/// What both documents begin with.
void write_settings(JsonWriter& w, const BacktestOptions& options, const BacktestPlan& plan);
/// One line about a series that has no score.
std::string too_short_text(const std::string& name, const BacktestOptions& options,
                           const BacktestPlan& plan);

}  // namespace penstock
