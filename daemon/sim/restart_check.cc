#include "daemon/sim/restart_check.h"

#include <algorithm>

#include "policies/reason.h"

namespace penstock {
namespace {

bool same_record(const InstanceRecord& a, const InstanceRecord& b) {
  return a.last_upgrade_at == b.last_upgrade_at && a.last_downgrade_at == b.last_downgrade_at &&
         a.expected_cap == b.expected_cap && a.drifted_at == b.drifted_at &&
         a.drifted_from == b.drifted_from;
}

bool about_price(ReasonCode code) {
  using enum ReasonCode;
  return code == kPriceLimit || code == kPolicyBudget || code == kFleetDayBudget ||
         code == kFleetMonthBudget || code == kBalance;
}

/// What holds whatever the price is.
bool asks_no_price(ReasonCode code) {
  using enum ReasonCode;
  return code == kObserve || code == kOrdersPerDay || code == kFrozen || code == kBreaker ||
         code == kCanary;
}

std::string difference(const InstanceView& a, const InstanceView& b) {
  if (a.cap != b.cap) return "cap " + format(a.cap) + " and " + format(b.cap);
  if (!same_record(a.record, b.record)) return "its record was not kept";
  const bool same = a.decision.action == b.decision.action &&
                    a.decision.reason.code == b.decision.reason.code &&
                    a.decision.to == b.decision.to;
  // What a list does not show, and a price, is not asked for in the new one's only tick.
  const bool unread = b.decision.reason.code == ReasonCode::kStateUnread ||
                      b.decision.reason.code == ReasonCode::kNoPrice;
  // Who may not order asks for no prices: which of the two knows one from a report is chance.
  const ReasonCode before = a.decision.reason.code;
  const ReasonCode after = b.decision.reason.code;
  const bool priced = (asks_no_price(before) && about_price(after)) ||
                      (asks_no_price(after) && about_price(before));
  // The provider's own figures are there for the asking afterwards, also those that a gap left out.
  const bool refilled =
      before == ReasonCode::kProviderTraffic || after == ReasonCode::kProviderTraffic;
  if (!same && !unread && !priced && !refilled) {
    return "before \"" + std::string(to_string(a.decision.action)) + ", " +
           render(a.decision.reason) + "\", after \"" + std::string(to_string(b.decision.action)) +
           ", " + render(b.decision.reason) + "\"";
  }
  return "";
}

}  // namespace

bool fit_to_compare(const Snapshot& snapshot) {
  if (!snapshot.ready || !snapshot.journal_error.empty()) return false;
  const bool unsettled = std::ranges::any_of(snapshot.open_orders,
                                             [](const Order& order) { return order.unsettled(); });
  const bool busy = std::ranges::any_of(snapshot.instances, [](const InstanceView& view) {
    return view.decision.action != Action::kHold || view.saturated || view.gone;
  });
  return !unsettled && !busy;
}

std::map<std::string, std::string> differences_after_restart(const Snapshot& before,
                                                             const Snapshot& after) {
  std::map<std::string, std::string> found;
  if (before.instances.size() != after.instances.size()) {
    found["the fleet"] = "other instances";
    return found;
  }
  for (std::size_t i = 0; i < before.instances.size(); ++i) {
    const std::string what = difference(before.instances[i], after.instances[i]);
    if (!what.empty()) found[before.instances[i].instance->key.id] = what;
  }
  const FleetView& a = before.fleet;
  const FleetView& b = after.fleet;
  if (a.day_spent != b.day_spent || a.month_spent != b.month_spent ||
      a.orders_today != b.orders_today || a.lowered_today != b.lowered_today) {
    const auto all = [](const FleetView& view) {
      return format(view.day_spent) + " today, " + format(view.month_spent) + " this month, " +
             std::to_string(view.orders_today) + " orders, " + std::to_string(view.lowered_today) +
             " lowered";
    };
    found["the fleet's budget"] = all(a) + "; after " + all(b);
  }
  for (std::size_t i = 0; i < std::min(before.policies.size(), after.policies.size()); ++i) {
    if (before.policies[i].month_spent != after.policies[i].month_spent) {
      found["the budget of " + before.policies[i].name] = "not kept";
    }
  }
  for (std::size_t i = 0; i < std::min(before.accounts.size(), after.accounts.size()); ++i) {
    if (before.accounts[i].breaker_open != after.accounts[i].breaker_open) {
      found["the breaker of " + before.accounts[i].name] = "not kept";
    }
  }
  return found;
}

}  // namespace penstock
