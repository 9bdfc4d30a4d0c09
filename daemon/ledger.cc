#include "daemon/ledger.h"

#include <algorithm>
#include <array>
#include <iterator>
#include <set>
#include <utility>

#include "daemon/log.h"

namespace penstock {
namespace {

using std::chrono::hours;
constexpr std::array<Duration, 6> kWaits = {30s, 2min, 10min, hours{1}, hours{6}, hours{16}};
/// As long as an order without an answer waits before its silence is believed.
constexpr Duration kListedAfter = 60s;
/// As long as others' orders may still turn out to be what was charged.
constexpr Duration kPatience = 10min;
/// As long as an order's charge may be taken for another's.
constexpr Duration kRemembered = hours{25};

Money magnitude(Money amount) {
  return amount < Money{} ? Money(-amount) : amount;
}

bool bought(const Order& order) {
  return order.kind == OrderKind::kUpgrade && order.charge == Charge::kPrepaid;
}

bool in_force(const Order& order) {
  return order.state == OrderState::kProcessing || order.state == OrderState::kEffective;
}

/// What the transactions say of one order number; refunds and charges are told apart nowhere, so
/// the net of all counts.
std::optional<Money> charged_for(const std::vector<Transaction>& all, const std::string& number) {
  Money sum;
  bool any = false;
  for (const Transaction& each : all) {
    if (each.order_number != number) continue;
    sum += each.amount;
    any = true;
  }
  return any ? std::optional(magnitude(sum)) : std::nullopt;
}

/// Surely this order's: of its price to a hundredth, about when it was sent.
bool unmistakable(const Transaction& charge, const LostNumber& order) {
  const Duration apart = charge.at - order.sent_at;
  return magnitude(Money(magnitude(charge.amount) - order.price)) * 100 <= order.price &&
         apart <= kChargeSlack && apart >= -kChargeSlack;
}

/// What none of these order numbers explains. Hourly bills carry no number, and neither may orders:
/// only a provider that was seen to number ours (inferred by the API's notes) is believed to number
/// all.
std::vector<Transaction> unexplained(const std::vector<Transaction>& all,
                                     const std::set<std::string>& numbers,
                                     const std::vector<LostNumber>& in_force) {
  const bool numbered = std::ranges::any_of(all, [&](const Transaction& each) {
    if (numbers.contains(each.order_number)) return true;
    return !each.order_number.empty() &&
           std::ranges::any_of(in_force,
                               [&](const LostNumber& order) { return unmistakable(each, order); });
  });
  std::vector<Transaction> left;
  std::ranges::copy_if(all, std::back_inserter(left), [&](const Transaction& each) {
    const bool known = numbers.contains(each.order_number);
    return !known && !(numbered && each.order_number.empty());
  });
  return left;
}

}  // namespace

void Ledger::watch(const Order& order, TimePoint now) {
  if (!bought(order)) return;
  explain(order);
  const bool ask = order.state == OrderState::kEffective && !order.order_number.empty() &&
                   !order.charged && now - order.sent_at <= hours{24};
  if (ask) watched_[order.id] = {order, now + kWaits[0], 0};
}

void Ledger::explain(const Order& order) {
  if (order.order_number.empty() && !in_force(order)) return;
  explained_[order.id] = {order.instance.account,
                          order.order_number,
                          {order.sent_at, order.charged.value_or(order.reserved_month)}};
}

void Ledger::run(TimePoint now) {
  std::erase_if(explained_, [now](const auto& entry) {
    return now - entry.second.order.sent_at > kRemembered;
  });
  std::map<std::string, TimePoint> due;  // account -> oldest order whose turn it is
  for (const auto& [id, each] : watched_) {
    if (each.next > now) continue;
    const auto [at, fresh] = due.try_emplace(each.order.instance.account, each.order.sent_at);
    at->second = std::min(at->second, each.order.sent_at);
  }
  for (const auto& [account, from] : due) {
    const auto read = cloud_.transactions(account, from - kChargeSlack, now + kChargeSlack);
    for (auto it = watched_.begin(); it != watched_.end();) {
      Watched& each = it->second;
      const bool turn = each.order.instance.account == account && each.next <= now;
      if (!turn) {
        ++it;
        continue;
      }
      const auto charged =
          read ? charged_for(*read, each.order.order_number) : std::optional<Money>{};
      if (charged) correct(each.order, *charged, now);
      const bool give_up = !charged && static_cast<std::size_t>(++each.tries) >= kWaits.size();
      if (charged || give_up) {
        it = watched_.erase(it);
      } else {
        each.next = now + kWaits.at(static_cast<std::size_t>(each.tries));
        ++it;
      }
    }
  }
}

void Ledger::correct(Order order, Money charged, TimePoint now) {
  const Money reserved = order.reserved_month;
  order.charged = charged;
  book_.put(order);
  quoter_.charged(order.instance, order.to, charged);  // only what was bought is watched
  // One part in a hundred is rounding and the seconds between quote and order.
  if (magnitude(Money(charged - reserved)) * 100 <= magnitude(reserved)) return;
  const std::string text =
      "charged " + format(charged) + ", " + format(reserved) + " had been reserved";
  book_.note("charge", order.instance.id, text, now);
  log_info("charge", {{"instance_id", order.instance.id},
                      {"order", std::to_string(order.id)},
                      {"charged", format(charged)},
                      {"reserved", format(reserved)}});
}

const Result<std::vector<Transaction>>& Ledger::read(const std::string& account, TimePoint from,
                                                     TimePoint now) {
  const auto known = readings_.find(account);
  if (known != readings_.end() && known->second.at == now && known->second.from <= from) {
    return known->second.transactions;
  }
  Reading fresh{now, from, cloud_.transactions(account, from, now + kChargeSlack)};
  return readings_.insert_or_assign(account, std::move(fresh)).first->second.transactions;
}

std::map<OrderId, Ledger::Explained> Ledger::explained_by(const std::string& account) const {
  std::map<OrderId, Explained> all;
  for (const auto& [id, each] : explained_) {
    if (each.account == account) all.emplace(id, each);
  }
  for (const auto& [id, open] : book_.open()) {
    if (open.instance.account != account || !bought(open)) continue;
    if (open.order_number.empty() && !in_force(open)) continue;
    all[id] = {account, open.order_number, {open.sent_at, open.reserved_month}};
  }
  return all;
}

// "No charge" lets the same order be placed again, so it must be certain; "a charge" only calls a
// person. An order that is in force without a number has been charged: it has the first claim.
Ledger::Found Ledger::look_for(const Order& order, TimePoint now) {
  const std::string& account = order.instance.account;
  if (cloud_.rights(account).transactions == false) return Found::kForbidden;
  std::set<std::string> numbers;
  std::vector<LostNumber> lost;
  TimePoint from = order.sent_at;
  bool early = false;
  for (const auto& [id, each] : explained_by(account)) {
    if (id == order.id) continue;
    if (!each.order_number.empty()) {
      numbers.insert(each.order_number);
      continue;
    }
    if (each.order.price <= Money{}) continue;  // nothing is charged for it
    lost.push_back(each.order);
    from = std::min(from, each.order.sent_at);
    early = early || now - each.order.sent_at < kListedAfter;
  }
  const auto& all = read(account, from - kChargeSlack, now);
  if (!all) return all.error().kind == ErrorKind::kRefused ? Found::kForbidden : Found::kFailed;
  const std::vector<Transaction> left = unexplained(*all, numbers, lost);
  const LostNumber self{order.sent_at, order.reserved_month};
  if (!ChargeMatching(left, {}).spare_for(self)) return Found::kNone;
  const ChargeMatching matching(left, lost);
  if (matching.complete() && !early && !matching.spare_for(self)) return Found::kNone;
  const bool others = std::ranges::any_of(book_.open(), [&](const auto& entry) {
    const Order& other = entry.second;
    return other.id != order.id && other.instance.account == account && bought(other) &&
           other.order_number.empty() && other.unsettled() && other.alarm == OrderAlarm::kNone;
  });
  const bool wait = (early || others || !matching.complete()) && now - order.sent_at < kPatience;
  return wait ? Found::kEarly : Found::kCharge;
}

}  // namespace penstock
