#include "daemon/type_told.h"

#include <gtest/gtest.h>

#include "daemon/fleet.h"

namespace penstock {
namespace {

using std::chrono::hours;
using namespace std::chrono_literals;

constexpr TimePoint kNow{hours{24 * 365}};

struct Said {
  std::optional<Mbps> included, limit;
};

Instance listed(const Said& said, std::string type = "M9Y") {
  Instance instance;
  instance.key = {"main", "i"};
  instance.product = Product::kBmc;
  instance.internet_charge = InternetCharge::kByBandwidth;
  instance.type = std::move(type);
  instance.cap = Mbps{80};
  instance.limit = said.limit;
  if (said.included) {
    instance.included = *said.included;
    instance.included_known = true;
  }
  return instance;
}

TEST(TypeTold, StandsInForWhatIsNotSaid) {
  TypeTold told;
  Instance first = listed({.included = Mbps{30}, .limit = Mbps{500}});
  EXPECT_TRUE(told.fill(first, kNow));
  EXPECT_FALSE(told.fill(first, kNow + 1min)) << "nothing new";
  Instance silent = listed({});
  EXPECT_FALSE(told.fill(silent, kNow + 1h));
  EXPECT_EQ(silent.included, Mbps{30});
  EXPECT_EQ(silent.limit, Mbps{500});
  Instance none = listed({.included = Mbps{0}, .limit = {}});
  EXPECT_TRUE(told.fill(none, kNow + 2h)) << "nothing is free any more, as somebody said";
  EXPECT_EQ(none.included, Mbps{0});
}

TEST(TypeTold, ALimitLapsesAndFreeBandwidthDoesNot) {
  TypeTold told;
  Instance first = listed({.included = Mbps{30}, .limit = Mbps{500}});
  told.fill(first, kNow);
  Instance late = listed({});
  told.fill(late, kNow + TypeTold::kLimitFor);
  EXPECT_EQ(late.limit, std::nullopt);
  EXPECT_EQ(late.included, Mbps{30});
  // A clock that was set back does not make it last for ever.
  Instance back = listed({});
  told.fill(back, kNow - 1h);
  EXPECT_EQ(back.limit, std::nullopt);
  // Said again after it lapsed, it counts from then on.
  Instance again = listed({.included = {}, .limit = Mbps{500}});
  EXPECT_TRUE(told.fill(again, kNow + 30h));
  Instance silent = listed({});
  told.fill(silent, kNow + 40h);
  EXPECT_EQ(silent.limit, Mbps{500});
}

TEST(TypeTold, AnotherTypeOrChargeMakesItVoid) {
  TypeTold told;
  Instance first = listed({.included = Mbps{30}, .limit = Mbps{500}});
  told.fill(first, kNow);
  Instance by_traffic = listed({});
  by_traffic.internet_charge = InternetCharge::kByTrafficPackage;
  told.fill(by_traffic, kNow);
  EXPECT_EQ(by_traffic.included, Mbps{0}) << "bandwidth comes free with the flat rate alone";
  Instance unlimited = listed({});
  unlimited.limitable = false;
  told.fill(unlimited, kNow);
  EXPECT_EQ(unlimited.limit, std::nullopt);
  Instance other = listed({}, "S9I");
  EXPECT_TRUE(told.fill(other, kNow));
  EXPECT_EQ(other.included, Mbps{0});
  EXPECT_EQ(other.limit, std::nullopt);
}

TEST(TypeTold, IsKeptOverARestart) {
  Fleet before;
  Inventory said;
  said.instances = {listed({.included = Mbps{30}, .limit = Mbps{500}})};
  before.take({{"main", said}}, kNow);
  Memory memory;
  memory.instances = {memory_of(*before.find({"main", "i"}))};
  Fleet after;
  after.remember(memory);
  Inventory silent;
  silent.instances = {listed({})};
  after.take({{"main", silent}}, kNow + 1h);
  const Tracked* tracked = after.find({"main", "i"});
  ASSERT_NE(tracked, nullptr);
  EXPECT_EQ(tracked->instance->included, Mbps{30});
  EXPECT_EQ(tracked->instance->limit, Mbps{500});
}

}  // namespace
}  // namespace penstock
