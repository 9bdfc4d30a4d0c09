// Target: what the rules of a policy would like an instance to have, within bounds.
//
//   Target target = form_target(policy, situation, now, nullptr);
//   if (target.size && *target.size > situation.cap) ...    // they want more
//
// The largest recommendation wins. A cut is wanted only when every rule wants less; schedules are
// floors, and ceilings on what the others ask for. Pure; allocates only into a trace.
#pragma once

#include <optional>

#include "metrics/units.h"
#include "policies/decide.h"
#include "policies/policy.h"
#include "policies/reason.h"

namespace penstock {

struct Target {
  std::optional<Mbps> size;  ///< within bounds and sellable; nullopt: nobody had anything to say
  Reason reason;             ///< for size
  Mbps unbounded{};          ///< the same before bounds
  bool agreed = false;       ///< every rule has spoken and wants less than the cap
  Reason silence;            ///< of the first rule that abstained; kNone if none did
  Reason aside;              ///< of a rule that only shows something; kNone if none does
  Reason unproven;           ///< of a wish for more that the traffic cannot carry; kNone if none
  bool pinned = false;       ///< an operator's override, not the rules
  bool weighed = false;      ///< by a rule that has weighed what its wish throttles
};

Target form_target(const Policy& policy, const Situation& situation, TimePoint now, Trace* trace);

/// The most this instance may be given; nullopt when neither type nor policy says.
std::optional<Mbps> upper_bound(const Policy& policy, const Instance& instance);
/// The least: the policy's minimum and what is free with the instance.
Mbps lower_bound(const Policy& policy, const Instance& instance);
/// Rounded up to the sellable step and put between the bounds.
Mbps within_bounds(const Policy& policy, const Instance& instance, Mbps size);

/// Why the traffic seen cannot be relied on now: there is none, or it is old.
std::optional<Reason> doubt_of_data(const Policy& policy, const Situation& situation,
                                    TimePoint now);

/// An operator's override while it lasts; nullptr if there is none.
const InstanceRecord::Pin* pin_of(const Situation& situation, TimePoint now);

}  // namespace penstock
