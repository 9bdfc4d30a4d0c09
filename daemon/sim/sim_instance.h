// What the simulated provider sells and has sold: zones, types, prices, instances.
//
//   SimInstance edge{.id = "9480…", .product = Product::kVm, .charge = Charge::kPrepaid, …};
//
// Plain values. The provider's state of an instance (running changes, bills) is sim_cloud's own.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "daemon/sim/demand_shape.h"
#include "metrics/units.h"
#include "policies/instance.h"

namespace penstock {

/// The sandbox prices bandwidth by itself, apart from policies/billing, so that the daemon's
/// reckoning and the bill it is checked against do not share a mistake.
struct SimTariff {
  struct Step {
    Mbps from;  ///< beyond the included bandwidth
    Money unit_price;
  };
  Money unit_price;            ///< per Mbps and 30 days; where `steps` is empty
  std::vector<Step> steps;     ///< ascending, marginal; steps[0].from is 0
  int discount_percent = 100;  ///< the share that is paid
  Money per_package_tb;        ///< ByTrafficPackage: each TB beyond the package

  Money list_price(Mbps cap, Mbps included) const;  ///< per 30 days, before the discount
  Money price(Mbps cap, Mbps included) const;       ///< what is paid
  Money discounted(Money list) const;               ///< rounded up
};

struct SimZone {
  std::string id, name, city, area;
  Mbps bmc_included{};  ///< flat-rate bandwidth that comes with each bmc instance there
};

struct SimType {
  Product product = Product::kVm;
  std::string id, description;
  int cpu = 0, memory_gb = 0;
  std::int64_t limit_mbps = 0;  ///< -1: a speed limit is not supported
  bool sold = true;             ///< listed by the catalogue calls
};

struct SimCatalogue {
  std::vector<SimZone> zones;
  std::vector<SimType> types;

  const SimZone* zone(std::string_view id) const;
  const SimType* type(std::string_view id) const;
};

struct SimInstance {
  std::string id;
  Product product = Product::kVm;
  Charge charge = Charge::kPrepaid;
  InternetCharge internet = InternetCharge::kByBandwidth;
  std::string name, hostname, zone, type;
  std::string status = "RUNNING";
  std::string group_id, group_name;
  std::vector<std::string> public_ips, private_ips;
  std::vector<Tag> tags;
  Mbps cap;  ///< 0 = unlimited
  SimTariff tariff;
  TimePoint created{};
  std::optional<TimePoint> expires;  ///< prepaid only
  int period_months = 1;
  bool auto_renew = true;
  std::optional<double> package_tb;  ///< ByTrafficPackage
  Mbps commit{};                     ///< 95th billing
  DemandShape demand = DemandShape::flat(0);

  bool flat_rate() const { return internet == InternetCharge::kByBandwidth; }
  bool prepaid_flat() const { return flat_rate() && charge == Charge::kPrepaid; }
};

}  // namespace penstock
