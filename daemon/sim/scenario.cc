#include "daemon/sim/scenario.h"

#include <algorithm>
#include <array>

#include "daemon/sim/sandbox_fleet.h"
#include "daemon/sim/sim_network.h"

namespace penstock {
namespace {

using std::chrono::hours;

constexpr TimePoint kFirstOrigin{std::chrono::seconds{1'767'225'600}};  // 2026-01-01
constexpr std::uint64_t kFirstId = 2'208'731'954'326'712'301;
constexpr std::int64_t kIdStride = 7'368'787'001;

template <class T, std::size_t N>
const T& pick(Random& random, const std::array<T, N>& from) {
  return from.at(static_cast<std::size_t>(random.below(static_cast<std::int64_t>(N))));
}

Duration part_of(Random& random, Duration whole, double least, double most) {
  return Duration{
      static_cast<std::int64_t>(static_cast<double>(whole.count()) * random.between(least, most))};
}

/// Units of a duration as TOML takes them.
std::string text(Duration span) {
  return "\"" + std::to_string(span / 1s) + "s\"";
}
std::string mbps(std::int64_t count) {
  return "\"" + std::to_string(count) + " Mbps\"";
}
std::string usd(std::int64_t units) {
  return "\"" + std::to_string(units) + " USD\"";
}

DemandShape draw_demand(Random& random, double cap, Duration length) {
  const double low = cap * random.between(0.02, 0.6);
  const double high = low * random.between(1.2, 4);
  const Duration when = part_of(random, length, 0.05, 0.9);
  switch (random.below(6)) {
    case 0:
      return DemandShape::flat(low).with_noise(0.1, random.next());
    case 1:
      return DemandShape::daily(low, high, part_of(random, hours{24}, 0, 1))
          .with_noise(0.08, random.next());
    case 2:
      return DemandShape::burst(low, high, part_of(random, hours{60}, 0.2, 1), 3h, when)
          .with_noise(0.05, random.next());
    case 3:
      return DemandShape::ramp(low, high, when / 2, length / 2).with_noise(0.05, random.next());
    case 4:
      return DemandShape::steps({{0s, low}, {when, high}, {when + length / 4, low / 2}})
          .with_noise(0.05, random.next());
    default:
      return DemandShape::steps({{0s, high}, {when, low / 3}}).with_noise(0.05, random.next());
  }
}

SimTariff draw_tariff(Random& random, bool stepped) {
  SimTariff tariff;
  tariff.unit_price = Money::from_micros(random.range(500, 4000) * 1000);
  tariff.per_package_tb = Money::from_units(12);
  if (stepped) {
    tariff.steps = {{Mbps{0}, tariff.unit_price},
                    {Mbps{300}, Money::from_micros(tariff.unit_price.micros() * 4 / 5)}};
  }
  if (random.chance(0.3)) tariff.discount_percent = static_cast<int>(random.range(60, 99));
  return tariff;
}

SimInstance draw_instance(Random& random, const Scenario& scenario, int index,
                          const std::vector<std::string>& roles) {
  SimInstance it;
  it.id = std::to_string(kFirstId + static_cast<std::uint64_t>(index * kIdStride));
  it.product = random.chance(0.6) ? Product::kVm : Product::kBmc;
  it.charge = random.chance(0.65) ? Charge::kPrepaid : Charge::kPostpaid;
  const bool vm = it.product == Product::kVm;
  it.zone = pick(random, std::array<std::string, 4>{"SIN-A", "HKG-A", "FRA-A", "LAX-A"});
  it.type = vm ? pick(random, std::array<std::string, 4>{"z2a.cpu.2", "z2a.cpu.4", "z2a.cpu.8",
                                                         "z1a.cpu.1"})
               : pick(random, std::array<std::string, 2>{"M9Y", "S9I"});
  it.cap = Mbps{random.range(2, 60) * 10};
  if (random.chance(0.06)) it.internet = InternetCharge::kByInstanceBandwidth95;
  if (random.chance(0.03)) it.internet = InternetCharge::kByTrafficPackage;
  if (vm && random.chance(0.04)) it.type = "z2a.free.1";
  if (random.chance(0.03)) it.cap = Mbps{0};
  it.name = "node-" + std::to_string(index);
  if (!vm) it.hostname = it.name + ".example.net";
  if (random.chance(0.03)) it.status = "STOPPED";
  it.group_id = "group-1";
  it.group_name = "Default";
  it.public_ips = {"198.18.0." + std::to_string(index % 250 + 1)};
  it.tags = {
      {"role",
       roles[static_cast<std::size_t>(random.below(static_cast<std::int64_t>(roles.size())))]}};
  it.tariff = draw_tariff(random, !vm && it.charge == Charge::kPostpaid);
  it.created = scenario.origin - hours{24 * 40};
  it.auto_renew = random.chance(0.93);
  if (it.charge == Charge::kPrepaid) {
    it.expires = scenario.origin + hours{3} + part_of(random, scenario.length, 0.05, 1.3);
  }
  if (it.internet == InternetCharge::kByTrafficPackage) it.package_tb = 5;
  it.demand = draw_demand(random, it.cap > Mbps{0} ? static_cast<double>(it.cap.count()) : 200.0,
                          scenario.length);
  return it;
}

/// Some part of a trace whose usual peak is between a third and twice of what the link carries.
DemandShape draw_replay(Random& random, std::span<const DemandTrace> traces, double cap) {
  const DemandTrace& trace =
      traces[static_cast<std::size_t>(random.below(static_cast<std::int64_t>(traces.size())))];
  std::vector<double> sorted = trace.mbps;
  const auto peak = sorted.begin() + static_cast<std::ptrdiff_t>(sorted.size() * 19 / 20);
  std::nth_element(sorted.begin(), peak, sorted.end());
  // Rare bursts over nothing would be without measure.
  const double most = *std::max_element(peak, sorted.end());
  const double factor = cap * random.between(0.3, 2) / std::max({*peak, most / 20, 1e-6});
  return DemandShape::trace(trace, Duration{random.below(trace.length().count())}).scaled(factor);
}

DrawnPolicy draw_policy(Random& random, int index) {
  DrawnPolicy policy;
  policy.role = "r" + std::to_string(index);
  policy.name = "policy-" + std::to_string(index);
  policy.enforce = random.chance(0.88);
  policy.source = random.chance(0.5) ? 0 : random.chance(0.85) ? 1 : 2;
  policy.window = random.chance(0.5) ? 1min : 5min;
  policy.min = random.range(1, 6) * 10;
  policy.max = random.range(3, 20) * 100;
  policy.step = pick(random, std::array<std::int64_t, 4>{1, 5, 10, 25});
  policy.utilization = random.chance(0.25);
  policy.quiet = pick(random, std::array<Duration, 4>{1h, 4h, 8h, 24h});
  policy.headroom = random.between(1.05, 1.5);
  policy.cooldown = pick(random, std::array<Duration, 3>{0s, 2min, 15min});
  policy.lower_window = pick(random, std::array<Duration, 3>{6h, 12h, 24h});
  policy.lower_freeze = pick(random, std::array<Duration, 3>{0s, 15min, 1h});
  policy.agreement = pick(random, std::array<Duration, 3>{0s, 15min, 1h});
  policy.lower_cooldown = pick(random, std::array<Duration, 2>{30min, 2h});
  if (random.chance(0.2)) policy.max_price = random.range(20, 200);
  if (random.chance(0.5)) policy.per_month = random.range(50, 1500);
  if (random.chance(0.1)) policy.frozen_from = static_cast<int>(random.range(0, 21));
  policy.drift_hold = pick(random, std::array<Duration, 3>{30min, 6h, 24h});
  return policy;
}

std::string draw_configuration(Random& random, Scenario& scenario) {
  scenario.orders_per_day = static_cast<int>(random.chance(0.8) ? 200 : random.range(3, 15));
  const std::int64_t per_month = random.range(5, 60) * 100;
  const std::int64_t per_day = random.range(1, 5) * per_month / 10;
  const std::array<std::string, 3> meanings{"due", "monthly-total", "monthly-difference"};
  scenario.settings.quote =
      pick(random, std::array{SimQuoteMeaning::kDue, SimQuoteMeaning::kMonthlyTotal,
                              SimQuoteMeaning::kMonthlyDifference});
  std::string out = "listen = \"127.0.0.1:0\"\ntick = \"15s\"\nstate = \"state\"\n";
  out +=
      "[[account]]\nname = \"main\"\nbase_url = \"" + std::string(SimNetwork::kProvider) + "\"\n";
  out += "access_key_id_file = \"id\"\naccess_key_password_file = \"password\"\n";
  out += "requests_per_second = 20\nchanges_per_second = " + std::to_string(random.range(1, 5));
  out += "\nprepaid_quote = \"";
  out +=
      random.chance(0.5) ? "auto" : meanings.at(static_cast<std::size_t>(scenario.settings.quote));
  out += "\"\n[[source]]\nname = \"scrape\"\nkind = \"scrape\"\ninterval = \"2m\"\n";
  out += "[[source.targets]]\nurl = \"" + std::string(SimNetwork::kExporter) + "/metrics\"\n";
  out += "[[source]]\nname = \"prometheus\"\nkind = \"prometheus\"\n";
  out += "urls = [\"" + std::string(SimNetwork::kPrometheus) + "\"]\n";
  out += "[[source]]\nname = \"provider\"\nkind = \"provider\"\naccount = \"main\"\n";
  out += "[limits]\norders_per_day = " + std::to_string(scenario.orders_per_day);
  out += "\nper_day = " + usd(per_day) + "\nper_month = " + usd(per_month);
  out += "\nmax_lowered_share = " + std::string(random.chance(0.5) ? "1.0" : "0.2");
  out += "\nbreaker = { failures = 5, within = \"1h\" }\n";
  return out;
}

std::string policy_text(const DrawnPolicy& policy) {
  constexpr std::array kSources{"scrape", "prometheus", "provider"};
  const std::string counter = R"(node_network_transmit_bytes_total{device=\"eth0\"})";
  std::string out = "[[policy]]\nname = \"" + policy.name + "\"\n";
  out += std::string("mode = \"") + (policy.enforce ? "enforce" : "observe") + "\"\n";
  out += "match = { tags = { role = \"" + policy.role + "\" } }\n";
  out += "drift_hold = " + text(policy.drift_hold) + "\n";
  out += "[policy.traffic]\nsource = \"" +
         std::string(kSources.at(static_cast<std::size_t>(policy.source))) + "\"\n";
  if (policy.source == 0) out += "query = \"" + counter + "\"\n";
  if (policy.source == 1) {
    const std::string window = policy.window == 1min ? "1m" : "5m";
    out += "query = \"8 * sum by (instance_id) (rate(" + counter + "[" + window + "]))\"\n";
    out += "window = \"" + window + "\"\n";
    // A minute out of every five is looked at where ticks are five minutes apart.
    out += policy.window == 1min ? "least_coverage = 0.15\n" : "";
  }
  if (policy.source == 2) out += "max_age = \"20m\"\n";
  out += "[policy.bounds]\nmin = " + mbps(policy.min) + "\nmax = " + mbps(policy.max) +
         "\nstep = " + mbps(policy.step) + "\n";
  if (policy.throttle_weight > 0) {
    out += "[[policy.rule]]\nkind = \"economic\"\nthrottle_weight = " +
           std::to_string(policy.throttle_weight) + "\n";
  } else {
    out += "[[policy.rule]]\nkind = \"saturation\"\nquiet = " + text(policy.quiet) +
           "\nheadroom = " + std::to_string(policy.headroom) + "\n";
  }
  if (policy.forecast) out += "[[policy.rule]]\nkind = \"forecast\"\n";
  if (policy.utilization && policy.throttle_weight == 0) {
    out += "[[policy.rule]]\nkind = \"utilization\"\ntarget = 0.7\nquiet = " + text(policy.quiet) +
           "\n";
  }
  out += "[policy.upgrade]\ncooldown = " + text(policy.cooldown) + "\n";
  if (policy.max_price) out += "max_price = " + usd(*policy.max_price) + "\n";
  out += "[policy.downgrade]\nwindow = " + text(policy.lower_window) +
         "\nfreeze = " + text(policy.lower_freeze) + "\nagreement = " + text(policy.agreement) +
         "\ncooldown = " + text(policy.lower_cooldown) + "\n";
  if (policy.per_month) out += "[policy.budget]\nper_month = " + usd(*policy.per_month) + "\n";
  if (policy.frozen_from) {
    const auto hour = [](int of_day) { return (of_day < 10 ? "0" : "") + std::to_string(of_day); };
    out += "[[policy.freeze]]\nfrom = \"" + hour(*policy.frozen_from) + ":00\"\nto = \"" +
           hour(*policy.frozen_from + 2) + ":00\"\n";
  }
  return out;
}

}  // namespace

SimCatalogue scenario_catalogue() {
  return sandbox_catalogue();
}

std::string role_of(const SimInstance& instance) {
  for (const Tag& tag : instance.tags) {
    if (tag.key == "role") return tag.value;
  }
  return "";
}

std::string policies_text(const std::vector<DrawnPolicy>& policies) {
  std::string out;
  for (const DrawnPolicy& policy : policies) out += policy_text(policy) + "\n";
  return out;
}

Scenario draw_scenario(const ScenarioOptions& options) {
  Random random(options.seed, "scenario");
  Scenario scenario;
  scenario.seed = options.seed;
  // Some worlds see the end of a month, and with it new budgets.
  scenario.origin = kFirstOrigin + std::chrono::days{random.range(0, 58)} + hours{random.below(24)};
  scenario.length = options.length;
  scenario.settings.cash =
      random.chance(0.85) ? Money::from_units(100'000) : Money::from_units(random.range(100, 4000));
  scenario.settings.processing = Duration{random.range(1, 40) * 1000};
  scenario.settings.same_value_is_error = random.chance(0.5);
  scenario.configuration = draw_configuration(random, scenario);
  std::vector<std::string> roles;
  if (options.policies.empty()) {
    const auto count = static_cast<int>(random.range(2, 5));
    for (int i = 0; i < count; ++i) {
      scenario.policies.push_back(draw_policy(random, i));
      roles.push_back(scenario.policies.back().role);
    }
    roles.emplace_back("nobody");
  } else {
    scenario.given = options.policies;
    for (std::size_t i = 0; i < options.policies.size(); ++i) {
      roles.push_back("r" + std::to_string(i));
    }
  }
  for (int i = 0; i < options.instances; ++i) {
    scenario.fleet.push_back(draw_instance(random, scenario, i, roles));
  }
  // In every fourth world some policies weigh money or look ahead.
  Random rules(options.seed, "rules");
  const bool weighing = rules.chance(0.25);
  for (DrawnPolicy& policy : scenario.policies) {
    if (!weighing) break;
    if (rules.chance(0.5)) policy.throttle_weight = pick(rules, std::array<int, 3>{20, 100, 500});
    policy.forecast = rules.chance(0.3);
  }
  // Drawn by themselves, so that everything else is as without them.
  Random replays(options.seed, "replays");
  for (SimInstance& it : scenario.fleet) {
    if (options.traces.empty() || replays.chance(0.33)) continue;
    const double cap = it.cap > Mbps{0} ? static_cast<double>(it.cap.count()) : 200.0;
    it.demand = draw_replay(replays, options.traces, cap);
  }
  return scenario;
}

}  // namespace penstock
