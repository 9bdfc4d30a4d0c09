#include "daemon/act.h"

#include <algorithm>
#include <cassert>
#include <tuple>
#include <utility>

#include "daemon/due.h"
#include "daemon/log.h"
#include "daemon/month_prices.h"

namespace penstock {
namespace {

/// A wave is what the rate lets through in this time, so that pauses and stops are seen soon.
constexpr Duration kWaveSpan = 1s;
/// A price may change the wish, which changes the size to ask for; then the next tick may try.
constexpr int kMostQuoteRounds = 3;
/// A size that has no price today will hardly have one at the next tick.
constexpr Duration kPriceRetry = 60s;
/// Asked about at once when nothing is ordered anyway.
constexpr std::size_t kRehearsed = 20;

void log_intent(const Order& order, const Decision& decision) {
  log_info("order", {{"order", std::to_string(order.id)},
                     {"instance_id", order.instance.id},
                     {"policy", order.policy},
                     {"kind", std::string(to_string(order.kind))},
                     {"from_mbps", std::to_string(order.from.count())},
                     {"to_mbps", std::to_string(order.to.count())},
                     {"price", decision.price ? format(decision.price->due_now) : ""},
                     {"budgeted", format(order.reserved_month)},
                     {"reason", render(order.reason)}});
}

/// One approval lets one order go: of two in a wave that may both have it, the first.
bool take_approval(const Tracked& tracked, const Decision& decision,
                   std::vector<ApprovalUse>& uses) {
  assert(tracked.approval && decision.spend);
  const Instruction& approval = *tracked.approval;
  const std::string identity = approval.identity();
  if (std::ranges::find(uses, identity, &ApprovalUse::identity) != uses.end()) return false;
  uses.push_back({.identity = identity,
                  .instance = tracked.key().id,
                  .text = "at " + format(decision.spend->month) + ", approved up to " +
                          format(approval.up_to) + " by " + kept_text(approval.by) +
                          (approval.reason.empty() ? "" : ": " + kept_text(approval.reason))});
  return true;
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
  for (Tracked& tracked : parts_.fleet.all()) {
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
  try_right_to_cancel(outlook, wave);
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
  assert(answers.size() == refs.size());
  const TimePoint now = parts_.clock.wall();
  Wave still;
  for (std::size_t i = 0; i < wave.size(); ++i) {
    Tracked& tracked = *wave[i].tracked;
    parts_.settle.absorb(tracked, answers[i], outlook.in_force().limits, now);
    if (!answers[i]) {
      tracked.retry_at = tracked.next_read;
      tracked.refusal = kept_text(answers[i].error().message);
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
    assert(prices.size() == questions.size());
    for (std::size_t i = 0; i < asking.size(); ++i) {
      Tracked& tracked = *asking[i]->tracked;
      asking[i]->quote = prices[i];
      tracked.quote = asking[i]->quote;
      learn_month_price(tracked, tracked.quote);
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

/// Whoever may not cancel must not schedule, and only trying tells. An account's first downgrade is
/// preceded by the cancellation that it may need later: its status was just read and nothing is
/// pending, so the answer tells the right and changes nothing.
void Act::try_right_to_cancel(Outlook& outlook, Wave& wave) {
  const auto untried = [&](const Candidate& each) {
    return each.tracked->decision.action == Action::kScheduleDowngrade &&
           !parts_.cloud.rights(each.tracked->key().account).cancel;
  };
  std::map<std::string, InstanceRef> probes;
  for (const Candidate& each : wave) {
    if (untried(each)) probes.emplace(each.tracked->key().account, each.tracked->ref());
  }
  if (probes.empty()) return;
  std::vector<InstanceRef> refs;
  for (const auto& [account, ref] : probes) refs.push_back(ref);
  static_cast<void>(parts_.cloud.cancel_downgrade(refs));  // rights() has learned from the answer
  outlook.rights_learned();
  std::erase_if(wave, untried);  // no clear answer: another tick
}

std::vector<Order> Act::intend(Outlook& outlook, const Wave& wave) {
  std::vector<Order> orders;
  std::vector<ApprovalUse> uses;
  const TimePoint now = parts_.clock.wall();
  Budget& budget = parts_.book.budget();
  for (const Candidate& each : wave) {
    Tracked& tracked = *each.tracked;
    const Action wanted = tracked.decision.action;
    const Mbps size = tracked.decision.to;
    // Once more: the orders before this one in the wave have reserved their money by now.
    const Decision& decision = outlook.decide(tracked, each.quote, now);
    if (decision.action != wanted || decision.to != size || wanted == Action::kHold) continue;
    const bool approved = asks_approval(*tracked.policy, decision.spend);
    if (approved && !take_approval(tracked, decision, uses)) continue;
    Order order;
    order.id = parts_.book.next_id();
    if (approved) uses.back().text.insert(0, "order " + std::to_string(order.id) + " ");
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
    compare_quote(order, decision, tracked.policy->upgrade.quote_alarm, now);
    orders.push_back(std::move(order));
  }
  if (orders.empty()) return orders;
  if (Status written = parts_.book.write(orders, uses, now); !written) {
    for (const Order& order : orders) budget.remove(order.id);
    return {};
  }
  return orders;
}

/// The quote stands; that the tariff says something else is worth a person's look.
void Act::compare_quote(const Order& order, const Decision& decision, double alarm, TimePoint now) {
  const bool prepaid = order.charge == Charge::kPrepaid;
  if (!decision.price || decision.price->gap(prepaid) <= alarm) return;
  const Money quoted = prepaid ? decision.price->due_now : decision.price->per_month;
  const std::string text = "order " + std::to_string(order.id) + ": the price inquiry says " +
                           format(quoted) + ", the configured tariff " +
                           format(*decision.price->own);
  parts_.book.note("alarm", order.instance.id, text, now);
  parts_.telemetry.quote_differs();
  log_warn("quote-differs", {{"instance_id", order.instance.id}, {"reason", text}});
}

bool Act::send(Outlook& outlook, std::vector<Order>& orders) {
  const bool go_on = may_go_on(outlook);
  const TimePoint now = parts_.clock.wall();
  std::vector<Order> going;
  for (Order& order : orders) {
    Order next = order;
    if (!go_on || parts_.fleet.find(order.instance)->record.paused) {
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
  outlook.rights_learned();
  orders = std::move(sized);
  std::ranges::move(cancelled, std::back_inserter(orders));
  // A failure here loses nothing: the outcomes wait in the book, and the intents are on disk.
  static_cast<void>(parts_.book.flush(parts_.clock.wall()));
  return true;
}

}  // namespace penstock
