#include "daemon/backtest_command.h"

#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <mutex>
#include <optional>
#include <thread>

#include "daemon/backtest_policy.h"
#include "daemon/exit_code.h"
#include "daemon/log.h"
#include "daemon/table.h"
#include "daemon/trace_csv.h"

namespace penstock {

namespace {

constexpr int kMaxJobs = 256;

int fail(const Error& error, int code) {
  std::fprintf(stderr, "penstock backtest: %s\n", printable(error.message, 4096).c_str());
  return code;
}

/// One line on stderr that counts series, for people who wait.
class Progress {
 public:
  Progress(bool wanted, std::size_t total)
      : shown_(wanted || isatty(STDERR_FILENO) == 1), total_(total) {}
  void step(const std::string& name) {
    if (!shown_) return;
    const std::lock_guard<std::mutex> lock(mutex_);
    std::fprintf(stderr, "%zu/%zu %s\n", ++done_, total_, printable(name).c_str());
  }

 private:
  bool shown_;
  std::size_t total_;
  std::mutex mutex_;
  std::size_t done_ = 0;
};

/// Plays every file in its turn; each thread takes the next one not yet taken. A series is in
/// memory only while it is played.
class Crew {
 public:
  Crew(const BacktestPlan& plan, const TraceColumns& columns, const std::vector<std::string>& files,
       bool progress)
      : plan_(plan),
        columns_(columns),
        files_(files),
        figures_(files.size()),
        progress_(progress, files.size()) {}

  void work(int jobs) {
    std::vector<std::thread> threads;
    for (int i = 1; i < jobs; ++i) threads.emplace_back([this] { take_turns(); });
    take_turns();
    for (std::thread& thread : threads) thread.join();
  }
  const std::optional<Error>& error() const { return error_; }
  const std::vector<SeriesFigures>& figures() const { return figures_; }

 private:
  void take_turns() {
    for (std::size_t i = next_++; i < files_.size(); i = next_++) {
      Result<Series> series = read_trace(files_[i], columns_);
      if (!series) {
        const std::lock_guard<std::mutex> lock(mutex_);
        // The first file's error, whichever thread came first, so that output is the same each
        // time.
        if (!error_ || i < error_file_) {
          error_ = series.error();
          error_file_ = i;
        }
        continue;
      }
      figures_[i] = backtest(prepared(*std::move(series), plan_), plan_);
      progress_.step(figures_[i].name);
    }
  }

  const BacktestPlan& plan_;
  const TraceColumns& columns_;
  const std::vector<std::string>& files_;
  std::vector<SeriesFigures> figures_;
  Progress progress_;
  std::atomic<std::size_t> next_{0};
  std::mutex mutex_;
  std::optional<Error> error_;
  std::size_t error_file_ = 0;
};

int jobs_for(const BacktestOptions& options, std::size_t files) {
  const int processors = static_cast<int>(std::max(1U, std::thread::hardware_concurrency()));
  const int wanted = options.jobs > 0 ? std::min(options.jobs, kMaxJobs) : processors;
  return std::min(wanted, static_cast<int>(std::min<std::size_t>(files, kMaxJobs)));
}

}  // namespace

int run_backtest(const BacktestOptions& options) {
  Result<BacktestPlan> plan = make_plan(options);
  if (!plan) return fail(plan.error(), kExitUsage);
  if (const PolicyProblem wrong = add_policy(options, *plan); wrong) {
    std::fputs(wrong->c_str(), stderr);
    return kExitConfig;
  }
  const Result<double> factor = unit_factor(options.value_unit);
  if (!factor) return fail(factor.error(), kExitUsage);
  if (options.traces.empty()) {
    return fail({.kind = ErrorKind::kInvalid,
                 .message = "nothing to replay: give --trace FILE or --trace FOLDER",
                 .code = {},
                 .request_id = {}},
                kExitUsage);
  }
  std::vector<std::string> files;
  for (const std::string& path : options.traces) {
    Result<std::vector<std::string>> found = list_traces(path);
    if (!found) return fail(found.error(), kExitFailed);
    files.insert(files.end(), found->begin(), found->end());
  }
  const TraceColumns columns{
      .time = options.time_column, .value = options.value_column, .scale = *factor};
  Crew crew(*plan, columns, files, options.progress);
  crew.work(jobs_for(options, files.size()));
  if (crew.error()) return fail(*crew.error(), kExitFailed);
  const std::string text =
      options.json ? backtest_json(options, *plan, crew.figures()) + "\n"
                   : backtest_tables(options, *plan, crew.figures(), stdout_wants_colour());
  const bool written = std::fwrite(text.data(), 1, text.size(), stdout) == text.size();
  return written && std::fflush(stdout) == 0 ? kExitDone : kExitFailed;
}

}  // namespace penstock
