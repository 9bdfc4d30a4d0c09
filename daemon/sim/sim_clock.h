// SimClock: time of a simulated world: the true one, and what the daemon's computer takes for it.
//
//   SimClock clock{start};
//   clock.advance(20ms);                // time passes, for all
//   clock.set_skew(-2h);                // somebody set the daemon's wall clock
//   clock.wall(); clock.truth();
//
// Monotonic time is never set. Single-threaded.
#pragma once

#include <functional>

#include "daemon/clock.h"

namespace penstock {

class SimClock final : public Clock {
 public:
  explicit SimClock(TimePoint start) : truth_(start) {}

  TimePoint wall() override {
    if (read) read();
    return truth_ + skew_;
  }
  Duration monotonic() override { return monotonic_; }
  void sleep(Duration span) override { advance(span); }

  void advance(Duration span) {
    truth_ += span;
    monotonic_ += span;
  }
  TimePoint truth() const { return truth_; }
  Duration skew() const { return skew_; }
  void set_skew(Duration skew) { skew_ = skew; }

  std::function<void()> read;  ///< before every look at the wall clock

 private:
  TimePoint truth_;
  Duration skew_{};
  Duration monotonic_ = std::chrono::hours{1};  // an arbitrary start
};

}  // namespace penstock
