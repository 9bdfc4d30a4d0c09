// Every checker of the simulation must be able to fail: here each invariant is broken on purpose,
// in the provider's ledger, the journal or the traffic, and the checker has to say so; and the same
// history without the break passes.
#include <gtest/gtest.h>

#include <functional>

#include "daemon/sim/checker.h"
#include "daemon/sim/scenario.h"
#include "daemon/sim/sim_disk.h"
#include "daemon/sqlite_journal.h"

namespace penstock {
namespace {

using std::chrono::hours;

constexpr TimePoint kStart{std::chrono::seconds{1'767'225'600} + hours{240}};

/// One prepaid vm of 100 Mbps, "i-1", and one postpaid, "i-2", both owned by role r0.
struct Bench {
  Bench() {
    for (const char* id : {"i-1", "i-2"}) {
      SimInstance it;
      it.id = id;
      it.zone = "SIN-A";
      it.type = "z2a.cpu.4";
      it.tags = {{"role", "r0"}};
      it.cap = Mbps{100};
      it.charge = it.id == "i-1" ? Charge::kPrepaid : Charge::kPostpaid;
      if (it.id == "i-1") it.expires = kStart + hours{24 * 20};
      it.tariff.unit_price = Money::from_units(3);
      it.demand = DemandShape::flat(40);
      cloud.add(it, kStart);
      watched[id].role = "r0";
    }
    policy.name = "edge";
    policy.mode = Mode::kEnforce;
    policy.bounds = {.min = Mbps{10}, .max = Mbps{500}, .step = Mbps{10}};
    policy.traffic.query = "counter";
    policy.rules = {SaturationRule{.quiet = hours{4}}};
    policy_of["r0"] = &policy;
    limits.orders_per_day = 5;
    journal = std::move(*SqliteJournal::open("/journal.db"));
  }

  LedgerEntry change(const std::string& what, const std::string& id, int from, int to) {
    LedgerEntry entry;
    entry.sequence = ++sequence;
    entry.at = now;
    entry.what = what;
    entry.instance_id = id;
    entry.from = Mbps{from};
    entry.to = Mbps{to};
    return entry;
  }
  /// The intent that belongs to a change.
  Order order_of(const LedgerEntry& entry, OrderState state = OrderState::kEffective) {
    Order order;
    order.id = ++orders;
    order.instance = {"main", entry.instance_id};
    order.policy = "edge";
    order.kind = *parse_order_kind(entry.what);
    order.from = entry.from;
    order.to = entry.to;
    order.state = state;
    order.planned_at = order.sent_at = order.changed_at = entry.at;
    EXPECT_TRUE(journal->commit({.orders = {order}}));
    return order;
  }
  void past(const std::string& id, int slots, double delivered, bool dark = false) {
    for (int i = slots; i > 0; --i) {
      watched[id].past.push_back({.end = now - 5min * i,
                                  .delivered = delivered,
                                  .peak_demand = delivered,
                                  .seen = !dark,
                                  .dark = dark});
    }
  }
  Violations after(const std::unique_ptr<Checker>& checker, std::vector<LedgerEntry> entries,
                   bool last = false) {
    fresh = std::move(entries);
    Violations out;
    checker->after_step({.now = now,
                         .skew = {},
                         .cloud = cloud,
                         .watched = watched,
                         .fresh = fresh,
                         .policy_of = policy_of,
                         .limits = limits,
                         .journal = journal.get(),
                         .snapshot = snapshot,
                         .fleet_paused = paused,
                         .instances = 2,
                         .healthy_since = healthy_since,
                         .clock_was_set = false,
                         .last = last},
                        out);
    return out;
  }

  SimDisk disk;
  SqliteDisk mounted{disk};
  SimCloud cloud{{}, scenario_catalogue(), kStart};
  std::unique_ptr<Journal> journal;
  std::map<std::string, Watched> watched;
  Policy policy;
  std::map<std::string, const Policy*> policy_of;
  FleetLimits limits;
  std::vector<LedgerEntry> fresh;
  std::shared_ptr<const Snapshot> snapshot;
  std::optional<TimePoint> healthy_since = kStart;
  TimePoint now = kStart + hours{12};
  bool paused = false;
  std::uint64_t sequence = 0;
  OrderId orders = 0;
};

TEST(Checkers, BoundsSeesEveryOrderThatMayNotBe) {
  struct Case {
    const char* why;
    std::function<LedgerEntry(Bench&)> breaks;
  };
  const Case cases[] = {
      {"above the bound", [](Bench& b) { return b.change("upgrade", "i-1", 100, 510); }},
      {"not a step", [](Bench& b) { return b.change("upgrade", "i-1", 100, 205); }},
      {"below the bound", [](Bench& b) { return b.change("schedule-downgrade", "i-1", 100, 5); }},
      {"unlimited", [](Bench& b) { return b.change("upgrade", "i-1", 0, 200); }},
      {"raises what it lowers", [](Bench& b) { return b.change("downgrade", "i-2", 100, 120); }},
      {"unknown", [](Bench& b) { return b.change("upgrade", "i-3", 100, 200); }},
      {"paused",
       [](Bench& b) {
         b.paused = true;
         return b.change("upgrade", "i-1", 100, 200);
       }},
      {"observed",
       [](Bench& b) {
         b.policy.mode = Mode::kObserve;
         return b.change("cancel-downgrade", "i-1", 50, 100);
       }},
      {"unmatched",
       [](Bench& b) {
         b.policy_of.clear();
         return b.change("upgrade", "i-1", 100, 200);
       }},
      {"frozen",
       [](Bench& b) {
         FreezeWindow freeze;
         freeze.when.from = hours{10};
         freeze.when.to = hours{14};
         b.policy.freezes = {freeze};
         return b.change("upgrade", "i-1", 100, 200);
       }},
      {"the type's limit",
       [](Bench& b) {
         b.policy.bounds.max = Mbps{2000};
         return b.change("upgrade", "i-1", 100, 1600);
       }},
  };
  for (const Case& each : cases) {
    Bench bench;
    const LedgerEntry entry = each.breaks(bench);
    EXPECT_FALSE(bench.after(make_bounds_checker(), {entry}).empty()) << each.why;
  }
  Bench fine;
  EXPECT_TRUE(fine.after(make_bounds_checker(), {fine.change("upgrade", "i-1", 100, 200),
                                                 fine.change("downgrade", "i-2", 100, 50)})
                  .empty());
}

TEST(Checkers, LedgerSeesWhatTheProviderCallsMisuse) {
  Bench bench;
  bench.cloud.console_modify("i-2", Mbps{200}, bench.now);
  LedgerEntry doubled = bench.change("doubled-order", "i-1", 100, 200);
  doubled.kind = LedgerKind::kViolation;
  EXPECT_FALSE(bench.after(make_ledger_checker(), {doubled}).empty());
  EXPECT_TRUE(
      bench.after(make_ledger_checker(), {bench.change("upgrade", "i-1", 100, 200)}).empty());
}

TEST(Checkers, BudgetSeesEveryLimitThatIsPassed) {
  const auto bought = [](Bench& bench, int amount) {
    LedgerEntry entry = bench.change("upgrade", "i-1", 100, 200);
    entry.amount = Money::from_units(amount);
    return entry;
  };
  const auto violations = [&](const std::function<void(Bench&)>& limit, int amount) {
    Bench bench;
    limit(bench);
    return bench.after(make_budget_checker(), {bought(bench, amount), bought(bench, amount)})
        .size();
  };
  const std::function<void(Bench&)> limits[] = {
      [](Bench& b) { b.policy.budget.per_month = Money::from_units(100); },
      [](Bench& b) { b.limits.per_day = Money::from_units(100); },
      [](Bench& b) { b.limits.per_month = Money::from_units(100); },
  };
  for (const auto& limit : limits) {
    EXPECT_EQ(violations(limit, 50), 0U);
    EXPECT_EQ(violations(limit, 51), 1U);
  }
  EXPECT_EQ(violations([](Bench& b) { b.policy.upgrade.max_price = Money::from_units(40); }, 50),
            2U);
  // Postpaid: 100 Mbps more at 3 USD for the rest of the month, 20.5 of 30 days.
  for (const auto& [limit, expected] : {std::pair{206, 0U}, std::pair{204, 1U}}) {
    Bench bench;
    bench.policy.budget.per_month = Money::from_units(limit);
    const auto entry = bench.change("upgrade", "i-2", 100, 200);
    EXPECT_EQ(bench.after(make_budget_checker(), {entry}).size(), expected) << limit;
  }
  // What failed at the provider was given back.
  Bench bench;
  bench.policy.budget.per_month = Money::from_units(100);
  LedgerEntry failed = bench.change("failed", "i-1", 100, 200);
  failed.kind = LedgerKind::kEffect;
  EXPECT_TRUE(
      bench.after(make_budget_checker(), {bought(bench, 90), failed, bought(bench, 90)}).empty());
}

TEST(Checkers, BudgetCountsOrders) {
  Bench bench;
  std::vector<LedgerEntry> entries;
  for (int i = 0; i < 5; ++i) entries.push_back(bench.change("upgrade", "i-1", 100, 110));
  const auto checker = make_budget_checker();
  EXPECT_TRUE(bench.after(checker, entries).empty());
  EXPECT_FALSE(bench.after(checker, {bench.change("upgrade", "i-1", 100, 110)}).empty());
}

TEST(Checkers, BudgetCountsLoweredInstances) {
  Bench lowered;
  lowered.limits.max_lowered_share = 0.5;
  const auto other = make_budget_checker();
  EXPECT_TRUE(lowered.after(other, {lowered.change("downgrade", "i-2", 100, 50)}).empty());
  EXPECT_FALSE(
      lowered.after(other, {lowered.change("schedule-downgrade", "i-1", 100, 50)}).empty());
}

TEST(Checkers, JournalSeesWhatIsLostDoubledOrMisunderstood) {
  {
    Bench bench;  // no intent at all
    EXPECT_FALSE(
        bench.after(make_journal_checker(), {bench.change("upgrade", "i-1", 100, 200)}).empty());
  }
  {
    Bench bench;  // one intent, two changes
    const LedgerEntry entry = bench.change("upgrade", "i-1", 100, 200);
    bench.order_of(entry);
    EXPECT_FALSE(
        bench.after(make_journal_checker(), {entry, bench.change("upgrade", "i-1", 100, 200)})
            .empty());
  }
  for (const auto& [state, happened, bad] : {std::tuple{OrderState::kEffective, true, false},
                                             {OrderState::kSettled, true, true},
                                             {OrderState::kRejected, true, true},
                                             {OrderState::kEffective, false, true},
                                             {OrderState::kSettled, false, false},
                                             {OrderState::kUnknown, true, true},
                                             {OrderState::kProcessing, true, false},
                                             {OrderState::kScheduled, false, true}}) {
    Bench bench;
    const LedgerEntry entry = bench.change("upgrade", "i-1", 100, 200);
    bench.order_of(entry, state);
    const auto checker = make_journal_checker();
    const bool found =
        !bench.after(checker, happened ? std::vector{entry} : std::vector<LedgerEntry>{}, true)
             .empty();
    EXPECT_EQ(found, bad) << to_string(state) << " " << happened;
  }
  {
    Bench bench;  // under way for longer than a change takes
    const LedgerEntry entry = bench.change("upgrade", "i-1", 100, 200);
    bench.order_of(entry, OrderState::kProcessing);
    bench.now += 10min;
    EXPECT_FALSE(bench.after(make_journal_checker(), {entry}, true).empty());
  }
  Bench bench;  // unsettled for too long, with nothing wrong
  bench.order_of(bench.change("upgrade", "i-1", 100, 200), OrderState::kUnknown);
  bench.now += 1h;
  EXPECT_FALSE(bench.after(make_journal_checker(), {}).empty());
  bench.healthy_since.reset();
  EXPECT_TRUE(bench.after(make_journal_checker(), {}).empty());
}

TEST(Checkers, CutSeesDoubtAndDelivery) {
  const auto cut = [](Bench& bench) { return bench.change("downgrade", "i-2", 100, 50); };
  {
    Bench bench;
    bench.past("i-2", 48, 30);
    EXPECT_TRUE(bench.after(make_cut_checker(), {cut(bench)}).empty());
    bench.watched["i-2"].dark_since = bench.now - 10min;
    EXPECT_FALSE(bench.after(make_cut_checker(), {cut(bench)}).empty()) << "no sample";
  }
  {
    Bench bench;
    bench.past("i-2", 40, 0, true);
    bench.past("i-2", 8, 30);
    EXPECT_FALSE(bench.after(make_cut_checker(), {cut(bench)}).empty()) << "mostly dark";
  }
  {
    Bench bench;
    bench.past("i-2", 48, 60);
    EXPECT_FALSE(bench.after(make_cut_checker(), {cut(bench)}).empty()) << "60 was delivered";
  }
}

std::shared_ptr<const Snapshot> held(const std::string& id, ReasonCode why) {
  auto snapshot = std::make_shared<Snapshot>();
  auto instance = std::make_shared<Instance>();
  instance->key = {"main", id};
  InstanceView view;
  view.instance = instance;
  view.decision.reason.code = why;
  snapshot->instances.push_back(view);
  return snapshot;
}

TEST(Checkers, LivenessSeesAFullLinkThatDoesNotGrow) {
  const auto sees = [](ReasonCode why, bool healthy) {
    Bench bench;
    bench.snapshot = held("i-2", why);
    bench.watched["i-2"].full_since = bench.now - 2h;
    if (!healthy) bench.healthy_since = bench.now - 10min;
    const auto checker = make_liveness_checker();
    return !bench.after(checker, {}).empty();
  };
  EXPECT_TRUE(sees(ReasonCode::kNoData, true));
  EXPECT_FALSE(sees(ReasonCode::kPolicyBudget, true)) << "money may stand against it";
  EXPECT_FALSE(sees(ReasonCode::kNoData, false)) << "it has just been mended";
}

TEST(Checkers, LivenessSeesADowngradeThatWasNotOrdered) {
  const auto sees = [](double flows) {
    Bench bench;
    bench.limits.max_lowered_share = 1;
    bench.snapshot = held("i-1", ReasonCode::kStaleData);
    bench.now = kStart + hours{24 * 20} - bench.policy.downgrade.freeze + 1min;
    bench.past("i-1", 3 * 288, flows);
    return !bench.after(make_liveness_checker(), {}).empty();
  };
  EXPECT_TRUE(sees(10));
  EXPECT_FALSE(sees(80)) << "it is needed";
}

}  // namespace
}  // namespace penstock
