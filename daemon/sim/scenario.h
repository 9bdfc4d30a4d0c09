// Scenario: one simulated world as it begins, drawn from a seed: fleet, demand, prices, policies
// and configuration.
//
//   Scenario scenario = draw_scenario({.seed = 7, .length = 30 * 24h, .instances = 8});
//   files_of(scenario);          // penstock.toml and the policies, as a daemon reads them
//
// Which policy owns an instance is said by its tag `role` alone, so that a checker needs no
// matching of its own. The same options give the same scenario. Plain values.
#pragma once

#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "daemon/sim/demand_shape.h"
#include "daemon/sim/random.h"
#include "daemon/sim/sim_cloud.h"
#include "policies/policy.h"

namespace penstock {

struct ScenarioOptions {
  std::uint64_t seed = 1;
  Duration length = std::chrono::hours{24 * 30};
  int instances = 8;
  /// Policies to try instead of drawn ones: they own the fleet in turn, whatever they match.
  std::vector<Policy> policies = {};
  /// Recorded demand: two of three instances replay one of them, scaled to their size. They must
  /// outlive the scenario.
  std::span<const DemandTrace> traces = {};
};

/// One policy before it is written down, so that a reload can change it a little.
struct DrawnPolicy {
  std::string name, role;
  bool enforce = true;
  int source = 0;  ///< 0 scrape, 1 prometheus, 2 provider
  Duration window = 1min;
  std::int64_t min = 10, max = 1000, step = 1;
  bool utilization = false;
  int throttle_weight = 0;  ///< above 0 it weighs money, and follows the traffic no more
  bool forecast = false;
  Duration quiet = std::chrono::hours{4};
  double headroom = 1.2;
  Duration cooldown = 2min;
  Duration lower_window = std::chrono::hours{12}, lower_freeze = std::chrono::hours{1};
  Duration agreement = 15min, lower_cooldown = std::chrono::hours{1};
  std::optional<std::int64_t> max_price, per_month;
  std::optional<int> frozen_from;  ///< hour of the day, UTC; for two hours
  Duration drift_hold = std::chrono::hours{12};
};

struct Scenario {
  std::uint64_t seed = 1;
  TimePoint origin{};
  Duration length{};
  SimSettings settings;
  std::vector<SimInstance> fleet;
  std::string configuration;
  std::vector<DrawnPolicy> policies;
  std::vector<Policy> given;  ///< instead of `policies`
  /// Of the fleet.
  int orders_per_day = 200;
};

Scenario draw_scenario(const ScenarioOptions& options);
SimCatalogue scenario_catalogue();
/// TOML of all policies.
std::string policies_text(const std::vector<DrawnPolicy>& policies);
/// The role that an instance's tag says.
std::string role_of(const SimInstance& instance);

}  // namespace penstock
