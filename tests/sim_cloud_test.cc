#include "daemon/sim/sim_cloud.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

namespace penstock {
namespace {

using std::chrono::hours;
using std::chrono::minutes;

constexpr TimePoint kStart = TimePoint(std::chrono::seconds{1'767'225'600});
constexpr Duration kMonth = hours{24 * 30};

SimCatalogue catalogue() {
  return {.zones = {{"HKG-A", "Hong Kong A", "Hong Kong", "Asia", Mbps{0}},
                    {"SIN-A", "Singapore A", "Singapore", "Asia", Mbps{50}}},
          .types = {{Product::kVm, "c.4c8g", "", 4, 8, 1500, true},
                    {Product::kVm, "free", "", 4, 8, -1, true},
                    {Product::kBmc, "M9Y", "", 32, 128, 10'000, true}}};
}

/// 2 USD per Mbps and month; a term of 30 days that began at kStart.
SimInstance make(Product product, Charge charge, std::int64_t mbps) {
  SimInstance it;
  it.id = "i";
  it.product = product;
  it.charge = charge;
  it.zone = product == Product::kVm ? "HKG-A" : "SIN-A";
  it.type = product == Product::kVm ? "c.4c8g" : "M9Y";
  it.cap = Mbps{mbps};
  it.tariff.unit_price = Money::from_units(2);
  it.created = kStart;
  if (charge == Charge::kPrepaid) it.expires = kStart + kMonth;
  return it;
}

SimCloud cloud_of(const SimInstance& it, SimSettings settings = {}) {
  SimCloud cloud(std::move(settings), catalogue(), kStart);
  cloud.add(it, kStart);
  return cloud;
}

std::string code_of(const std::variant<SimOrder, Refusal>& answer) {
  const auto* refusal = std::get_if<Refusal>(&answer);
  return refusal == nullptr ? "" : std::to_string(refusal->status) + " " + refusal->code;
}

std::string state(SimCloud& cloud, TimePoint now) {
  const std::optional<SimChange> change = cloud.change("i", now);
  if (!change) return "gone";
  const char* words[] = {"Enable", "Processing", "WaitToEnable"};
  return std::to_string(change->cap.count()) + " " + words[static_cast<int>(change->change)] +
         (change->modified ? " " + std::to_string(change->modified->count()) : "");
}

std::vector<std::string> violations(const SimCloud& cloud) {
  std::vector<std::string> out;
  for (const LedgerEntry& entry : cloud.ledger().entries()) {
    if (entry.kind == LedgerKind::kViolation) out.push_back(entry.what);
  }
  return out;
}

constexpr auto kVm = Product::kVm;
constexpr auto kBmc = Product::kBmc;
constexpr auto kPrepaid = Charge::kPrepaid;
constexpr auto kPostpaid = Charge::kPostpaid;

/// One Modify from rest, by product, charge and direction: what is charged, and what follows.
TEST(SimCloud, ModifyByKind) {
  struct Case {
    std::string name;
    Product product;
    Charge charge;
    InternetCharge internet;
    std::int64_t from, to;
    std::string money;  ///< charged at once
    bool order;
    std::string soon, done, after_term;
  };
  const auto flat = InternetCharge::kByBandwidth;
  const std::vector<Case> cases{
      // 12 days left of 30: 100 Mbps more at 2 USD are 80 USD.
      {"prepaid up", kVm, kPrepaid, flat, 100, 200, "80.00 USD", true, "100 Processing 200",
       "200 Enable", "200 Enable"},
      {"prepaid down", kVm, kPrepaid, flat, 100, 40, "0.00 USD", true, "100 WaitToEnable 40",
       "100 WaitToEnable 40", "40 Enable"},
      {"postpaid up", kVm, kPostpaid, flat, 100, 200, "0.00 USD", false, "100 Processing 200",
       "200 Enable", "200 Enable"},
      {"postpaid down", kVm, kPostpaid, flat, 100, 40, "0.00 USD", false, "100 Processing 40",
       "40 Enable", "40 Enable"},
      {"a 95th cap is free", kBmc, kPrepaid, InternetCharge::kByInstanceBandwidth95, 100, 40,
       "0.00 USD", false, "100 Processing 40", "40 Enable", "40 Enable"},
      {"a package's cap is free", kVm, kPrepaid, InternetCharge::kByTrafficPackage, 100, 1500,
       "0.00 USD", false, "100 Processing 1500", "1500 Enable", "1500 Enable"},
      {"within the included bandwidth down", kBmc, kPrepaid, flat, 50, 20, "0.00 USD", false,
       "50 Processing 20", "20 Enable", "20 Enable"},
      {"within the included bandwidth up", kBmc, kPrepaid, flat, 20, 50, "0.00 USD", false,
       "20 Processing 50", "50 Enable", "50 Enable"},
      {"out of the included bandwidth", kBmc, kPrepaid, flat, 20, 60, "8.00 USD", true,
       "20 Processing 60", "60 Enable", "60 Enable"},
      {"into the included bandwidth", kBmc, kPrepaid, flat, 60, 20, "0.00 USD", true,
       "60 WaitToEnable 20", "60 WaitToEnable 20", "20 Enable"},
  };
  const TimePoint now = kStart + hours{24 * 18};
  for (const Case& c : cases) {
    SCOPED_TRACE(c.name);
    SimInstance it = make(c.product, c.charge, c.from);
    it.internet = c.internet;
    SimCloud cloud = cloud_of(it);
    const auto answer = cloud.modify("i", c.to, now);
    ASSERT_TRUE(std::holds_alternative<SimOrder>(answer)) << code_of(answer);
    EXPECT_EQ(std::get<SimOrder>(answer).number.empty(), !c.order);
    EXPECT_EQ(format(cloud.ledger().totals().charged_at_once), c.money);
    EXPECT_EQ(state(cloud, now + 4s), c.soon);
    EXPECT_EQ(state(cloud, now + 5s), c.done);
    EXPECT_EQ(state(cloud, kStart + kMonth), c.after_term);
    EXPECT_TRUE(violations(cloud).empty());
  }
}

TEST(SimCloud, RefusesInTheProvidersOrder) {
  struct Case {
    std::string name;
    Product product;
    std::string status;
    std::int64_t before;  ///< a first Modify, 0 for none
    std::int64_t to;
    std::string code, violation;
  };
  const std::vector<Case> cases{
      {"stopped", kVm, "STOPPED", 0, -5, "403 OPERATION_DENIED_INSTANCE_NOT_RUNNING",
       "modify-not-running"},
      {"zero", kVm, "RUNNING", 150, 0, "400 INVALID_PARAMETER_LESS_MINIMUM", "modify-out-of-range"},
      {"too much", kVm, "RUNNING", 150, 1501, "400 INVALID_PARAMETER_BANDWIDTH_EXCEED",
       "modify-out-of-range"},
      {"vm while processing", kVm, "RUNNING", 150, 160,
       "403 OPERATION_DENIED_INSTANCE_BANDWIDTH_PROCESSING", "modify-while-processing"},
      {"bmc while processing", kBmc, "RUNNING", 150, 160,
       "403 OPERATION_FAILED_INSTANCE_BANDWIDTH_PROCESSING", "modify-while-processing"},
      {"the same again", kVm, "RUNNING", 150, 150,
       "403 OPERATION_DENIED_INSTANCE_BANDWIDTH_PROCESSING", "doubled-order"},
      {"while scheduled", kVm, "RUNNING", 60, 160,
       "403 OPERATION_DENIED_INSTANCE_EXIST_PLAN_BANDWIDTH", "modify-while-scheduled"},
      {"the same downgrade again", kVm, "RUNNING", 60, 60,
       "403 OPERATION_DENIED_INSTANCE_EXIST_PLAN_BANDWIDTH", "doubled-order"},
      {"unchanged", kVm, "RUNNING", 0, 100, "400 INVALID_INSTANCE_BANDWIDTH_UNMODIFIED",
       "modify-same-value"},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.name);
    SimInstance it = make(c.product, kPrepaid, 100);
    it.status = c.status;
    SimCloud cloud = cloud_of(it, {.same_value_is_error = true});
    const TimePoint now = kStart + hours{1};
    if (c.before > 0) {
      ASSERT_EQ(code_of(cloud.modify("i", c.before, now)), "");
    }
    EXPECT_EQ(code_of(cloud.modify("i", c.to, now + 1s)), c.code);
    EXPECT_EQ(violations(cloud), std::vector<std::string>{c.violation});
  }
}

TEST(SimCloud, MisuseThatIsNoErrorIsStillNoted) {
  SimInstance it = make(kVm, kPostpaid, 100);
  SimCloud cloud = cloud_of(it);
  EXPECT_EQ(code_of(cloud.modify("i", 100, kStart)), "");
  EXPECT_EQ(code_of(cloud.modify("i", 120, kStart + 1s)), "");
  EXPECT_EQ(code_of(cloud.modify("i", 120, kStart + 10s)), "");  // in force, sent again
  EXPECT_EQ(code_of(cloud.modify("nobody", 120, kStart + 11s)), "404 INVALID_INSTANCE_NOT_FOUND");
  EXPECT_EQ(violations(cloud),
            (std::vector<std::string>{"modify-same-value", "doubled-order", "unknown-instance"}));
  // Orders are counted once: the repeated ones changed nothing.
  EXPECT_EQ(cloud.ledger().totals().changes.at("upgrade"), 1U);
  it.type = "free";
  SimCloud other = cloud_of(it);
  EXPECT_EQ(code_of(other.modify("i", 50, kStart)), "400 INVALID_PARAMETER_BANDWIDTH_EXCEED");
  it.type = "c.4c8g";
  it.cap = Mbps{0};
  SimCloud unlimited = cloud_of(it);
  EXPECT_EQ(code_of(unlimited.modify("i", 50, kStart)), "");
  EXPECT_EQ(violations(other), std::vector<std::string>{"modify-not-limitable"});
  EXPECT_EQ(violations(unlimited), std::vector<std::string>{"modify-unlimited"});
}

TEST(SimCloud, BadLuckIsNotMisuse) {
  SimCloud cloud = cloud_of(make(kVm, kPrepaid, 100));
  ASSERT_TRUE(cloud.console_status("i", "STOPPED", kStart + hours{1}));
  EXPECT_NE(code_of(cloud.modify("i", 120, kStart + hours{1} + 30s)), "");
  ASSERT_TRUE(cloud.console_status("i", "RUNNING", kStart + hours{2}));
  EXPECT_EQ(code_of(cloud.modify("i", 50, kStart + hours{2})), "");
  EXPECT_EQ(code_of(cloud.cancel_downgrade("i", kStart + kMonth + 10s)),
            "403 OPERATION_DENIED_DOWNGRADE_NOT_EXIST");
  ASSERT_TRUE(cloud.vanish("i", kStart + kMonth + 20s));
  EXPECT_EQ(code_of(cloud.modify("i", 60, kStart + kMonth + 30s)),
            "404 INVALID_INSTANCE_NOT_FOUND");
  EXPECT_TRUE(violations(cloud).empty());
  EXPECT_EQ(state(cloud, kStart + kMonth + 40s), "gone");
}

TEST(SimCloud, CancelsAScheduledDowngrade) {
  for (const Product product : {kVm, kBmc}) {
    SimCloud cloud = cloud_of(make(product, kPrepaid, 100));
    const TimePoint now = kStart + hours{1};
    EXPECT_EQ(code_of(cloud.cancel_downgrade("i", now)),
              product == kVm ? "403 OPERATION_DENIED_DOWNGRADE_NOT_EXIST"
                             : "404 OPERATION_DENIED_DOWNGRADE_NOT_EXIST");
    ASSERT_EQ(code_of(cloud.modify("i", 60, now)), "");
    EXPECT_EQ(code_of(cloud.cancel_downgrade("i", now + 1s)), "");
    EXPECT_EQ(state(cloud, now + 1s), "100 Enable");
    EXPECT_EQ(state(cloud, kStart + kMonth + 1s), "100 Enable");
    EXPECT_EQ(format(cloud.ledger().totals().charged),
              product == kVm ? "200.00 USD" : "100.00 USD");  // the renewal at the old size
  }
  SimInstance by_use = make(kVm, kPrepaid, 100);
  by_use.internet = InternetCharge::kByTrafficPackage;
  SimCloud cloud = cloud_of(by_use);
  EXPECT_EQ(code_of(cloud.cancel_downgrade("i", kStart)),
            "403 OPERATION_DENIED_INTERNET_CHARGE_TYPE_NOT_SUPPORT");
}

TEST(SimCloud, TermsEnd) {
  struct Case {
    std::string name;
    bool auto_renew;
    std::int64_t cash;
    std::string after, status, charged;
  };
  // 100 Mbps, 40 of them wished from the next term on, at 2 USD: 80 USD.
  for (const Case& c : std::vector<Case>{
           {"renews at the new size", true, 1000, "40 Enable", "RUNNING", "80.00 USD"},
           {"is not renewed", false, 1000, "100 Enable", "RECYCLE", "0.00 USD"},
           {"cannot be paid", true, 79, "100 Enable", "RECYCLE", "0.00 USD"}}) {
    SCOPED_TRACE(c.name);
    SimInstance it = make(kVm, kPrepaid, 100);
    it.auto_renew = c.auto_renew;
    it.demand = DemandShape::flat(500);
    SimCloud cloud = cloud_of(it, {.cash = Money::from_units(c.cash)});
    ASSERT_EQ(code_of(cloud.modify("i", 40, kStart + hours{5})), "");
    EXPECT_EQ(state(cloud, kStart + kMonth - 1ms), "100 WaitToEnable 40");
    EXPECT_EQ(state(cloud, kStart + kMonth), c.after);
    EXPECT_EQ(cloud.instance("i")->status, c.status);
    EXPECT_EQ(format(cloud.ledger().totals().charged), c.charged);
    const TimePoint later = kStart + kMonth + hours{1};
    cloud.advance(later);
    EXPECT_DOUBLE_EQ(cloud.average("i", kStart + kMonth, later), c.status == "RUNNING" ? 40 : 0);
    if (c.status == "RUNNING") {
      EXPECT_EQ(cloud.instance("i")->expires, kStart + 2 * kMonth);
    } else {
      EXPECT_EQ(state(cloud, kStart + kMonth + hours{72}), "gone");
    }
  }
}

TEST(SimCloud, AShrunkMonthBillsAsIfItWereThirtyDays) {
  SimInstance prepaid = make(kVm, kPrepaid, 100);
  prepaid.expires = kStart + minutes{4};
  SimCloud cloud(SimSettings{.month = minutes{4}}, catalogue(), kStart);
  cloud.add(prepaid, kStart);
  SimInstance postpaid = make(kVm, kPostpaid, 30);
  postpaid.id = "p";
  cloud.add(postpaid, kStart);
  ASSERT_EQ(code_of(cloud.modify("i", 200, kStart + minutes{3})), "");  // a quarter is left
  EXPECT_EQ(format(cloud.ledger().totals().charged_at_once), "50.00 USD");
  cloud.settle(kStart + minutes{4});
  // 50 + renewal at 200 Mbps + 30 Mbps for the whole month.
  EXPECT_EQ(format(cloud.ledger().totals().charged), "510.00 USD");
  EXPECT_EQ(cloud.instance("i")->expires, kStart + minutes{8});
  cloud.settle(kStart + minutes{8});
  EXPECT_EQ(format(cloud.ledger().totals().charged), "970.00 USD");
  EXPECT_EQ(format(cloud.balance(kStart + minutes{8}).cash), "99030.00 USD");
}

TEST(SimCloud, AnUnpayableUpgradeIsRefused) {
  SimCloud cloud = cloud_of(make(kVm, kPrepaid, 100), {.cash = Money::from_units(100)});
  EXPECT_EQ(code_of(cloud.modify("i", 151, kStart)), "403 OPERATION_DENIED_BALANCE_INSUFFICIENT");
  EXPECT_EQ(state(cloud, kStart), "100 Enable");
  EXPECT_EQ(code_of(cloud.modify("i", 150, kStart)), "");
  EXPECT_EQ(format(cloud.balance(kStart).cash), "0.00 USD");
  SimCloud other = cloud_of(make(kVm, kPrepaid, 100));
  other.set_conditions({.short_balance = true}, kStart);
  EXPECT_EQ(code_of(other.modify("i", 101, kStart)), "403 OPERATION_DENIED_BALANCE_INSUFFICIENT");
  const SimBalance shown = other.balance(kStart);
  EXPECT_EQ(shown.cash - shown.frozen, Money{});
}

TEST(SimCloud, AnOverdueAccountIsThrottledToOneMbps) {
  SimInstance it = make(kVm, kPrepaid, 100);
  it.demand = DemandShape::flat(80);
  SimCloud cloud = cloud_of(it, {.cash = Money::from_units(1)});
  SimInstance drain = make(kVm, kPostpaid, 100);  // 200 USD a month: the dollar lasts 3.6 hours
  drain.id = "drain";
  drain.demand = DemandShape::flat(80);
  cloud.add(drain, kStart);
  cloud.advance(kStart + hours{3});
  EXPECT_FALSE(cloud.overdue());
  const TimePoint now = kStart + hours{5};
  cloud.advance(now);
  EXPECT_TRUE(cloud.overdue());
  EXPECT_DOUBLE_EQ(cloud.average("i", kStart + hours{4}, now), 1);
  EXPECT_DOUBLE_EQ(cloud.average("drain", kStart + hours{4}, now), 80);  // postpaid goes on
  EXPECT_EQ(cloud.instance("i")->cap, Mbps{100});  // the list does not show it
  EXPECT_EQ(code_of(cloud.modify("i", 120, now)), "403 OPERATION_DENIED_ACCOUNT_OVERDUE");
  EXPECT_EQ(code_of(cloud.modify("drain", 120, now)), "403 OPERATION_DENIED_ACCOUNT_OVERDUE");
  EXPECT_EQ(code_of(cloud.modify("i", 50, now)), "");  // less may always be wished
  cloud.deposit(Money::from_units(50), now);
  cloud.advance(now + hours{1});
  EXPECT_DOUBLE_EQ(cloud.average("i", now, now + hours{1}), 80);
}

TEST(SimCloud, AFailedChangeEndsWithTheOldValueAndIsPaidBack) {
  SimCloud cloud = cloud_of(make(kVm, kPrepaid, 100));
  cloud.set_conditions({.changes_fail = true, .extra_processing = 60s}, kStart);
  ASSERT_EQ(code_of(cloud.modify("i", 200, kStart)), "");
  EXPECT_EQ(format(cloud.ledger().totals().charged), "200.00 USD");
  cloud.set_conditions({}, kStart + 1s);
  EXPECT_EQ(state(cloud, kStart + 64s), "100 Processing 200");
  EXPECT_EQ(state(cloud, kStart + 65s), "100 Enable");
  EXPECT_EQ(format(cloud.ledger().totals().charged), "0.00 USD");
  EXPECT_EQ(cloud.ledger().totals().effects.at("failed"), 1U);
}

TEST(SimCloud, AChangeThatStraddlesTheTermIsBilledOnce) {
  SimInstance it = make(kVm, kPrepaid, 100);
  SimCloud cloud = cloud_of(it, {.processing = hours{2}});
  ASSERT_EQ(code_of(cloud.modify("i", 200, kStart + kMonth - hours{1})), "");
  EXPECT_EQ(state(cloud, kStart + kMonth), "100 Processing 200");
  EXPECT_EQ(state(cloud, kStart + kMonth + hours{1}), "200 Enable");
  // An hour of 100 Mbps more, then a term of 200.
  EXPECT_EQ(cloud.ledger().totals().charged,
            scale_round_up(Money::from_units(200), 1, 720) + Money::from_units(400));
}

TEST(SimCloud, QuotesInEachMeaning) {
  struct Case {
    Charge charge;
    SimQuoteMeaning meaning;
    std::int64_t to;
    std::string original, discounted;
  };
  // 10 days left, 2 USD with a tenth off, 100 Mbps today.
  for (const Case& c : std::vector<Case>{
           {kPrepaid, SimQuoteMeaning::kDue, 250, "100.00 USD", "90.00 USD"},
           {kPrepaid, SimQuoteMeaning::kMonthlyTotal, 250, "500.00 USD", "450.00 USD"},
           {kPrepaid, SimQuoteMeaning::kMonthlyDifference, 250, "300.00 USD", "270.00 USD"},
           {kPrepaid, SimQuoteMeaning::kDue, 50, "0.00 USD", "0.00 USD"},
           {kPrepaid, SimQuoteMeaning::kMonthlyTotal, 50, "100.00 USD", "90.00 USD"},
           {kPostpaid, SimQuoteMeaning::kDue, 360, "1.00 USD", "0.90 USD"}}) {
    SimInstance it = make(kVm, c.charge, 100);
    it.tariff.discount_percent = 90;
    SimCloud cloud = cloud_of(it, {.quote = c.meaning});
    const auto answer = cloud.quote("i", c.to, kStart + hours{24 * 20});
    ASSERT_TRUE(std::holds_alternative<SimQuote>(answer));
    EXPECT_TRUE(std::get<SimQuote>(answer).priced);
    EXPECT_EQ(format(std::get<SimQuote>(answer).original), c.original) << c.to;
    EXPECT_EQ(format(std::get<SimQuote>(answer).discounted), c.discounted) << c.to;
  }
  SimCloud cloud = cloud_of(make(kBmc, kPrepaid, 100));
  EXPECT_FALSE(std::get<SimQuote>(cloud.quote("i", 50, kStart)).priced);  // included
  EXPECT_TRUE(std::get<SimQuote>(cloud.quote("i", 51, kStart)).priced);
  SimInstance by_use = make(kBmc, kPrepaid, 100);
  by_use.internet = InternetCharge::kByInstanceBandwidth95;
  SimCloud other = cloud_of(by_use);
  EXPECT_EQ(std::get<Refusal>(other.quote("i", 60, kStart)).code,
            "OPERATION_DENIED_INTERNET_CHARGE_TYPE_NOT_SUPPORT");
}

TEST(SimCloud, SteppedPricesAreMarginal) {
  SimTariff tariff;
  tariff.steps = {{Mbps{0}, Money::from_units(3)}, {Mbps{100}, Money::from_units(2)}};
  for (const auto& [cap, units] :
       std::vector<std::pair<int, int>>{{10, 0}, {50, 0}, {60, 30}, {150, 300}, {160, 320}}) {
    EXPECT_EQ(tariff.price(Mbps{cap}, Mbps{50}), Money::from_units(units)) << cap;
  }
}

TEST(SimCloud, BillsByUse) {
  SimInstance it = make(kBmc, kPostpaid, 500);
  it.internet = InternetCharge::kByInstanceBandwidth95;
  it.created = kStart;
  // 31 days of January: a day of 400 Mbps is under 5 %, two days are not.
  const auto day = hours{24};
  for (const auto& [days, billed] :
       std::vector<std::pair<int, std::string>>{{1, "100.00 USD"}, {2, "800.00 USD"}}) {
    it.demand = DemandShape::steps({{0s, 50}, {day, 400}, {day + days * day, 50}});
    SimCloud cloud = cloud_of(it);
    cloud.advance(kStart + 31 * day - 1s);
    EXPECT_EQ(cloud.ledger().totals().charged, Money{});
    cloud.advance(kStart + 31 * day);
    EXPECT_EQ(format(cloud.ledger().totals().charged), billed);
  }
  it.demand = DemandShape::flat(50);
  it.commit = Mbps{80};
  SimCloud committed = cloud_of(it);
  committed.advance(kStart + 31 * day);
  EXPECT_EQ(format(committed.ledger().totals().charged), "160.00 USD");

  SimInstance package = make(kVm, kPostpaid, 80);
  package.internet = InternetCharge::kByTrafficPackage;
  package.package_tb = 5;
  package.tariff.per_package_tb = Money::from_units(10);
  package.demand = DemandShape::flat(100);
  SimCloud cloud = cloud_of(package);
  cloud.advance(kStart + 31 * day);
  // 80 Mbps for 31 days are 26.784 TB.
  EXPECT_EQ(format(cloud.ledger().totals().charged), "217.84 USD");
}

TEST(SimCloud, AHandAtTheConsoleIsNoMisuse) {
  SimCloud cloud = cloud_of(make(kVm, kPostpaid, 100));
  EXPECT_EQ(code_of(cloud.console_modify("i", Mbps{300}, kStart)), "");
  EXPECT_EQ(code_of(cloud.console_modify("i", Mbps{310}, kStart + 1s)),
            "403 OPERATION_DENIED_INSTANCE_BANDWIDTH_PROCESSING");
  EXPECT_EQ(state(cloud, kStart + 5s), "300 Enable");
  EXPECT_TRUE(violations(cloud).empty());
  EXPECT_EQ(cloud.ledger().entries().front().by, "console");
}

TEST(SimLedger, KeepsTotalsWhenOldEntriesMakeRoom) {
  SimLedger ledger;
  for (std::size_t i = 0; i < SimLedger::kMaxEntries + 10; ++i) {
    ledger.add({.kind = LedgerKind::kCharge, .what = "upgrade", .amount = Money::from_micros(1)});
  }
  EXPECT_EQ(ledger.entries().size(), SimLedger::kMaxEntries);
  EXPECT_EQ(ledger.entries().front().sequence, 11U);
  EXPECT_EQ(ledger.totals().charged.micros(), SimLedger::kMaxEntries + 10);
  const LedgerEntry hour{.kind = LedgerKind::kCharge,
                         .what = "postpaid",
                         .instance_id = "p",
                         .to = Mbps{5},
                         .amount = Money::from_micros(7)};
  ledger.accrue(hour, 1);
  ledger.accrue(hour, 1);
  ledger.accrue(hour, 2);
  EXPECT_EQ(ledger.entries().back().amount.micros(), 7);
  EXPECT_EQ(ledger.entries()[ledger.entries().size() - 2].amount.micros(), 14);
}

}  // namespace
}  // namespace penstock
