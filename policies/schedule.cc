#include "policies/schedule.h"

#include <algorithm>

namespace penstock {
namespace {

using std::chrono::days;
using std::chrono::seconds;
using std::chrono::sys_days;
using std::chrono::sys_seconds;
using std::chrono::weekday;
using std::chrono::year_month_day;

// No zone is further than this from UTC (the widest ever were 15:13:42 and -15:56).
constexpr seconds kWidestOffset = std::chrono::hours{26};
// A window starts at most a day and an offset change before any moment it covers.
constexpr days kLongestWindow{2};
// Two weeks hold every weekday twice: one of them may fall into a skipped hour.
constexpr days kLookAhead{15};

/// One stretch of time under one offset, [from, to).
struct Stretch {
  sys_seconds from, to;
  seconds offset;
};

/// The i-th stretch of a zone; stretch 0 reaches back for ever, the last one forward.
Stretch stretch(const TimeZone& zone, std::size_t i) {
  const auto& changes = zone.changes;
  if (changes.empty()) return {sys_seconds::min(), sys_seconds::max(), seconds{0}};
  return {i == 0 ? sys_seconds::min() : changes[i].from,
          i + 1 == changes.size() ? sys_seconds::max() : changes[i + 1].from, changes[i].offset};
}

/// Index of the stretch that holds `at`.
std::size_t stretch_at(const TimeZone& zone, sys_seconds at) {
  auto after =
      std::upper_bound(zone.changes.begin(), zone.changes.end(), at,
                       [](sys_seconds t, const OffsetChange& change) { return t < change.from; });
  if (after != zone.changes.begin()) --after;
  return static_cast<std::size_t>(after - zone.changes.begin());
}

/// The first moment at which local clocks show `local` or later.
sys_seconds first_at_or_after(const TimeZone& zone, sys_seconds local) {
  for (std::size_t i = stretch_at(zone, local - kWidestOffset);; ++i) {
    const Stretch s = stretch(zone, i);
    const sys_seconds here = std::max(s.from, local - s.offset);
    if (here < s.to) return here;
  }
}

/// The moment after the last one at which local clocks show less than `local`.
sys_seconds last_before(const TimeZone& zone, sys_seconds local) {
  for (std::size_t i = stretch_at(zone, local + kWidestOffset);; --i) {
    const Stretch s = stretch(zone, i);
    const sys_seconds here = std::min(s.to, local - s.offset);
    if (here > s.from || i == 0) return here;
  }
}

/// The window that starts on the local day `day`, whether or not the rule names that day.
std::optional<Window> window_on(const ScheduleRule& rule, sys_days day) {
  const bool past_midnight = rule.to <= rule.from;
  const sys_seconds from = first_at_or_after(rule.zone, day + rule.from);
  const sys_seconds to = last_before(rule.zone, day + rule.to + days{past_midnight ? 1 : 0});
  if (to <= from) return std::nullopt;
  return Window{from, to};
}

bool names_day(const ScheduleRule& rule, sys_days day) {
  const bool weekday_fits = rule.days.empty() || std::find(rule.days.begin(), rule.days.end(),
                                                           weekday{day}) != rule.days.end();
  const bool date_fits = rule.dates.empty() || std::find(rule.dates.begin(), rule.dates.end(),
                                                         year_month_day{day}) != rule.dates.end();
  return weekday_fits && date_fits;
}

sys_days local_day(const ScheduleRule& rule, TimePoint at) {
  return sys_days{to_local(rule.zone, at).date};
}

}  // namespace

std::optional<Window> current_window(const ScheduleRule& rule, TimePoint now) {
  std::optional<Window> longest;
  const sys_days today = local_day(rule, now);
  for (sys_days day = today - kLongestWindow; day <= today + days{1}; day += days{1}) {
    if (!names_day(rule, day)) continue;
    const auto window = window_on(rule, day);
    if (!window || now < window->from || now >= window->to) continue;
    if (!longest || window->to > longest->to) longest = window;
  }
  return longest;
}

bool covers(const ScheduleRule& rule, TimePoint now) {
  return current_window(rule, now).has_value();
}

std::optional<Window> next_window(const ScheduleRule& rule, TimePoint now) {
  std::optional<Window> next;
  const auto consider = [&](sys_days day) {
    if (!names_day(rule, day)) return;
    const auto window = window_on(rule, day);
    if (window && window->from > now && (!next || window->from < next->from)) next = window;
  };
  if (rule.dates.empty()) {
    const sys_days today = local_day(rule, now);
    for (sys_days day = today - days{1}; day <= today + kLookAhead; day += days{1}) consider(day);
  } else {
    for (const year_month_day& date : rule.dates) consider(sys_days{date});
  }
  return next;
}

}  // namespace penstock
