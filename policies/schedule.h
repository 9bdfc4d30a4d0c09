// Windows of a calendar rule as intervals of real time: pure arithmetic on a time zone's value.
//
//   if (std::optional<Window> window = current_window(rule, now)) ... window->to
//   std::optional<Window> next = next_window(rule, now);
//
// A window belongs to the local day on which it starts, so days and dates name its first day.
// Where the clock is set forward over an edge, the edge is the moment of the change; where it is
// set back and an edge comes twice, a window starts at the first and ends at the last of the two:
// the longer reading, since a floor that lapses for an hour in between would help nobody. A window
// that lies wholly inside a skipped hour does not exist on that day.
// No allocation; safe from any thread.
#pragma once

#include <optional>

#include "metrics/units.h"
#include "policies/policy.h"

namespace penstock {

/// Real time from `from` up to, not including, `to`.
struct Window {
  TimePoint from;
  TimePoint to;
  bool operator==(const Window&) const = default;
};

/// The window around `now`: of several the one that ends last.
std::optional<Window> current_window(const ScheduleRule& rule, TimePoint now);
bool covers(const ScheduleRule& rule, TimePoint now);
/// The first window that starts after `now`; nullopt when no date of the rule is left.
std::optional<Window> next_window(const ScheduleRule& rule, TimePoint now);

}  // namespace penstock
