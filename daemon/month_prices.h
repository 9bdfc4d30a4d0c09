// MonthPrices: what a month of each instance costs, for reports and for what a cut would save.
//
//   learn_month_price(tracked, quote);                    // whenever a price was asked for anyway
//   month_prices.run(fleet, quoter, monotonic, now);      // every tick
//
// What is never ordered is never priced. So a few of the instances without a price are asked about
// each minute, however large the fleet is: their number of calls does not grow with it. Loop thread
// only.
#pragma once

#include <optional>

#include "daemon/fleet.h"
#include "daemon/quoter.h"
#include "metrics/units.h"
#include "policies/decide.h"

namespace penstock {

/// Takes what an answer tells, if it is sure what the answer means.
void learn_month_price(Tracked& tracked, const std::optional<Price>& price);

class MonthPrices {
 public:
  static constexpr Duration kEvery = std::chrono::seconds{60};
  static constexpr std::size_t kAtOnce = 3;

  void run(Fleet& fleet, Quoter& quoter, Duration monotonic, TimePoint now);

 private:
  std::optional<Duration> ran_at_;
};

}  // namespace penstock
