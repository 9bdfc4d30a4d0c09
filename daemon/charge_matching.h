// ChargeMatching: whose charges can these be? Answers of bought orders get lost, order numbers with
// them; what the account was charged must then be told apart by price and time alone.
//
//   ChargeMatching matching(unexplained, in_force);   // charges, and orders that surely cost them
//   if (matching.complete() && !matching.spare_for(lost)) ...   // `lost` was never charged
//
// Orders in force have each been charged once, so each takes one charge that fits it. Only when no
// way of dealing out the charges leaves one that fits another order, that order was not charged.
// Plain value; any thread.
#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "daemon/cloud.h"
#include "metrics/units.h"

namespace penstock {

/// Clocks differ: transactions may be dated a little before we sent the order.
inline constexpr Duration kChargeSlack = 2min;

/// A paid order whose number we never learned.
struct LostNumber {
  TimePoint sent_at{};
  Money price;  ///< as quoted; what is charged lies between half and twice of it
};

class ChargeMatching {
 public:
  ChargeMatching(std::vector<Transaction> charges, const std::vector<LostNumber>& in_force);

  /// Does every order in force find a charge of its own? If not, some are not listed yet.
  bool complete() const { return complete_; }
  /// Can the charges be dealt out so that one is left that fits this order?
  bool spare_for(const LostNumber& order) const;

 private:
  using Taken = std::vector<std::optional<std::size_t>>;  ///< by charge: the order that has it
  bool place(const LostNumber& order, std::size_t index, Taken& taken,
             std::vector<bool>& tried) const;

  std::vector<Transaction> charges_;
  std::vector<LostNumber> in_force_;
  Taken taken_;
  bool complete_ = true;
};

}  // namespace penstock
