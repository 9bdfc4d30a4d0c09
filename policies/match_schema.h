// The keys of a match, which policies and tariffs share.
#pragma once

#include "policies/policy.h"
#include "policies/schema.h"

namespace penstock {

const Schema<Match>& match_schema();

/// Reports when the text at `node` is none of `known`, the names of all [[source]] or [[account]].
void check_known(const TomlNode& node, std::string_view key, std::string_view noun,
                 const std::vector<std::string_view>& known, Reading& reading);

template <>
struct Words<Product> {
  static constexpr std::array<Word<Product>, 2> kAll{
      {{Product::kVm, "vm"}, {Product::kBmc, "bmc"}}};
};
template <>
struct Words<Charge> {
  static constexpr std::array<Word<Charge>, 2> kAll{
      {{Charge::kPrepaid, "PREPAID"}, {Charge::kPostpaid, "POSTPAID"}}};
};
template <>
struct Words<InternetCharge> {
  static constexpr std::array<Word<InternetCharge>, 6> kAll{
      {{InternetCharge::kByBandwidth, "ByBandwidth"},
       {InternetCharge::kByTrafficPackage, "ByTrafficPackage"},
       {InternetCharge::kByInstanceBandwidth95, "ByInstanceBandwidth95"},
       {InternetCharge::kByClusterBandwidth95, "ByClusterBandwidth95"},
       {InternetCharge::kBandwidthCluster, "BandwidthCluster"},
       {InternetCharge::kBandwidthCluster, "ByBandwidthCluster"}}};
};

}  // namespace penstock
