#include "policies/instance.h"

namespace penstock {

std::string_view to_string(Product product) {
  return product == Product::kVm ? "vm" : "bmc";
}

std::string_view to_string(Charge charge) {
  switch (charge) {
    case Charge::kPrepaid:
      return "PREPAID";
    case Charge::kPostpaid:
      return "POSTPAID";
    case Charge::kUnknown:
      return "UNKNOWN";
  }
  return "UNKNOWN";
}

std::string_view to_string(InternetCharge charge) {
  switch (charge) {
    case InternetCharge::kByBandwidth:
      return "ByBandwidth";
    case InternetCharge::kByTrafficPackage:
      return "ByTrafficPackage";
    case InternetCharge::kByInstanceBandwidth95:
      return "ByInstanceBandwidth95";
    case InternetCharge::kByClusterBandwidth95:
      return "ByClusterBandwidth95";
    case InternetCharge::kBandwidthCluster:
      return "BandwidthCluster";
    case InternetCharge::kUnknown:
      return "UNKNOWN";
  }
  return "UNKNOWN";
}

std::optional<Product> parse_product(std::string_view text) {
  if (text == "vm") return Product::kVm;
  if (text == "bmc") return Product::kBmc;
  return std::nullopt;
}

std::optional<Charge> parse_charge(std::string_view text) {
  if (text == "PREPAID") return Charge::kPrepaid;
  if (text == "POSTPAID") return Charge::kPostpaid;
  return std::nullopt;
}

InternetCharge parse_internet_charge(std::string_view text) {
  for (const InternetCharge charge :
       {InternetCharge::kByBandwidth, InternetCharge::kByTrafficPackage,
        InternetCharge::kByInstanceBandwidth95, InternetCharge::kByClusterBandwidth95,
        InternetCharge::kBandwidthCluster}) {
    if (text == to_string(charge)) return charge;
  }
  // vm writes BandwidthCluster and bmc ByBandwidthCluster for the same thing.
  if (text == "ByBandwidthCluster") return InternetCharge::kBandwidthCluster;
  return InternetCharge::kUnknown;
}

}  // namespace penstock
