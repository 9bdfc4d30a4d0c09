// The fleet a sandbox starts with: small, but with each kind of instance a policy must cope with.
//
//   for (SimInstance& it : sandbox_fleet(12, time, nullptr)) cloud.add(std::move(it), start);
//
// The first four are the essentials: a prepaid vm that soon needs more, a prepaid one far too
// large whose term ends within half a month, a postpaid one that needs more and then less, a
// prepaid bmc that grows. Deterministic. A trace is borrowed by the instances' demand.
#pragma once

#include <vector>

#include "daemon/sim/link_meter.h"
#include "daemon/sim/sim_instance.h"

namespace penstock {

SimCatalogue sandbox_catalogue();

/// `count` instances; beyond twelve the kinds repeat under other names and with other noise. With a
/// trace every instance replays it from another point, and starts at its mean.
std::vector<SimInstance> sandbox_fleet(int count, const SimTime& time, const DemandTrace* trace);

/// Calls the instances by hostile_names() in turn; their host names and a tag `note` as well.
void give_hostile_names(std::vector<SimInstance>& fleet);

}  // namespace penstock
