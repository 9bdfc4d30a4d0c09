// VirtualClock: time that moves only when a test, or a sleep, moves it.
//
//   VirtualClock clock{*parse_time("2026-01-01T00:00:00Z")};
//   clock.sleep(5s);            // returns at once, five seconds later
//   clock.step_wall(-2h);       // somebody set the wall clock; monotonic time is unmoved
//
// Single-threaded.
#pragma once

#include <vector>

#include "daemon/clock.h"

namespace penstock {

class VirtualClock final : public Clock {
 public:
  /// Thursday 2026-01-01 00:00 UTC unless a test says otherwise.
  explicit VirtualClock(TimePoint wall = TimePoint{std::chrono::seconds{1'767'225'600}})
      : wall_(wall) {}

  TimePoint wall() override { return wall_; }
  Duration monotonic() override { return monotonic_; }
  void sleep(Duration span) override {
    sleeps.push_back(span);
    if (interrupted) return;  // as when a signal is waiting to be read
    advance(span);
  }

  void advance(Duration span) {
    wall_ += span;
    monotonic_ += span;
  }
  void step_wall(Duration by) { wall_ += by; }

  std::vector<Duration> sleeps;  ///< every sleep asked for, in order
  bool interrupted = false;      ///< sleeps end at once

 private:
  TimePoint wall_;
  Duration monotonic_ = std::chrono::hours{1};  // an arbitrary start
};

}  // namespace penstock
