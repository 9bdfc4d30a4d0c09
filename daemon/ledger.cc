#include "daemon/ledger.h"

#include <algorithm>
#include <array>
#include <set>
#include <utility>

#include "daemon/log.h"

namespace penstock {
namespace {

using std::chrono::hours;
constexpr std::array<Duration, 6> kWaits = {30s, 2min, 10min, hours{1}, hours{6}, hours{16}};
/// Clocks differ: transactions may be dated a little before we sent the order.
constexpr Duration kSlack = 2min;

Money magnitude(Money amount) {
  return amount < Money{} ? Money(-amount) : amount;
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

}  // namespace

void Ledger::watch(const Order& order, TimePoint now) {
  const bool paid = order.kind == OrderKind::kUpgrade && order.charge == Charge::kPrepaid &&
                    !order.order_number.empty() && !order.charged;
  if (!paid || now - order.sent_at > hours{24}) return;
  watched_[order.id] = {order, now + kWaits[0], 0};
}

void Ledger::run(TimePoint now) {
  std::map<std::string, TimePoint> due;  // account -> oldest order whose turn it is
  for (const auto& [id, each] : watched_) {
    if (each.next > now) continue;
    const auto [at, fresh] = due.try_emplace(each.order.instance.account, each.order.sent_at);
    at->second = std::min(at->second, each.order.sent_at);
  }
  for (const auto& [account, from] : due) {
    const auto read = cloud_.transactions(account, from - kSlack, now + kSlack);
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
  if (order.kind == OrderKind::kUpgrade) quoter_.charged(order.instance, order.to, charged);
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

Ledger::Found Ledger::look_for(const Order& order, TimePoint now) {
  const std::string& account = order.instance.account;
  if (cloud_.rights(account).transactions == false) return Found::kForbidden;
  const auto read = cloud_.transactions(account, order.sent_at - kSlack, now + kSlack);
  if (!read) {
    return read.error().kind == ErrorKind::kRefused ? Found::kForbidden : Found::kFailed;
  }
  std::set<std::string> known;
  for (const auto& [id, open] : book_.open()) known.insert(open.order_number);
  for (const auto& [id, each] : watched_) known.insert(each.order.order_number);
  known.erase("");
  for (const Transaction& each : *read) {
    if (known.contains(each.order_number)) continue;
    const Money amount = magnitude(each.amount);
    if (amount * 2 >= order.reserved_month && amount <= order.reserved_month * 2) {
      return Found::kCharge;
    }
  }
  return Found::kNone;
}

}  // namespace penstock
