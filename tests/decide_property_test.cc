// Properties of decide over random worlds: what must hold whatever the policy, the traffic and the
// state of things. Each test prints its seed; PENSTOCK_SEED replays it.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "policies/decide.h"
#include "policies/recommendation.h"
#include "policies/target.h"
#include "tests/testing/world.h"

namespace penstock {
namespace {

using std::chrono::days;
using testing::kStart;
using testing::Random;
using testing::random_world;
using testing::World;

bool lowers(Action action) {
  return action == Action::kDowngrade || action == Action::kScheduleDowngrade ||
         action == Action::kReplaceDowngrade;
}

constexpr int kWorlds = 1000;

TEST(DecideProperty, SizesStayWithinBoundsLimitAndStep) {
  Random random{testing::seed_or(21)};
  SCOPED_TRACE(random.seed());
  int raised = 0;
  int lowered = 0;
  for (int i = 0; i < kWorlds; ++i) {
    const World world = random_world(random);
    const Decision decision = world.decide();
    EXPECT_EQ(decision.from, world.cap);
    if (decision.action == Action::kHold) {
      EXPECT_EQ(decision.to, world.cap);
      continue;
    }
    const Mbps upper = *upper_bound(world.policy, world.instance);
    const Mbps step = world.policy.bounds.step;
    // A cut comes as close to a bound below the cap as what was delivered lets it.
    EXPECT_TRUE(decision.to <= upper || lowers(decision.action));
    EXPECT_GE(decision.to, std::min(upper, world.policy.bounds.min));
    EXPECT_GE(decision.to, std::min(upper, world.instance.included));
    const bool sellable = decision.to.count() % step.count() == 0;
    const bool at_a_bound =
        decision.to == upper || decision.to == lower_bound(world.policy, world.instance);
    EXPECT_TRUE(sellable || at_a_bound) << decision.to.count() << " step " << step.count();
    raised += decision.action == Action::kUpgrade ? 1 : 0;
    lowered += lowers(decision.action) ? 1 : 0;
    EXPECT_EQ(decision.action == Action::kUpgrade, decision.to > world.cap);
    EXPECT_EQ(lowers(decision.action), decision.to < world.cap);
  }
  EXPECT_GT(raised, kWorlds / 50) << "the worlds must be able to fail this test";
  EXPECT_GT(lowered, kWorlds / 50);
}

TEST(DecideProperty, ACutStillCarriesWhatWasDelivered) {
  Random random{testing::seed_or(22)};
  SCOPED_TRACE(random.seed());
  for (int i = 0; i < kWorlds; ++i) {
    const World world = random_world(random);
    const Decision decision = world.decide();
    if (!lowers(decision.action)) continue;
    const TimePoint from = world.now - look_back_of(world.policy);
    for (const Sample& sample : world.samples) {
      if (sample.at > from) {
        EXPECT_GE(as_rate(decision.to), sample.egress);
      }
    }
  }
}

// A world that would lower, made doubtful in one of many ways, never lowers.
TEST(DecideProperty, DoubtNeverLowers) {
  Random random{testing::seed_or(23)};
  SCOPED_TRACE(random.seed());
  std::vector<int> tried(6);
  for (int i = 0; i < kWorlds; ++i) {
    World world = random_world(random);
    if (!lowers(world.decide().action)) continue;
    const auto way = random.below(6);
    ++tried[static_cast<std::size_t>(way)];
    const std::vector<Sample> samples = world.samples;
    const Duration span = samples.back().span;
    const auto rebuild = [&](auto keep) {
      world.demand = Demand{};
      world.samples.clear();
      for (std::size_t k = 0; k < samples.size(); ++k) {
        if (keep(k)) world.feed(samples[k]);
      }
    };
    switch (way) {
      case 0:  // nothing
        rebuild([](std::size_t) { return false; });
        break;
      case 1:  // two thirds of the samples never came
        rebuild([](std::size_t k) { return k % 3 == 0; });
        // Where the memory is coarser than the holes the slots cannot tell; the ring always can.
        if (world.demand.covered(world.now - look_back_of(world.policy), world.now) >=
            look_back_of(world.policy) / 2) {
          continue;
        }
        break;
      case 2:  // the source went silent
        world.now += world.policy.traffic.max_age + 21s;
        break;
      case 3:  // the cap changed during the latest sample
        world.cap_since = samples.back().at + span - 1ms;
        world.feed({.at = samples.back().at + span, .span = span, .egress = Rate{0}});
        world.now = std::max(world.now, samples.back().at + span);
        break;
      case 4:  // saturated now
        world.feed({.at = samples.back().at + span, .span = span, .egress = as_rate(world.cap)});
        world.now = std::max(world.now, samples.back().at + span);
        break;
      default:  // only the newest samples survived, as after a restart without a store
        rebuild([&](std::size_t k) { return k + 3 > samples.size(); });
        if (world.demand.covered(world.now - look_back_of(world.policy), world.now) >=
            look_back_of(world.policy) / 2) {
          continue;
        }
        break;
    }
    const Decision decision = world.decide();
    EXPECT_FALSE(lowers(decision.action)) << "way " << way << ": " << render(decision.reason);
    EXPECT_FALSE(way != 3 && way != 4 && decision.memo.lower_since) << "agreement begins anew";
  }
  for (const int count : tried) EXPECT_GT(count, 0);
}

TEST(DecideProperty, MonotoneInTheLatestSample) {
  Random random{testing::seed_or(24)};
  SCOPED_TRACE(random.seed());
  for (int i = 0; i < kWorlds / 4; ++i) {
    const World world = random_world(random);
    if (world.samples.empty()) continue;
    const Sample last = world.samples.back();
    std::vector<double> levels;
    for (int k = 0; k < 6; ++k)
      levels.push_back(random.between(0, 1.02) * as_rate(world.cap).mbps());
    std::sort(levels.begin(), levels.end());
    Mbps before{};
    for (const double level : levels) {
      World other = world;
      other.feed({.at = last.at + last.span, .span = last.span, .egress = Rate{level}});
      other.now = std::max(other.now, last.at + last.span);
      const Mbps wish = other.decide().wish;
      EXPECT_GE(wish, before) << "at " << level << " of " << world.cap.count();
      before = wish;
    }
  }
}

/// Applies decisions at once and at the term's end, as a provider would.
void apply(World& world, const Decision& decision) {
  switch (decision.action) {
    case Action::kUpgrade:
      world.record.last_upgrade_at = world.now;
      world.cap = decision.to;
      world.cap_since = world.now;
      break;
    case Action::kDowngrade:
      world.record.last_downgrade_at = world.now;
      world.cap = decision.to;
      world.cap_since = world.now;
      break;
    case Action::kScheduleDowngrade:
    case Action::kReplaceDowngrade:
      world.change = {ChangeState::Kind::kScheduled, decision.to, world.now,
                      world.change.replacements + 1};
      break;
    case Action::kCancelDowngrade:
      world.change = {.kind = ChangeState::Kind::kIdle};
      break;
    case Action::kHold:
      break;
  }
  world.memo = decision.memo;
  if (world.instance.expires && world.now >= *world.instance.expires) {
    if (world.change.kind == ChangeState::Kind::kScheduled) {
      world.cap = *world.change.target;
      world.cap_since = world.now;
    }
    world.change = {.kind = ChangeState::Kind::kIdle};
    world.instance.expires = *world.instance.expires + days{3};
  }
}

TEST(DecideProperty, ConstantTrafficComesToRest) {
  Random random{testing::seed_or(25)};
  SCOPED_TRACE(random.seed());
  for (int i = 0; i < 20; ++i) {
    World world;
    testing::random_policy(random, world);
    testing::random_instance(random, world);
    world.instance.internet_charge = InternetCharge::kByBandwidth;
    world.instance.status = "RUNNING";
    world.cap = Mbps{random.range(1, world.instance.limit->count())};
    if (world.instance.charge == Charge::kPrepaid) world.instance.expires = kStart + days{3};
    const double wanted = random.between(0.1, 1.2) * as_rate(world.cap).mbps();
    int late_orders = 0;
    for (int k = 1; k <= 14 * 288; ++k) {
      world.now = kStart + k * 5min;
      const double egress = std::min(wanted, as_rate(world.cap).mbps());
      world.feed({.at = world.now, .span = 5min, .egress = Rate{egress}});
      const Decision decision = world.decide();
      // A prepaid step rule may still be going down, one step a term; nothing turns back.
      const bool churns = !lowers(decision.action) || world.instance.charge != Charge::kPrepaid;
      if (decision.action != Action::kHold && churns && k > 8 * 288) ++late_orders;
      apply(world, decision);
    }
    EXPECT_EQ(late_orders, 0) << "world " << i << ", " << wanted << " Mbps";
  }
}

TEST(DecideProperty, NothingIsRaisedAboveABudget) {
  Random random{testing::seed_or(26)};
  SCOPED_TRACE(random.seed());
  int raised = 0;
  int stopped = 0;
  for (int i = 0; i < kWorlds; ++i) {
    World world = random_world(random);
    const auto purse = [&] {
      return random.chance(0.5) ? std::optional{Money::from_micros(random.below(300'000'000))}
                                : std::nullopt;
    };
    world.purse = {purse(), purse(), purse(), purse()};
    if (random.chance(0.3)) world.policy.upgrade.max_price = purse();
    const Decision decision = world.decide();
    if (decision.action != Action::kUpgrade) {
      stopped += decision.wish > world.cap ? 1 : 0;
      continue;
    }
    ++raised;
    if (!world.instance.flat_rate() || decision.to <= world.instance.included) continue;
    // The bill worked out anew, by the hour for postpaid.
    Money due;
    if (world.instance.charge == Charge::kPrepaid) {
      due = prepaid_upgrade_price(world.tariff, world.cap, decision.to,
                                  *world.instance.expires - world.now);
      if (world.purse.purchasing_power) {
        EXPECT_LE(due, *world.purse.purchasing_power);
      }
      if (world.purse.fleet_day) {
        EXPECT_LE(due, *world.purse.fleet_day);
      }
    } else {
      const auto today = std::chrono::floor<days>(world.now);
      const std::chrono::year_month_day date{today};
      const std::chrono::sys_days month_end{(date.year() / date.month() / std::chrono::last)};
      const Duration left = month_end + days{1} - world.now;
      due = postpaid_change(world.tariff, world.cap, decision.to, left);
    }
    ASSERT_TRUE(decision.spend);
    EXPECT_EQ(decision.spend->month, due);
    if (world.purse.policy_month) {
      EXPECT_LE(due, *world.purse.policy_month);
    }
    if (world.purse.fleet_month) {
      EXPECT_LE(due, *world.purse.fleet_month);
    }
    if (world.policy.upgrade.max_price) {
      EXPECT_LE(due, *world.policy.upgrade.max_price);
    }
  }
  EXPECT_GT(raised, 50);
  EXPECT_GT(stopped, 50);
}

TEST(DecideProperty, AChangeUnderWayIsNeverDoubled) {
  Random random{testing::seed_or(27)};
  SCOPED_TRACE(random.seed());
  int cancelled = 0;
  for (int i = 0; i < kWorlds; ++i) {
    World world = random_world(random);
    world.change = {.kind = static_cast<ChangeState::Kind>(random.below(5)),
                    .target = Mbps{random.range(1, world.cap.count())},
                    .since = world.now - Duration{random.below(7'200'000)},
                    .replacements = static_cast<int>(random.below(4))};
    const Decision decision = world.decide();
    switch (world.change.kind) {
      case ChangeState::Kind::kUnread:
      case ChangeState::Kind::kRunning:
      case ChangeState::Kind::kUnsettled:
        EXPECT_EQ(decision.action, Action::kHold);
        break;
      case ChangeState::Kind::kScheduled:
        EXPECT_NE(decision.action, Action::kUpgrade);
        EXPECT_NE(decision.action, Action::kDowngrade);
        EXPECT_NE(decision.action, Action::kScheduleDowngrade);
        cancelled += decision.action == Action::kCancelDowngrade ? 1 : 0;
        if (decision.action == Action::kReplaceDowngrade) {
          EXPECT_LT(world.change.replacements, world.policy.downgrade.max_replacements);
        }
        break;
      case ChangeState::Kind::kIdle:
        EXPECT_NE(decision.action, Action::kCancelDowngrade);
        EXPECT_NE(decision.action, Action::kReplaceDowngrade);
        break;
    }
  }
  EXPECT_GT(cancelled, 5);
}

TEST(DecideProperty, SameInputSameOutputAndATraceChangesNothing) {
  Random random{testing::seed_or(28)};
  SCOPED_TRACE(random.seed());
  for (int i = 0; i < kWorlds / 4; ++i) {
    World world = random_world(random);
    if (random.chance(0.3)) world.policy.mode = Mode::kObserve;
    const Decision one = world.decide();
    const Decision two = world.decide();
    Trace trace;
    const Decision traced = decide(world.policy, world.situation(), world.now, &trace);
    for (const Decision& other : {two, traced}) {
      EXPECT_EQ(one.action, other.action);
      EXPECT_EQ(one.to, other.to);
      EXPECT_EQ(one.wish, other.wish);
      EXPECT_EQ(one.reason, other.reason);
      EXPECT_EQ(one.wish_reason, other.wish_reason);
      EXPECT_EQ(one.memo, other.memo);
      EXPECT_EQ(one.not_before, other.not_before);
    }
    EXPECT_EQ(trace.rules.size(), world.policy.rules.size());
    if (world.policy.mode == Mode::kObserve) {
      EXPECT_EQ(one.action, Action::kHold);
    }
  }
}

}  // namespace
}  // namespace penstock
