#include "daemon/act.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include "daemon/api_error.h"
#include "daemon/log.h"

namespace penstock {
namespace {

/// A wave is what the rate lets through in this time, so that pauses and stops are seen soon.
constexpr Duration kWaveSpan = 1s;
/// A price may change the wish, which changes the size to ask for; then the next tick may try.
constexpr int kMostQuoteRounds = 3;
constexpr Duration kLongestRetry = std::chrono::hours{1};
/// A size that has no price today will hardly have one at the next tick.
constexpr Duration kPriceRetry = 60s;
/// Asked about at once when nothing is ordered anyway.
constexpr std::size_t kRehearsed = 20;
constexpr std::size_t kMostText = 300;

/// Cancelling comes before lowering, raising before both.
int rank_of(Action action) {
  switch (action) {
    case Action::kUpgrade:
      return 0;
    case Action::kCancelDowngrade:
    case Action::kReplaceDowngrade:
      return 1;
    case Action::kDowngrade:
    case Action::kScheduleDowngrade:
      return 2;
    case Action::kHold:
      return 3;
  }
  return 3;
}

/// Held only because nothing is known of its price: worth asking for one.
bool wants_price(const Decision& decision) {
  return decision.action == Action::kHold && decision.reason.code == ReasonCode::kNoPrice &&
         decision.wish != decision.from;
}

/// Wants a change, or would if its status and its price were known, which this is the place to ask.
bool wants_order(const Decision& decision) {
  return decision.action != Action::kHold || wants_price(decision) ||
         decision.reason.code == ReasonCode::kStateUnread;
}

int rank_of(const Decision& decision) {
  if (decision.action != Action::kHold) return rank_of(decision.action);
  return decision.wish > decision.from ? 0 : 2;
}

/// The size whose price matters; nullopt where the change is free or lowers what is prepaid.
std::optional<Mbps> size_to_price(const Tracked& tracked) {
  const Decision& decision = tracked.decision;
  if (!tracked.instance->flat_rate()) return std::nullopt;
  if (wants_price(decision)) return decision.wish;
  if (decision.action == Action::kUpgrade) return decision.to;
  const bool given_back =
      decision.action == Action::kDowngrade && tracked.instance->charge == Charge::kPostpaid;
  return given_back ? std::optional(decision.to) : std::nullopt;
}

OrderKind kind_of(Action action) {
  switch (action) {
    case Action::kDowngrade:
      return OrderKind::kDowngrade;
    case Action::kScheduleDowngrade:
      return OrderKind::kScheduleDowngrade;
    case Action::kCancelDowngrade:
    case Action::kReplaceDowngrade:
      return OrderKind::kCancelDowngrade;
    case Action::kUpgrade:
    case Action::kHold:
      return OrderKind::kUpgrade;
  }
  return OrderKind::kUpgrade;
}

std::string cut(const std::string& text) {
  return printable(text, kMostText);
}

void log_intent(const Order& order, const Decision& decision) {
  log_info("order", {{"order", std::to_string(order.id)},
                     {"instance_id", order.instance.id},
                     {"policy", order.policy},
                     {"kind", std::string(to_string(order.kind))},
                     {"from_mbps", std::to_string(order.from.count())},
                     {"to_mbps", std::to_string(order.to.count())},
                     {"price", decision.price ? format(decision.price->due_now) : ""},
                     {"reason", render(order.reason)}});
}

}  // namespace

void Act::run(Outlook& outlook, Duration deadline) {
  followed_.clear();
  if (!parts_.book.healthy()) return;
  std::vector<Tracked*> queue = wanted(parts_.clock.wall());
  while (!queue.empty() && may_go_on(outlook)) {
    const Duration left = deadline - parts_.clock.monotonic();
    if (left <= Duration{}) return;
    Wave wave = take_wave(queue, left);
    if (wave.empty()) return;
    run_wave(outlook, std::move(wave), queue);
  }
}

void Act::rehearse(Outlook& outlook, Duration deadline) {
  std::vector<Tracked*> queue = wanted(parts_.clock.wall());
  while (!queue.empty() && !parts_.stop() && parts_.clock.monotonic() < deadline) {
    Wave wave;
    for (std::size_t i = 0; i < std::min(queue.size(), kRehearsed); ++i) {
      wave.push_back({queue[i], {}});
    }
    queue.erase(queue.begin(), queue.begin() + static_cast<std::ptrdiff_t>(wave.size()));
    read(outlook, wave);
    price(outlook, wave);
  }
}

bool Act::may_go_on(Outlook& outlook) {
  if (parts_.stop() || !parts_.book.healthy()) return false;
  const Standing standing = parts_.pauses.read(parts_.clock.wall());
  outlook.heed(standing);
  return !standing.fleet_paused();
}

std::vector<Tracked*> Act::wanted(TimePoint now) const {
  std::vector<Tracked*> queue;
  for (auto& [key, tracked] : parts_.fleet.all()) {
    if (!wants_order(tracked.decision) || tracked.retry_at > now) continue;
    const bool asked = !tracked.quote && now - tracked.quoted_at < kPriceRetry;
    if (wants_price(tracked.decision) && asked) continue;
    queue.push_back(&tracked);
  }
  std::ranges::stable_sort(queue, [](const Tracked* a, const Tracked* b) {
    const auto when = [](const Tracked* t) {
      return t->decision.effective_at.value_or(TimePoint::max());
    };
    return std::tuple(rank_of(a->decision), -a->decision.harm, when(a)) <
           std::tuple(rank_of(b->decision), -b->decision.harm, when(b));
  });
  return queue;
}

Act::Wave Act::take_wave(std::vector<Tracked*>& queue, Duration left) const {
  std::map<std::string, int> room;
  std::optional<int> rank;
  Wave wave;
  std::erase_if(queue, [&](Tracked* tracked) {
    const std::string& account = tracked->key().account;
    const auto [slots, fresh] = room.try_emplace(account, 0);
    if (fresh && parts_.cloud.changes_allowed(account, left) > 0) {
      slots->second = std::max(1, parts_.cloud.changes_allowed(account, kWaveSpan));
    }
    if (slots->second == 0) return false;
    // One wave is of one kind: whatever comes later in the order must not slow what comes first.
    const int own = rank_of(tracked->decision);
    if (rank.value_or(own) != own) return false;
    rank = own;
    --slots->second;
    wave.push_back({tracked, {}});
    return true;
  });
  return wave;
}

void Act::run_wave(Outlook& outlook, Wave wave, std::vector<Tracked*>& queue) {
  read(outlook, wave);
  if (wave.empty() || parts_.stop()) return;
  price(outlook, wave);
  if (wave.empty() || parts_.stop()) return;
  std::vector<Order> orders = intend(outlook, wave);
  if (orders.empty()) return;
  if (!send(outlook, orders)) return;
  follow_up(outlook, orders, queue);
}

void Act::read(Outlook& outlook, Wave& wave) {
  std::vector<InstanceRef> refs;
  refs.reserve(wave.size());
  for (const Candidate& each : wave) refs.push_back(each.tracked->ref());
  const auto answers = parts_.cloud.read_changes(refs);
  const TimePoint now = parts_.clock.wall();
  Wave still;
  for (std::size_t i = 0; i < wave.size(); ++i) {
    Tracked& tracked = *wave[i].tracked;
    if (i >= answers.size()) break;
    parts_.settle.absorb(tracked, answers[i], outlook.in_force().limits, now);
    if (!answers[i]) {
      tracked.retry_at = tracked.next_read;
      tracked.refusal = cut(answers[i].error().message);
      tracked.decision.action = Action::kHold;
      tracked.decision.to = tracked.decision.from;
      tracked.decision.reason = {ReasonCode::kStateUnread, {}};
      continue;
    }
    const Decision& decision = outlook.decide(tracked, std::nullopt, now);
    if (wants_order(decision)) still.push_back(wave[i]);
  }
  wave = std::move(still);
}

void Act::price(Outlook& outlook, Wave& wave) {
  std::set<Tracked*> steady;  // their price belongs to the size they want
  for (int round = 0; round < kMostQuoteRounds; ++round) {
    std::vector<QuoteQuestion> questions;
    std::vector<Candidate*> asking;
    for (Candidate& each : wave) {
      const std::optional<Mbps> size = size_to_price(*each.tracked);
      if (steady.contains(each.tracked) || !size || (each.quote && each.quote->to == *size)) {
        continue;
      }
      questions.push_back({each.tracked->instance.get(), each.tracked->cap, *size});
      asking.push_back(&each);
    }
    if (questions.empty()) return;
    if (std::ranges::any_of(asking, [](const Candidate* each) {
          return each->tracked->instance->prepaid_flat();
        })) {
      parts_.balances.refresh(parts_.clock.wall());
    }
    const TimePoint now = parts_.clock.wall();
    const auto prices = parts_.quoter.ask(questions, now);
    for (std::size_t i = 0; i < asking.size(); ++i) {
      Tracked& tracked = *asking[i]->tracked;
      asking[i]->quote = i < prices.size() ? prices[i] : std::nullopt;
      tracked.quote = asking[i]->quote;
      tracked.quoted_at = now;
      // Without an answer the tariff has to do; asking again would not help.
      if (!tracked.quote) steady.insert(&tracked);
      outlook.decide(tracked, tracked.quote, now);
    }
    std::erase_if(
        wave, [](const Candidate& each) { return each.tracked->decision.action == Action::kHold; });
  }
  // Still of two minds after so many rounds: left to the next tick.
  std::erase_if(wave, [&](const Candidate& each) {
    const std::optional<Mbps> size = size_to_price(*each.tracked);
    return size && !steady.contains(each.tracked) && each.quote && each.quote->to != *size;
  });
}

std::vector<Order> Act::intend(Outlook& outlook, const Wave& wave) {
  std::vector<Order> orders;
  const TimePoint now = parts_.clock.wall();
  Budget& budget = parts_.book.budget();
  for (const Candidate& each : wave) {
    Tracked& tracked = *each.tracked;
    const Action wanted = tracked.decision.action;
    const Mbps size = tracked.decision.to;
    // Once more: the orders before this one in the wave have reserved their money by now.
    const Decision& decision = outlook.decide(tracked, each.quote, now);
    if (decision.action != wanted || decision.to != size || wanted == Action::kHold) continue;
    Order order;
    order.id = parts_.book.next_id();
    order.instance = tracked.key();
    order.product = tracked.instance->product;
    order.charge = tracked.instance->charge;
    order.policy = tracked.policy->name;
    order.kind = kind_of(decision.action);
    order.from = tracked.cap;
    order.to = decision.to;
    if (order.kind == OrderKind::kCancelDowngrade) {
      order.to = tracked.change.target.value_or(decision.to);
      order.replaces = decision.action == Action::kReplaceDowngrade;
    } else if (decision.spend) {
      order.reserved_day = decision.spend->day;
      order.reserved_month = decision.spend->month;
    }
    order.reason = decision.reason;
    order.planned_at = order.changed_at = now;
    budget.put(order);
    log_intent(order, decision);
    orders.push_back(std::move(order));
  }
  if (orders.empty()) return orders;
  if (Status written = parts_.book.write(orders, now); !written) {
    for (const Order& order : orders) budget.remove(order.id);
    return {};
  }
  return orders;
}

bool Act::send(Outlook& outlook, std::vector<Order>& orders) {
  const bool go_on = may_go_on(outlook);
  const TimePoint now = parts_.clock.wall();
  std::vector<Order> going;
  for (Order& order : orders) {
    const Tracked* tracked = parts_.fleet.find(order.instance);
    const bool paused = tracked == nullptr || tracked->record.paused;
    Order next = order;
    if (!go_on || paused) {
      next.advance(OrderState::kCancelled, now);
      next.message = "stopped or paused before it was sent";
      parts_.book.put(next);
    } else {
      next.advance(OrderState::kSent, now);
      going.push_back(std::move(next));
    }
  }
  orders = std::move(going);
  if (orders.empty()) return false;
  if (Status written = parts_.book.write(orders, now); !written) {
    // Nothing went out. On the disk they may stand as planned or as sent: both are safe.
    for (const Order& order : orders) {
      Order back = order;
      back.state = OrderState::kPlanned;
      back.sent_at = {};
      back.advance(OrderState::kCancelled, now);
      back.message = "the journal could not be written";
      parts_.book.put(back);
    }
    return false;
  }
  std::vector<SizeQuestion> sizes;
  std::vector<InstanceRef> cancels;
  std::vector<Order> sized, cancelled;
  for (const Order& order : orders) {
    const InstanceRef ref{order.instance, order.product, order.charge};
    if (order.kind == OrderKind::kCancelDowngrade) {
      cancels.push_back(ref);
      cancelled.push_back(order);
    } else {
      sizes.push_back({ref, order.to});
      sized.push_back(order);
    }
  }
  if (!sizes.empty()) take_answers(outlook, sized, parts_.cloud.modify(sizes));
  if (!cancels.empty()) take_answers(outlook, cancelled, parts_.cloud.cancel_downgrade(cancels));
  orders = std::move(sized);
  std::ranges::move(cancelled, std::back_inserter(orders));
  // A failure here loses nothing: the outcomes wait in the book, and the intents are on disk.
  static_cast<void>(parts_.book.flush(parts_.clock.wall()));
  return true;
}

void Act::take_answers(Outlook& outlook, std::vector<Order>& orders,
                       const std::vector<Result<Accepted>>& answers) {
  const TimePoint now = parts_.clock.wall();
  for (std::size_t i = 0; i < orders.size(); ++i) {
    Order& order = orders[i];
    Tracked& tracked = *parts_.fleet.find(order.instance);
    const bool answered = i < answers.size() && answers[i].has_value();
    tracked.next_read = now;
    if (answered) {
      order.advance(OrderState::kAccepted, now);
      order.order_number = cut(answers[i]->order_number);
      order.request_id = cut(answers[i]->request_id);
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
      const Error error = i < answers.size()
                              ? answers[i].error()
                              : Error{ErrorKind::kUnknownOutcome, "no answer", "", ""};
      const bool unknown = error.kind == ErrorKind::kUnknownOutcome;
      order.advance(unknown ? OrderState::kUnknown : OrderState::kRejected, now);
      order.code = cut(error.code);
      order.message = cut(error.message);
      order.request_id = cut(error.request_id);
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
  const Duration wait =
      std::min(Duration{15s} * (1 << std::min(tracked.refusals, 10)), kLongestRetry);
  ++tracked.refusals;
  tracked.retry_at = now + wait;
  const InForce& in_force = outlook.in_force();
  const auto terms = in_force.accounts.find(order.instance.account);
  const std::vector<std::string> none;
  const auto& words = terms != in_force.accounts.end() ? terms->second.money_words : none;
  const bool money = order.kind == OrderKind::kUpgrade && order.state == OrderState::kRejected &&
                     (classify(error.code, 400, words) == ErrorClass::kMoney ||
                      short_of_money(error, order.reserved_month,
                                     parts_.balances.power(order.instance.account, now), words));
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
  const TimePoint now = parts_.clock.wall();
  std::vector<Tracked*> next;
  for (std::size_t i = 0; i < freed.size() && i < answers.size(); ++i) {
    parts_.settle.absorb(*freed[i], answers[i], outlook.in_force().limits, now);
    const Decision& decision = outlook.decide(*freed[i], std::nullopt, now);
    if (wants_order(decision)) next.push_back(freed[i]);
  }
  // They have waited for their cancellation: ahead of everything that has not begun yet.
  queue.insert(queue.begin(), next.begin(), next.end());
}

}  // namespace penstock
