// Due: what a decision asks of Act: whether an order, in which order of urgency, at which price.
//
//   if (wants_order(decision)) queue.push_back(&tracked);   // sorted by rank_of
//
// Pure functions of one decision.
#pragma once

#include <optional>
#include <string>

#include "daemon/fleet.h"
#include "daemon/order.h"
#include "policies/decide.h"

namespace penstock {

/// Upgrades first, then cancellations, then downgrades: 0, 1, 2; 3 for nothing.
int rank_of(const Decision& decision);
int rank_of(Action action);
/// Held only because nothing is known of its price: worth asking for one.
bool wants_price(const Decision& decision);
/// Wants a change, or would if its status and its price were known.
bool wants_order(const Decision& decision);
/// The size whose price matters; nullopt where the change is free or lowers what is prepaid.
std::optional<Mbps> size_to_price(const Tracked& tracked);
OrderKind kind_of(Action action);
/// The provider's words as an order keeps them: printable and bounded.
std::string kept_text(const std::string& text);

}  // namespace penstock
