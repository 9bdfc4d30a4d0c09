#include "daemon/counter_rates.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "daemon/log.h"

namespace penstock {

void CounterRates::take(std::vector<CounterRow> page, TimePoint at) {
  ++page_;
  full_ = false;
  samples_.clear();
  notes_.clear();
  dropped_ = {};
  for (CounterRow& row : page) place(std::move(row), at);
  for (auto& [name, key] : keys_) measure(name, key, at);
  forget(at);
}

void CounterRates::place(CounterRow&& row, TimePoint at) {
  Key& key = keys_[row.key];
  auto found = key.series.find(row.series);
  if (found == key.series.end()) {
    if (total_ >= limits_.series) {
      // Its sum would lack this series, so the key is in doubt; so is a page without end.
      full_ = true;
      return;
    }
    found = key.series.emplace(std::move(row.series), Series{}).first;
    ++total_;
  }
  Series& series = found->second;
  if (series.page == page_) {
    series.twice = true;
    return;
  }
  series.bytes_before = series.bytes;
  series.at_before = series.at;
  series.page_before = series.page;
  series.bytes = row.bytes;
  series.at = row.at;
  series.page = page_;
  series.seen_at = at;
  series.twice = false;
}

void CounterRates::measure(const std::string& name, Key& key, TimePoint at) {
  const auto here = [&](const auto& entry) { return entry.second.page == page_; };
  const auto lost = [&](const auto& entry) {
    return !here(entry) && at - entry.second.seen_at <= limits_.remember;
  };
  if (std::none_of(key.series.begin(), key.series.end(), here)) {
    key.has_latest = false;
    return;
  }
  if (full_) {
    key.has_latest = false;
    drop(&Dropped::incomplete, name);
    return;
  }
  if (std::uint64_t Dropped::* const why = difference(name, key); why != nullptr) {
    key.has_latest = false;
    drop(why, name);
    return;
  }
  if (!key.has_latest) return;
  key.latest.lower_bound = std::any_of(key.series.begin(), key.series.end(), lost);
  samples_.push_back(key.latest);
}

std::uint64_t Dropped::* CounterRates::difference(const std::string& name, Key& key) {
  double mbps = 0;
  bool moved = false;
  TimePoint from = TimePoint::max(), to = TimePoint::min();
  for (const auto& [id, series] : key.series) {
    const bool here = series.page == page_;
    if (!here) {
      if (series.page + 1 == page_) return &Dropped::incomplete;  // lost just now
      continue;
    }
    if (series.twice) return &Dropped::duplicate;
    if (!std::isfinite(series.bytes)) return &Dropped::not_finite;
    if (series.page_before + 1 != page_ || page_ == 1) return &Dropped::incomplete;  // new
    if (!std::isfinite(series.bytes_before)) return &Dropped::incomplete;
    const Duration span = series.at - series.at_before;
    const double bytes = series.bytes - series.bytes_before;
    if (bytes < 0 || span < Duration{0}) return &Dropped::counter_reset;
    if (span > limits_.longest_gap) return &Dropped::incomplete;
    from = std::min(from, series.at_before);
    to = std::max(to, series.at);
    if (span == Duration{0}) continue;
    moved = true;
    // bytes x 8 bits per millisecond is kbps.
    mbps += bytes * 8 / static_cast<double>(span.count()) / 1000;
  }
  if (!moved) return nullptr;  // the page dates its samples itself and has no newer ones yet
  key.latest = {name, {.at = to, .span = to - from, .egress = Rate{mbps}}};
  key.has_latest = true;
  return nullptr;
}

void CounterRates::forget(TimePoint at) {
  // While all room is taken only what is on the page is worth keeping.
  const Duration keep = full_ ? Duration{-1} : limits_.remember;
  for (auto key = keys_.begin(); key != keys_.end();) {
    total_ -= std::erase_if(key->second.series, [&](const auto& entry) {
      return entry.second.page != page_ && at - entry.second.seen_at > keep;
    });
    key = key->second.series.empty() ? keys_.erase(key) : std::next(key);
  }
}

void CounterRates::drop(std::uint64_t Dropped::* counter, const std::string& name) {
  if ((dropped_.*counter)++ > 0) return;
  std::string why = "its series differ from those of the page before";
  if (counter == &Dropped::duplicate) why = "one of its series stands twice on the page";
  if (counter == &Dropped::not_finite) why = "one of its counters is not a finite number";
  if (counter == &Dropped::counter_reset) why = "one of its counters went back";
  if (full_) why = "the page has more series than fit";
  notes_.push_back("no sample of \"" + printable(name, 80) + "\": " + why);
}

}  // namespace penstock
