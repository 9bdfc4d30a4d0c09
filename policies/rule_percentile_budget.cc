// Percentile budget: of a calendar month's 5-minute averages the largest 5 % are dropped from a
// 95th percentile bill, so those bursts are free. This rule counts them and, as a guard, limits the
// cap when they would run out.
//
// The level that the month is planned to be billed at is what more than the free samples already
// reach, the commitment, or the least level that what is free and what is worth throttling covers:
// so many samples of this month were above it, and so many more are to be expected from the past.
// While free bursts are left above that level the cap is as large as it may be. When they are
// nearly used up it is limited to the level, and raised by a step whenever being throttled there
// has cost as much as the step would: so a wrong plan costs at most about twice.
#include <algorithm>
#include <cmath>

#include "policies/burst_record.h"
#include "policies/numbers.h"
#include "policies/recommendation.h"
#include "policies/target.h"

namespace penstock {

namespace {

/// The past says too little about a month before so much of it was seen.
constexpr Duration kLeastLearned = std::chrono::hours{24 * 3};
/// A limited cap is raised by so much at once, and not moved for less.
constexpr double kStep = 1.05;

/// The month as it stands, and the level that it is planned to be billed at.
class Plan {
 public:
  Plan(const PercentileBudgetRule& rule, const BurstRecord& record)
      : rule_(rule), record_(record), month_(record.month()) {
    locked_ = record.locked(month_.free);
    least_ = std::max(locked_, rule.commit ? num(*rule.commit) : 0.0);
  }
  const BurstRecord::Month& month() const { return month_; }
  double locked() const { return locked_; }
  /// Neither a commitment nor the past says what this month may come to.
  bool unknown() const { return least_ <= 0 && record_.learned() < kLeastLearned; }
  /// The least level that is worth being billed, at most `most`.
  double level(double most) const {
    const double all = num(month_.seen + month_.left);
    const double covered = num(month_.free) + all / rule_.throttle_weight;
    double low = std::min(least_, most);
    if (record_.learned() < kLeastLearned || expected_above(low) <= covered) return low;
    double high = most;
    while (high - low > 0.1) {
      const double middle = (low + high) / 2;
      (expected_above(middle) > covered ? low : high) = middle;
    }
    return high;
  }
  /// Free bursts that are left above a level.
  double free_above(double level) const {
    return std::max(0.0, num(month_.free) - num(record_.above(level)));
  }
  /// Being throttled at the present cap has cost as much as one more Mbps would have.
  bool worth_more() const {
    return rule_.throttle_weight * num(record_.throttled()) >= num(month_.seen + month_.left);
  }
  double reserve() const { return std::ceil(ratio(rule_.reserve, BurstRecord::kSlot)); }

 private:
  double expected_above(double level) const {
    return num(record_.above(level)) + num(month_.left) * record_.share(level);
  }

  const PercentileBudgetRule& rule_;
  const BurstRecord& record_;
  BurstRecord::Month month_;
  double locked_ = 0;
  double least_ = 0;
};

Reason reason_for(const Plan& plan, double level, Mbps to) {
  const double left = plan.free_above(level);
  return {ReasonCode::kPercentileBudget,
          {num(to), left, std::floor(plan.locked()), num(plan.month().free), std::floor(level),
           left * seconds(BurstRecord::kSlot)}};
}

/// A whole size within bounds that carries no more than the level, where there is one.
Mbps size_of(const Policy& policy, const Situation& situation, double level) {
  const Mbps floor{static_cast<std::int64_t>(std::floor(level + 1e-9))};
  return within_bounds(policy, situation.instance, std::max(Mbps{1}, floor));
}

Recommendation guard(const Plan& plan, const Policy& policy, const Situation& situation,
                     Mbps most) {
  const Mbps cap = situation.cap;
  const bool limited = cap < most;
  Mbps planned = size_of(policy, situation, plan.level(num(most)));
  // What was limited stays so for the month, but for steps upwards.
  if (limited && num(planned) < kStep * num(cap)) planned = cap;
  if (limited && planned == cap && plan.worth_more()) {
    planned = within_bounds(policy, situation.instance,
                            std::max(cap + Mbps{1}, size_for(as_rate(cap) * kStep)));
  }
  const double left = plan.free_above(num(planned));
  // One that is limited waits for more than it takes to be limited again at once.
  const double asked = plan.reserve() * (limited ? 2 : 1);
  const bool enough = left > asked || left >= num(plan.month().left);
  const Mbps to = plan.unknown() || enough ? most : std::min(planned, most);
  return {.wants = to, .reason = reason_for(plan, num(planned), to), .weighed = true};
}

}  // namespace

Recommendation recommend(const PercentileBudgetRule& rule, const Policy& policy,
                         const Situation& situation, TimePoint) {
  if (situation.bursts == nullptr || situation.bursts->empty()) {
    return {.wants = std::nullopt, .reason = {ReasonCode::kNoData, {}}, .aside = !rule.guard};
  }
  const Plan plan(rule, *situation.bursts);
  const auto most = upper_bound(policy, situation.instance);
  if (rule.guard && most) return guard(plan, policy, situation, *most);
  // What is shown is held against the commitment, where there is one, however much is over it.
  const double level = rule.commit
                           ? num(*rule.commit)
                           : plan.level(num(most.value_or(std::max(situation.cap, Mbps{10'000}))));
  return {.wants = std::nullopt, .reason = reason_for(plan, level, situation.cap), .aside = true};
}

}  // namespace penstock
