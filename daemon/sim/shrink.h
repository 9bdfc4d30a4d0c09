// Shrink: a failing run with as few faults and as little time as still fail in the same way.
//
//   Shrunk least = shrink(scenario, plan, outcome.violations.front());
//   least.faults; least.length;
//
// Leaves out ever smaller groups of faults; each of them carries its own randomness, so what stays
// is unchanged. Deterministic; at most kMostShrinkRuns runs.
#pragma once

#include <vector>

#include "daemon/sim/simulation.h"

namespace penstock {

struct Shrunk {
  std::vector<PlannedFault> faults;
  Duration length{};
  Violation violation;
  int runs = 0;
};

inline constexpr int kMostShrinkRuns = 200;

Shrunk shrink(const Scenario& scenario, const std::vector<PlannedFault>& plan,
              const Violation& violation, const SimulationOptions& options = {});

}  // namespace penstock
