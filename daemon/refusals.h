// Refusals: how long is waited after orders that were refused, and what the journal's orders say of
// it when a daemon begins.
//
//   tracked.retry_at = now + wait_after(tracked.refusals++);
//   for (const auto& [key, refused] : refusals_of(memory.orders)) …
//
// Each refusal in a row doubles the wait. Nothing of it is stored beside the orders themselves.
// Pure functions.
#pragma once

#include <map>
#include <span>
#include <string>

#include "daemon/order.h"
#include "metrics/units.h"

namespace penstock {

struct InForce;

/// 15 s after the first (`before` = 0), twice as long after each further one, at most an hour.
Duration wait_after(int before);

/// The refusals of one instance since it last accepted an order.
struct Refusals {
  int in_row = 0;
  TimePoint retry_at{};  ///< no order before this
  std::string why;       ///< what the API said last
};

/// By instance, of `orders` from oldest to newest; who was never refused is not in it.
std::map<InstanceKey, Refusals> refusals_of(std::span<const Order> orders);

/// An upgrade that the API refused with a code about money.
bool refused_for_money(const Order& order, std::span<const std::string> money_words);

/// Accounts whose last prepaid upgrade was refused for money, and when; one that went through since
/// shows that there is some again. `orders` from oldest to newest.
std::map<std::string, TimePoint> short_of_money_since(std::span<const Order> orders,
                                                      const InForce& in_force);

}  // namespace penstock
