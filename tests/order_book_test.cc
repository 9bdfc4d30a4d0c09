// The order book while the journal fails and recovers: what is kept, what is dropped, what is told.
#include "daemon/order_book.h"

#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <vector>

namespace penstock {
namespace {

const TimePoint kNow = *parse_time("2026-03-15T12:00:00Z");

Order planned(OrderId id) {
  Order order;
  order.id = id;
  order.instance = {"main", "i-1"};
  order.policy = "edge";
  order.reserved_day = order.reserved_month = Money::from_units(50);
  order.planned_at = order.changed_at = kNow;
  return order;
}

/// Keeps what was written, or refuses everything.
class KeptJournal final : public Journal {
 public:
  Result<Memory> load(TimePoint) override {
    if (fails) return Error{ErrorKind::kTransient, "no disk", "", ""};
    return memory;
  }
  Status commit(const JournalEntry& entry) override {
    if (fails) return Error{ErrorKind::kTransient, "no disk", "", ""};
    entries.push_back(entry);
    return ok();
  }
  Status prune(TimePoint) override { return ok(); }
  Result<std::vector<Order>> orders(const HistoryQuery&) override { return memory.orders; }
  Result<std::vector<DecisionRow>> decisions(const HistoryQuery&) override {
    return std::vector<DecisionRow>{};
  }
  Result<std::vector<EventRow>> events(const HistoryQuery&) override {
    return std::vector<EventRow>{};
  }

  bool fails = false;
  Memory memory;
  std::vector<JournalEntry> entries;
};

struct Bench {
  KeptJournal journal;
  Telemetry telemetry;
  OrderBook book{journal, telemetry};
};

TEST(OrderBook, WhatWasBeingSentWhenTheLastRunEndedIsUnknown) {
  Bench bench;
  bench.journal.memory.last_order = 4;
  bench.journal.memory.orders = {planned(1), planned(2), planned(3), planned(4)};
  const auto& orders = bench.journal.memory.orders;
  bench.journal.memory.orders[1].state = OrderState::kSent;
  bench.journal.memory.orders[2].state = OrderState::kScheduled;
  bench.journal.memory.orders[3].state = OrderState::kEffective;
  ASSERT_TRUE(bench.book.load(kNow));
  EXPECT_EQ(bench.book.open().size(), 2U);
  EXPECT_EQ(bench.book.unsettled_of(orders[1].instance)->id, 2);
  EXPECT_EQ(bench.book.unsettled_of(orders[1].instance)->state, OrderState::kUnknown);
  EXPECT_EQ(bench.book.scheduled_of(orders[1].instance)->id, 3);
  EXPECT_EQ(bench.book.next_id(), 5);
  ASSERT_TRUE(bench.book.flush(kNow));
  ASSERT_EQ(bench.journal.entries.size(), 1U);
  ASSERT_EQ(bench.journal.entries[0].orders.size(), 2U) << "what has changed is written";
  EXPECT_EQ(bench.journal.entries[0].orders[0].state, OrderState::kCancelled);
}

TEST(OrderBook, WithoutAJournalItCanNeitherBeginNorCountAnew) {
  Bench bench;
  bench.journal.fails = true;
  EXPECT_FALSE(bench.book.load(kNow));
  EXPECT_FALSE(bench.book.recount(kNow));
}

TEST(OrderBook, CountingAnewBelievesItselfOfWhatIsNewer) {
  Bench bench;
  Order done = planned(1), waiting = planned(2), open = planned(3);
  done.state = waiting.state = OrderState::kEffective;
  waiting.charged = Money::from_units(7);
  ASSERT_TRUE(bench.book.write({open}, kNow));
  bench.book.put(waiting);
  bench.journal.memory.orders = {done, planned(2), planned(3)};
  bench.journal.memory.orders[2].reserved_month = Money::from_units(1000);
  ASSERT_TRUE(bench.book.recount(kNow));
  EXPECT_EQ(bench.book.budget().fleet_month(kNow), Money::from_units(50 + 7 + 50));
}

TEST(OrderBook, WhatCouldNotBeWrittenIsWrittenWithTheNextSuccess) {
  Bench bench;
  bench.journal.fails = true;
  bench.book.put(planned(1));
  bench.book.remember({.instance = {"main", "i-1"}});
  bench.book.forget({"main", "i-2"});
  bench.book.decided({.at = kNow, .instance = {"main", "i-1"}});
  bench.book.note("drift", "i-1", "by hand", kNow);
  bench.book.fail("main", {}, kNow);
  for (int times = 0; times < 2; ++times) EXPECT_FALSE(bench.book.flush(kNow));
  EXPECT_FALSE(bench.book.healthy());
  EXPECT_EQ(bench.book.trouble(), "no disk");
  EXPECT_FALSE(bench.book.write({planned(2)}, {{"approve@i-1", "i-1", "used"}}, kNow));
  EXPECT_EQ(bench.book.open().size(), 1U) << "an order that is not written is none";
  EXPECT_FALSE(bench.book.approval_used("approve@i-1"));
  bench.journal.fails = false;
  ASSERT_TRUE(bench.book.flush(kNow));
  EXPECT_TRUE(bench.book.healthy());
  ASSERT_EQ(bench.journal.entries.size(), 1U);
  const JournalEntry& entry = bench.journal.entries[0];
  EXPECT_EQ(entry.orders.size(), 1U);
  EXPECT_EQ(entry.instances.size(), 1U);
  EXPECT_EQ(entry.forgotten.size(), 1U);
  EXPECT_EQ(entry.decisions.size(), 1U);
  EXPECT_EQ(entry.breakers.size(), 1U);
  ASSERT_EQ(entry.events.size(), 2U);
  EXPECT_EQ(entry.events[1].kind, "journal") << "and that it had failed";
  ASSERT_TRUE(bench.book.flush(kNow));
  EXPECT_EQ(bench.journal.entries.size(), 1U) << "nothing is left to write";
}

/// Each kind of thing alone is reason enough to write.
TEST(OrderBook, WhateverWaitsIsWritten) {
  const std::vector<std::function<void(OrderBook&)>> things = {
      [](OrderBook& book) { book.put(planned(1)); },
      [](OrderBook& book) { book.remember({.instance = {"main", "i-1"}}); },
      [](OrderBook& book) { book.forget({"main", "i-1"}); },
      [](OrderBook& book) { book.decided({.at = kNow, .instance = {"main", "i-1"}}); },
      [](OrderBook& book) { book.note("drift", "i-1", "by hand", kNow); },
      [](OrderBook& book) { book.fail("main", {}, kNow); },
  };
  for (const auto& thing : things) {
    Bench bench;
    ASSERT_TRUE(bench.book.flush(kNow));
    EXPECT_TRUE(bench.journal.entries.empty());
    thing(bench.book);
    ASSERT_TRUE(bench.book.flush(kNow));
    EXPECT_EQ(bench.journal.entries.size(), 1U);
  }
}

TEST(OrderBook, ALongFailureCostsTheOldestEventsAndNoOrder) {
  constexpr std::size_t kMost = 10'000;
  Bench bench;
  bench.journal.fails = true;
  for (std::size_t i = 0; i < kMost + 3; ++i) {
    bench.book.note("drift", "", std::to_string(i), kNow);
    bench.book.decided({.at = kNow + Duration{static_cast<std::int64_t>(i)}, .instance = {}});
  }
  for (OrderId id = 1; id <= 20; ++id) bench.book.put(planned(id));
  EXPECT_FALSE(bench.book.flush(kNow));
  bench.journal.fails = false;
  ASSERT_TRUE(bench.book.flush(kNow));
  const JournalEntry& entry = bench.journal.entries[0];
  ASSERT_EQ(entry.events.size(), kMost + 1) << "the last one says that it can be written again";
  EXPECT_EQ(entry.events[0].text, "3");
  ASSERT_EQ(entry.decisions.size(), kMost);
  EXPECT_EQ(entry.decisions[0].at, kNow + 3ms);
  EXPECT_EQ(entry.orders.size(), 20U);
}

TEST(OrderBook, DecisionsAboutALargeFleetAreAllWritten) {
  constexpr int kMany = 25'000;
  Bench bench;
  for (int i = 0; i < kMany; ++i) bench.book.decided({.at = kNow + Duration{i}, .instance = {}});
  ASSERT_TRUE(bench.book.flush(kNow));
  int next = 0;
  for (const JournalEntry& entry : bench.journal.entries) {
    for (const DecisionRow& row : entry.decisions) EXPECT_EQ(row.at, kNow + Duration{next++});
  }
  EXPECT_EQ(next, kMany);
}

TEST(OrderBook, AnOpenBreakerIsToldOnceAndClosedOnce) {
  Bench bench;
  const BreakerLimits limits{.failures = 2};
  EXPECT_FALSE(bench.book.reset_breaker("main")) << "nothing to close";
  EXPECT_FALSE(bench.book.fail("main", limits, kNow));
  EXPECT_TRUE(bench.book.fail("main", limits, kNow));
  EXPECT_FALSE(bench.book.fail("main", limits, kNow));
  EXPECT_TRUE(bench.book.breaker("main").open());
  EXPECT_FALSE(bench.book.breaker("other").open());
  EXPECT_TRUE(bench.book.reset_breaker("main"));
  ASSERT_TRUE(bench.book.flush(kNow));
  ASSERT_EQ(bench.journal.entries[0].events.size(), 1U);
  EXPECT_EQ(bench.journal.entries[0].events[0].kind, "breaker");
  ASSERT_EQ(bench.journal.entries[0].breakers.size(), 1U);
  EXPECT_FALSE(bench.journal.entries[0].breakers[0].opened_at);
}

}  // namespace
}  // namespace penstock
