#include "daemon/sim/shrink.h"

#include <algorithm>
#include <optional>

namespace penstock {
namespace {

class Shrinker {
 public:
  Shrinker(const Scenario& scenario, const Violation& violation, const SimulationOptions& options)
      : scenario_(scenario), checker_(violation.checker), options_(options) {
    options_.keep_events = false;
    options_.most_violations = 1;
  }

  std::optional<Violation> fails(const std::vector<PlannedFault>& faults, Duration length) {
    if (runs_ >= kMostShrinkRuns) return std::nullopt;
    ++runs_;
    Scenario scenario = scenario_;
    scenario.length = length;
    const SimulationOutcome outcome = simulate(scenario, faults, options_);
    if (outcome.violations.empty()) return std::nullopt;
    const Violation& first = outcome.violations.front();
    return first.checker == checker_ ? std::optional(first) : std::nullopt;
  }
  int runs() const { return runs_; }

 private:
  const Scenario& scenario_;
  std::string checker_;
  SimulationOptions options_;
  int runs_ = 0;
};

/// Where the run may end so that the violation is just still seen.
Duration just_after(const Scenario& scenario, const Violation& violation) {
  return std::min(scenario.length, violation.at - scenario.origin + 1min);
}

}  // namespace

Shrunk shrink(const Scenario& scenario, const std::vector<PlannedFault>& plan,
              const Violation& violation, const SimulationOptions& options) {
  Shrinker shrinker(scenario, violation, options);
  Shrunk least{.faults = plan, .length = scenario.length, .violation = violation, .runs = 0};
  const auto keep = [&](const std::vector<PlannedFault>& faults, Duration length) {
    const auto found = shrinker.fails(faults, length);
    if (found) least = {faults, length, *found, 0};
    return found.has_value();
  };
  keep(plan, just_after(scenario, violation));
  for (std::size_t group = std::max<std::size_t>(least.faults.size() / 2, 1); group >= 1;
       group /= 2) {
    for (std::size_t from = 0; from < least.faults.size();) {
      std::vector<PlannedFault> fewer = least.faults;
      const auto begin = fewer.begin() + static_cast<std::ptrdiff_t>(from);
      const auto count = std::min(group, fewer.size() - from);
      fewer.erase(begin, begin + static_cast<std::ptrdiff_t>(count));
      if (!keep(fewer, least.length)) from += group;
    }
  }
  keep(least.faults, just_after(scenario, least.violation));
  least.runs = shrinker.runs();
  return least;
}

}  // namespace penstock
