// ApiRate: how fast one account may call. A token bucket that learns the server's limit, which is
// documented nowhere: halved on every "too many requests", slowly grown back.
//
//   ApiRate rate(5, 1, clock.monotonic());
//   if (rate.take(Effect::kRead, now)) send();  else sleep(rate.wait(Effect::kRead, now));
//
// Reads leave a reserve in the bucket, so that an upgrade never waits behind polling; changes have
// a bucket of their own on top. Time is an argument. Loop thread only.
#pragma once

#include "daemon/api_error.h"
#include "metrics/units.h"

namespace penstock {

class ApiRate {
 public:
  ApiRate(double requests_per_second, double changes_per_second, Duration now);

  /// Other figures after a reload; what was learnt about the server stays.
  void configure(double requests_per_second, double changes_per_second, Duration now);

  bool take(Effect effect, Duration now);            ///< one token, or false
  Duration wait(Effect effect, Duration now) const;  ///< until take() can succeed; 0 = now
  /// The server said "too many requests" and perhaps for how long to be silent.
  void limited(Duration now, Duration silence);
  /// How many changes fit into the next `span`.
  int changes_within(Duration span, Duration now) const;
  double requests_per_second(Duration now) const;  ///< as learnt

 private:
  struct Bucket {
    double per_second = 0;
    double capacity = 0;
    double tokens = 0;
  };
  void refill(Duration now);
  double needed(Effect effect) const;
  double share_at(Duration now) const;
  Duration wait_for(const Bucket& bucket, double tokens, Duration now) const;

  Bucket requests_, changes_;
  double share_ = 1;  ///< of the configured rates, as of `at_`
  Duration at_;
  Duration silent_until_;
  Duration halved_at_;
};

}  // namespace penstock
