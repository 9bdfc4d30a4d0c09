// InForce: everything a reload replaces, complete and validated: policies, limits, tariffs and what
// the loop must know of the accounts.
//
//   auto set = std::make_shared<const InForce>(InForce{.policies = …, .limits = …});
//   loop.reload(set);         // takes effect before the next tick
//
// Immutable once made; policies are referred to by pointer for as long as the set is held.
#pragma once

#include <map>
#include <span>
#include <string>
#include <vector>

#include "daemon/fleet_limits.h"
#include "daemon/tariff_book.h"
#include "metrics/units.h"
#include "policies/billing.h"
#include "policies/policy.h"

namespace penstock {

struct AccountTerms {
  Duration billing_month = kBillingMonth;
  std::vector<std::string> money_words;  ///< of an error code that is about money
};

struct InForce {
  std::vector<Policy> policies;
  FleetLimits limits;
  std::vector<TariffRule> tariffs;
  std::map<std::string, AccountTerms> accounts;

  /// Of an account; none where it is not known.
  std::span<const std::string> money_words(const std::string& account) const {
    const auto terms = accounts.find(account);
    if (terms == accounts.end()) return {};
    return terms->second.money_words;
  }
};

}  // namespace penstock
