// A sample: the average egress of one instance over the interval that ends at `at`.
//
//   Sample s{.at = now, .span = 15s, .egress = Rate{71.8}};
//
// "What was": delivered traffic only. What was wanted is metrics/demand.h. Plain values.
#pragma once

#include "metrics/units.h"

namespace penstock {

struct Sample {
  TimePoint at;     ///< end of the averaging interval
  Duration span{};  ///< its length; (at - span, at] is what the average covers
  Rate egress;      ///< finite and not negative; sources drop anything else and count it
};

}  // namespace penstock
