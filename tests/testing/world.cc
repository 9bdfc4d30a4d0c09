#include "tests/testing/world.h"

#include <string>

namespace penstock::testing {

using std::chrono::days;

namespace {

Rule random_rule(Random& random) {
  const Duration quiet = std::vector<Duration>{10min, 1h, 24h}[random.next() % 3];
  switch (random.below(5)) {
    case 0:
      return SaturationRule{.samples = static_cast<std::uint32_t>(random.range(1, 3)),
                            .grow = random.between(1.05, 2),
                            .surge_grow = random.between(2, 3),
                            .quiet = quiet,
                            .headroom = random.between(1, 1.5)};
    case 1:
      return UtilizationRule{.target = random.between(0.4, 0.9),
                             .tolerance = random.between(0.02, 0.2),
                             .look_back = random.chance(0.5) ? 5min : 1min,
                             .quiet = quiet};
    case 2:
      return StepRule{.up = Mbps{random.below(3) * 20},
                      .down = Mbps{random.below(3) * 20},
                      .samples = static_cast<std::uint32_t>(random.range(1, 5))};
    case 3:
      return PercentileRule{.percentile = random.between(50, 100),
                            .headroom = random.between(1, 1.5),
                            .least_history = quiet};
    default:
      return FixedRule{Mbps{random.range(1, 400)}};
  }
}

}  // namespace

void random_policy(Random& random, World& world) {
  world.policy.mode = Mode::kEnforce;
  world.policy.rules = {random_rule(random)};
  if (random.chance(0.4)) world.policy.rules.push_back(random_rule(random));
  if (random.chance(0.3)) {
    world.policy.rules.emplace_back(ScheduleRule{.at_least = Mbps{random.range(1, 500)}});
  }
  world.policy.bounds.step = Mbps{random.chance(0.5) ? 1 : random.range(2, 50)};
  world.policy.bounds.min = Mbps{random.range(1, 60)};
  if (random.chance(0.5)) world.policy.bounds.max = Mbps{random.range(100, 1000)};
  world.policy.downgrade.agreement = random.chance(0.5) ? Duration{0} : Duration{15min};
}

void random_instance(Random& random, World& world) {
  Instance& instance = world.instance;
  instance.key = {"main", "i-" + std::to_string(random.below(1000))};
  instance.product = random.chance(0.5) ? Product::kVm : Product::kBmc;
  instance.charge = random.chance(0.5) ? Charge::kPrepaid : Charge::kPostpaid;
  instance.internet_charge = InternetCharge::kByBandwidth;
  if (random.chance(0.05)) instance.internet_charge = InternetCharge::kByTrafficPackage;
  instance.status = random.chance(0.98) ? "RUNNING" : "STOPPED";
  instance.limit = Mbps{random.range(50, 2000)};
  if (instance.product == Product::kBmc) instance.included = Mbps{random.range(0, 50)};
  instance.auto_renew = random.chance(0.9);
  world.tariff = {.unit_price = Money::from_micros(random.below(5'000'000))};
  if (random.chance(0.5)) world.tariff.included = instance.included;
}

namespace {

void random_traffic(Random& random, World& world) {
  const Duration interval{1000 * std::vector<int>{15, 60, 300}[random.next() % 3]};
  const auto count = random.range(0, 600);
  const double level = random.between(0.02, 0.9) * as_rate(world.cap).mbps();
  TimePoint at = kStart;
  for (std::int64_t i = 0; i < count; ++i) {
    at += interval;
    if (random.chance(0.01)) at += interval * random.range(1, 20);
    const double egress =
        random.chance(0.01) ? as_rate(world.cap).mbps() : level * random.between(0.7, 1.1);
    world.feed({.at = at, .span = interval, .egress = Rate{egress}});
  }
  world.now = at + Duration{random.below(20'000)};
  if (world.instance.charge == Charge::kPrepaid) {
    world.instance.expires = world.now + Duration{random.below(40 * 86'400'000LL)};
    if (random.chance(0.5)) world.instance.expires = world.now + 5h;
  }
  if (random.chance(0.4)) {
    world.memo = {world.now - Duration{random.below(3'600'000)}, Mbps{random.range(1, 50)}};
  }
}

}  // namespace

World random_world(Random& random) {
  World world;
  random_policy(random, world);
  random_instance(random, world);
  world.cap = Mbps{random.range(1, world.instance.limit->count())};
  random_traffic(random, world);
  return world;
}

}  // namespace penstock::testing
