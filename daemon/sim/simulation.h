// Simulation: one seeded world from its beginning to its end: daemon, provider, demand, faults,
// and after every step all checkers.
//
//   SimulationOutcome outcome = simulate(scenario, plan, {});
//   if (!outcome.violations.empty()) …                       // outcome.trace tells runs apart
//
// A function of its arguments alone: no clock, no randomness but the seed's, no environment. One
// run at a time in a process; it needs a folder for the configuration, which it removes.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "daemon/sim/checker.h"
#include "daemon/sim/fault_plan.h"
#include "daemon/sim/nth_call.h"
#include "daemon/sim/scenario.h"

namespace penstock {

struct SimulationOptions {
  bool keep_events = false;  ///< in SimulationOutcome::events
  /// Other than all of them; for proving that each can fail.
  std::function<std::vector<std::unique_ptr<Checker>>()> checkers = all_checkers;
  std::size_t most_violations = 20;  ///< then the run ends
  NthFault nth;                      ///< beside the plan
};

struct SimulationOutcome {
  Violations violations;
  std::uint64_t trace = 0;  ///< hash over every event of the run
  std::vector<std::string> events;
  CallCounts calls;  ///< of the daemon
  std::uint64_t ticks = 0, starts = 0, requests = 0, twins = 0;
  std::map<std::string, std::uint64_t> changes;  ///< by the daemon, accepted
  Money charged_at_once, charged;
  double wanted = 0, throttled = 0;  ///< Mbps times hours
  Duration simulated{};
};

SimulationOutcome simulate(const Scenario& scenario, const std::vector<PlannedFault>& plan,
                           const SimulationOptions& options);

}  // namespace penstock
