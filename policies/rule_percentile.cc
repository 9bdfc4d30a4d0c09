// Percentile: what nearly all of the decayed history would have fitted in, plus headroom.
#include <algorithm>

#include "policies/numbers.h"
#include "policies/recommendation.h"

namespace penstock {

Recommendation recommend(const PercentileRule& rule, const Policy& policy,
                         const Situation& situation, TimePoint now) {
  const Demand& demand = situation.demand;
  const Duration known = now - demand.first_at();
  const Duration observed = std::min(known, demand.observed());
  const double least = policy.traffic.least_coverage;
  if (known < rule.least_history || ratio(observed, rule.least_history) < least) {
    const double share = ratio(std::min(observed, rule.least_history), rule.least_history);
    return {.wants = std::nullopt,
            .reason = {ReasonCode::kThinData,
                       {percent(share), percent(least), seconds(rule.least_history)}}};
  }
  const Rate level = demand.history().quantile(rule.percentile / 100);
  Mbps to = std::max(Mbps{1}, size_for(level * rule.headroom));
  // The top bin has no upper edge: it says "at least".
  if (Histogram::level_of(level) == Histogram::kLevels - 1) to = std::max(to, situation.cap);
  const double days = seconds(known) / 86400;
  return {.wants = to,
          .reason = {ReasonCode::kPercentile, {rule.percentile, level.mbps(), days, num(to)}}};
}

}  // namespace penstock
