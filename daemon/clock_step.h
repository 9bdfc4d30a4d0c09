// A wall clock that is set, and what was delivered before: no sample lies in the look-back any more
// by its date, yet a cut below what flowed in those hours would be as wrong as ever.
//
//   if (clock_step(last, now).has_value()) carry_over(tracked, last.wall, now.wall);
//
// Plain functions; loop thread only.
#pragma once

#include <optional>

#include "daemon/fleet.h"
#include "metrics/units.h"

namespace penstock {

struct ClockReading {
  TimePoint wall{};
  Duration monotonic{};
};

/// By how much the wall clock was set between two readings; nullopt = it only ran.
std::optional<Duration> clock_step(const ClockReading& before, const ClockReading& now);

/// The clock said `before` and says `now` at the same moment: the most that was delivered in the
/// look-back counts from here on as if it had been seen just now. Samples dated to come are
/// dropped.
void carry_over(Tracked& tracked, TimePoint before, TimePoint now);

/// The same for samples that were dated by a clock that nobody saw step.
void forget_what_is_to_come(Tracked& tracked, TimePoint now);

}  // namespace penstock
