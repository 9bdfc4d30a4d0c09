#include "daemon/outlook.h"

#include <algorithm>
#include <utility>

namespace penstock {
namespace {

Decision held(const Tracked& tracked, ReasonCode why) {
  Decision decision;
  decision.from = decision.to = decision.wish = tracked.cap;
  decision.reason.code = why;
  return decision;
}

/// The months of an account in which nothing else is configured.
Duration month_of(const InForce& in_force, const std::string& account) {
  const auto terms = in_force.accounts.find(account);
  return terms != in_force.accounts.end() ? terms->second.billing_month : kBillingMonth;
}

/// The price of a prepaid upgrade falls as the term runs out: a quote is good for ten minutes of a
/// real month. Orders are always priced anew; this one explains why there is none.
std::optional<Price> known_quote(const Tracked& tracked, Duration month, TimePoint now) {
  const Duration age = now - tracked.quoted_at;
  return age >= Duration{} && age <= month / 4320 ? tracked.quote : std::nullopt;
}

}  // namespace

void Outlook::heed(const Standing& standing) {
  fleet_paused_ = standing.fleet_paused();
  const bool any = !standing.instructions.empty();
  if (!any && !heeded_any_) return;
  heeded_any_ = any;
  for (Tracked& tracked : fleet_.all()) {
    const InstanceKey& key = tracked.key();
    InstanceRecord& record = tracked.record;
    record.paused = false;
    record.paused_until.reset();
    record.pinned.reset();
    record.approved.reset();
    tracked.approval.reset();
    if (!any) continue;
    const Instruction* pause = standing.pause_of(key);
    if (pause == nullptr && tracked.policy != nullptr) {
      pause = standing.pause_of_policy(tracked.policy->name);
    }
    if (pause != nullptr) {
      record.paused = true;
      record.paused_until = pause->until;
    }
    if (const Instruction* pin = standing.pin_of(key)) {
      record.pinned = {pin->cap, pin->until.value_or(TimePoint::max())};
    }
    const Instruction* approval = standing.approval_of(key);
    if (approval != nullptr && !book_.approval_used(approval->identity())) {
      tracked.approval = std::make_shared<const Instruction>(*approval);
      record.approved = {approval->up_to, *approval->until};
    }
  }
}

/// The same for all of an account; to put its rights together costs more than to decide.
bool Outlook::can_cancel(const std::string& account) {
  const auto [known, fresh] = can_cancel_.try_emplace(account, true);
  if (fresh) known->second = cloud_.rights(account).cancel.value_or(true);
  return known->second;
}

Outlook::Common Outlook::common_to(const Policy& policy, const std::string& account,
                                   TimePoint now) {
  const FleetLimits& limits = in_force_.limits;
  Budget& budget = book_.budget();
  Common common{.policy = &policy,
                .account = account,
                .month = month_of(in_force_, account),
                .purse = {},
                .fleet = {}};
  Purse& purse = common.purse;
  purse.policy_month = left_of(policy.budget.per_month, budget.policy_month(policy.name, now));
  purse.fleet_day = left_of(limits.per_day, budget.fleet_day(now));
  purse.fleet_month = left_of(limits.per_month, budget.fleet_month(now));
  purse.purchasing_power = balances_.power(account, now);
  FleetState& fleet = common.fleet;
  fleet.paused = fleet_paused_;
  const Breaker& breaker = book_.breaker(account);
  fleet.breaker_open = breaker.open();
  fleet.breaker_failures = breaker.failures(now, limits.breaker);
  const auto state = fleet_.accounts().find(account);
  fleet.inventory_doubt = state != fleet_.accounts().end() && state->second.doubt;
  fleet.can_cancel = can_cancel(account);
  fleet.orders_per_day = limits.orders_per_day;
  fleet.orders_left = limits.orders_per_day <= 0 || budget.orders_day(now) < limits.orders_per_day;
  fleet.lowered_share_limit = limits.max_lowered_share;
  return common;
}

const Outlook::Common& Outlook::common(const Policy& policy, const std::string& account,
                                       TimePoint now) {
  if (!passing_ || (!common_.empty() && common_.front().account != account)) common_.clear();
  const auto known = std::ranges::find(common_, &policy, &Common::policy);
  if (known != common_.end()) return *known;
  common_.push_back(common_to(policy, account, now));
  return common_.back();
}

Situation Outlook::situation(const Tracked& tracked, TimePoint now) {
  const Policy& policy = *tracked.policy;
  const Common& shared = common(policy, tracked.key().account, now);
  Situation s{.instance = *tracked.instance,
              .demand = tracked.demand,
              .cap = tracked.cap,
              .cap_since = tracked.cap_since,
              .change = change_state(tracked, book_),
              .tariff = tracked.tariff,
              .quote = {},
              .month = shared.month,
              .purse = shared.purse,
              .fleet = shared.fleet,
              .record = &tracked.record,
              .memo = tracked.memo,
              .economic = tracked.economic.get(),
              .bursts = tracked.bursts.get(),
              .forecast = tracked.forecast.get(),
              .past = tracked.past.get()};
  s.fleet.may_lower =
      book_.budget().may_lower(tracked.key(), in_force_.limits.max_lowered_share, instances_, now);
  return s;
}

const Decision& Outlook::decide(Tracked& tracked, const std::optional<Price>& quote, TimePoint now,
                                Trace* trace) {
  tracked.decided_at = now;
  tracked.decided = true;
  if (tracked.policy == nullptr || tracked.rival != nullptr) {
    const auto why = tracked.policy == nullptr ? ReasonCode::kUnmatched : ReasonCode::kPolicyTie;
    return tracked.decision = held(tracked, why);
  }
  if (tracked.gone_at) return tracked.decision = held(tracked, ReasonCode::kNotRunning);
  Situation s = situation(tracked, now);
  s.quote = quote ? quote : known_quote(tracked, s.month, now);
  tracked.decision = penstock::decide(*tracked.policy, s, now, trace);
  tracked.memo = tracked.decision.memo;
  return tracked.decision;
}

}  // namespace penstock
