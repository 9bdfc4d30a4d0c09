// The text forms in which the journal keeps values that are more than a number.
//
//   reason_to_text({ReasonCode::kSaturated, {200, 230}})   // "saturated 200 230"
//
// Round trips are exact. Pure functions.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "metrics/units.h"
#include "policies/decide.h"
#include "policies/reason.h"

namespace penstock {

/// The code's stable name and its numbers up to the last that is not 0.
std::string reason_to_text(const Reason& reason);
std::optional<Reason> reason_from_text(std::string_view text);

std::optional<Action> action_from_text(std::string_view text);

/// Can a daemon have written this time? Of the years that a date can name; what lies beyond is
/// damage, and sums with it would overflow.
bool possible(TimePoint time);

/// Unix milliseconds, separated by blanks; what is no possible time is left out.
std::string times_to_text(const std::vector<TimePoint>& times);
std::vector<TimePoint> times_from_text(std::string_view text);

}  // namespace penstock
