// The keys that say when: days, dates, from, to and the time zone.
#pragma once

#include "policies/policy.h"
#include "policies/schema.h"

namespace penstock {

void add_calendar(Schema<ScheduleRule>& schema);
/// The value of a key `time_zone`.
void read_time_zone(const TomlNode& node, TimeZone& zone, Reading& reading);

}  // namespace penstock
