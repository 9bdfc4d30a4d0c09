#include "daemon/type_limits.h"

#include <gtest/gtest.h>

namespace penstock {
namespace {

using Call = TypeLimits::Call;
using Answer = Result<std::vector<wire::TypeLimit>>;
constexpr Duration kNow = 1h;
constexpr TimePoint kWall{std::chrono::hours{24 * 365}};

Instance instance(Product product, Charge charge, const std::string& zone,
                  const std::string& type) {
  Instance out;
  out.key = {"a", "1"};
  out.product = product;
  out.charge = charge;
  out.internet_charge = InternetCharge::kByBandwidth;
  out.zone = zone;
  out.type = type;
  out.cap = Mbps{100};
  return out;
}

wire::TypeLimit limit(const std::string& zone, const std::string& type, std::optional<Mbps> mbps,
                      std::optional<Mbps> included = {}) {
  return {.zone = zone, .type = type, .limit = mbps, .limitable = true, .included = included};
}

TEST(TypeLimits, AsksOnlyForWhatIsThere) {
  const TypeLimits limits;
  EXPECT_TRUE(limits.due({}, kNow).empty());
  std::vector<Instance> fleet = {instance(Product::kVm, Charge::kPrepaid, "Z", "t"),
                                 instance(Product::kVm, Charge::kPrepaid, "Y", "u"),
                                 instance(Product::kVm, Charge::kUnknown, "Y", "u")};
  EXPECT_EQ(limits.due(fleet, kNow),
            (std::vector<TypeLimits::Question>{{Call::kVmTypes, Charge::kPrepaid}}));
  Instance metal = instance(Product::kBmc, Charge::kPostpaid, "Z", "MDE");
  metal.limit = Mbps{10000};  // embedded in the list
  fleet = {metal};
  EXPECT_EQ(limits.due(fleet, kNow),
            (std::vector<TypeLimits::Question>{{Call::kBmcResources, Charge::kPostpaid}}));
  fleet[0].limit.reset();
  EXPECT_EQ(limits.due(fleet, kNow).size(), 2U);
}

TEST(TypeLimits, RemembersForHoursAndRetriesFailuresSooner) {
  TypeLimits limits;
  const std::vector<Instance> fleet = {instance(Product::kVm, Charge::kPrepaid, "Z", "t")};
  const TypeLimits::Question question = limits.due(fleet, kNow).at(0);
  const Error failed{.kind = ErrorKind::kTransient, .message = "", .code = "", .request_id = ""};
  limits.take(question, failed, kNow);
  EXPECT_TRUE(limits.due(fleet, kNow + 9min).empty());
  EXPECT_FALSE(limits.due(fleet, kNow + 11min).empty());
  limits.take(question, Answer({limit("Z", "t", Mbps{1500})}), kNow);
  EXPECT_TRUE(limits.due(fleet, kNow + 5h).empty());
  EXPECT_FALSE(limits.due(fleet, kNow + 7h).empty());
  limits.take(question, failed, kNow + 7h);
  Instance one = fleet[0];
  limits.join(one, kWall + 7h);
  EXPECT_EQ(one.limit, Mbps{1500});  // a failure forgets nothing
  limits.ask_again();
  EXPECT_FALSE(limits.due(fleet, kNow + 7h).empty());
}

TEST(TypeLimits, JoinsByPlaceAndType) {
  TypeLimits limits;
  wire::TypeLimit unlimitable = limit("Z", "fixed", {});
  unlimitable.limitable = false;
  limits.take({Call::kVmTypes, Charge::kPrepaid},
              Answer({limit("Z", "t", Mbps{1500}), unlimitable}), kNow);
  const auto joined = [&](Instance one) {
    limits.join(one, kWall);
    return one;
  };
  EXPECT_EQ(joined(instance(Product::kVm, Charge::kPrepaid, "Z", "t")).limit, Mbps{1500});
  EXPECT_EQ(joined(instance(Product::kVm, Charge::kPostpaid, "Z", "t")).limit, Mbps{1500});
  EXPECT_FALSE(joined(instance(Product::kVm, Charge::kPrepaid, "Y", "t")).limit);
  EXPECT_FALSE(joined(instance(Product::kVm, Charge::kPrepaid, "Z", "old")).limit);
  EXPECT_FALSE(joined(instance(Product::kVm, Charge::kPrepaid, "Z", "fixed")).limitable);
}

TEST(TypeLimits, BmcHasThreePlacesForALimitAndTheSmallestCounts) {
  TypeLimits limits;
  limits.take({Call::kBmcTypes, Charge::kUnknown}, Answer({limit("", "OLD", Mbps{1000})}), kNow);
  limits.take({Call::kBmcResources, Charge::kPrepaid},
              Answer({limit("Z", "MDE", Mbps{2000}, Mbps{50})}), kNow);
  Instance embedded = instance(Product::kBmc, Charge::kPrepaid, "Z", "MDE");
  embedded.limit = Mbps{10000};
  limits.join(embedded, kWall);
  EXPECT_EQ(embedded.limit, Mbps{2000});
  EXPECT_EQ(embedded.included, Mbps{50});
  Instance old = instance(Product::kBmc, Charge::kPrepaid, "Z", "OLD");
  limits.join(old, kWall);
  EXPECT_EQ(old.limit, Mbps{1000});
  EXPECT_EQ(old.included, Mbps{0});
  Instance by_traffic = instance(Product::kBmc, Charge::kPrepaid, "Z", "MDE");
  by_traffic.internet_charge = InternetCharge::kByTrafficPackage;
  limits.join(by_traffic, kWall);
  EXPECT_EQ(by_traffic.included, Mbps{0});  // comes with the flat rate alone
}

TEST(TypeLimits, WhatARowDoesNotSayIsAsItWas) {
  TypeLimits limits;
  const TypeLimits::Question places{Call::kBmcResources, Charge::kPrepaid};
  limits.take(places, Answer({limit("Z", "MDE", Mbps{2000}, Mbps{50})}), kNow);
  limits.take(places, Answer({limit("Z", "MDE", {}, {})}), kNow);
  Instance known = instance(Product::kBmc, Charge::kPrepaid, "Z", "MDE");
  EXPECT_FALSE(known.included_known);
  limits.join(known, kWall);
  EXPECT_EQ(known.limit, Mbps{2000});
  EXPECT_EQ(known.included, Mbps{50});
  EXPECT_TRUE(known.included_known);
  limits.take(places, Answer({limit("Z", "NEW", Mbps{100}, {})}), kNow);
  Instance unknown = instance(Product::kBmc, Charge::kPrepaid, "Z", "NEW");
  limits.join(unknown, kWall);
  EXPECT_FALSE(unknown.included_known) << "nobody said that nothing is free";
}

TEST(TypeLimits, LearnsFromARefusalInFewSteps) {
  TypeLimits limits;
  Instance one = instance(Product::kVm, Charge::kPrepaid, "Z", "old");
  Mbps size{1000};
  int refusals = 0;
  while (size > Mbps{130}) {  // the true limit, which no list names
    ++refusals;
    limits.refused(one.key, Mbps{100}, size, kNow, kWall);
    one.limit.reset();
    limits.join(one, kWall);
    size = one.limit.value();
    EXPECT_EQ(one.learned_limit, (LearnedLimit{size, kWall + 24h}));
  }
  EXPECT_GE(size, Mbps{100});
  EXPECT_LE(refusals, 6);
  one.limit.reset();
  limits.join(one, kWall + 25h);
  EXPECT_FALSE(one.limit);  // not for ever
}

}  // namespace
}  // namespace penstock
