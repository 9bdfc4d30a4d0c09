// Fixed: the size that the policy names, whatever the traffic.
#include "policies/numbers.h"
#include "policies/recommendation.h"

namespace penstock {

Recommendation recommend(const FixedRule& rule, const Policy&, const Situation&, TimePoint) {
  return {.wants = rule.bandwidth, .reason = {ReasonCode::kFixed, {num(rule.bandwidth)}}};
}

}  // namespace penstock
