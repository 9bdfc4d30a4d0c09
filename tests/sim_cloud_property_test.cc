// Random lives of a simulated provider, checked by an independent reckoning of the bill.
#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <string>
#include <vector>

#include "daemon/sim/sim_cloud.h"

namespace penstock {
namespace {

using std::chrono::hours;

constexpr TimePoint kStart = TimePoint(std::chrono::seconds{1'767'225'600});
constexpr Duration kMonth = hours{24 * 30};

class Random {
 public:
  explicit Random(std::uint64_t seed) : state_(seed) {}
  std::int64_t below(std::int64_t n) {
    state_ = state_ * 6'364'136'223'846'793'005ULL + 1'442'695'040'888'963'407ULL;
    return static_cast<std::int64_t>((state_ >> 33) % static_cast<std::uint64_t>(n));
  }

 private:
  std::uint64_t state_;
};

struct World {
  SimCloud cloud;
  std::map<std::string, SimInstance> at_start;
  Duration processing;
};

SimInstance some_instance(int index, Random& random) {
  SimInstance it;
  it.id = "i" + std::to_string(index);
  it.product = random.below(2) == 0 ? Product::kVm : Product::kBmc;
  it.charge = random.below(2) == 0 ? Charge::kPrepaid : Charge::kPostpaid;
  it.zone = "Z";
  it.type = "t";
  it.cap = Mbps{1 + random.below(300)};
  it.tariff.unit_price = Money::from_micros(1 + random.below(5'000'000));
  it.period_months = random.below(4) == 0 ? 3 : 1;
  if (it.charge == Charge::kPrepaid)
    it.expires = kStart + Duration{1 + random.below(kMonth.count())};
  return it;
}

World some_world(Random& random) {
  const Duration processing{random.below(3) * random.below(3'600'000)};
  World world{SimCloud({.processing = processing, .cash = Money::from_units(100'000'000)},
                       {.zones = {{"Z", "", "", "", Mbps{random.below(60)}}},
                        .types = {{Product::kVm, "t", "", 1, 1, 500, true}}},
                       kStart),
              {},
              processing};
  for (int i = 0; i < 4; ++i) {
    SimInstance it = some_instance(i, random);
    world.at_start.emplace(it.id, it);
    world.cloud.add(it, kStart);
  }
  return world;
}

/// Does things at random, sensible and not, for about four months. Returns the time reached.
TimePoint live(World& world, Random& random) {
  TimePoint now = kStart;
  for (int i = 0; i < 300; ++i) {
    now += Duration{random.below(3) == 0 ? random.below(60'000) : random.below(hours{19} / 1ms)};
    const std::string id = "i" + std::to_string(random.below(5));  // one of them does not exist
    switch (random.below(8)) {
      case 0:
        (void)world.cloud.cancel_downgrade(id, now);
        break;
      case 1:
        world.cloud.settle(now);
        break;
      case 2:
        (void)world.cloud.console_modify(id, Mbps{1 + random.below(520)}, now);
        break;
      default:
        (void)world.cloud.modify(id, random.below(520), now);
    }
  }
  world.cloud.settle(now);
  return now;
}

/// What a size costs per millisecond, reckoned apart from the code under test.
double per_ms(const SimInstance& it, Mbps included, Mbps cap) {
  const double billed = static_cast<double>(std::max<std::int64_t>(0, (cap - included).count()));
  return billed * static_cast<double>(it.tariff.unit_price.micros()) /
         static_cast<double>(kMonth.count());
}

double ms(Duration span) {
  return static_cast<double>(span.count());
}

/// The bill by integration over the path of sizes that the ledger's changes tell of.
class Integral {
 public:
  Integral(const SimInstance& it, Mbps included)
      : it_(it), included_(included), size_(it.cap), at_(kStart) {
    // The first term was paid before the world began.
    if (it.expires) bill_ -= per_ms(it, included, it.cap) * ms(*it.expires - kStart);
  }
  void take(const LedgerEntry& entry) {
    const bool prepaid = it_.charge == Charge::kPrepaid;
    if (entry.kind == LedgerKind::kChange && entry.what == "upgrade" && prepaid) move(entry);
    if (entry.kind == LedgerKind::kEffect && entry.what.ends_with("in-force")) {
      if (!prepaid || entry.what != "upgrade-in-force") move(entry);
    }
  }
  double until(TimePoint now, std::optional<TimePoint> expires) {
    const TimePoint end = expires.value_or(now);
    return bill_ + per_ms(it_, included_, size_) * ms(end - at_);
  }

 private:
  void move(const LedgerEntry& entry) {
    bill_ += per_ms(it_, included_, size_) * ms(entry.at - at_);
    at_ = entry.at;
    size_ = entry.to;
  }
  const SimInstance& it_;
  Mbps included_;
  Mbps size_;
  TimePoint at_;
  double bill_ = 0;
};

TEST(SimCloudProperty, TheLedgerIsTheIntegralOfThePrice) {
  for (std::uint64_t seed = 1; seed <= 60; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Random random(seed);
    World world = some_world(random);
    const TimePoint now = live(world, random);
    std::map<std::string, double> charged;
    std::map<std::string, int> charges;
    Money sum;
    for (const LedgerEntry& entry : world.cloud.ledger().entries()) {
      if (entry.kind != LedgerKind::kCharge) continue;
      charged[entry.instance_id] += static_cast<double>(entry.amount.micros());
      ++charges[entry.instance_id];
      sum += entry.amount;
    }
    for (const auto& [id, it] : world.at_start) {
      const Mbps included = world.cloud.included(it);
      Integral integral(it, included);
      for (const LedgerEntry& entry : world.cloud.ledger().entries()) {
        if (entry.instance_id == id) integral.take(entry);
      }
      const double expected = integral.until(now, world.cloud.instance(id)->expires);
      // Each charge is rounded up to a micro-dollar; postpaid ones only once.
      EXPECT_NEAR(charged[id], expected, charges[id] + 1 + std::abs(expected) * 1e-9) << id;
    }
    EXPECT_EQ(world.cloud.ledger().totals().charged, sum);
    EXPECT_EQ(world.cloud.balance(now).cash, Money::from_units(100'000'000) - sum);
  }
}

TEST(SimCloudProperty, OneChangeAtATimeAndNoFallInsideATerm) {
  for (std::uint64_t seed = 1; seed <= 60; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Random random(1000 + seed);
    World world = some_world(random);
    live(world, random);
    std::map<std::string, std::string> under_way;
    std::map<std::string, Mbps> cap;
    for (const auto& [id, it] : world.at_start) cap[id] = it.cap;
    for (const LedgerEntry& entry : world.cloud.ledger().entries()) {
      std::string& open = under_way[entry.instance_id];
      if (entry.kind == LedgerKind::kChange) {
        const bool cancels = entry.what == "cancel-downgrade";
        ASSERT_EQ(open, cancels ? "schedule-downgrade" : "") << entry.sequence;
        open = cancels ? "" : entry.what;
      }
      if (entry.kind != LedgerKind::kEffect) continue;
      ASSERT_NE(open, "") << entry.sequence;
      open = "";
      const SimInstance& it = world.at_start.at(entry.instance_id);
      const Mbps free = world.cloud.included(it);
      ASSERT_EQ(entry.from, cap[entry.instance_id]);
      if (it.charge == Charge::kPrepaid && entry.what != "scheduled-downgrade-in-force" &&
          entry.from > free) {
        ASSERT_GE(entry.to, entry.from) << entry.sequence;
      }
      cap[entry.instance_id] = entry.to;
    }
    for (const auto& [id, mbps] : cap) EXPECT_EQ(world.cloud.instance(id)->cap, mbps);
  }
}

/// Reading often, or seldom, changes no bill, no counter and no state.
TEST(SimCloudProperty, LookingChangesNothing) {
  for (std::uint64_t seed = 1; seed <= 30; ++seed) {
    Random first(seed);
    Random second(seed);
    World seldom = some_world(first);
    World often = some_world(second);
    Random orders(seed + 7);
    TimePoint now = kStart;
    for (int i = 0; i < 40; ++i) {
      const TimePoint next = now + Duration{orders.below(hours{60} / 1ms)};
      for (int look = 1; look < 6; ++look) {
        often.cloud.settle(now + (next - now) / 6 * look);
        often.cloud.bytes_sent("i0", now + (next - now) / 6 * look);
      }
      now = next;
      const std::string id = "i" + std::to_string(orders.below(4));
      const std::int64_t target = 1 + orders.below(500);
      EXPECT_EQ(seldom.cloud.modify(id, target, now).index(),
                often.cloud.modify(id, target, now).index());
    }
    EXPECT_EQ(seldom.cloud.balance(now).cash, often.cloud.balance(now).cash);
    for (const std::string& id : seldom.cloud.ids()) {
      EXPECT_EQ(seldom.cloud.instance(id)->cap, often.cloud.instance(id)->cap);
      EXPECT_EQ(seldom.cloud.bytes_sent(id, now), often.cloud.bytes_sent(id, now));
    }
  }
}

}  // namespace
}  // namespace penstock
