#include "daemon/settle.h"

#include <algorithm>
#include <cassert>
#include <tuple>
#include <utility>

#include "daemon/log.h"

namespace penstock {
namespace {

using Kind = ChangeState::Kind;

/// How often an order's outcome is looked for: at every tick while it is young.
Duration poll_of(const Order& order, TimePoint now) {
  const Duration age = now - order.sent_at;
  if (age < 2min) return Duration{};
  return age < 10min ? 15s : 60s;
}

constexpr Duration kForeignPoll = 30s;

void log_order(const Order& order, std::string_view what) {
  log_info("order", {{"order", std::to_string(order.id)},
                     {"instance_id", order.instance.id},
                     {"kind", std::string(to_string(order.kind))},
                     {"from_mbps", std::to_string(order.from.count())},
                     {"to_mbps", std::to_string(order.to.count())},
                     {"state", std::string(what)}});
}

std::string alarm_text(const Order& order) {
  std::string what = "order " + std::to_string(order.id) + " (" +
                     std::string(to_string(order.kind)) + " to " + format(order.to) + ")";
  switch (order.alarm) {
    case OrderAlarm::kNone:
      break;
    case OrderAlarm::kNotStarted:
      return what + " was accepted as " + order.order_number +
             " and never started: probably unpaid; look at it in the console";
    case OrderAlarm::kTimeout:
      return what + " has been running for too long";
    case OrderAlarm::kOverdue:
      return what + " did not take effect at the end of the term";
    case OrderAlarm::kUnreadable:
      return what + " has an outcome that cannot be read";
  }
  return what;  // no alarm: nothing more to say
}

std::string drift_text(const Tracked& tracked, bool moved) {
  if (!moved) {
    return "somebody else scheduled a downgrade to " +
           format(tracked.change.target.value_or(tracked.cap));
  }
  return "somebody else changed the cap from " + format(*tracked.record.expected_cap) + " to " +
         format(tracked.cap);
}

}  // namespace

ChangeState change_state(const Tracked& tracked, const OrderBook& book) {
  ChangeState change = tracked.change;
  change.replacements = tracked.replaced();
  const Order* order = book.unsettled_of(tracked.key());
  if (order == nullptr) {
    // A surge is egress since the downgrade was ordered, not since a restart first saw it.
    const Order* pending = book.scheduled_of(tracked.key());
    if (pending != nullptr && pending->to == change.target) change.since = pending->sent_at;
    return change;
  }
  const bool running =
      order->alarm == OrderAlarm::kNone &&
      (order->state == OrderState::kAccepted || order->state == OrderState::kProcessing);
  change.kind = running ? Kind::kRunning : Kind::kUnsettled;
  change.target = order->to;
  change.since = order->sent_at;
  return change;
}

bool Settle::caught_up() const {
  return std::ranges::none_of(book_.open(), [&](const auto& entry) {
    if (!entry.second.unsettled()) return false;
    const Tracked* tracked = fleet_.find(entry.second.instance);
    return tracked != nullptr && !tracked->read_at;
  });
}

/// A turn that lies further ahead than any wait was given by a clock that has been set back since.
bool Settle::waits(const Tracked& tracked, TimePoint now) const {
  const Duration left = tracked.next_read - now;
  return left > Duration{} && left <= std::max(options_.pending_poll, Duration{60s});
}

std::vector<Tracked*> Settle::due(TimePoint now) {
  struct Turn {
    int rank;
    TimePoint since;
    Tracked* tracked;
  };
  std::vector<Turn> turns;
  for (const auto& [id, order] : book_.open()) {
    Tracked* tracked = fleet_.find(order.instance);
    if (tracked == nullptr || waits(*tracked, now)) continue;
    turns.push_back({order.unsettled() ? 0 : 2, order.sent_at, tracked});
  }
  for (Tracked& tracked : fleet_.all()) {
    if (!tracked.suspect || tracked.gone_at || waits(tracked, now)) continue;
    turns.push_back({1, tracked.read_at.value_or(TimePoint{}), &tracked});
  }
  std::ranges::sort(turns, [](const Turn& a, const Turn& b) {
    return std::tie(a.rank, a.since) < std::tie(b.rank, b.since);
  });
  std::vector<Tracked*> chosen;
  for (const Turn& turn : turns) {
    if (chosen.size() == options_.reads_per_tick) break;
    if (std::ranges::find(chosen, turn.tracked) == chosen.end()) chosen.push_back(turn.tracked);
  }
  return chosen;
}

void Settle::drop_orphans(TimePoint now) {
  std::vector<Order> orphans;
  for (const auto& [id, order] : book_.open()) {
    const auto account = fleet_.accounts().find(order.instance.account);
    const bool sure = account != fleet_.accounts().end() && account->second.listed_at &&
                      account->second.error.empty() && !account->second.doubt;
    // A list may be short for hours; what waits for the end of a term can wait to be seen again.
    const bool waits = order.state == OrderState::kScheduled && order.effective_at &&
                       now < *order.effective_at + options_.times.overdue;
    if (sure && !waits && fleet_.find(order.instance) == nullptr &&
        now - order.changed_at >= Fleet::kGone) {
      orphans.push_back(order);
    }
  }
  for (Order& order : orphans) {
    order.advance(OrderState::kSuperseded, now);
    order.message = "the instance is gone";
    book_.put(order);
    log_order(order, "superseded: the instance is gone");
  }
}

void Settle::run(const FleetLimits& limits, TimePoint now) {
  drop_orphans(now);
  const std::vector<Tracked*> chosen = due(now);
  if (chosen.empty()) return;
  std::vector<InstanceRef> refs;
  refs.reserve(chosen.size());
  for (const Tracked* tracked : chosen) refs.push_back(tracked->ref());
  const auto answers = cloud_.read_changes(refs);
  assert(answers.size() == refs.size());
  for (std::size_t i = 0; i < chosen.size(); ++i) {
    absorb(*chosen[i], answers[i], limits, now);
  }
}

void Settle::absorb(Tracked& tracked, const Result<BandwidthStatus>& status,
                    const FleetLimits& limits, TimePoint now) {
  if (!status) {
    cannot_read(tracked, status.error(), limits, now);
    return;
  }
  if (doubts_end(tracked, *status, now)) return;
  const ChangeState before = tracked.change;
  const bool read_before = tracked.read_at.has_value();
  saw(tracked, *status, now);
  std::vector<Order> orders;
  for (const Order* order :
       {book_.unsettled_of(tracked.key()), book_.scheduled_of(tracked.key())}) {
    if (order != nullptr) orders.push_back(*order);
  }
  bool ours = false;  // is the pending downgrade one of our orders?
  for (const Order& order : orders) {
    ours = ours || (tracked.change.target == order.to);
    apply(tracked, order, judge(order, *status, now, options_.times), limits, now);
  }
  const bool new_pending =
      tracked.change.kind == Kind::kScheduled &&
      (before.kind != Kind::kScheduled || before.target != tracked.change.target);
  watch_drift(tracked, read_before && new_pending && !ours, now);
  tracked.next_read = now + poll_after(tracked, now);
}

/// A downgrade of ours that is gone before its term ends was cancelled by somebody else. One
/// reading is too little to believe that: until the next one says the same, it pends.
bool Settle::doubts_end(Tracked& tracked, const BandwidthStatus& status, TimePoint now) const {
  const Order* pending = book_.scheduled_of(tracked.key());
  const bool early = pending != nullptr && status.kind == Kind::kIdle &&
                     book_.unsettled_of(tracked.key()) == nullptr &&
                     (!pending->effective_at || now < *pending->effective_at);
  const bool before = std::exchange(tracked.end_doubted, early);
  if (!early || before) return false;
  tracked.change.kind = Kind::kScheduled;
  tracked.change.target = pending->to;
  tracked.read_at = tracked.next_read = now;
  return true;
}

void Settle::saw(Tracked& tracked, const BandwidthStatus& status, TimePoint now) {
  if (tracked.refusals == 0) tracked.refusal.clear();  // it was a reading that had failed
  tracked.read_at = now;
  // No list shows when somebody else's change has ended.
  tracked.suspect = status.kind == Kind::kRunning;
  if (tracked.change.kind != status.kind) tracked.change.since = now;
  tracked.change.kind = status.kind;
  tracked.change.target = status.kind == Kind::kIdle ? std::nullopt : status.modified;
  if (!status.cap || (tracked.cap_known && *status.cap == tracked.cap)) return;
  tracked.cap = *status.cap;
  tracked.cap_known = true;
  tracked.cap_since = now;
  tracked.record_dirty = true;
}

void Settle::apply(Tracked& tracked, Order order, Verdict verdict, const FleetLimits& limits,
                   TimePoint now) {
  if (verdict.ask_ledger) {
    const Ledger::Found found = ledger_.look_for(order, now);
    if (found == Ledger::Found::kFailed || found == Ledger::Found::kEarly) return;
    if (found == Ledger::Found::kCharge) verdict = {.next = {}, .alarm = OrderAlarm::kNotStarted};
  }
  const bool alarmed = verdict.alarm != OrderAlarm::kNone && verdict.alarm != order.alarm;
  if (!verdict.next && verdict.alarm == order.alarm) return;
  order.alarm = verdict.alarm;
  if (verdict.next) {
    order.advance(*verdict.next, now);
    if (*verdict.next == OrderState::kScheduled) order.effective_at = tracked.instance->expires;
    took_effect(tracked, order, now);
    ledger_.watch(order, now);
    log_order(order, to_string(order.state));
    telemetry_.ordered(order.product, order.kind, to_string(order.state));
    // The cap that is expected belongs to the order: with one and not the other in the journal, our
    // own change would be somebody else's after a restart.
    book_.remember(memory_of(tracked));
  }
  book_.put(order);
  if (alarmed) {
    const std::string text = alarm_text(order);
    book_.note("alarm", order.instance.id, text, now);
    log_error("alarm", {{"instance_id", order.instance.id},
                        {"alarm", std::string(to_string(order.alarm))},
                        {"reason", text}});
    telemetry_.alarm(order.alarm);
  }
  if (alarmed || verdict.failed) book_.fail(order.instance.account, limits.breaker, now);
}

void Settle::took_effect(Tracked& tracked, const Order& order, TimePoint now) {
  InstanceRecord& record = tracked.record;
  const bool came = order.state == OrderState::kProcessing ||
                    order.state == OrderState::kEffective || order.state == OrderState::kScheduled;
  if (!came) return;
  tracked.record_dirty = true;
  // An unknown outcome that turns out well counts from when it was sent, as an accepted one does.
  if (order.kind == OrderKind::kUpgrade) {
    record.last_upgrade_at = std::max(record.last_upgrade_at.value_or(TimePoint{}), order.sent_at);
  } else if (order.kind != OrderKind::kCancelDowngrade) {
    record.last_downgrade_at =
        std::max(record.last_downgrade_at.value_or(TimePoint{}), order.sent_at);
  }
  if (order.state != OrderState::kEffective) return;
  if (order.kind == OrderKind::kCancelDowngrade) {
    if (order.replaces) {
      tracked.replacements = tracked.replaced() + 1;
      tracked.replacements_of = tracked.instance->expires;
    }
    return;
  }
  record.expected_cap = order.to;
  if (order.kind != OrderKind::kScheduleDowngrade) {
    telemetry_.order_took(order.product, order.kind, now - order.sent_at);
  }
}

void Settle::watch_drift(Tracked& tracked, bool foreign_pending, TimePoint now) {
  InstanceRecord& record = tracked.record;
  // While something runs the cap in force says nothing yet.
  if (tracked.change.kind == Kind::kRunning || !tracked.cap_known) return;
  if (book_.unsettled_of(tracked.key()) != nullptr) return;
  if (!record.expected_cap) {
    record.expected_cap = tracked.cap;
    tracked.record_dirty = true;
    return;
  }
  const bool moved = *record.expected_cap != tracked.cap;
  if (!moved && !foreign_pending) return;
  const std::string text = drift_text(tracked, moved);
  record.drifted_from = *record.expected_cap;
  record.drifted_at = now;
  record.expected_cap = tracked.cap;
  tracked.record_dirty = true;
  if (tracked.policy == nullptr) return;  // none of our business
  book_.note("drift", tracked.key().id, text, now);
  log_warn("drift",
           {{"instance_id", tracked.key().id}, {"policy", tracked.policy->name}, {"reason", text}});
}

void Settle::cannot_read(Tracked& tracked, const Error& error, const FleetLimits& limits,
                         TimePoint now) {
  const bool refused = error.kind == ErrorKind::kRefused || error.kind == ErrorKind::kInvalid;
  tracked.next_read = now + (refused ? 60s : 15s);
  // Without the right to read a status the list is the best there is: to show, not to order on.
  if (tracked.suspect && refused && tracked.instance->cap &&
      *tracked.instance->cap != tracked.cap) {
    tracked.cap = *tracked.instance->cap;
    tracked.cap_known = true;
    tracked.cap_since = now;
    tracked.suspect = false;
    tracked.record_dirty = true;
    watch_drift(tracked, false, now);
  }
  const Order* order = book_.unsettled_of(tracked.key());
  if (order == nullptr) order = book_.scheduled_of(tracked.key());
  if (order == nullptr) return;
  const bool gone = refused && tracked.gone_at.has_value();
  apply(tracked, *order, judge_unreadable(*order, gone, now, options_.times), limits, now);
}

Duration Settle::poll_after(const Tracked& tracked, TimePoint now) const {
  if (const Order* order = book_.unsettled_of(tracked.key())) return poll_of(*order, now);
  const Order* pending = book_.scheduled_of(tracked.key());
  if (pending == nullptr) return tracked.suspect ? kForeignPoll : Duration{};
  const Duration left = pending->effective_at.value_or(now) - now;
  // Every tick around the term's end; before it ever more rarely, but a person's cancellation
  // should not stay unseen for long.
  if (left <= Duration{}) return left < -options_.times.overdue ? 60s : 0s;
  return std::min(left / 20, options_.pending_poll);
}

void Settle::resume(Tracked& tracked, const FleetLimits& limits, TimePoint now) {
  // It may have come about since it was last read; then nobody has to say what became of it.
  if (book_.unsettled_of(tracked.key()) != nullptr) {
    const InstanceRef ref = tracked.ref();
    const auto answers = cloud_.read_changes({&ref, 1});
    if (!answers.empty()) absorb(tracked, answers.front(), limits, now);
  }
  const bool running = tracked.change.kind == Kind::kRunning && tracked.read_at == now;
  if (const Order* hanging = book_.unsettled_of(tracked.key());
      hanging != nullptr && !running && hanging->state != OrderState::kPlanned &&
      hanging->state != OrderState::kSent) {
    Order order = *hanging;
    order.advance(OrderState::kSettled, now);
    order.message = "settled by a person";
    book_.put(order);
    log_order(order, "settled by a person");
    telemetry_.ordered(order.product, order.kind, to_string(order.state));
  }
  InstanceRecord& record = tracked.record;
  if (record.drifted_at) {
    record.drifted_at.reset();
    tracked.record_dirty = true;
  }
  tracked.suspect = true;  // what is in force now is the truth from here on
  tracked.next_read = now;
  if (tracked.cap_known) record.expected_cap = tracked.cap;
}

}  // namespace penstock
