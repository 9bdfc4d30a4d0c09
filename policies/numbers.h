// Numbers for reasons: typed values as the doubles that a Reason carries.
//
//   Reason why{ReasonCode::kSaturated, {num(cap), num(to), seconds(run), num(samples)}};
#pragma once

#include <chrono>
#include <concepts>

#include "metrics/units.h"

namespace penstock {

inline double num(Mbps cap) {
  return static_cast<double>(cap.count());
}
inline double num(Money money) {
  return static_cast<double>(money.micros());
}
inline double num(std::integral auto count) {
  return static_cast<double>(count);
}
inline double percent(double share) {
  return share * 100;
}
inline double seconds(Duration span) {
  return static_cast<double>(span.count()) / 1000;
}
inline double unix_seconds(TimePoint at) {
  return static_cast<double>(
      std::chrono::floor<std::chrono::seconds>(at).time_since_epoch().count());
}
inline double ratio(Duration part, Duration whole) {
  return static_cast<double>(part.count()) / static_cast<double>(whole.count());
}

/// The size that carries `rate`; 110.00000000000001 from 1.1 x 100 is 110, not 111.
inline Mbps size_for(Rate rate) {
  return ceil_to_mbps(rate * (1 - 1e-12));
}

}  // namespace penstock
