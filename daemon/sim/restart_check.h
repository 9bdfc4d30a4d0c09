// Restart equivalence: a daemon that is started anew from the disk decides as the one that was
// there before: cooldowns, budgets, drift, patience and demand are kept.
//
//   if (fit_to_compare(before)) found = differences_after_restart(before, after);
//
// `before` is of the running daemon, `after` of one tick of a new one at the same moment. Pure.
#pragma once

#include <map>
#include <string>

#include "daemon/snapshot.h"

namespace penstock {

/// Nothing is under way whose answer could differ from one moment to the next.
bool fit_to_compare(const Snapshot& snapshot);
/// What differs, by whom it is about: an instance's id, or the fleet, a policy, an account.
std::map<std::string, std::string> differences_after_restart(const Snapshot& before,
                                                             const Snapshot& after);

}  // namespace penstock
