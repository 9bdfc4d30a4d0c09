// What became of the orders of a wave: accepted, refused or unknown, and what follows at once.
#include <algorithm>
#include <cassert>
#include <utility>

#include "daemon/act.h"
#include "daemon/api_error.h"
#include "daemon/due.h"
#include "daemon/log.h"
#include "daemon/refusals.h"

namespace penstock {
void Act::take_answers(Outlook& outlook, std::vector<Order>& orders,
                       const std::vector<Result<Accepted>>& answers) {
  assert(answers.size() == orders.size());
  const TimePoint now = parts_.clock.wall();
  for (std::size_t i = 0; i < orders.size(); ++i) {
    Order& order = orders[i];
    Tracked& tracked = *parts_.fleet.find(order.instance);
    tracked.next_read = now;
    if (answers[i]) {
      order.advance(OrderState::kAccepted, now);
      order.order_number = kept_text(answers[i]->order_number);
      order.request_id = kept_text(answers[i]->request_id);
      tracked.refusals = 0;
      tracked.refusal.clear();
      auto& last = order.kind == OrderKind::kUpgrade ? tracked.record.last_upgrade_at
                                                     : tracked.record.last_downgrade_at;
      if (order.kind != OrderKind::kCancelDowngrade) last = order.sent_at;
      tracked.record_dirty = true;
      if (tracked.instance->prepaid_flat()) {
        parts_.balances.spent(order.instance.account, order.reserved_month);
      }
      parts_.telemetry.spent(order.policy, counted_month(order));
    } else {
      const Error& error = answers[i].error();
      const bool unknown = error.kind == ErrorKind::kUnknownOutcome;
      order.advance(unknown ? OrderState::kUnknown : OrderState::kRejected, now);
      order.code = kept_text(error.code);
      order.message = kept_text(error.message);
      order.request_id = kept_text(error.request_id);
      refused(outlook, tracked, order, error, now);
    }
    parts_.book.put(order);
    parts_.telemetry.ordered(order.product, order.kind, to_string(order.state));
  }
}

void Act::refused(Outlook& outlook, Tracked& tracked, const Order& order, const Error& error,
                  TimePoint now) {
  log_warn("order", {{"order", std::to_string(order.id)},
                     {"instance_id", order.instance.id},
                     {"state", std::string(to_string(order.state))},
                     {"code", order.code},
                     {"request_id", order.request_id},
                     {"error", order.message}});
  tracked.suspect = true;  // read the state before anything else is concluded
  tracked.refusal = order.message;
  const bool passing = error.kind == ErrorKind::kTransient;
  tracked.retry_at = now + wait_after(tracked.refusals++);
  const InForce& in_force = outlook.in_force();
  const auto words = in_force.money_words(order.instance.account);
  const bool money = order.kind == OrderKind::kUpgrade && order.state == OrderState::kRejected &&
                     short_of_money(error, order.reserved_month,
                                    parts_.balances.power(order.instance.account, now), words);
  if (money) parts_.balances.refused(order.instance.account, now);
  // A state that was not as expected passes by itself, and so does a short balance.
  if (passing || money) return;
  parts_.book.fail(order.instance.account, in_force.limits.breaker, now);
}

void Act::follow_up(Outlook& outlook, const std::vector<Order>& orders,
                    std::vector<Tracked*>& queue) {
  std::vector<Tracked*> freed;
  std::vector<InstanceRef> refs;
  for (const Order& order : orders) {
    if (order.kind != OrderKind::kCancelDowngrade || order.state == OrderState::kRejected) continue;
    Tracked* tracked = parts_.fleet.find(order.instance);
    if (!followed_.insert(order.instance).second) continue;
    freed.push_back(tracked);
    refs.push_back(tracked->ref());
  }
  if (freed.empty() || parts_.stop()) return;
  const auto answers = parts_.cloud.read_changes(refs);
  assert(answers.size() == refs.size());
  const TimePoint now = parts_.clock.wall();
  std::vector<Tracked*> next;
  for (std::size_t i = 0; i < freed.size(); ++i) {
    parts_.settle.absorb(*freed[i], answers[i], outlook.in_force().limits, now);
    const Decision& decision = outlook.decide(*freed[i], std::nullopt, now);
    if (wants_order(decision)) next.push_back(freed[i]);
  }
  // They have waited for their cancellation: ahead of everything that has not begun yet.
  queue.insert(queue.begin(), next.begin(), next.end());
}

}  // namespace penstock
