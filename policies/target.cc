#include "policies/target.h"

#include <algorithm>

#include "policies/numbers.h"
#include "policies/recommendation.h"

namespace penstock {

namespace {

/// Rules that read traffic. The others state a size by themselves and can speak without any.
bool reads_traffic(const Rule& rule) {
  return !std::holds_alternative<ScheduleRule>(rule) && !std::holds_alternative<FixedRule>(rule);
}

/// Rules that weigh traffic apply where the size is billed, and the one that counts bursts where
/// the bursts of one instance are; stated sizes apply everywhere.
bool applies(const Rule& rule, const Instance& instance) {
  if (!reads_traffic(rule)) return true;
  if (!std::holds_alternative<PercentileBudgetRule>(rule)) return instance.flat_rate();
  return instance.internet_charge == InternetCharge::kByInstanceBandwidth95;
}

/// A rule for one way of billing leaves what it does not apply to to the rule for the other.
Recommendation not_applicable(const Policy& policy, const Instance& instance) {
  Recommendation said;
  said.reason = {instance.flat_rate() ? ReasonCode::kFlatRate : ReasonCode::kCapIsFree, {}};
  said.aside = std::ranges::any_of(policy.rules, [&](const Rule& other) {
    return reads_traffic(other) && applies(other, instance);
  });
  return said;
}

/// What all rules said together.
struct Poll {
  std::optional<Mbps> largest;  ///< of rules that may ask for a cut
  Reason largest_reason;
  bool weighed = false;       ///< of the largest
  std::optional<Mbps> floor;  ///< of schedules
  Reason floor_reason;
  std::optional<Mbps> ceiling;
  Reason ceiling_reason;
  Reason silence;
  Reason aside;
  Reason unproven;

  void count(const Recommendation& said) {
    if (said.ceiling && (!ceiling || *said.ceiling < *ceiling)) {
      ceiling = said.ceiling;
      ceiling_reason = said.reason;
    }
    if (said.aside) {
      // Of several that stand aside the one that has counted something is worth showing.
      if (aside.code != ReasonCode::kPercentileBudget) aside = said.reason;
      return;
    }
    if (said.floor_only) {
      if (said.wants && (!floor || *said.wants > *floor)) {
        floor = said.wants;
        floor_reason = said.reason;
      }
      return;
    }
    if (!said.wants) {
      if (silence.code == ReasonCode::kNone) silence = said.reason;
    } else if (!largest || *said.wants > *largest) {
      largest = said.wants;
      largest_reason = said.reason;
      weighed = said.weighed;
    }
  }
};

Poll ask_rules(const Policy& policy, const Situation& situation, TimePoint now, Trace* trace) {
  Poll poll;
  const std::optional<Reason> doubt = doubt_of_data(policy, situation, now);
  for (std::size_t i = 0; i < policy.rules.size(); ++i) {
    const Rule& rule = policy.rules[i];
    Recommendation said;
    const auto* budget = std::get_if<PercentileBudgetRule>(&rule);
    if (!applies(rule, situation.instance)) {
      said = not_applicable(policy, situation.instance);
    } else if (reads_traffic(rule) && doubt) {
      said.reason = *doubt;
      said.aside = budget != nullptr && !budget->guard;
    } else {
      said = std::visit([&](const auto& kind) { return recommend(kind, policy, situation, now); },
                        rule);
    }
    if (trace != nullptr) {
      const bool may_lower = !said.floor_only && said.wants && *said.wants < situation.cap;
      trace->rules.push_back({i, said.wants, may_lower, said.reason});
    }
    if (reads_traffic(rule) && !policy.traffic.raises && said.wants &&
        *said.wants > situation.cap) {
      poll.unproven = {ReasonCode::kProviderTraffic, {num(situation.cap), num(*said.wants)}};
      said = {.wants = situation.cap, .reason = poll.unproven};
    }
    poll.count(said);
  }
  return poll;
}

/// One size out of many; nullopt when nobody named one.
std::optional<Mbps> combine(const Poll& poll, Mbps cap, Reason& reason) {
  std::optional<Mbps> size = poll.largest;
  reason = poll.largest_reason;
  // A ceiling stops what would rise above it and deepens a cut; it does not make one.
  if (size && poll.ceiling && *size != cap) {
    const Mbps limited =
        std::min(*size, *size > cap ? std::max(*poll.ceiling, cap) : *poll.ceiling);
    if (limited != *size) reason = poll.ceiling_reason;
    size = limited;
  }
  // A rule that cannot tell might have wanted all of the present cap.
  if (size && *size < cap && poll.silence.code != ReasonCode::kNone) {
    size = cap;
    reason = poll.silence;
  }
  if (poll.floor && *poll.floor > size.value_or(cap)) {
    size = poll.floor;
    reason = poll.floor_reason;
  }
  return size;
}

/// Bounds move a wish; without agreement they never move it below the cap, for that is a cut too.
void bound(const Policy& policy, const Situation& situation, Target& target) {
  const Instance& instance = situation.instance;
  const Mbps cap = situation.cap;
  const Mbps size = *target.size;
  const auto upper = upper_bound(policy, instance);
  const bool cap_is_inside = cap >= lower_bound(policy, instance) && (!upper || cap <= *upper);
  Mbps bounded = within_bounds(policy, instance, size);
  // A cap may lie between two sellable steps; rounding alone never moves away from it.
  const bool turned = (size <= cap && bounded > cap) || (size >= cap && bounded < cap);
  if (cap_is_inside && (turned || size == cap)) bounded = cap;
  if (bounded < cap && !target.agreed) bounded = cap;
  if (turned && bounded != cap) target.reason = {ReasonCode::kBounds, {num(bounded)}};
  target.unbounded = size;
  target.size = bounded;
}

}  // namespace

std::optional<Mbps> upper_bound(const Policy& policy, const Instance& instance) {
  if (!policy.bounds.max) return instance.limit;
  return instance.limit ? std::min(*policy.bounds.max, *instance.limit) : *policy.bounds.max;
}

Mbps lower_bound(const Policy& policy, const Instance& instance) {
  const Mbps free = instance.flat_rate() ? instance.included : Mbps{0};
  const Mbps least = std::max({Mbps{1}, policy.bounds.min, free});
  const auto most = upper_bound(policy, instance);
  return most ? std::max(Mbps{1}, std::min(least, *most)) : least;
}

Mbps within_bounds(const Policy& policy, const Instance& instance, Mbps size) {
  const Mbps step = policy.bounds.step;
  const Mbps lower = lower_bound(policy, instance);
  size = std::max(ceil_to_step(size, step), lower);
  const auto upper = upper_bound(policy, instance);
  if (upper && size > *upper) {
    const Mbps sellable = floor_to_step(*upper, step);
    size = sellable >= lower ? sellable : *upper;
  }
  return std::max(size, Mbps{1});
}

std::optional<Reason> doubt_of_data(const Policy& policy, const Situation& situation,
                                    TimePoint now) {
  if (situation.demand.empty()) return Reason{ReasonCode::kNoData, {}};
  const Duration age = now - situation.demand.newest(0).at;
  // A sample far ahead of our clock is as little worth as one far behind it.
  if (age <= policy.traffic.max_age && -age <= policy.traffic.max_age) return std::nullopt;
  return Reason{ReasonCode::kStaleData, {seconds(age), seconds(policy.traffic.max_age)}};
}

const InstanceRecord::Pin* pin_of(const Situation& situation, TimePoint now) {
  if (situation.record == nullptr || !situation.record->pinned) return nullptr;
  return now < situation.record->pinned->until ? &*situation.record->pinned : nullptr;
}

Target form_target(const Policy& policy, const Situation& situation, TimePoint now, Trace* trace) {
  Target target;
  if (situation.cap <= Mbps{0}) return target;
  if (const auto* pin = pin_of(situation, now)) {
    target.pinned = target.agreed = true;
    target.size = pin->cap;
    const double until = pin->until == TimePoint::max() ? 0 : unix_seconds(pin->until);
    target.reason = {ReasonCode::kOverride, {num(pin->cap), until}};
  } else {
    const Poll poll = ask_rules(policy, situation, now, trace);
    target.size = combine(poll, situation.cap, target.reason);
    target.silence = poll.silence;
    target.aside = poll.aside;
    target.unproven = poll.unproven;
    target.weighed = poll.weighed;
    target.agreed =
        poll.silence.code == ReasonCode::kNone && poll.largest && *poll.largest < situation.cap;
  }
  if (target.size) bound(policy, situation, target);
  return target;
}

}  // namespace penstock
