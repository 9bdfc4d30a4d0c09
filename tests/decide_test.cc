// What decide() makes of inputs that no play of a case can bring about.
#include "policies/decide.h"

#include <gtest/gtest.h>

#include "tests/testing/world.h"

namespace penstock {
namespace {

using std::chrono::hours;
using testing::kStart;
using testing::World;

/// A link of 100 Mbps at 2 USD a month that has carried 40 for two hours.
World quiet_world(Charge charge) {
  World world;
  world.policy.mode = Mode::kEnforce;
  world.policy.rules = {SaturationRule{.quiet = hours{1}}};
  world.instance.key = {"main", "i-1"};
  world.instance.charge = charge;
  world.instance.internet_charge = InternetCharge::kByBandwidth;
  world.instance.status = "RUNNING";
  world.instance.limit = Mbps{1000};
  world.instance.auto_renew = true;
  world.instance.expires = kStart + hours{24 * 12};
  world.tariff.unit_price = Money::from_units(2);
  world.cap = Mbps{100};
  for (int minute = -119; minute <= 0; ++minute) {
    world.feed({.at = kStart + 60s * minute, .span = 60s, .egress = Rate{40}});
  }
  return world;
}

TEST(Decide, AgreementThatBeginsInTheFutureBeginsNow) {
  World world = quiet_world(Charge::kPostpaid);
  world.memo = {kStart + hours{1}, Mbps{90}};
  const Decision decision = world.decide();
  EXPECT_EQ(decision.memo.lower_since, kStart) << "the clock was set back";
  EXPECT_LT(decision.memo.lower_most, Mbps{90});
  EXPECT_EQ(decision.reason.code, ReasonCode::kAwaitAgreement);
}

/// The tariff's price for 200 Mbps is 80 USD; far from it a quote is held, unless it is known to be
/// an upper bound, or no quote at all.
TEST(Decide, OnlyAQuoteThatIsUnderstoodCanContradictTheTariff) {
  struct Case {
    bool quoted, meaning_known;
    Action action;
  };
  for (const Case& c : {Case{true, true, Action::kHold}, Case{true, false, Action::kUpgrade},
                        Case{false, true, Action::kUpgrade}}) {
    World world = quiet_world(Charge::kPrepaid);
    world.record.pinned = {Mbps{200}, kStart + hours{1}};
    Situation situation = world.situation();
    situation.quote = Price{.to = Mbps{200},
                            .due_now = Money::from_units(400),
                            .per_month = Money::from_units(400),
                            .quoted = c.quoted,
                            .meaning_known = c.meaning_known};
    const Decision decision = decide(world.policy, situation, world.now);
    EXPECT_EQ(decision.action, c.action) << c.quoted << c.meaning_known;
    if (c.action == Action::kHold) {
      EXPECT_EQ(decision.reason.code, ReasonCode::kQuoteMismatch);
    } else {
      EXPECT_EQ(decision.spend->month, Money::from_units(400)) << "and is what counts";
    }
  }
}

}  // namespace
}  // namespace penstock
