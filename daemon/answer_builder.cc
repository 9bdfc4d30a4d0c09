#include "daemon/answer_builder.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <functional>
#include <unordered_map>
#include <utility>

#include "daemon/log.h"

namespace penstock {
namespace {

constexpr std::size_t kMaxNotes = 16;
constexpr std::size_t kShownKey = 80;
constexpr std::size_t kShownLabels = 300;

std::string quoted(std::string_view text) {
  return "\"" + printable(text, kShownKey) + "\"";
}

}  // namespace

double mbps_per(TrafficUnit unit) {
  switch (unit) {
    case TrafficUnit::kBps:
      return 1e-6;
    case TrafficUnit::kKbps:
      return 1e-3;
    case TrafficUnit::kMbps:
      return 1.0;
    case TrafficUnit::kGbps:
      return 1e3;
    case TrafficUnit::kBytesPerSecond:
      return 8e-6;
  }
  return 1e-6;
}

void AnswerBuilder::add(const SeriesReading& reading, double to_mbps) {
  Dropped& dropped = answer_.dropped;
  const Duration max_age = answer_.policy->traffic.max_age;
  if (reading.key.empty() || reading.key.size() > kMaxKeyBytes) {
    if (dropped.no_key++ == 0) explain_keyless("the label is empty or too long");
    return;
  }
  const Rate egress{reading.value * to_mbps};
  const auto says = [&](std::string_view what) {
    note("the sample of " + quoted(reading.key) + " " + std::string(what));
  };
  if (!std::isfinite(egress.mbps())) {
    if (drop(dropped.not_finite, reading)) says("is not a finite number");
  } else if (egress < Rate{0}) {
    if (drop(dropped.negative, reading)) says("is negative");
  } else if (egress > kImplausible) {
    if (drop(dropped.implausible, reading)) says("is above 10 Tbps: is traffic.unit right?");
  } else if (reading.at < now_ - max_age) {
    if (drop(dropped.stale, reading)) says("is dated " + format(reading.at) + ", too long ago");
  } else if (reading.at > now_ + kClockTolerance) {
    if (drop(dropped.future, reading)) says("is dated " + format(reading.at) + ", in the future");
  } else {
    answer_.samples.push_back(
        {std::string(reading.key), {reading.at, reading.span, egress}, reading.lower_bound});
  }
}

bool AnswerBuilder::drop(std::uint64_t& counter, const SeriesReading& reading) {
  unusable_keys_.emplace_back(reading.key);
  return counter++ == 0;
}

void AnswerBuilder::explain_keyless(std::string_view labels) {
  note("a series names no instance by " + quoted(answer_.policy->traffic.key) + ": " +
       printable(labels, kShownLabels));
}

void AnswerBuilder::drop_stale(std::string_view key, TimePoint at) {
  if (answer_.dropped.stale++ > 0) return;
  note("the newest sample of " + quoted(key) + " is dated " + format(at) + ", too long ago");
}

void AnswerBuilder::merge(const Dropped& dropped) {
  Dropped& into = answer_.dropped;
  into.stale += dropped.stale;
  into.not_finite += dropped.not_finite;
  into.negative += dropped.negative;
  into.no_key += dropped.no_key;
  into.duplicate += dropped.duplicate;
  into.future += dropped.future;
  into.counter_reset += dropped.counter_reset;
  into.incomplete += dropped.incomplete;
  into.implausible += dropped.implausible;
}

void AnswerBuilder::merge(const TrafficAnswer& other) {
  answer_.samples.insert(answer_.samples.end(), other.samples.begin(), other.samples.end());
  merge(other.dropped);
  for (const std::string& each : other.notes) note(each);
}

void AnswerBuilder::note(std::string_view text) {
  std::vector<std::string>& notes = answer_.notes;
  std::string shown = printable(text, 512);
  if (notes.size() >= kMaxNotes || std::find(notes.begin(), notes.end(), shown) != notes.end()) {
    return;
  }
  notes.push_back(std::move(shown));
}

/// Whether some key seems to: told by hashes alone, which is far cheaper than a map of a fleet's
/// keys, and right whenever it says no.
bool AnswerBuilder::names_twice() const {
  const std::size_t count = answer_.samples.size() + unusable_keys_.size();
  const std::size_t mask = std::bit_ceil(2 * count + 1) - 1;
  std::vector<std::size_t> table(mask + 1);  // 0 = free
  const auto seen = [&](std::string_view key) {
    const std::size_t hash = std::max<std::size_t>(std::hash<std::string_view>()(key), 1);
    std::size_t place = hash & mask;
    while (table[place] != 0 && table[place] != hash) place = (place + 1) & mask;
    return std::exchange(table[place], hash) == hash;
  };
  return std::ranges::any_of(answer_.samples, seen, &KeyedSample::key) ||
         std::ranges::any_of(unusable_keys_, seen);
}

void AnswerBuilder::drop_duplicates() {
  if (!names_twice()) return;
  std::vector<KeyedSample>& samples = answer_.samples;
  std::unordered_map<std::string_view, std::uint32_t> times;
  times.reserve(samples.size() + unusable_keys_.size());
  for (const KeyedSample& each : samples) ++times[each.key];
  for (const std::string& key : unusable_keys_) ++times[key];
  if (times.size() == samples.size() + unusable_keys_.size()) return;

  // The map's keys are views into what is filtered here, so what stays is collected apart.
  std::vector<KeyedSample> kept;
  kept.reserve(samples.size());
  for (KeyedSample& each : samples) {
    if (times.at(each.key) == 1) {
      kept.push_back(each);
    } else if (answer_.dropped.duplicate++ == 0) {
      note(std::to_string(times.at(each.key)) + " series say they are " + quoted(each.key) +
           "; none is used: add them up in the query, such as sum by (" +
           answer_.policy->traffic.key + ") (…)");
    }
  }
  samples = std::move(kept);
}

TrafficAnswer AnswerBuilder::take() {
  drop_duplicates();
  return std::move(answer_);
}

}  // namespace penstock
