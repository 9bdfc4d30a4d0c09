// Percentile budget: of a calendar month's 5-minute averages the largest 5 % are dropped from a
// 95th percentile bill, so those bursts are free. This rule counts them and, as a guard, limits the
// cap when they would run out.
//
// The level that the month is planned to be billed at is the one whose price and what a limit there
// would throttle come to least together; never below the commitment or what more than the free
// samples reach already. How often and how far traffic goes beyond a level is expected from the
// past, and from this month where that bursts more. While free bursts are left above the level the
// cap is as large as it may be. When they are nearly used up it is limited to the level, until what
// was throttled is worth as much as limiting saves; then it is opened for the rest of the month.
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
/// A limited cap is not moved for less.
constexpr double kStep = 1.05;
constexpr double kDay = 288;

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
  struct Levels {
    double planned = 0;  ///< whose price and what it throttles come to least together
    double open = 0;     ///< what the month comes to if nothing is throttled
    double excess = 0;   ///< how far bursts above the planned one go beyond it, on average
  };
  /// At most `most`.
  Levels levels(double most) const {
    const double lowest = std::min(std::max(least_, 1.0), most);
    if (record_.learned() < kLeastLearned) {
      // Nobody knows how large bursts are: so much again is as good a guess as any.
      return {.planned = lowest, .open = most, .excess = lowest};
    }
    // From above, so that what lies above each is summed up on the way.
    constexpr double kApart = 0.02;
    Levels levels{.planned = most, .open = lowest, .excess = 0};
    double least = most;
    double level = most;
    double share = record_.share(most);
    double mean_above = 0;
    while (level > lowest) {
      const double next = std::max(lowest, level * (1 - kApart));
      const double next_share = record_.share(next);
      mean_above += (share + next_share) / 2 * (level - next);
      level = next;
      share = next_share;
      const double rate = rate_above(level, share);
      const double excess = share > 0 ? mean_above / share : 0;
      if (rate * num(month_.left) > free_above(level)) levels.open = std::max(levels.open, level);
      const double loss = level + worth(throttled(level, rate) * excess);
      if (loss >= least) continue;
      least = loss;
      levels.planned = level;
      levels.excess = excess;
    }
    return levels;
  }
  /// What has been throttled this month was worth more than limiting to the planned level saves.
  bool given_up(const Levels& levels) const {
    return worth(num(record_.throttled()) * levels.excess) >= levels.open - levels.planned;
  }
  /// Free bursts that are left above a level.
  double free_above(double level) const {
    return std::max(0.0, num(month_.free) - num(record_.above(level)));
  }
  double reserve() const { return std::ceil(ratio(rule_.reserve, BurstRecord::kSlot)); }

 private:
  /// How often a level is exceeded; a month that bursts more than the past goes on like that.
  double rate_above(double level, double share) const {
    return std::max(share, num(record_.above(level)) / std::max(num(month_.seen), kDay));
  }
  /// Samples that a limit at this level is likely to throttle in the rest of the month.
  double throttled(double level, double rate) const {
    const double expected = num(month_.left) * rate;
    const double free = free_above(level);
    // Bursts are let through as they come, so those that are throttled are as large as any.
    return std::max(0.0, expected - free);
  }
  /// Throttled samples times Mbps as the Mbps of bill that they are worth.
  double worth(double throttled) const {
    return rule_.throttle_weight * throttled / num(month_.seen + month_.left);
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
  const Plan::Levels levels = plan.levels(num(most));
  Mbps planned = size_of(policy, situation, levels.planned);
  // What was limited is not moved for little.
  if (limited && num(planned) < kStep * num(cap)) planned = cap;
  const double left = plan.free_above(num(planned));
  // One that is limited waits for more than it takes to be limited again at once.
  const double asked = plan.reserve() * (limited ? 2 : 1);
  const bool enough = left > asked || left >= num(plan.month().left);
  const Mbps to =
      plan.unknown() || enough || plan.given_up(levels) ? most : std::min(planned, most);
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
  const double level =
      rule.commit ? num(*rule.commit)
                  : plan.levels(num(most.value_or(std::max(situation.cap, Mbps{10'000})))).planned;
  return {.wants = std::nullopt, .reason = reason_for(plan, level, situation.cap), .aside = true};
}

}  // namespace penstock
