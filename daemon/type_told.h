// TypeTold: what was last said of an instance's type, for times when nothing is said of it.
//
//   if (memory.told.fill(instance, now)) …      // what it learned is to be journalled
//
// The calls that tell of types are asked rarely, and may fail or say nonsense just after a start:
// free bandwidth would be lowered away. And a size that was refused an hour ago would be ordered
// again. Plain value; no thread of its own.
#pragma once

#include <optional>
#include <string>

#include "metrics/units.h"
#include "policies/instance.h"

namespace penstock {

struct TypeTold {
  std::string type;              ///< of which this was said; another one makes it void
  std::optional<Mbps> included;  ///< free with the flat rate
  std::optional<LearnedLimit> limit;

  /// Learns what the list knows of the type, and puts in what it does not. True if it learned.
  bool fill(Instance& instance, TimePoint now);
};

}  // namespace penstock
