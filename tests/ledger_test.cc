// What the provider really charged: when it is asked for, what it corrects, and whether a lost
// order may have been charged.
#include "daemon/ledger.h"

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
using Found = Ledger::Found;
using testing::ScriptedCloud;

const TimePoint kSent = *parse_time("2026-03-15T12:00:00Z");

Money usd(std::int64_t units) {
  return Money::from_units(units);
}

/// A prepaid upgrade of 50 USD in force; tests change what matters to them.
Order bought(OrderId id, const std::string& number) {
  Order order;
  order.id = id;
  order.instance = {"main", "i-" + std::to_string(id)};
  order.charge = Charge::kPrepaid;
  order.policy = "edge";
  order.from = Mbps{100};
  order.to = Mbps{125};
  order.state = OrderState::kEffective;
  order.reserved_day = order.reserved_month = usd(50);
  order.planned_at = order.sent_at = order.changed_at = kSent;
  order.order_number = number;
  return order;
}

/// The same, and nobody knows whether it arrived.
Order lost(OrderId id) {
  Order order = bought(id, "");
  order.state = OrderState::kUnknown;
  return order;
}

class ChargesTold final : public Quoter {
 public:
  std::vector<std::optional<Price>> ask(std::span<const QuoteQuestion>, TimePoint) override {
    return {};
  }
  void charged(const InstanceKey&, Mbps, Money amount) override { told.push_back(amount); }
  std::vector<Money> told;
};

struct Bench {
  Bench() { EXPECT_TRUE(book.load(kSent)); }
  /// Lets the ledger take its turns until then; returns how long after kSent it asked.
  std::vector<Duration> asked_until(Duration span) {
    std::vector<Duration> out;
    for (Duration at{}; at <= span; at += 10s) {
      const std::size_t before = cloud.transactions_asked.size();
      ledger.run(kSent + at);
      if (cloud.transactions_asked.size() > before) out.push_back(at);
    }
    return out;
  }

  SimDisk disk;
  SqliteDisk mounted{disk};
  std::unique_ptr<SqliteJournal> journal = std::move(*SqliteJournal::open("/journal.db"));
  Telemetry telemetry;
  ScriptedCloud cloud;
  ChargesTold quoter;
  OrderBook book{*journal, telemetry};
  Ledger ledger{cloud, quoter, book};
};

TEST(Ledger, AsksOnlyWhatAnOrderInForceCost) {
  struct Case {
    std::string name;
    std::function<void(Order&)> change;
    bool asked;
  };
  const std::vector<Case> cases = {
      {"in force", [](Order&) {}, true},
      {"a cut", [](Order& it) { it.kind = OrderKind::kScheduleDowngrade; }, false},
      {"billed later", [](Order& it) { it.charge = Charge::kPostpaid; }, false},
      {"not yet", [](Order& it) { it.state = OrderState::kProcessing; }, false},
      {"nothing was paid", [](Order& it) { it.order_number.clear(); }, false},
      {"known", [](Order& it) { it.charged = usd(49); }, false},
      {"long ago", [](Order& it) { it.sent_at = kSent - hours{25}; }, false},
  };
  for (const Case& c : cases) {
    Bench bench;
    Order order = bought(1, "O-1");
    c.change(order);
    bench.ledger.watch(order, kSent);
    EXPECT_EQ(!bench.asked_until(1min).empty(), c.asked) << c.name;
  }
}

TEST(Ledger, WhatNeverAppearsIsAskedForEverMoreRarelyAndThenNoMore) {
  Bench bench;
  bench.book.put(bought(1, "O-1"));
  bench.ledger.watch(bought(1, "O-1"), kSent);
  const Duration second = 30s + 2min;
  const std::vector<Duration> when = {30s,
                                      second,
                                      second + 10min,
                                      second + 10min + hours{1},
                                      second + 10min + hours{7},
                                      second + 10min + hours{23}};
  EXPECT_EQ(bench.asked_until(hours{48}), when);
  EXPECT_EQ(bench.book.budget().fleet_month(kSent), usd(50)) << "it stays counted as reserved";
  EXPECT_TRUE(bench.quoter.told.empty());
}

TEST(Ledger, AListThatFailsIsAskedForAgain) {
  Bench bench;
  bench.book.put(bought(1, "O-1"));
  bench.ledger.watch(bought(1, "O-1"), kSent);
  bench.cloud.charges = {{.order_number = "O-1", .at = kSent, .amount = usd(50)}};
  bench.cloud.transactions_error = Error{ErrorKind::kTransient, "no answer", "", ""};
  bench.ledger.run(kSent + 30s);
  bench.cloud.transactions_error.reset();
  bench.ledger.run(kSent + 30s);
  EXPECT_EQ(bench.cloud.transactions_asked.size(), 1U) << "not at once";
  bench.ledger.run(kSent + 3min);
  EXPECT_EQ(bench.quoter.told, std::vector{usd(50)});
}

TEST(Ledger, TheNetOfAllChargesReplacesWhatWasReserved) {
  struct Case {
    std::string name;
    std::vector<Money> amounts;
    Money charged;
    bool noted;  ///< it is not what was reserved
  };
  const std::vector<Case> cases = {
      {"as reserved", {usd(50)}, usd(50), false},
      {"written as negative", {usd(-50)}, usd(50), false},
      {"rounded", {Money::from_micros(50'400'000)}, Money::from_micros(50'400'000), false},
      {"dearer", {usd(60)}, usd(60), true},
      {"cheaper", {usd(20)}, usd(20), true},
      {"in parts, one given back", {usd(40), usd(30), usd(-20)}, usd(50), false},
      {"free", {Money{}}, Money{}, true},
  };
  for (const Case& c : cases) {
    Bench bench;
    bench.book.put(bought(1, "O-1"));
    bench.ledger.watch(bought(1, "O-1"), kSent);
    bench.cloud.charges = {{.order_number = "O-2", .at = kSent, .amount = usd(7)}};
    for (const Money amount : c.amounts) {
      bench.cloud.charges.push_back({.order_number = "O-1", .at = kSent, .amount = amount});
    }
    bench.ledger.run(kSent + 30s);
    EXPECT_EQ(bench.book.budget().fleet_month(kSent), c.charged) << c.name;
    EXPECT_EQ(bench.quoter.told, std::vector{c.charged}) << c.name;
    ASSERT_TRUE(bench.book.flush(kSent + 30s));
    EXPECT_EQ(bench.journal->orders({})->front().charged, c.charged) << c.name;
    EXPECT_EQ(bench.journal->events({})->size(), c.noted ? 1U : 0U) << c.name;
    bench.ledger.run(kSent + hours{1});
    EXPECT_EQ(bench.cloud.transactions_asked.size(), 1U) << c.name << ": known is known";
  }
}

TEST(Ledger, OneCallAnAccountForAllWhoseTurnItIs) {
  Bench bench;
  Order young = bought(1, "O-1");
  Order old = bought(2, "O-2");
  old.sent_at = kSent - 10min;
  Order elsewhere = bought(3, "O-3");
  elsewhere.instance.account = "other";
  Order later = bought(4, "O-4");
  for (const Order& each : {young, old, elsewhere}) bench.ledger.watch(each, kSent);
  bench.ledger.watch(later, kSent + 20s);
  for (const char* number : {"O-1", "O-2", "O-4"}) {
    bench.cloud.charges.push_back({.order_number = number, .at = kSent, .amount = usd(50)});
  }
  bench.ledger.run(kSent + 30s);
  const auto& asked = bench.cloud.transactions_asked;
  ASSERT_EQ(asked.size(), 2U);
  EXPECT_EQ(asked[0].account, "main");
  EXPECT_EQ(asked[0].from, old.sent_at - kChargeSlack);
  EXPECT_EQ(asked[1].account, "other");
  EXPECT_EQ(asked[1].from, elsewhere.sent_at - kChargeSlack);
  EXPECT_EQ(bench.quoter.told.size(), 2U) << "O-4 has to wait for its turn, O-3 was not listed";
  bench.ledger.run(kSent + 50s);
  EXPECT_EQ(bench.quoter.told.size(), 3U);
}

// --- an upgrade without an answer: was it charged? -----------------------------------------------

struct Lookup {
  std::string name;
  std::function<void(Bench&)> given;
  Found found;
  Duration after = 2min;  ///< since the lost order was sent
};

void charge(Bench& bench, const std::string& number, Money amount, Duration at = {}) {
  bench.cloud.charges.push_back({.order_number = number, .at = kSent + at, .amount = amount});
}

/// Another order in force whose number was lost.
Order nameless(OrderId id, Money price = usd(50)) {
  Order order = bought(id, "");
  order.reserved_month = price;
  return order;
}

std::vector<Lookup> without_others() {
  return {
      {"no right to look", [](Bench& b) { b.cloud.granted.transactions = false; },
       Found::kForbidden},
      {"the right is known",
       [](Bench& b) {
         b.cloud.granted.transactions = true;
         charge(b, "O-9", usd(50));
       },
       Found::kCharge},
      {"refused",
       [](Bench& b) { b.cloud.transactions_error = Error{ErrorKind::kRefused, "no", "", ""}; },
       Found::kForbidden},
      {"no answer",
       [](Bench& b) { b.cloud.transactions_error = Error{ErrorKind::kTransient, "no", "", ""}; },
       Found::kFailed},
      {"nothing was charged", [](Bench&) {}, Found::kNone},
      {"its price was charged", [](Bench& b) { charge(b, "O-9", usd(50)); }, Found::kCharge},
      {"less than half of it", [](Bench& b) { charge(b, "O-9", usd(24)); }, Found::kNone},
      {"more than twice of it", [](Bench& b) { charge(b, "O-9", usd(101)); }, Found::kNone},
      {"the same, before it was sent", [](Bench& b) { charge(b, "O-9", usd(50), -3min); },
       Found::kNone},
      {"a bill without a number", [](Bench& b) { charge(b, "", usd(50)); }, Found::kCharge},
  };
}

std::vector<Lookup> with_numbers() {
  const auto known = [](Bench& b) {
    b.ledger.watch(bought(2, "O-2"), kSent);
    charge(b, "O-2", usd(50));
  };
  return {
      {"another order's number", known, Found::kNone},
      {"orders carry numbers, a bill does not",
       [=](Bench& b) {
         known(b);
         charge(b, "", usd(50));
       },
       Found::kNone},
      {"beside another order's, one more",
       [=](Bench& b) {
         known(b);
         charge(b, "O-9", usd(50));
       },
       Found::kCharge},
      {"the number of an order that is under way",
       [](Bench& b) {
         Order open = bought(2, "O-2");
         open.state = OrderState::kAccepted;
         b.book.put(open);
         charge(b, "O-2", usd(50));
       },
       Found::kNone},
      {"another account's number",
       [](Bench& b) {
         Order open = bought(2, "O-2");
         open.instance.account = "other";
         b.ledger.watch(open, kSent);
         open.id = 3;
         open.state = OrderState::kAccepted;
         b.book.put(open);
         charge(b, "O-2", usd(50));
       },
       Found::kCharge},
      {"the number of something that is not bought",
       [](Bench& b) {
         Order open = bought(2, "O-2");
         open.kind = OrderKind::kDowngrade;
         b.ledger.watch(open, kSent);
         open.state = OrderState::kAccepted;
         b.book.put(open);
         charge(b, "O-2", usd(50));
       },
       Found::kCharge},
  };
}

std::vector<Lookup> with_orders_in_force() {
  const auto in_force = [](Bench& b) { b.ledger.watch(nameless(2), kSent); };
  return {
      {"the other's own charge",
       [=](Bench& b) {
         in_force(b);
         charge(b, "O-9", usd(50));
       },
       Found::kNone},
      {"one for each",
       [=](Bench& b) {
         in_force(b);
         charge(b, "O-8", usd(50));
         charge(b, "O-9", usd(50));
       },
       Found::kCharge},
      {"the other runs",
       [](Bench& b) {
         Order running = nameless(2);
         running.state = OrderState::kProcessing;
         b.book.put(running);
         charge(b, "O-9", usd(50));
       },
       Found::kNone},
      {"the other was sent a moment ago",
       [](Bench& b) {
         Order young = nameless(2);
         young.sent_at = kSent + 90s;
         b.ledger.watch(young, kSent);
         charge(b, "O-9", usd(50));
       },
       Found::kEarly},
      {"the other cost nothing",
       [](Bench& b) {
         b.ledger.watch(nameless(2, Money{}), kSent);
         charge(b, "O-9", usd(50));
       },
       Found::kCharge},
      {"the other's is not listed yet",
       [](Bench& b) {
         b.ledger.watch(nameless(2, usd(500)), kSent);
         charge(b, "O-9", usd(50));
       },
       Found::kEarly},
      {"the other's is never listed",
       [](Bench& b) {
         b.ledger.watch(nameless(2, usd(500)), kSent);
         charge(b, "O-9", usd(50));
       },
       Found::kCharge, 10min},
      {"it is itself what was remembered",
       [](Bench& b) {
         b.ledger.watch(nameless(1), kSent);
         charge(b, "O-9", usd(50));
       },
       Found::kCharge},
  };
}

/// One charge of 50 USD without a number, and one with: whether the provider numbers its orders is
/// seen by a charge that can only be the other's.
std::vector<Lookup> with_a_bill() {
  const auto seen = [](Money amount, Duration at) {
    return [=](Bench& b) {
      b.ledger.watch(nameless(2, usd(200)), kSent);
      charge(b, "O-8", amount, at);
      charge(b, "", usd(50), 30s);
    };
  };
  return {
      {"the other's charge has a number", seen(usd(201), 1min), Found::kNone},
      {"its amount is too far off", seen(usd(210), 1min), Found::kCharge},
      {"its time is too late", seen(usd(200), 3min), Found::kCharge, 5min},
      {"its time is too early",
       [](Bench& b) {
         Order later = nameless(2, usd(200));
         later.sent_at = kSent + 4min;
         b.ledger.watch(later, kSent);
         charge(b, "O-8", usd(200), 1min);
         charge(b, "", usd(50), 30s);
       },
       Found::kCharge, 15min},
  };
}

std::vector<Lookup> with_orders_under_way() {
  const auto open = [](const std::function<void(Order&)>& change) {
    return [=](Bench& b) {
      Order other = lost(2);
      change(other);
      b.book.put(other);
      charge(b, "O-9", usd(50));
    };
  };
  return {
      {"it may be another's", open([](Order&) {}), Found::kEarly},
      {"for ten minutes", open([](Order&) {}), Found::kCharge, 10min},
      {"in another account", open([](Order& it) { it.instance.account = "other"; }),
       Found::kCharge},
      {"billed later", open([](Order& it) { it.charge = Charge::kPostpaid; }), Found::kCharge},
      {"with a number of its own", open([](Order& it) { it.order_number = "O-2"; }),
       Found::kCharge},
      {"a person was called about it", open([](Order& it) { it.alarm = OrderAlarm::kNotStarted; }),
       Found::kCharge},
      {"settled enough", open([](Order& it) { it.state = OrderState::kScheduled; }),
       Found::kCharge},
      {"itself", open([](Order& it) { it.id = 1; }), Found::kCharge},
  };
}

TEST(Ledger, ALostOrderWasChargedOrNotOrItIsTooEarlyToTell) {
  for (const auto& group : {without_others(), with_numbers(), with_orders_in_force(), with_a_bill(),
                            with_orders_under_way()}) {
    for (const Lookup& each : group) {
      Bench bench;
      each.given(bench);
      EXPECT_EQ(bench.ledger.look_for(lost(1), kSent + each.after), each.found) << each.name;
    }
  }
}

TEST(Ledger, OneReadingServesAllOrdersOfATick) {
  Bench bench;
  const TimePoint now = kSent + 2min;
  const auto calls = [&] { return bench.cloud.transactions_asked.size(); };
  bench.ledger.look_for(lost(1), now);
  bench.ledger.look_for(lost(2), now);
  EXPECT_EQ(calls(), 1U);
  Order older = lost(3);
  older.sent_at -= 5min;
  bench.ledger.look_for(older, now);
  EXPECT_EQ(calls(), 2U) << "from further back";
  bench.ledger.look_for(lost(1), now);
  EXPECT_EQ(calls(), 2U);
  bench.ledger.look_for(lost(1), now + 5s);
  EXPECT_EQ(calls(), 3U);
  Order elsewhere = lost(4);
  elsewhere.instance.account = "other";
  bench.ledger.look_for(elsewhere, now + 5s);
  EXPECT_EQ(calls(), 4U);
}

TEST(Ledger, WhatAnOrderExplainsIsForgottenAfterADay) {
  Bench bench;
  bench.ledger.watch(bought(2, "O-2"), kSent);
  Order late = lost(1);
  late.sent_at = kSent + hours{24};
  charge(bench, "O-2", usd(50), hours{24});
  EXPECT_EQ(bench.ledger.look_for(late, late.sent_at + 2min), Found::kNone);
  bench.ledger.run(kSent + hours{25} + 1s);
  EXPECT_EQ(bench.ledger.look_for(late, late.sent_at + hours{2}), Found::kCharge);
}

}  // namespace
}  // namespace penstock
