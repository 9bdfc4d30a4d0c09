// The calendar rule: a floor, a ceiling or both while one of its windows is open. Outside of them
// it has nothing to say, and it never asks for a cut nor stands in the way of one.
#include "policies/recommendation.h"
#include "policies/schedule.h"

namespace penstock {
namespace {

double unix_seconds(TimePoint at) {
  return static_cast<double>(
      std::chrono::floor<std::chrono::seconds>(at).time_since_epoch().count());
}

}  // namespace

Recommendation recommend(const ScheduleRule& rule, const Policy&, const Situation&, TimePoint now) {
  Recommendation said;
  said.floor_only = true;
  const auto window = current_window(rule, now);
  if (!window) return said;
  said.wants = rule.at_least;
  said.ceiling = rule.at_most;
  const Mbps to = rule.at_least.value_or(rule.at_most.value_or(Mbps{0}));
  said.reason = {
      ReasonCode::kSchedule,
      {static_cast<double>(to.count()), unix_seconds(window->from), unix_seconds(window->to)}};
  return said;
}

}  // namespace penstock
