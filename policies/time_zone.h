// A time zone as a value: its UTC offset changes, sorted. Reading one is daemon/clock's business.
//
//   TimeZone zone = *clock.zone("Asia/Singapore");   // edge
//   LocalTime local = to_local(zone, now);           // pure arithmetic
//
// Plain value; safe to share once built.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "metrics/units.h"

namespace penstock {

struct OffsetChange {
  std::chrono::sys_seconds from;  ///< first instant with this offset
  std::chrono::seconds offset;    ///< local = UTC + offset
};

struct TimeZone {
  std::string name = "UTC";
  std::vector<OffsetChange> changes;  ///< ascending; empty = UTC; before the first: its offset
};

struct LocalTime {
  std::chrono::year_month_day date;
  std::chrono::weekday weekday;
  std::chrono::seconds time_of_day;
};

LocalTime to_local(const TimeZone& zone, TimePoint at);

}  // namespace penstock
