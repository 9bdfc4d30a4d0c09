// What is due, in which order, as which kind of order, and what has to be priced first.
#include "daemon/due.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace penstock {
namespace {

Decision decision(Action action, std::int64_t from, std::int64_t to) {
  Decision out;
  out.action = action;
  out.from = Mbps{from};
  out.to = out.wish = Mbps{to};
  return out;
}

Decision held(ReasonCode why, std::int64_t from, std::int64_t wish) {
  Decision out = decision(Action::kHold, from, from);
  out.wish = Mbps{wish};
  out.reason.code = why;
  return out;
}

TEST(Due, MoreComesFirstThenWhatMakesRoomThenLess) {
  struct Case {
    Action action;
    int rank;
    OrderKind kind;
  };
  const std::vector<Case> cases = {
      {Action::kUpgrade, 0, OrderKind::kUpgrade},
      {Action::kCancelDowngrade, 1, OrderKind::kCancelDowngrade},
      {Action::kReplaceDowngrade, 1, OrderKind::kCancelDowngrade},
      {Action::kDowngrade, 2, OrderKind::kDowngrade},
      {Action::kScheduleDowngrade, 2, OrderKind::kScheduleDowngrade},
  };
  for (const Case& c : cases) {
    EXPECT_EQ(rank_of(c.action), c.rank) << to_string(c.action);
    EXPECT_EQ(rank_of(decision(c.action, 100, 50)), c.rank) << to_string(c.action);
    EXPECT_EQ(kind_of(c.action), c.kind) << to_string(c.action);
  }
  EXPECT_EQ(rank_of(Action::kHold), 3);
  // What waits for a price stands where it will.
  EXPECT_EQ(rank_of(held(ReasonCode::kNoPrice, 100, 200)), 0);
  EXPECT_EQ(rank_of(held(ReasonCode::kNoPrice, 100, 50)), 2);
}

TEST(Due, AnOrderIsWantedWhereAReadingOrAPriceIsAllThatIsMissing) {
  struct Case {
    std::string name;
    Decision decision;
    bool order, price;
  };
  const std::vector<Case> cases = {
      {"decided", decision(Action::kUpgrade, 100, 200), true, false},
      {"without a price", held(ReasonCode::kNoPrice, 100, 200), true, true},
      {"without a price for what is there", held(ReasonCode::kNoPrice, 100, 100), false, false},
      {"without a reading", held(ReasonCode::kStateUnread, 100, 200), true, false},
      {"held", held(ReasonCode::kPaused, 100, 200), false, false},
  };
  for (const Case& c : cases) {
    EXPECT_EQ(wants_order(c.decision), c.order) << c.name;
    EXPECT_EQ(wants_price(c.decision), c.price) << c.name;
  }
}

TEST(Due, OnlyWhatAPriceDependsOnIsPriced) {
  struct Case {
    std::string name;
    InternetCharge internet;
    Charge charge;
    Decision decision;
    std::optional<Mbps> size;
  };
  constexpr auto kFlat = InternetCharge::kByBandwidth;
  constexpr auto kPackage = InternetCharge::kByTrafficPackage;
  const Decision more = decision(Action::kUpgrade, 100, 200);
  const Decision less = decision(Action::kDowngrade, 100, 50);
  const std::vector<Case> cases = {
      {"more", kFlat, Charge::kPrepaid, more, Mbps{200}},
      {"more, where traffic is paid for", kPackage, Charge::kPrepaid, more, {}},
      {"more, without a price so far", kFlat, Charge::kPrepaid,
       held(ReasonCode::kNoPrice, 100, 200), Mbps{200}},
      {"less, given back", kFlat, Charge::kPostpaid, less, Mbps{50}},
      {"less, paid for already", kFlat, Charge::kPrepaid, less, {}},
      {"less at the end of the term",
       kFlat,
       Charge::kPrepaid,
       decision(Action::kScheduleDowngrade, 100, 50),
       {}},
      {"nothing", kFlat, Charge::kPostpaid, held(ReasonCode::kAtTarget, 100, 100), {}},
  };
  for (const Case& c : cases) {
    Instance instance;
    instance.internet_charge = c.internet;
    instance.charge = c.charge;
    Tracked tracked;
    tracked.instance = std::make_shared<const Instance>(instance);
    tracked.decision = c.decision;
    EXPECT_EQ(size_to_price(tracked), c.size) << c.name;
  }
}

}  // namespace
}  // namespace penstock
