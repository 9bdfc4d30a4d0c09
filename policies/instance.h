// An instance as the policies see it: what it is, how it is billed, what may be changed.
//
// A plain snapshot of the API's DescribeInstances with its type's limits joined in; owned by the
// fleet (daemon/fleet.h), read by everyone, never changed in place during a decision.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "metrics/units.h"

namespace penstock {

enum class Product : std::uint8_t { kVm, kBmc };
/// instanceChargeType. Unknown values are never touched.
enum class Charge : std::uint8_t { kPrepaid, kPostpaid, kUnknown };
/// internetChargeType (zenlayer-api 3.11). Only kByBandwidth bills the configured Mbps.
enum class InternetCharge : std::uint8_t {
  kByBandwidth,
  kByTrafficPackage,
  kByInstanceBandwidth95,
  kByClusterBandwidth95,
  kBandwidthCluster,
  kUnknown,
};

std::string_view to_string(Product product);  ///< "vm", "bmc"
std::string_view to_string(Charge charge);    ///< "PREPAID", "POSTPAID", "UNKNOWN"
std::string_view to_string(InternetCharge charge);
std::optional<Product> parse_product(std::string_view text);
std::optional<Charge> parse_charge(std::string_view text);
/// Accepts both spellings of the cluster type; anything new is kUnknown.
InternetCharge parse_internet_charge(std::string_view text);

/// Which instance, over all accounts. Ids are opaque text.
struct InstanceKey {
  std::string account;
  std::string id;
  auto operator<=>(const InstanceKey&) const = default;
};

struct Tag {
  std::string key;
  std::string value;
};

/// A size limit that a refusal taught: the true one is near, but nobody has said it.
struct LearnedLimit {
  Mbps limit{};
  TimePoint until{};  ///< then it is not known again
  bool operator==(const LearnedLimit&) const = default;
};

struct Instance {
  InstanceKey key;
  Product product = Product::kVm;
  Charge charge = Charge::kUnknown;
  InternetCharge internet_charge = InternetCharge::kUnknown;
  std::string name;
  std::string hostname;  ///< bmc only
  std::string zone;
  std::string type;            ///< the type's id
  std::string status;          ///< the API's word; only "RUNNING" may be changed
  std::string resource_group;  ///< name
  std::string resource_group_id;
  std::vector<std::string> public_ips;
  std::vector<Tag> tags;
  /// From the list: in force now; 0 = unlimited, never touched; nullopt when the list had none.
  std::optional<Mbps> cap;
  /// The type's sellable maximum; nullopt = not known (then policy.bounds.max must stand in).
  std::optional<Mbps> limit;
  std::optional<LearnedLimit> learned_limit;  ///< counted in `limit` already
  bool limitable = true;        ///< false where the type says -1: a speed limit is not supported
  Mbps included{};              ///< free with the instance (bmc); 0 where nothing is
  bool included_known = false;  ///< false: nobody said so far how much is free
  std::optional<TimePoint> expires;  ///< end of the prepaid term; nullopt for POSTPAID
  std::optional<int> period_months;
  bool auto_renew = false;

  bool running() const { return status == "RUNNING"; }
  bool flat_rate() const { return internet_charge == InternetCharge::kByBandwidth; }
  bool prepaid_flat() const { return flat_rate() && charge == Charge::kPrepaid; }
};

}  // namespace penstock
