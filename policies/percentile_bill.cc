#include "policies/percentile_bill.h"

#include <algorithm>
#include <chrono>
#include <cmath>

namespace penstock {

namespace {

constexpr Duration kBucket = std::chrono::minutes{5};

struct Month {
  TimePoint begin;
  TimePoint end;
};

Month month_of(TimePoint at) {
  const auto day = std::chrono::floor<std::chrono::days>(at);
  const std::chrono::year_month_day date{day};
  const auto month = date.year() / date.month();
  return {.begin = std::chrono::sys_days{month / 1},
          .end = std::chrono::sys_days{(month + std::chrono::months{1}) / 1}};
}

/// Averages runs of samples that start in the same five minutes.
class Averager {
 public:
  explicit Averager(std::vector<double>& out) : out_(out) {}
  void add(TimePoint at, double value) {
    const auto bucket = at.time_since_epoch() / kBucket;
    if (count_ > 0 && bucket != bucket_) flush();
    bucket_ = bucket;
    sum_ += value;
    ++count_;
  }
  void flush() {
    if (count_ > 0) out_.push_back(sum_ / static_cast<double>(count_));
    sum_ = 0;
    count_ = 0;
  }

 private:
  std::vector<double>& out_;
  std::int64_t bucket_ = 0;
  double sum_ = 0;
  std::size_t count_ = 0;
};

}  // namespace

std::vector<BilledMonth> billed_months(const Series& series, const Timeline& timeline,
                                       std::size_t first, std::span<const double> values) {
  std::vector<BilledMonth> months;
  const double bucket = static_cast<double>(kBucket.count()) / 1000.0;
  // Samples of five minutes with some jitter must not be paired up: only truly finer ones are.
  const bool finer = timeline.interval < 0.75 * bucket;
  const Duration interval{std::llround(timeline.interval * 1000)};
  std::size_t i = first;
  while (i < series.size()) {
    const Month month = month_of(series.at[i]);
    BilledMonth billed{.values = {}, .share = 0, .interval = finer ? bucket : timeline.interval};
    const TimePoint begin = series.at[i];
    Averager average(billed.values);
    TimePoint last = begin;
    for (; i < series.size() && series.at[i] < month.end; ++i) {
      last = series.at[i];
      if (finer) {
        average.add(last, values[i]);
      } else {
        billed.values.push_back(values[i]);
      }
    }
    average.flush();
    const TimePoint end = std::min(i < series.size() ? month.end : last + interval, month.end);
    billed.share = static_cast<double>((end - begin).count()) /
                   static_cast<double>((month.end - month.begin).count());
    months.push_back(std::move(billed));
  }
  return months;
}

std::size_t billed_rank(std::size_t n) {
  // ceil(0.95 n) in whole numbers: 0.95 is not a binary fraction.
  return (95 * n + 99) / 100;
}

double billed_level(std::span<const double> values) {
  if (values.empty()) return 0;
  std::vector<double> sorted(values.begin(), values.end());
  const auto nth = sorted.begin() + static_cast<std::ptrdiff_t>(billed_rank(sorted.size()) - 1);
  std::nth_element(sorted.begin(), nth, sorted.end());
  return *nth;
}

}  // namespace penstock
