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
  std::optional<LearnedLimit> learned = {};
};

Instance listed(const Said& said, std::string type = "M9Y") {
  Instance instance;
  instance.key = {"main", "i"};
  instance.product = Product::kBmc;
  instance.internet_charge = InternetCharge::kByBandwidth;
  instance.type = std::move(type);
  instance.cap = Mbps{80};
  instance.limit = said.limit;
  instance.learned_limit = said.learned;
  if (said.included) {
    instance.included = *said.included;
    instance.included_known = true;
  }
  return instance;
}

TEST(TypeTold, FreeBandwidthIsRememberedWhileNobodyTellsOfIt) {
  TypeTold told;
  Instance first = listed({.included = Mbps{30}, .limit = Mbps{500}});
  EXPECT_TRUE(told.fill(first, kNow));
  EXPECT_FALSE(told.fill(first, kNow + 1min)) << "nothing new";
  Instance silent = listed({});
  EXPECT_FALSE(told.fill(silent, kNow + 1h));
  EXPECT_EQ(silent.included, Mbps{30});
  EXPECT_TRUE(silent.included_known);
  EXPECT_EQ(silent.limit, std::nullopt) << "what types allow is asked anew";
  Instance none = listed({.included = Mbps{0}, .limit = {}});
  EXPECT_TRUE(told.fill(none, kNow + 2h)) << "nothing is free any more, as somebody said";
  EXPECT_EQ(none.included, Mbps{0});
}

TEST(TypeTold, ALimitThatARefusalTaughtStandsUntilItsTime) {
  const LearnedLimit learned{Mbps{430}, kNow + 24h};
  TypeTold told;
  Instance first = listed({.included = {}, .limit = Mbps{430}, .learned = learned});
  EXPECT_TRUE(told.fill(first, kNow));
  EXPECT_FALSE(told.fill(first, kNow + 1h));
  const struct {
    std::optional<Mbps> listed, expected;
  } cases[] = {{{}, Mbps{430}}, {Mbps{1000}, Mbps{430}}, {Mbps{300}, Mbps{300}}};
  for (const auto& each : cases) {
    Instance after = listed({.included = {}, .limit = each.listed});
    EXPECT_FALSE(told.fill(after, kNow + 23h));
    EXPECT_EQ(after.limit, each.expected);
    EXPECT_EQ(after.learned_limit, learned);
  }
  Instance late = listed({});
  EXPECT_TRUE(told.fill(late, kNow + 24h));
  EXPECT_EQ(late.limit, std::nullopt);
  EXPECT_FALSE(told.limit);
}

TEST(TypeTold, AnotherTypeOrChargeMakesItVoid) {
  TypeTold told;
  Instance first = listed(
      {.included = Mbps{30}, .limit = Mbps{430}, .learned = LearnedLimit{Mbps{430}, kNow + 24h}});
  told.fill(first, kNow);
  Instance by_traffic = listed({});
  by_traffic.internet_charge = InternetCharge::kByTrafficPackage;
  told.fill(by_traffic, kNow);
  EXPECT_EQ(by_traffic.included, Mbps{0}) << "bandwidth comes free with the flat rate alone";
  Instance other = listed({}, "S9I");
  EXPECT_TRUE(told.fill(other, kNow));
  EXPECT_EQ(other.included, Mbps{0});
  EXPECT_EQ(other.limit, std::nullopt);
}

TEST(TypeTold, IsKeptOverARestart) {
  Fleet before;
  Inventory said;
  said.instances = {listed(
      {.included = Mbps{30}, .limit = Mbps{430}, .learned = LearnedLimit{Mbps{430}, kNow + 24h}})};
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
  EXPECT_EQ(tracked->instance->limit, Mbps{430});
}

}  // namespace
}  // namespace penstock
