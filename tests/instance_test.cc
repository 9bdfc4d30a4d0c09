#include "policies/instance.h"

#include <gtest/gtest.h>

namespace penstock {
namespace {

TEST(Instance, WordsOfTheApiComeBackAsTheyWent) {
  for (const Product product : {Product::kVm, Product::kBmc}) {
    EXPECT_EQ(parse_product(to_string(product)), product);
  }
  for (const Charge charge : {Charge::kPrepaid, Charge::kPostpaid}) {
    EXPECT_EQ(parse_charge(to_string(charge)), charge);
  }
  for (const InternetCharge charge :
       {InternetCharge::kByBandwidth, InternetCharge::kByTrafficPackage,
        InternetCharge::kByInstanceBandwidth95, InternetCharge::kByClusterBandwidth95,
        InternetCharge::kBandwidthCluster}) {
    EXPECT_EQ(parse_internet_charge(to_string(charge)), charge);
  }
}

TEST(Instance, BothSpellingsOfTheClusterAndNothingNew) {
  EXPECT_EQ(parse_internet_charge("ByBandwidthCluster"), InternetCharge::kBandwidthCluster);
  EXPECT_EQ(parse_internet_charge("ByMoonlight"), InternetCharge::kUnknown);
  EXPECT_EQ(parse_internet_charge(""), InternetCharge::kUnknown);
  EXPECT_EQ(parse_charge("UNKNOWN"), std::nullopt);
  EXPECT_EQ(parse_product("zec"), std::nullopt);
}

}  // namespace
}  // namespace penstock
