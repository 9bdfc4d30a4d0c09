#include "daemon/balances.h"

#include <algorithm>

#include "daemon/log.h"

namespace penstock {
namespace {

constexpr Duration kEvery = 60s;
/// A balance need not grow for the reason to go away: a debt is forgiven, a limit raised.
constexpr Duration kLongestWait = std::chrono::hours{1};

}  // namespace

void Balances::refresh(TimePoint now) {
  if (read_at_ && now - *read_at_ < kEvery && now >= *read_at_) return;
  read_at_ = now;
  for (const auto& [name, balance] : cloud_.balances()) {
    Account& account = accounts_[name];
    account.power = balance ? std::optional(balance->purchasing_power) : std::nullopt;
    account.spent_since = Money{};
    if (!account.refused_at) continue;
    // Dated ahead of a clock that was set back since, it would last for as long as that step.
    account.refused_at = std::min(*account.refused_at, now);
    const bool grew = account.power && account.at_refusal && *account.power > *account.at_refusal;
    const bool waited = now - *account.refused_at >= kLongestWait;
    if (account.power && !account.at_refusal) account.at_refusal = account.power;
    if (!grew && !waited) continue;
    account.refused_at.reset();
    log_info("balance", {{"account", name}, {"state", "upgrades go on"}});
  }
}

std::optional<Money> Balances::power(const std::string& name, TimePoint) const {
  const auto found = accounts_.find(name);
  if (found == accounts_.end()) return std::nullopt;
  const Account& account = found->second;
  if (account.refused_at) return Money{};
  if (!account.power) return std::nullopt;
  return std::max(Money(*account.power - account.spent_since), Money{});
}

void Balances::spent(const std::string& name, Money amount) {
  accounts_[name].spent_since += std::max(amount, Money{});
}

void Balances::refused(const std::string& name, TimePoint now) {
  Account& account = accounts_[name];
  if (!account.refused_at) {
    log_error("balance", {{"account", name},
                          {"reason", "the balance is too short: no more upgrades until it grows"}});
  }
  account.refused_at = now;
  account.at_refusal = account.power;
}

void Balances::remember_refusal(const std::string& name, TimePoint at, TimePoint now) {
  if (now - at >= kLongestWait) return;
  Account& account = accounts_[name];
  account.refused_at = at;
  account.at_refusal.reset();
}

bool Balances::waiting() const {
  return std::ranges::any_of(accounts_,
                             [](const auto& entry) { return entry.second.refused_at.has_value(); });
}

}  // namespace penstock
