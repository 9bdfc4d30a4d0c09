// TypeTold: what was last said of an instance's type, for times when nothing is said of it.
//
//   if (memory.told.fill(instance, now)) …      // what it learned is to be journalled
//
// The calls that tell of types are asked rarely, leave out what is no longer sold, and may fail or
// say nonsense just after a start: free bandwidth would be lowered away, and a size refused an
// hour ago ordered again. Plain value; no thread of its own.
#pragma once

#include <optional>
#include <string>

#include "metrics/units.h"
#include "policies/instance.h"

namespace penstock {

struct TypeTold {
  /// A limit stands in for so long: it may also come from a refusal, and those lapse.
  static constexpr Duration kLimitFor = std::chrono::hours{24};

  std::string type;  ///< of which this was said; another one makes it void
  std::optional<Mbps> included;
  std::optional<Mbps> limit;
  TimePoint limit_since{};  ///< when this limit was first told

  /// Learns what the list knows of the type, and puts in what it does not. True if it learned.
  bool fill(Instance& instance, TimePoint now);
};

}  // namespace penstock
