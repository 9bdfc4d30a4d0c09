#include "daemon/budget.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace penstock {
namespace {

TimePoint day_of(TimePoint now) {
  return std::chrono::floor<std::chrono::days>(now);
}

TimePoint month_of(TimePoint now) {
  const std::chrono::year_month_day date{std::chrono::floor<std::chrono::days>(now)};
  return std::chrono::sys_days{date.year() / date.month() / std::chrono::day{1}};
}

Money counted(const Order& order, Money reserved) {
  if (order.charged) return *order.charged;
  switch (order.state) {
    case OrderState::kRejected:
    case OrderState::kSettled:
    case OrderState::kCancelled:
      return Money{};
    case OrderState::kEffective:
      return reserved;
    case OrderState::kPlanned:
    case OrderState::kSent:
    case OrderState::kAccepted:
    case OrderState::kProcessing:
    case OrderState::kScheduled:
    case OrderState::kUnknown:
    // Something else changed the cap: what ours cost nobody has said, so it stays counted.
    case OrderState::kSuperseded:
      return std::max(reserved, Money{});
  }
  return reserved;
}

bool lowers(const Order& order) {
  if (order.kind != OrderKind::kDowngrade && order.kind != OrderKind::kScheduleDowngrade) {
    return false;
  }
  return order.state != OrderState::kRejected && order.state != OrderState::kSettled &&
         order.state != OrderState::kCancelled;
}

/// A planned order that was called off never reached the provider.
bool was_sent(const Order& order) {
  return order.state == OrderState::kPlanned || order.sent_at != TimePoint{};
}

}  // namespace

Money counted_day(const Order& order) {
  return counted(order, order.reserved_day);
}
Money counted_month(const Order& order) {
  return counted(order, order.reserved_month);
}

std::optional<Money> left_of(std::optional<Money> limit, Money spent) {
  if (!limit) return std::nullopt;
  return std::max(Money(*limit - spent), Money{});
}

void Budget::put(const Order& order) {
  remove(order.id);
  orders_[order.id] = order;
  if (sums_) apply(*sums_, order, +1);
}

void Budget::remove(OrderId id) {
  const auto found = orders_.find(id);
  if (found == orders_.end()) return;
  if (sums_) apply(*sums_, found->second, -1);
  orders_.erase(found);
}

std::set<InstanceKey> Budget::instances() const {
  std::set<InstanceKey> keys;
  for (const auto& [id, order] : orders_) keys.insert(order.instance);
  return keys;
}

void Budget::assign(std::map<InstanceKey, std::string> owners, std::set<std::string> policies) {
  owners_ = std::move(owners);
  policies_ = std::move(policies);
  sums_.reset();
}

void Budget::prune(TimePoint now) {
  const TimePoint from = std::min(month_of(now), day_of(now));
  std::erase_if(orders_, [&](const auto& entry) {
    return entry.second.planned_at < from && !entry.second.open();
  });
}

const std::string& Budget::counts_for(const Order& order) const {
  if (policies_.contains(order.policy)) return order.policy;
  const auto owner = owners_.find(order.instance);
  return owner != owners_.end() ? owner->second : order.policy;
}

void Budget::apply(Sums& sums, const Order& order, int sign) const {
  if (order.planned_at < sums.month) return;
  const bool today = order.planned_at >= sums.day;
  const std::string& policy = counts_for(order);
  Spent& spent = sums.groups[{policy, order.instance}];
  const Spent before = spent;
  spent.month += counted_month(order) * sign;
  if (today) spent.day += counted_day(order) * sign;
  const auto positive = [](Money money) { return std::max(money, Money{}); };
  const Money month = positive(spent.month) - positive(before.month);
  sums.fleet_month += month;
  sums.policy_month[policy] += month;
  sums.fleet_day += positive(spent.day) - positive(before.day);
  if (!today) return;
  if (was_sent(order)) sums.orders += sign;
  if (!lowers(order)) return;
  int& times = sums.lowered[order.instance];
  times += sign;
  if (times == 0) sums.lowered.erase(order.instance);
}

const Budget::Sums& Budget::sums(TimePoint now) {
  const TimePoint day = day_of(now);
  if (sums_ && sums_->day == day) return *sums_;
  Sums fresh;
  fresh.day = day;
  fresh.month = month_of(now);
  for (const auto& [id, order] : orders_) apply(fresh, order, +1);
  sums_ = std::move(fresh);
  return *sums_;
}

Money Budget::policy_month(const std::string& policy, TimePoint now) {
  const auto& by_policy = sums(now).policy_month;
  const auto found = by_policy.find(policy);
  return found != by_policy.end() ? found->second : Money{};
}

Money Budget::fleet_day(TimePoint now) {
  return sums(now).fleet_day;
}
Money Budget::fleet_month(TimePoint now) {
  return sums(now).fleet_month;
}
int Budget::orders_day(TimePoint now) {
  return sums(now).orders;
}
std::size_t Budget::lowered_day(TimePoint now) {
  return sums(now).lowered.size();
}

bool Budget::may_lower(const InstanceKey& instance, double share, std::size_t total,
                       TimePoint now) {
  if (share >= 1) return true;
  const auto& lowered = sums(now).lowered;
  if (lowered.contains(instance)) return true;
  if (share <= 0) return false;
  const auto allowed = static_cast<std::size_t>(std::floor(share * static_cast<double>(total)));
  return lowered.size() < std::max<std::size_t>(allowed, 1);
}

}  // namespace penstock
