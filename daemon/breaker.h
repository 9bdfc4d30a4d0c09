// Breaker: after too many failed orders of one account within a time, no more orders until a person
// says `penstock resume`.
//
//   Breaker breaker(memory.breaker);
//   if (breaker.fail(now, limits)) ...        // it has just opened: say so
//   if (breaker.open()) ...                   // decide() holds
//
// Plain value; kept over restarts by its memory. Successes do not close it and do not forgive:
// what counts is how many failed within the time.
#pragma once

#include <string>
#include <utility>

#include "daemon/memory.h"
#include "metrics/units.h"

namespace penstock {

struct BreakerLimits {
  int failures = 5;  ///< 0 = no breaker
  Duration within = std::chrono::hours{1};
};

class Breaker {
 public:
  explicit Breaker(BreakerMemory memory) : memory_(std::move(memory)) {}
  /// True when this failure opened it.
  bool fail(TimePoint now, const BreakerLimits& limits);
  bool open() const { return memory_.opened_at.has_value(); }
  /// Failures within the time; once open, those that opened it.
  int failures(TimePoint now, const BreakerLimits& limits) const;
  /// A person has looked at it: closed, and the count starts anew. False if there was nothing.
  bool reset();
  const BreakerMemory& memory() const { return memory_; }

 private:
  BreakerMemory memory_;
};

}  // namespace penstock
