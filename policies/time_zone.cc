#include "policies/time_zone.h"

#include <algorithm>

namespace penstock {

LocalTime to_local(const TimeZone& zone, TimePoint at) {
  using namespace std::chrono;
  seconds offset{0};
  if (!zone.changes.empty()) {
    // The last change at or before `at`; before the first one its offset holds as well.
    auto after = std::upper_bound(
        zone.changes.begin(), zone.changes.end(), at,
        [](TimePoint t, const OffsetChange& change) { return t < TimePoint{change.from}; });
    offset = after == zone.changes.begin() ? after->offset : std::prev(after)->offset;
  }
  const auto local = floor<seconds>(at) + offset;
  const auto day = floor<days>(local);
  return {.date = year_month_day{day}, .weekday = weekday{day}, .time_of_day = local - day};
}

}  // namespace penstock
