#include "policies/policy_contender.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <utility>

#include "metrics/demand.h"
#include "policies/burst_record.h"
#include "policies/decide.h"
#include "policies/economic_memory.h"
#include "policies/forecast.h"
#include "policies/target.h"

namespace penstock {

namespace {

/// No time passes between the last sample of a term and its end, but an order needs an instant.
constexpr Duration kInstant = 1ms;

/// The month that prices are stated for, in which a policy's budget counts.
using Month = std::chrono::year_month;

Month month_of(TimePoint at) {
  const std::chrono::year_month_day date{std::chrono::floor<std::chrono::days>(at)};
  return date.year() / date.month();
}

Instance synthetic_instance(const ReplaySettings& settings) {
  Instance instance;
  instance.key = {"backtest", "series"};
  // What is free is free with bare metal only.
  instance.product = settings.tariff.included > Mbps{0} ? Product::kBmc : Product::kVm;
  instance.included = settings.tariff.included;
  instance.status = "RUNNING";
  instance.limit = Mbps{settings.max_cap};
  instance.auto_renew = true;
  instance.charge =
      settings.billing == BillingModel::kPrepaid ? Charge::kPrepaid : Charge::kPostpaid;
  switch (settings.billing) {
    case BillingModel::kPrepaid:
    case BillingModel::kPostpaid:
      instance.internet_charge = InternetCharge::kByBandwidth;
      break;
    case BillingModel::kBurst95:
      instance.internet_charge = InternetCharge::kByInstanceBandwidth95;
      break;
    case BillingModel::kPackage:
      instance.internet_charge = InternetCharge::kByTrafficPackage;
      break;
  }
  return instance;
}

EconomicRule* economic_rule(Policy& policy) {
  for (Rule& rule : policy.rules) {
    if (auto* economic = std::get_if<EconomicRule>(&rule)) return economic;
  }
  return nullptr;
}

/// What of a policy applies to a series.
Policy playable(Policy policy, const ReplaySettings& settings, const PolicyPlay& play) {
  policy.mode = Mode::kEnforce;
  policy.match = {};
  policy.canary_share = 1;
  if (EconomicRule* rule = economic_rule(policy)) rule->latency = settings.latency;
  // Samples of a trace are as fresh as they get.
  policy.traffic.max_age = std::chrono::hours{24 * 366};
  policy.bounds.min = std::max(policy.bounds.min, Mbps{settings.min_cap});
  policy.bounds.max =
      std::min(policy.bounds.max.value_or(Mbps{settings.max_cap}), Mbps{settings.max_cap});
  if (play.at_term_end && settings.billing == BillingModel::kPrepaid) {
    policy.downgrade.window = kInstant;
    policy.downgrade.freeze = Duration::zero();
    // One order a term has nothing to cool down from.
    policy.downgrade.cooldown = Duration::zero();
  }
  return policy;
}

/// Plays one series. Knows what the daemon would know: its own orders and what was delivered.
class PolicyContender final : public Contender {
 public:
  PolicyContender(const Policy& policy, const ReplaySettings& settings, const Timeline& timeline,
                  double weight)
      : policy_(policy),
        instance_(synthetic_instance(settings)),
        tariff_(settings.tariff),
        prepaid_(settings.billing == BillingModel::kPrepaid),
        latency_(std::max(Duration::zero(), settings.latency)),
        interval_(Duration{std::llround(timeline.interval * 1000)}) {
    if (EconomicRule* rule = economic_rule(policy_)) {
      rule->throttle_weight = weight;
      learns_ = true;
    }
    for (Rule& rule : policy_.rules) {
      auto* budget = std::get_if<PercentileBudgetRule>(&rule);
      if (budget == nullptr) continue;
      budget->throttle_weight = weight;
      counts_bursts_ = true;
    }
    forecasts_ = forecast_rule_of(policy_);
  }

  Wish decide(const Glimpse& seen) override {
    follow_cap(seen);
    const Sample sample{.at = seen.now, .span = interval_, .egress = Rate{seen.observed}};
    demand_.observe(sample, Mbps{seen.cap}, cap_since_, policy_.traffic.saturated_at);
    if (learns_) learn(sample, seen);
    if (counts_bursts_) bursts_.observe(sample, cap_);
    if (forecasts_ != nullptr) {
      const bool at_least = demand_.newest(0).evidence != Evidence::kFree;
      forecast_.observe({.sample = sample, .at_least = at_least, .rule = *forecasts_});
    }
    follow_term(seen);
    ChangeState change = change_of(seen);
    Wish wish{.cap = seen.cap};
    Decision decision = ask(seen, change);
    if (decision.action == Action::kCancelDowngrade) {
      wish.drop_pending = true;
      wish.reason = decision.reason;
      change = {.kind = ChangeState::Kind::kIdle, .target = {}, .since = seen.now};
      // What makes way for an upgrade is followed by it, live at the next tick, here at once.
      decision = ask(seen, change);
    }
    obey(decision, seen, wish);
    return wish;
  }

 private:
  /// Since when the cap has been what it is. Orders of ours take effect after the latency; anything
  /// else happens where a term begins.
  void follow_cap(const Glimpse& seen) {
    const TimePoint begin = seen.now - interval_;
    if (Mbps{seen.cap} == cap_) return;
    const bool ours = cap_ > Mbps{0} && ordered_ && ordered_->first == Mbps{seen.cap};
    cap_since_ = begin;
    if (ours && latency_ > Duration::zero()) cap_since_ = ordered_->second + latency_;
    cap_ = Mbps{seen.cap};
    record_.expected_cap = cap_;
  }

  void learn(const Sample& sample, const Glimpse& seen) {
    EconomicSample lesson{.sample = sample,
                          .cap = Mbps{seen.cap},
                          .cap_since = cap_since_,
                          .term_end = std::nullopt,
                          .latency = latency_,
                          .saturated_at = policy_.traffic.saturated_at};
    if (prepaid_) lesson.term_end = seen.cycle_end;
    economic_.observe(lesson);
  }

  void follow_term(const Glimpse& seen) {
    if (seen.in_cycle == 0) replacements_ = 0;
    if (!prepaid_) return;
    // The boundary acts with the first sample of the next cycle: a gap before it changes nothing.
    instance_.expires =
        seen.last_of_cycle ? seen.now + kInstant : std::max(seen.cycle_end, seen.now + kInstant);
  }

  ChangeState change_of(const Glimpse& seen) const {
    if (seen.pending) {
      return {.kind = ChangeState::Kind::kScheduled,
              .target = Mbps{*seen.pending},
              .since = scheduled_at_,
              .replacements = replacements_};
    }
    if (seen.ordered != seen.cap && ordered_) {
      return {.kind = ChangeState::Kind::kRunning,
              .target = Mbps{seen.ordered},
              .since = ordered_->second};
    }
    return {.kind = ChangeState::Kind::kIdle, .target = {}, .since = cap_since_};
  }

  Decision ask(const Glimpse& seen, const ChangeState& change) {
    const Situation situation{.instance = instance_,
                              .demand = demand_,
                              .cap = cap_,
                              .cap_since = cap_since_,
                              .change = change,
                              .tariff = &tariff_,
                              .quote = {},
                              .purse = purse(seen.now),
                              .fleet = {},
                              .record = &record_,
                              .memo = memo_,
                              .economic = learns_ ? &economic_ : nullptr,
                              .bursts = counts_bursts_ ? &bursts_ : nullptr,
                              .forecast = forecasts_ != nullptr ? &forecast_ : nullptr};
    Decision decision = penstock::decide(policy_, situation, seen.now);
    memo_ = decision.memo;
    return decision;
  }

  Purse purse(TimePoint now) {
    if (!policy_.budget.per_month) return {};
    if (month_of(now) != month_) spent_ = {};
    month_ = month_of(now);
    Purse purse;
    purse.policy_month = *policy_.budget.per_month - spent_;
    return purse;
  }

  void obey(const Decision& decision, const Glimpse& seen, Wish& wish) {
    switch (decision.action) {
      case Action::kHold:
      case Action::kCancelDowngrade:
        return;
      case Action::kUpgrade:
        record_.last_upgrade_at = seen.now;
        ordered_ = {decision.to, seen.now};
        if (decision.spend) spent_ += decision.spend->month;
        break;
      case Action::kReplaceDowngrade:
        ++replacements_;
        [[fallthrough]];
      case Action::kScheduleDowngrade:
        scheduled_at_ = seen.now;
        record_.last_downgrade_at = seen.now;
        break;
      case Action::kDowngrade:
        record_.last_downgrade_at = seen.now;
        ordered_ = {decision.to, seen.now};
        if (decision.spend) spent_ += decision.spend->month;
        break;
    }
    wish.cap = decision.to.count();
    wish.reason = decision.reason;
  }

  Policy policy_;
  Instance instance_;
  Tariff tariff_;
  bool prepaid_;
  Duration latency_;
  Duration interval_;
  Demand demand_;
  EconomicMemory economic_;
  bool learns_ = false;  ///< only for policies that ask
  BurstRecord bursts_;
  bool counts_bursts_ = false;
  Forecast forecast_;
  const ForecastRule* forecasts_ = nullptr;  ///< of policy_
  Mbps cap_{};
  TimePoint cap_since_{};
  std::optional<std::pair<Mbps, TimePoint>> ordered_;  ///< what was ordered last, and when
  TimePoint scheduled_at_{};
  int replacements_ = 0;
  InstanceRecord record_;
  Memo memo_;
  Month month_{};
  Money spent_;
};

}  // namespace

Result<PolicyMaker> policy_maker(const Policy& policy, const ReplaySettings& settings,
                                 const PolicyPlay& play) {
  const Policy played = playable(policy, settings, play);
  if (*played.bounds.max < played.bounds.min) {
    return Error{.kind = ErrorKind::kInvalid,
                 .message = "policy \"" + policy.name + "\": its bounds and the backtest's leave " +
                            "no size: at least " + format(played.bounds.min) + ", at most " +
                            format(*played.bounds.max),
                 .code = {},
                 .request_id = {}};
  }
  return PolicyMaker{[played, settings](const Series&, const Timeline& timeline, double weight) {
    return std::make_unique<PolicyContender>(played, settings, timeline, weight);
  }};
}

}  // namespace penstock
