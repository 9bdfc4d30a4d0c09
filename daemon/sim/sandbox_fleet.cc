#include "daemon/sim/sandbox_fleet.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <numeric>

#include "daemon/sim/hostile_names.h"

namespace penstock {
namespace {

using std::chrono::hours;

constexpr Duration kDay = hours{24};
constexpr std::uint64_t kFirstId = 1'208'731'954'326'712'301;
constexpr std::uint64_t kIdStride = 7'368'787'001;
constexpr auto kFlat = InternetCharge::kByBandwidth;
constexpr auto kVm = Product::kVm;
constexpr auto kBmc = Product::kBmc;
constexpr auto kPre = Charge::kPrepaid;
constexpr auto kPost = Charge::kPostpaid;

struct Kind {
  const char* role;
  const char* zone;
  Product product;
  Charge charge;
  InternetCharge internet;
  std::int64_t mbps;
  const char* type;
  double term_ends;  ///< in months after the start; prepaid only
  bool auto_renew;
  DemandShape demand;
};

std::vector<Kind> kinds() {
  return {
      // A quiet edge that a new tenant finds on the third day: 72 Mbps are soon far too little.
      {"edge", "SIN-A", kVm, kPre, kFlat, 72, "z2a.cpu.4", 0.9, true,
       DemandShape::steps({{0s, 58}, {3 * kDay, 500}})},
      // Bought for an event that is over.
      {"edge", "SIN-A", kVm, kPre, kFlat, 800, "z2a.cpu.4", 0.5, true, DemandShape::daily(60, 120)},
      {"web", "HKG-A", kVm, kPost, kFlat, 100, "z2a.cpu.8", 0, true,
       DemandShape::steps({{0s, 60}, {4 * kDay, 350}, {14 * kDay, 40}})},
      {"edge", "FRA-A", kBmc, kPre, kFlat, 100, "M9Y", 0.75, true,
       DemandShape::ramp(80, 400, 2 * kDay, 18 * kDay)},
      {"edge", "FRA-A", kBmc, kPre, kFlat, 2000, "M9Y", 0.6, true, DemandShape::daily(150, 300)},
      {"web", "HKG-A", kVm, kPost, kFlat, 600, "z2a.cpu.8", 0, true, DemandShape::flat(80)},
      {"api", "LAX-A", kBmc, kPost, kFlat, 200, "S9I", 0, true,
       DemandShape::burst(120, 700, 10 * kDay, 3 * kDay, 5 * kDay)},
      {"cdn", "AMS-A", kBmc, kPost, InternetCharge::kByInstanceBandwidth95, 500, "M9Y", 0, true,
       DemandShape::burst(180, 900, 2 * kDay, hours{6}, kDay)},
      {"bulk", "HKG-A", kVm, kPost, InternetCharge::kByTrafficPackage, 0, "z2a.cpu.4", 0, true,
       DemandShape::daily(20, 200)},
      {"spare", "SIN-A", kVm, kPre, kFlat, 50, "z2a.cpu.2", 0.8, true, DemandShape::flat(0)},
      // Below what the zone includes: moving it costs nothing.
      {"monitor", "FRA-A", kBmc, kPre, kFlat, 20, "S9I", 0.85, true, DemandShape::daily(15, 35)},
      // Not sold any more, and leaving.
      {"legacy", "HKG-A", kVm, kPre, kFlat, 60, "z1a.cpu.1", 0.8, false,
       DemandShape::daily(30, 55)},
  };
}

std::string two_digits(int number) {
  return (number < 10 ? "0" : "") + std::to_string(number);
}

std::string zone_prefix(const std::string& zone) {
  std::string prefix = zone.substr(0, 3);
  std::transform(prefix.begin(), prefix.end(), prefix.begin(),
                 [](char c) { return static_cast<char>(c + ('a' - 'A')); });
  return prefix;
}

SimTariff tariff_of(const Kind& kind) {
  SimTariff tariff;
  tariff.unit_price =
      kind.product == Product::kVm ? Money::from_micros(1'900'000) : Money::from_micros(1'500'000);
  tariff.per_package_tb = Money::from_units(12);
  if (kind.product == Product::kBmc && kind.charge == Charge::kPostpaid) {
    tariff.steps = {{Mbps{0}, Money::from_micros(2'400'000)},
                    {Mbps{500}, Money::from_micros(1'900'000)}};
  }
  if (kind.charge == Charge::kPrepaid && kind.product == Product::kVm) {
    tariff.discount_percent = 90;
  }
  return tariff;
}

std::string address(int first, int index) {
  return std::to_string(first) + "." + std::to_string(18 + index / 250 / 250) + "." +
         std::to_string(index / 250 % 250) + "." + std::to_string(index % 250 + 1);
}

SimInstance instance_of(const Kind& kind, int index, int ordinal, const SimTime& time) {
  SimInstance it;
  it.id = std::to_string(kFirstId + static_cast<std::uint64_t>(index) * kIdStride);
  it.product = kind.product;
  it.charge = kind.charge;
  it.internet = kind.internet;
  it.zone = kind.zone;
  it.name = std::string(kind.role) + "-" + zone_prefix(it.zone) + "-" + two_digits(ordinal);
  if (kind.product == Product::kBmc) it.hostname = it.name + ".example.net";
  it.type = kind.type;
  it.status = std::string_view(kind.role) == "spare" ? "STOPPED" : "RUNNING";
  it.group_id = "5a4f6519-2977-47cb-b3fc-150fd2b4de71";
  it.group_name = "Default Resource Group";
  it.public_ips = {address(198, index)};
  it.private_ips = {address(10, index)};
  it.tags = {{"role", kind.role},
             {"env", std::string_view(kind.role) == "legacy" ? "old" : "prod"}};
  it.cap = Mbps{kind.mbps};
  it.tariff = tariff_of(kind);
  it.created = time.origin - time.month * 3 - hours{24 * 40};
  it.auto_renew = kind.auto_renew;
  if (kind.charge == Charge::kPrepaid) {
    const auto left = static_cast<double>(time.month.count()) * kind.term_ends;
    it.expires = time.origin + Duration(std::llround(left));
  }
  if (kind.internet == InternetCharge::kByTrafficPackage) it.package_tb = 5;
  if (kind.internet == InternetCharge::kByInstanceBandwidth95) it.commit = Mbps{100};
  it.demand = kind.demand.with_noise(0.05, static_cast<std::uint64_t>(index));
  return it;
}

}  // namespace

SimCatalogue sandbox_catalogue() {
  return {.zones = {{"SIN-A", "Singapore A", "Singapore", "Asia Pacific", Mbps{10}},
                    {"HKG-A", "Hong Kong A", "Hong Kong", "Asia Pacific", Mbps{10}},
                    {"FRA-A", "Frankfurt A", "Frankfurt", "Europe", Mbps{50}},
                    {"AMS-A", "Amsterdam A", "Amsterdam", "Europe", Mbps{50}},
                    {"LAX-A", "Los Angeles A", "Los Angeles", "North America", Mbps{30}}},
          .types = {{Product::kVm, "z2a.cpu.2", "2C4G", 2, 4, 1000, true},
                    {Product::kVm, "z2a.cpu.4", "4C8G", 4, 8, 1500, true},
                    {Product::kVm, "z2a.cpu.8", "8C16G", 8, 16, 2500, true},
                    {Product::kVm, "z2a.free.1", "1C1G, no speed limit", 1, 1, -1, true},
                    {Product::kVm, "z1a.cpu.1", "1C2G, former generation", 1, 2, 500, false},
                    {Product::kBmc, "M9Y", "E5-2690v4 x 2, 128 GB", 28, 128, 10'000, true},
                    {Product::kBmc, "S9I", "E3-1270, 32 GB", 4, 32, 1000, true}}};
}

std::vector<SimInstance> sandbox_fleet(int count, const SimTime& time, const DemandTrace* trace) {
  const std::vector<Kind> all = kinds();
  std::vector<SimInstance> fleet;
  std::map<std::string, int> ordinals;
  for (int i = 0; i < count; ++i) {
    const Kind& kind = all[static_cast<std::size_t>(i) % all.size()];
    const int ordinal = ++ordinals[std::string(kind.role) + kind.zone];
    SimInstance it = instance_of(kind, i, ordinal, time);
    if (trace != nullptr) {
      const Duration offset{trace->length().count() / count * i};
      const double mean = std::accumulate(trace->mbps.begin(), trace->mbps.end(), 0.0) /
                          static_cast<double>(trace->mbps.size());
      it.demand = DemandShape::trace(*trace, offset);
      if (it.cap > Mbps{0}) it.cap = std::clamp(ceil_to_mbps(Rate{mean}), Mbps{1}, Mbps{500});
    }
    fleet.push_back(std::move(it));
  }
  return fleet;
}

void give_hostile_names(std::vector<SimInstance>& fleet) {
  const std::vector<HostileName>& names = hostile_names();
  for (std::size_t i = 0; i < fleet.size(); ++i) {
    const std::string& name = names[i % names.size()].text;
    fleet[i].name = name;
    fleet[i].tags.push_back({"note", name});
    if (!fleet[i].hostname.empty()) fleet[i].hostname = name;
  }
}

}  // namespace penstock
