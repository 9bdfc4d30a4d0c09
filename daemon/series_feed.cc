#include "daemon/series_feed.h"

#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>

#include "daemon/log.h"

namespace penstock {

namespace {

constexpr std::size_t kMaxJobs = 256;

/// Each thread takes the next source that is not yet taken.
class Crew {
 public:
  Crew(const std::vector<SeriesSource>& sources, bool progress, const SeriesPlay& play)
      : sources_(sources), play_(play), progress_(progress) {}

  void take_turns() {
    for (std::size_t i = next_++; i < sources_.size(); i = next_++) {
      Result<Series> series = sources_[i]();
      if (!series) {
        fail(i, series.error());
        return;
      }
      const std::string name = progress_ ? series->name : std::string();
      play_(i, *std::move(series));
      if (progress_) tell(name);
    }
  }
  Status status() const {
    if (error_) return *error_;
    return ok();
  }

 private:
  void fail(std::size_t i, const Error& error) {
    next_ = sources_.size();  // nobody begins another
    const std::lock_guard<std::mutex> lock(mutex_);
    // Sources before this one are taken already, so that the first error is the same each time.
    if (error_ && failed_ < i) return;
    error_ = error;
    failed_ = i;
  }
  void tell(const std::string& name) {
    const std::lock_guard<std::mutex> lock(mutex_);
    std::fprintf(stderr, "%zu/%zu %s\n", ++done_, sources_.size(), printable(name, 200).c_str());
  }

  const std::vector<SeriesSource>& sources_;
  const SeriesPlay& play_;
  bool progress_;
  std::atomic<std::size_t> next_{0};
  std::mutex mutex_;
  std::size_t done_ = 0;
  std::optional<Error> error_;
  std::size_t failed_ = 0;
};

std::size_t jobs_for(int wanted, std::size_t sources) {
  const std::size_t processors = std::max(1U, std::thread::hardware_concurrency());
  const std::size_t jobs = wanted > 0 ? static_cast<std::size_t>(wanted) : processors;
  return std::min({jobs, kMaxJobs, sources});
}

}  // namespace

std::vector<SeriesSource> trace_sources(const std::vector<std::string>& files,
                                        const TraceColumns& columns) {
  std::vector<SeriesSource> sources;
  sources.reserve(files.size());
  for (const std::string& file : files) {
    sources.emplace_back([file, columns] { return read_trace(file, columns); });
  }
  return sources;
}

std::vector<SeriesSource> held_sources(std::vector<Series> series) {
  std::vector<SeriesSource> sources;
  sources.reserve(series.size());
  for (Series& one : series) {
    const auto held = std::make_shared<Series>(std::move(one));
    sources.emplace_back([held] { return Result<Series>(std::move(*held)); });
  }
  return sources;
}

Status for_each_series(const std::vector<SeriesSource>& sources, const FeedOptions& options,
                       const SeriesPlay& play) {
  Crew crew(sources, progress_is_shown(options.progress), play);
  std::vector<std::thread> threads;
  const std::size_t jobs = jobs_for(options.jobs, sources.size());
  threads.reserve(jobs);
  for (std::size_t i = 1; i < jobs; ++i) threads.emplace_back([&crew] { crew.take_turns(); });
  crew.take_turns();
  for (std::thread& thread : threads) thread.join();
  return crew.status();
}

bool progress_is_shown(bool wanted) {
  return wanted || isatty(STDERR_FILENO) == 1;
}

}  // namespace penstock
