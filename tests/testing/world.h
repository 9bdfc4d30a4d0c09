// World: everything one decision reads, made up at random and owned in one place.
//
//   Random random{seed};
//   World world = random_world(random);
//   Decision decision = world.decide();
//
// For property tests; single-threaded.
#pragma once

#include <vector>

#include "metrics/demand.h"
#include "policies/decide.h"
#include "tests/testing/random.h"

namespace penstock::testing {

constexpr TimePoint kStart{std::chrono::hours{24 * 365 * 50}};

struct World {
  Policy policy;
  Instance instance;
  Tariff tariff;
  InstanceRecord record;
  Demand demand;
  std::vector<Sample> samples;
  Mbps cap{};
  TimePoint cap_since = kStart - std::chrono::days{9};
  ChangeState change{.kind = ChangeState::Kind::kIdle};
  Purse purse;
  FleetState fleet;
  Memo memo;
  TimePoint now = kStart;

  Situation situation() const {
    return {.instance = instance,
            .demand = demand,
            .cap = cap,
            .cap_since = cap_since,
            .change = change,
            .tariff = &tariff,
            .purse = purse,
            .fleet = fleet,
            .record = &record,
            .memo = memo};
  }
  Decision decide() const { return penstock::decide(policy, situation(), now); }
  void feed(const Sample& sample) {
    if (demand.observe(sample, cap, cap_since, policy.traffic.saturated_at)) {
      samples.push_back(sample);
    }
  }
};

void random_policy(Random& random, World& world);
void random_instance(Random& random, World& world);
World random_world(Random& random);

}  // namespace penstock::testing
