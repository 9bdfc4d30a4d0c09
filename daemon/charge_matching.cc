#include "daemon/charge_matching.h"

#include <utility>

namespace penstock {
namespace {

bool fits(const Transaction& charge, const LostNumber& order) {
  const Money amount = charge.amount < Money{} ? Money(-charge.amount) : charge.amount;
  return charge.at >= order.sent_at - kChargeSlack && amount * 2 >= order.price &&
         amount <= order.price * 2;
}

}  // namespace

ChargeMatching::ChargeMatching(std::vector<Transaction> charges,
                               const std::vector<LostNumber>& in_force)
    : charges_(std::move(charges)), in_force_(in_force), taken_(charges_.size()) {
  for (std::size_t i = 0; i < in_force_.size(); ++i) {
    std::vector<bool> tried(charges_.size());
    complete_ = place(in_force_[i], i, taken_, tried) && complete_;
  }
}

bool ChargeMatching::spare_for(const LostNumber& order) const {
  Taken taken = taken_;
  std::vector<bool> tried(charges_.size());
  return place(order, in_force_.size(), taken, tried);
}

// Finds a charge for this order, moving others to another of theirs where that makes room (an
// augmenting path, after Kuhn). What was tried once need not be tried again: it led nowhere.
bool ChargeMatching::place(const LostNumber& order, std::size_t index, Taken& taken,
                           std::vector<bool>& tried) const {
  for (std::size_t i = 0; i < charges_.size(); ++i) {
    if (tried[i] || !fits(charges_[i], order)) continue;
    tried[i] = true;
    const std::optional<std::size_t> owner = taken[i];
    if (owner && !place(in_force_[*owner], *owner, taken, tried)) continue;
    taken[i] = index;
    return true;
  }
  return false;
}

}  // namespace penstock
