#include "daemon/charge_matching.h"

#include <gtest/gtest.h>

#include <string>

#include "tests/testing/random.h"

namespace penstock {
namespace {

constexpr TimePoint kStart{std::chrono::hours{24 * 365 * 50}};

Money usd(int amount) {
  return Money::from_units(amount);
}
Transaction charge(int amount, Duration after = 0s) {
  return {.order_number = "n", .at = kStart + after, .amount = usd(amount), .type = "consume"};
}
LostNumber order(int price, Duration after = 0s) {
  return {kStart + after, usd(price)};
}

struct Case {
  std::string name;
  std::vector<Transaction> charges;
  std::vector<LostNumber> in_force;
  LostNumber lost;
  bool complete, spare;
};

TEST(ChargeMatching, DealsOutChargesBeforeOneIsCalledSpare) {
  const Case cases[] = {
      {"nothing was charged", {}, {}, order(20), true, false},
      {"one charge, nobody else", {charge(20)}, {}, order(20), true, true},
      {"the one charge is another's", {charge(20)}, {order(20)}, order(20), true, false},
      {"two charges, one other", {charge(20), charge(21)}, {order(20)}, order(20), true, true},
      {"of quite another price", {charge(20), charge(200)}, {order(200)}, order(20), true, true},
      {"the spare one fits only others",
       {charge(20), charge(90)},
       {order(20)},
       order(20),
       true,
       false},
      // The order of 30 could take either charge; the one of 15 only the smaller.
      {"dealt out again to make room",
       {charge(25), charge(50)},
       {order(30), order(15)},
       order(60),
       true,
       false},
      {"dealt out again leaves one", {charge(25), charge(50)}, {order(30)}, order(15), true, true},
      {"a charge is not listed yet", {charge(20)}, {order(20), order(21)}, order(20), false, false},
      {"not listed yet, the next one is",
       {charge(20)},
       {order(200), order(20)},
       order(20),
       false,
       false},
      {"long before it was sent", {charge(20)}, {}, order(20, 10min), true, false},
      {"a refund counts by its size", {charge(-20)}, {}, order(20), true, true},
  };
  for (const Case& each : cases) {
    SCOPED_TRACE(each.name);
    const ChargeMatching matching(each.charges, each.in_force);
    EXPECT_EQ(matching.complete(), each.complete);
    EXPECT_EQ(matching.spare_for(each.lost), each.spare);
  }
}

// What decides over money: a lost order that was charged is never said to be free of charge.
TEST(ChargeMatching, AnOrderThatWasChargedAlwaysFindsASpareOne) {
  for (std::uint64_t seed = 1; seed <= 300; ++seed) {
    testing::Random random(seed);
    std::vector<Transaction> charges;
    std::vector<LostNumber> in_force;
    const auto draw = [&](bool is_charged) {
      const int price = 10 + static_cast<int>(random.below(90));
      const Duration sent = std::chrono::seconds(random.below(600));
      // Charged within a third of the quote, up to a minute to either side.
      const int off = static_cast<int>(random.below(61)) - 30;
      const Duration late = std::chrono::seconds(random.below(120)) - 60s;
      if (is_charged) charges.push_back(charge(price * (100 + off) / 100, sent + late));
      return order(price, sent);
    };
    for (std::int64_t i = random.below(20); i > 0; --i) in_force.push_back(draw(true));
    const LostNumber lost = draw(true);
    for (std::int64_t i = random.below(3); i > 0; --i) static_cast<void>(draw(true));  // strangers
    const ChargeMatching matching(charges, in_force);
    EXPECT_TRUE(matching.complete()) << "seed " << seed;
    EXPECT_TRUE(matching.spare_for(lost)) << "seed " << seed;
  }
}

}  // namespace
}  // namespace penstock
