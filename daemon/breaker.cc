#include "daemon/breaker.h"

#include <algorithm>

namespace penstock {

bool Breaker::fail(TimePoint now, const BreakerLimits& limits) {
  if (limits.failures <= 0) return false;
  auto& times = memory_.failures;
  times.push_back(now);
  if (open()) {
    times.pop_back();  // the record keeps what opened it
    return false;
  }
  std::erase_if(times, [&](TimePoint at) { return at <= now - limits.within; });
  if (times.size() < static_cast<std::size_t>(limits.failures)) return false;
  memory_.opened_at = now;
  return true;
}

int Breaker::failures(TimePoint now, const BreakerLimits& limits) const {
  if (open()) return static_cast<int>(memory_.failures.size());
  return static_cast<int>(std::ranges::count_if(
      memory_.failures, [&](TimePoint at) { return at > now - limits.within; }));
}

bool Breaker::reset() {
  const bool had = open() || !memory_.failures.empty();
  memory_.opened_at.reset();
  memory_.failures.clear();
  return had;
}

}  // namespace penstock
