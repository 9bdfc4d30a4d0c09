// Which policy an instance belongs to.
//
//   Ownership owner = owner_of(policies, instance);
//   if (owner.policy == nullptr) ...           // no policy: never touched
//   if (owner.tie) ...                         // held: two enforcing policies claim it
//
// Conditions are ANDed, the values of one list ORed. Of all policies that match, the one with the
// highest priority owns the instance, whatever its mode: an observing policy with a high priority
// is the way to take instances out of enforcement. Within one priority an enforcing policy goes
// before observing ones (which could have ordered nothing), two enforcing ones tie and nothing is
// ordered, and of observing ones the first in the order given owns it.
// Pure functions; nothing is allocated.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "policies/instance.h"
#include "policies/policy.h"

namespace penstock {

bool matches(const Match& match, const Instance& instance);

/// `*` stands for any characters, also none; all else stands for itself, case included.
bool glob_matches(std::string_view pattern, std::string_view text);

struct Ownership {
  const Policy* policy = nullptr;  ///< nullptr: no policy matches; in a tie the first of them
  bool tie = false;
  const Policy* rival = nullptr;  ///< in a tie the second of them, for the message
};
Ownership owner_of(std::span<const Policy> policies, const Instance& instance);

/// Whether an instance is among the first `share` (0..1) that a canary enforces. It depends on the
/// id alone: the same over restarts, machines and policies, and a larger share keeps all that a
/// smaller one had.
bool in_canary(double share, std::string_view instance_id);

}  // namespace penstock
