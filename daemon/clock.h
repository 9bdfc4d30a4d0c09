// Clock: the only source of time. Everything else takes `now` as an argument.
//
// One real implementation (SystemClock, clock.cc) and a virtual one in tests and daemon/sim.
// Used by the loop thread; wall() and monotonic() may be called from any thread.
#pragma once

#include "metrics/units.h"
#include "policies/result.h"
#include "policies/time_zone.h"

namespace penstock {

class Clock {
 public:
  virtual ~Clock() = default;
  virtual TimePoint wall() = 0;      ///< UTC; may step
  virtual Duration monotonic() = 0;  ///< since an arbitrary start; never steps back
  /// Sleeps for `span`, or less when something wants attention (a signal). Never negative.
  virtual void sleep(Duration span) = 0;
};

/// Real time. `wake_fd` (or -1) is a descriptor, such as a signalfd, that ends a sleep when it
/// becomes readable; it is not read here.
class SystemClock final : public Clock {
 public:
  explicit SystemClock(int wake_fd = -1) : wake_fd_(wake_fd) {}
  TimePoint wall() override;
  Duration monotonic() override;
  void sleep(Duration span) override;

 private:
  int wake_fd_;
};

/// Reads a zone such as "Asia/Singapore" from the system's time zone database into a value: its
/// changes from 1970 to the last that the database lists (2037), whose offset then stays.
/// kInvalid with a suggestion when there is no such zone.
Result<TimeZone> load_time_zone(const std::string& name);

}  // namespace penstock
