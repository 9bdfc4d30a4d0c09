#include "daemon/picture.h"

#include <algorithm>
#include <map>
#include <utility>

#include "daemon/settle.h"
#include "policies/billing.h"

namespace penstock {
namespace {

/// What is wanted: what flows, and at the cap at least what the rules would give it.
std::optional<Rate> demand_of(const Tracked& tracked) {
  if (tracked.demand.empty()) return std::nullopt;
  const Rate egress = tracked.demand.newest(0).egress;
  if (tracked.demand.saturated_run().samples == 0) return egress;
  return std::max(egress, as_rate(tracked.cap));
}

/// What a month of the present cap costs, as far as a tariff or the last quote tells.
std::optional<Money> month_price_of(const Tracked& tracked) {
  if (tracked.tariff != nullptr) return monthly_price(*tracked.tariff, tracked.cap);
  if (!tracked.month_price || tracked.cap <= Mbps{0}) return std::nullopt;
  const auto& [size, price] = *tracked.month_price;
  return scaled_month_price(price, size, tracked.cap, tracked.instance->included);
}

/// Every field is set: `view` may be another instance's of an older snapshot.
void show(const PictureParts& parts, const Tracked& tracked, InstanceView& view) {
  const InstanceKey& key = tracked.key();
  if (view.instance != tracked.instance) view.instance = tracked.instance;
  if (tracked.policy != nullptr) {
    view.policy = tracked.policy->name;
    view.mode = tracked.policy->mode;
  } else {
    view.policy.clear();
    view.mode = Mode::kObserve;
  }
  view.egress.reset();
  view.sample_at.reset();
  view.saturated = false;
  if (!tracked.demand.empty()) {
    const Observation newest = tracked.demand.newest(0);
    view.egress = newest.egress;
    view.sample_at = newest.at;
    view.saturated = tracked.demand.saturated_run().samples > 0;
  }
  view.demand = demand_of(tracked);
  view.cap = tracked.cap;
  view.cap_since = tracked.cap_since;
  view.limit = tracked.instance->limit;
  view.cycle_end = tracked.instance->expires;
  view.month_price = month_price_of(tracked);
  view.decision = tracked.decision;
  view.decided_at = tracked.decided_at;
  view.change = change_state(tracked, parts.book);
  view.record = tracked.record;
  view.refusal = tracked.refusal;
  view.gone = tracked.gone_at.has_value();
  const Order* scheduled = parts.book.scheduled_of(key);
  const Order* unsettled = parts.book.unsettled_of(key);
  const Order* open = unsettled != nullptr ? unsettled : scheduled;
  view.order = open != nullptr ? std::make_shared<const Order>(*open) : nullptr;
  view.scheduled_cap.reset();
  if (scheduled != nullptr) {
    view.scheduled_cap = scheduled->to;
  } else if (tracked.change.kind == ChangeState::Kind::kScheduled) {
    view.scheduled_cap = tracked.change.target;
  }
}

void add_accounts(const PictureParts& parts, Snapshot& out) {
  std::map<std::string, std::size_t> counts;
  // Those of an account stand together.
  const std::string* account = nullptr;
  std::size_t* count = nullptr;
  for (const InstanceView& view : out.instances) {
    const std::string& its = view.instance->key.account;
    if (account == nullptr || *account != its) count = &counts[its];
    account = &its;
    *count += view.gone ? 0 : 1;
  }
  for (const auto& [name, state] : parts.fleet.accounts()) {
    AccountView view;
    view.name = name;
    view.listed_at = state.listed_at;
    view.error = state.error;
    view.doubt = state.doubt;
    view.instances = counts[name];
    const Breaker& breaker = parts.book.breaker(name);
    view.breaker_open = breaker.open();
    view.breaker_failures = breaker.failures(parts.now, parts.in_force.limits.breaker);
    view.rights = parts.cloud.rights(name);
    view.health = parts.cloud.health(name);
    view.purchasing_power = parts.balances.power(name, parts.now);
    out.accounts.push_back(std::move(view));
  }
}

void add_policies(const PictureParts& parts, Snapshot& out) {
  std::map<const Policy*, std::size_t> counts;
  for (const Tracked& tracked : parts.fleet.all()) ++counts[tracked.policy];
  for (const Policy& policy : parts.in_force.policies) {
    PolicyView view;
    view.name = policy.name;
    view.mode = policy.mode;
    view.file = policy.file;
    view.source = policy.traffic.source;
    view.instance_series = policy.instance_series;
    view.instances = counts[&policy];
    view.month_spent = parts.book.budget().policy_month(policy.name, parts.now);
    view.month_limit = policy.budget.per_month;
    view.paused = parts.standing.pause_of_policy(policy.name) != nullptr;
    const auto error = parts.gather.errors().find(policy.name);
    if (error != parts.gather.errors().end()) view.error = error->second;
    out.policies.push_back(std::move(view));
  }
}

FleetView fleet_view(const PictureParts& parts) {
  const FleetLimits& limits = parts.in_force.limits;
  Budget& budget = parts.book.budget();
  FleetView view;
  view.day_spent = budget.fleet_day(parts.now);
  view.month_spent = budget.fleet_month(parts.now);
  view.day_limit = limits.per_day;
  view.month_limit = limits.per_month;
  view.orders_today = budget.orders_day(parts.now);
  view.orders_limit = limits.orders_per_day;
  view.lowered_today = static_cast<int>(budget.lowered_day(parts.now));
  view.paused = parts.standing.fleet_paused();
  if (const Instruction* pause = parts.standing.pause_of_fleet()) view.pause_reason = pause->reason;
  if (!parts.standing.unreadable.empty()) view.pause_reason = parts.standing.unreadable;
  return view;
}

}  // namespace

void picture(const PictureParts& parts, Snapshot& out) {
  std::vector<InstanceView> views = std::move(out.instances);
  out = {};
  out.at = parts.now;
  out.tick = parts.tick;
  views.resize(parts.fleet.all().size());
  std::size_t place = 0;
  for (const Tracked& tracked : parts.fleet.all()) show(parts, tracked, views[place++]);
  out.instances = std::move(views);
  for (const auto& [name, view] : parts.gather.sources()) out.sources.push_back(view);
  add_accounts(parts, out);
  add_policies(parts, out);
  out.fleet = fleet_view(parts);
  out.warm_up = parts.warm_up;
  for (const auto& [id, order] : parts.book.open()) out.open_orders.push_back(order);
  out.journal_error = parts.book.trouble();
  const bool listed = std::ranges::any_of(
      out.accounts, [](const AccountView& account) { return account.listed_at.has_value(); });
  out.ready = parts.caught_up && listed;
}

}  // namespace penstock
