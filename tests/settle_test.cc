// Settle by itself, over a provider that answers what is written down: whose status is read, what
// becomes of orders, and what the journal and the people are told.
#include "daemon/settle.h"

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "daemon/sim/sim_disk.h"
#include "daemon/sqlite_journal.h"
#include "tests/testing/scripted_cloud.h"

namespace penstock {
namespace {

using std::chrono::hours;
using Kind = ChangeState::Kind;
using testing::ScriptedCloud;

const TimePoint kNow = *parse_time("2026-03-15T12:00:00Z");
const TimePoint kTermEnd = kNow + hours{48};

Instance instance(const std::string& id, std::optional<Mbps> cap = Mbps{100}) {
  Instance out;
  out.key = {"main", id};
  out.charge = Charge::kPrepaid;
  out.internet_charge = InternetCharge::kByBandwidth;
  out.status = "RUNNING";
  out.cap = cap;
  out.expires = kTermEnd;
  return out;
}

/// An upgrade from 100 to 200 Mbps that was accepted a moment ago.
Order upgrade(OrderId id, const std::string& instance) {
  Order order;
  order.id = id;
  order.instance = {"main", instance};
  order.charge = Charge::kPrepaid;
  order.from = Mbps{100};
  order.to = Mbps{200};
  order.state = OrderState::kAccepted;
  order.order_number = "O-" + std::to_string(id);
  order.reserved_month = Money::from_units(50);
  order.planned_at = order.sent_at = order.changed_at = kNow;
  return order;
}

/// A downgrade from 100 to 50 Mbps that waits for the term's end.
Order pending(OrderId id, const std::string& instance) {
  Order order = upgrade(id, instance);
  order.kind = OrderKind::kScheduleDowngrade;
  order.to = Mbps{50};
  order.state = OrderState::kScheduled;
  order.effective_at = kTermEnd;
  return order;
}

BandwidthStatus idle(std::int64_t cap) {
  return {.cap = Mbps{cap}, .modified = {}, .kind = Kind::kIdle};
}
BandwidthStatus waiting(std::int64_t cap, std::int64_t to) {
  return {.cap = Mbps{cap}, .modified = Mbps{to}, .kind = Kind::kScheduled};
}

class NoPrices final : public Quoter {
 public:
  std::vector<std::optional<Price>> ask(std::span<const QuoteQuestion>, TimePoint) override {
    return {};
  }
};

struct Bench {
  explicit Bench(const SettleOptions& options = {})
      : settle(cloud, fleet, book, ledger, telemetry, options) {
    EXPECT_TRUE(book.load(kNow));
  }
  void list(std::vector<Instance> instances, TimePoint now = kNow) {
    std::map<std::string, Result<Inventory>> lists;
    lists.emplace("main", Inventory{std::move(instances)});
    fleet.take(std::move(lists), now);
  }
  void list_fails(const std::string& account = "main") {
    std::map<std::string, Result<Inventory>> lists;
    lists.emplace(account, Error{ErrorKind::kTransient, "no answer", "", ""});
    fleet.take(std::move(lists), kNow);
  }
  Tracked& tracked(const std::string& id = "i-1") { return *fleet.find({"main", id}); }
  void absorb(const Result<BandwidthStatus>& status, TimePoint now = kNow) {
    settle.absorb(tracked(), status, limits, now);
  }
  /// As the journal would have it now.
  Order order(OrderId id) {
    EXPECT_TRUE(book.flush(kNow));
    const auto all = journal->orders({});
    for (const Order& each : *all) {
      if (each.id == id) return each;
    }
    ADD_FAILURE() << "no order " << id;
    return {};
  }
  std::vector<EventRow> events() {
    EXPECT_TRUE(book.flush(kNow));
    return *journal->events({});
  }

  SimDisk disk;
  SqliteDisk mounted{disk};
  std::unique_ptr<SqliteJournal> journal = std::move(*SqliteJournal::open("/journal.db"));
  Telemetry telemetry;
  ScriptedCloud cloud;
  NoPrices quoter;
  Fleet fleet;
  FleetLimits limits;
  OrderBook book{*journal, telemetry};
  Ledger ledger{cloud, quoter, book};
  Settle settle;
};

// --- whose status is read ------------------------------------------------------------------------

TEST(Settle, ReadsOrdersUnderWayThenWhatIsInDoubtThenWhatIsPending) {
  Bench bench({.times = {}, .reads_per_tick = 3});
  bench.list({instance("doubt"), instance("fine"), instance("gone"), instance("open"),
              instance("pending"), instance("waits")});
  for (const char* id : {"doubt", "gone", "waits"}) bench.tracked(id).suspect = true;
  bench.tracked("gone").gone_at = kNow;
  bench.tracked("waits").next_read = kNow + 30s;
  bench.book.put(pending(1, "pending"));
  bench.book.put(upgrade(2, "open"));
  bench.book.put(upgrade(3, "unlisted"));
  bench.settle.run(bench.limits, kNow);
  EXPECT_EQ(bench.cloud.read, (std::vector<std::string>{"open", "doubt", "pending"}));
}

TEST(Settle, ReadsNoMoreThanItMayInATick) {
  Bench bench({.times = {}, .reads_per_tick = 2});
  bench.list({instance("a"), instance("b"), instance("c")});
  for (const char* id : {"a", "b", "c"}) bench.tracked(id).suspect = true;
  bench.settle.run(bench.limits, kNow);
  EXPECT_EQ(bench.cloud.read.size(), 2U);
}

TEST(Settle, ATurnGivenByAClockThatHasBeenSetBackIsNoTurn) {
  struct Case {
    Duration ahead;
    bool read;
  };
  for (const Case& c : {Case{-1s, true}, Case{10min, false}, Case{hours{2}, true}}) {
    Bench bench;
    bench.list({instance("i-1")});
    bench.tracked().suspect = true;
    bench.tracked().next_read = kNow + c.ahead;
    bench.settle.run(bench.limits, kNow);
    EXPECT_EQ(!bench.cloud.read.empty(), c.read) << format(c.ahead);
  }
}

TEST(Settle, IsCaughtUpOnceEveryOpenOrderWasLookedAt) {
  Bench bench;
  bench.list({instance("i-1")});
  EXPECT_TRUE(bench.settle.caught_up());
  bench.book.put(pending(1, "i-1"));
  bench.book.put(upgrade(2, "unlisted"));
  EXPECT_TRUE(bench.settle.caught_up()) << "a pending one holds nothing, nor does one out of sight";
  bench.book.put(upgrade(3, "i-1"));
  EXPECT_FALSE(bench.settle.caught_up());
  bench.absorb(idle(200));
  EXPECT_TRUE(bench.settle.caught_up());
}

// --- orders of instances that are gone -----------------------------------------------------------

TEST(Settle, OnlyAGoodListEndsAnOrderOfWhomItDoesNotName) {
  struct Case {
    std::string name;
    std::function<void(Bench&, Order&)> given;
    bool ends;
  };
  const auto ready = [](Bench& bench, Order&) { bench.list({instance("other")}); };
  const std::vector<Case> cases = {
      {"gone", ready, true},
      {"the account is not known", [](Bench&, Order&) {}, false},
      {"never listed", [](Bench& bench, Order&) { bench.list_fails(); }, false},
      {"the list fails now",
       [=](Bench& bench, Order& order) {
         ready(bench, order);
         bench.list_fails();
       },
       false},
      {"the list shrank too much to be believed",
       [](Bench& bench, Order&) {
         bench.list({instance("a"), instance("b"), instance("c")});
         bench.list({instance("a")});
       },
       false},
      {"it is there", [](Bench& bench, Order&) { bench.list({instance("i-1")}); }, false},
      {"changed a moment ago",
       [=](Bench& bench, Order& order) {
         ready(bench, order);
         order.changed_at = kNow - 59min;
       },
       false},
      {"waits for the end of the term",
       [=](Bench& bench, Order& order) {
         ready(bench, order);
         order = pending(1, "i-1");
         order.changed_at = kNow - hours{5};
       },
       false},
      {"waited until long after it",
       [=](Bench& bench, Order& order) {
         ready(bench, order);
         order = pending(1, "i-1");
         order.changed_at = kNow - hours{5};
         order.effective_at = kNow - 31min;
       },
       true},
      {"pending, nobody knows until when",
       [=](Bench& bench, Order& order) {
         ready(bench, order);
         order = pending(1, "i-1");
         order.changed_at = kNow - hours{5};
         order.effective_at.reset();
       },
       true},
  };
  for (const Case& c : cases) {
    Bench bench;
    Order order = upgrade(1, "i-1");
    order.changed_at = kNow - hours{2};
    c.given(bench, order);
    bench.book.put(order);
    bench.settle.run(bench.limits, kNow);
    EXPECT_EQ(bench.order(1).state == OrderState::kSuperseded, c.ends) << c.name;
  }
}

// --- what a reading tells ------------------------------------------------------------------------

TEST(Settle, AChangeIsKnownByItsOrderBeforeItIsSeen) {
  Bench bench;
  bench.list({instance("i-1")});
  Tracked& tracked = bench.tracked();
  tracked.change = {.kind = Kind::kScheduled, .target = Mbps{50}, .since = kNow};
  EXPECT_EQ(change_state(tracked, bench.book).since, kNow) << "somebody else's";
  Order ours = pending(1, "i-1");
  ours.sent_at = kNow - hours{1};
  bench.book.put(ours);
  EXPECT_EQ(change_state(tracked, bench.book).since, ours.sent_at);
  tracked.change.target = Mbps{60};
  EXPECT_EQ(change_state(tracked, bench.book).since, kNow) << "another one";
  Order order = upgrade(2, "i-1");
  for (const auto& [state, alarm, kind] :
       {std::tuple{OrderState::kAccepted, OrderAlarm::kNone, Kind::kRunning},
        std::tuple{OrderState::kProcessing, OrderAlarm::kNone, Kind::kRunning},
        std::tuple{OrderState::kProcessing, OrderAlarm::kTimeout, Kind::kUnsettled},
        std::tuple{OrderState::kUnknown, OrderAlarm::kNone, Kind::kUnsettled}}) {
    order.state = state;
    order.alarm = alarm;
    bench.book.put(order);
    EXPECT_EQ(change_state(tracked, bench.book).kind, kind) << to_string(state);
    EXPECT_EQ(change_state(tracked, bench.book).target, Mbps{200});
  }
}

TEST(Settle, WithoutASizeInForceNothingIsConcluded) {
  Bench bench;
  bench.list({instance("i-1", std::nullopt)});
  EXPECT_TRUE(bench.tracked().suspect) << "the list does not say";
  bench.absorb(BandwidthStatus{.cap = {}, .modified = {}, .kind = Kind::kIdle});
  EXPECT_FALSE(bench.tracked().cap_known);
  EXPECT_FALSE(bench.tracked().record.expected_cap);
  bench.absorb(idle(100));
  EXPECT_TRUE(bench.tracked().cap_known);
  EXPECT_EQ(bench.tracked().cap_since, kNow);
  EXPECT_EQ(bench.tracked().record.expected_cap, Mbps{100}) << "at first sight nobody's drift";
  EXPECT_FALSE(bench.tracked().record.drifted_at);
}

TEST(Settle, SomebodyElsesChangeIsDriftAndToldOfWhereItIsOurBusiness) {
  struct Case {
    std::string name;
    std::function<void(Bench&)> given;
    BandwidthStatus status;
    bool drift, told;
  };
  Policy policy;
  policy.name = "edge";
  const auto ours = [&](Bench& bench) { bench.tracked().policy = &policy; };
  const std::vector<Case> cases = {
      {"as it was", ours, idle(100), false, false},
      {"another size", ours, idle(150), true, true},
      {"no policy's", [](Bench&) {}, idle(150), true, false},
      {"a downgrade was scheduled", ours, waiting(100, 50), true, true},
      {"scheduled for nobody knows what",
       ours,
       {.cap = Mbps{100}, .modified = {}, .kind = Kind::kScheduled},
       true,
       true},
      {"it runs", ours, {.cap = Mbps{150}, .modified = {}, .kind = Kind::kRunning}, false, false},
      {"our own order is open",
       [=](Bench& bench) {
         ours(bench);
         Order order = upgrade(1, "i-1");
         order.sent_at = kNow + 30s;
         bench.book.put(order);
       },
       waiting(100, 50), false, false},
      {"our own is what is pending",
       [=](Bench& bench) {
         ours(bench);
         bench.book.put(pending(1, "i-1"));
       },
       waiting(100, 50), false, false},
  };
  for (const Case& c : cases) {
    Bench bench;
    bench.list({instance("i-1")});
    bench.absorb(idle(100));
    c.given(bench);
    bench.absorb(c.status, kNow + 1min);
    EXPECT_EQ(bench.tracked().record.drifted_at.has_value(), c.drift) << c.name;
    EXPECT_EQ(!bench.events().empty(), c.told) << c.name;
    if (c.told) {
      EXPECT_EQ(bench.events().front().kind, "drift") << c.name;
    }
  }
}

TEST(Settle, WhatPendsAlreadyIsToldOfOnceAndAgainWhenItChanges) {
  Policy policy;
  Bench bench;
  bench.list({instance("i-1")});
  bench.tracked().policy = &policy;
  bench.absorb(idle(100));
  std::size_t told = 0;
  for (const auto& [to, news] : {std::pair{50, true}, std::pair{50, false}, std::pair{40, true}}) {
    bench.absorb(waiting(100, to), kNow + 1min);
    told += news ? 1 : 0;
    EXPECT_EQ(bench.events().size(), told) << to;
  }
}

TEST(Settle, APendingDowngradeThatNobodyKnowsTheEndOfIsDoubtedOnce) {
  Bench bench;
  bench.list({instance("i-1")});
  Order order = pending(1, "i-1");
  order.effective_at.reset();
  bench.book.put(order);
  bench.absorb(idle(100));
  EXPECT_EQ(bench.order(1).state, OrderState::kScheduled);
  EXPECT_EQ(bench.tracked().change.kind, Kind::kScheduled);
  bench.absorb(idle(100), kNow + 5s);
  EXPECT_EQ(bench.order(1).state, OrderState::kCancelled);
}

// --- alarms --------------------------------------------------------------------------------------

TEST(Settle, EachAlarmIsToldOnceAndCountsForTheBreaker) {
  struct Case {
    OrderAlarm alarm;
    std::function<void(Bench&, Order&)> given;
    Result<BandwidthStatus> status;
    Duration after;
    std::string says;
  };
  const auto as_it_is = [](Bench&, Order&) {};
  const std::vector<Case> cases = {
      {OrderAlarm::kNotStarted, as_it_is, idle(100), 2min, "never started"},
      {OrderAlarm::kNotStarted,
       [](Bench& bench, Order& order) {
         order.state = OrderState::kUnknown;
         order.order_number.clear();
         bench.cloud.charges = {
             {.order_number = "O-9", .at = kNow, .amount = Money::from_units(50)}};
       },
       idle(100), 2min, "never started"},
      {OrderAlarm::kTimeout, as_it_is,
       BandwidthStatus{.cap = Mbps{100}, .modified = Mbps{200}, .kind = Kind::kRunning}, 31min,
       "too long"},
      {OrderAlarm::kOverdue, [](Bench&, Order& order) { order = pending(1, "i-1"); },
       waiting(100, 50), hours{49}, "end of the term"},
      {OrderAlarm::kUnreadable, as_it_is, Error{ErrorKind::kTransient, "no answer", "", ""}, 31min,
       "cannot be read"},
  };
  for (const Case& c : cases) {
    Bench bench;
    bench.list({instance("i-1")});
    Order order = upgrade(1, "i-1");
    c.given(bench, order);
    bench.book.put(order);
    for (int times = 0; times < 2; ++times) bench.absorb(c.status, kNow + c.after);
    EXPECT_EQ(bench.order(1).alarm, c.alarm) << c.says;
    ASSERT_EQ(bench.events().size(), 1U) << c.says;
    EXPECT_EQ(bench.events().front().kind, "alarm");
    EXPECT_NE(bench.events().front().text.find(c.says), std::string::npos)
        << bench.events().front().text;
    EXPECT_EQ(bench.book.breaker("main").memory().failures.size(), 1U) << c.says;
  }
}

TEST(Settle, AChangeThatFailedWithoutAnAlarmCountsForTheBreakerToo) {
  Bench bench;
  bench.list({instance("i-1")});
  Order order = upgrade(1, "i-1");
  order.order_number.clear();  // no payment is involved
  bench.book.put(order);
  bench.absorb(idle(100), kNow + 2min);
  EXPECT_EQ(bench.order(1).state, OrderState::kSettled);
  EXPECT_EQ(bench.book.breaker("main").memory().failures.size(), 1U);
  EXPECT_TRUE(bench.events().empty());
}

TEST(Settle, ALostOrderWaitsForALedgerThatCannotBeReadOrIsTooYoung) {
  for (const bool fails : {true, false}) {
    Bench bench;
    bench.list({instance("i-1"), instance("i-2")});
    Order order = upgrade(1, "i-1");
    order.state = OrderState::kUnknown;
    order.order_number.clear();
    bench.book.put(order);
    if (fails) {
      bench.cloud.transactions_error = Error{ErrorKind::kTransient, "no answer", "", ""};
    } else {  // a charge that may be another lost one's
      order.id = 2;
      order.instance.id = "i-2";
      bench.book.put(order);
      bench.cloud.charges = {{.order_number = "O-9", .at = kNow, .amount = Money::from_units(50)}};
    }
    bench.absorb(idle(100), kNow + 2min);
    EXPECT_EQ(bench.order(1).state, OrderState::kUnknown) << fails;
    EXPECT_EQ(bench.order(1).alarm, OrderAlarm::kNone) << fails;
    bench.cloud.transactions_error.reset();
    bench.cloud.charges.clear();
    bench.absorb(idle(100), kNow + 3min);
    EXPECT_EQ(bench.order(1).state, OrderState::kSettled) << fails;
  }
}

}  // namespace
}  // namespace penstock
