// How long one sample and one decision take, and how much memory an instance needs.
//
//   bench_decide [rounds]     prints nanoseconds per observe + decide, for each kind of rule
//
// Time is what a loop of a whole fleet pays: many instances, so that caches are not all warm.
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <vector>

#include "metrics/demand.h"
#include "policies/decide.h"

namespace {

using namespace penstock;
using std::chrono::hours;

constexpr std::size_t kInstances = 1000;
constexpr TimePoint kStart{hours{24 * 365 * 50}};

struct Link {
  Demand demand;
  Memo memo;
};

Instance some_instance() {
  Instance instance;
  instance.key = {"main", "i-1"};
  instance.charge = Charge::kPrepaid;
  instance.internet_charge = InternetCharge::kByBandwidth;
  instance.status = "RUNNING";
  instance.limit = Mbps{10'000};
  instance.expires = kStart + hours{24 * 900};
  instance.auto_renew = true;
  return instance;
}

double nanoseconds(const Policy& policy, int rounds) {
  const Instance instance = some_instance();
  const Tariff tariff{.unit_price = Money::from_units(2)};
  const InstanceRecord record{.last_upgrade_at = kStart};
  std::vector<Link> links(kInstances);
  std::int64_t orders = 0;
  std::chrono::steady_clock::time_point begin;
  const int warm_up = 400;
  for (int round = 1; round <= warm_up + rounds; ++round) {
    if (round == warm_up + 1) begin = std::chrono::steady_clock::now();
    const TimePoint now = kStart + round * 15s;
    for (std::size_t i = 0; i < kInstances; ++i) {
      Link& link = links[i];
      // A slow wave that stays below the cap.
      const double egress = 30 + static_cast<double>((round + static_cast<int>(i)) % 50);
      link.demand.observe({now, 15s, Rate{egress}}, Mbps{100}, kStart, kSaturatedAt);
      const Decision decision = decide(policy,
                                       {.instance = instance,
                                        .demand = link.demand,
                                        .cap = Mbps{100},
                                        .cap_since = kStart,
                                        .change = {.kind = ChangeState::Kind::kIdle},
                                        .tariff = &tariff,
                                        .record = &record,
                                        .memo = link.memo},
                                       now);
      link.memo = decision.memo;
      if (decision.action != Action::kHold) ++orders;
    }
  }
  const auto took = std::chrono::steady_clock::now() - begin;
  if (orders < 0) std::puts("");  // keeps the decisions from being optimised away
  return std::chrono::duration<double, std::nano>(took).count() /
         (static_cast<double>(rounds) * kInstances);
}

}  // namespace

int main(int argc, char** argv) {
  const int rounds = argc > 1 ? std::atoi(argv[1]) : 2000;
  struct Row {
    const char* name;
    Rule rule;
  };
  const Row rows[] = {{"saturation", SaturationRule{}},
                      {"utilization", UtilizationRule{}},
                      {"step", StepRule{}},
                      {"percentile", PercentileRule{}},
                      {"fixed", FixedRule{Mbps{100}}}};
  for (const Row& row : rows) {
    Policy policy;
    policy.mode = Mode::kEnforce;
    policy.rules = {row.rule};
    std::printf("%-12s %6.0f ns per observe + decide\n", row.name, nanoseconds(policy, rounds));
  }
  std::printf("%zu bytes of demand per instance, %zu of a decision\n", sizeof(Demand),
              sizeof(Decision));
  return 0;
}
