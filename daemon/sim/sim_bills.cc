// The money side of SimCloud: changes that end, terms, hours, months, the balance.
#include <algorithm>
#include <cmath>

#include "daemon/sim/sim_cloud.h"
#include "daemon/sim/sim_record.h"

namespace penstock {
namespace {

using std::chrono::hours;
using std::chrono::minutes;

__extension__ using Wide = __int128;

constexpr std::int64_t kHoursPerMonth = 720;
constexpr std::int64_t kDaysPerMonth = 30;
constexpr std::int64_t kBpsPerMbps = 1'000'000;
/// What flows where nothing limits: the port.
constexpr std::int64_t kPortMbps = 25'000;
constexpr Duration kRealMonth = hours{24 * 30};
constexpr Duration kSuspension = hours{72};  ///< between an expiry and the release
constexpr double kBytesPerTb = 1e12;
// Order numbers look like the provider's and do not count up by one.
constexpr std::uint64_t kFirstOrder = 967'674'789'100'000'000;
constexpr std::uint64_t kOrderStride = 7'919;

}  // namespace

// ---- Changes ----

void SimCloud::finish_change(Record& record, TimePoint at) {
  const Mbps from = record.facts.cap;
  const Mbps to = *record.modified;
  record.word = ChangeWord::kEnable;
  record.modified.reset();
  if (record.will_fail) {
    note(LedgerKind::kEffect, "failed", record, from, to, at);
    if (record.paid_for_change > Money{}) {
      charge(record, "refund", -record.paid_for_change, at, record.order_number);
    }
  } else {
    note(LedgerKind::kEffect, to > from ? "upgrade-in-force" : "downgrade-in-force", record, from,
         to, at);
    set_cap(record, to, at);
  }
  record.paid_for_change = Money{};
  record.will_fail = false;
}

void SimCloud::set_cap(Record& record, Mbps cap, TimePoint at) {
  if (record.postpaid_flat()) settle_flat(record, at);
  record.facts.cap = cap;
  refresh_link(record, at);
}

void SimCloud::refresh_link(Record& record, TimePoint at) {
  const SimInstance& it = record.facts;
  std::int64_t mbps = it.cap.count();
  if (mbps == 0) mbps = std::max<std::int64_t>(limit(it).value_or(kPortMbps), 0);
  if (mbps == 0) mbps = kPortMbps;
  if (overdue() && it.charge == Charge::kPrepaid) mbps = std::min<std::int64_t>(mbps, 1);
  if (it.status != "RUNNING") mbps = 0;
  record.meter.set_cap(at, mbps * kBpsPerMbps);
}

// ---- Prices ----

Mbps SimCloud::size_of(const Record& record) const {
  if (record.facts.cap > Mbps{0}) return record.facts.cap;
  return Mbps{std::max<std::int64_t>(limit(record.facts).value_or(kPortMbps), 0)};
}

Money SimCloud::monthly(const Record& record, Mbps cap) const {
  if (!record.facts.flat_rate()) return Money{};
  return record.facts.tariff.price(cap, included(record.facts));
}

Money SimCloud::upgrade_price(const Record& record, Mbps target, TimePoint now) const {
  if (!record.facts.prepaid_flat() || !record.facts.expires) return Money{};
  const Money more = monthly(record, target) - monthly(record, size_of(record));
  const Duration left = *record.facts.expires - now;
  if (more <= Money{} || left <= Duration::zero()) return Money{};
  return scale_round_up(more, left.count(), settings_.month.count());
}

// ---- Terms ----

void SimCloud::end_term(Record& record, TimePoint at) {
  SimInstance& it = record.facts;
  const Duration term = settings_.month * it.period_months;
  // A change already ordered belongs to the next term: the smaller size, or the larger one paid
  // for.
  if (record.scheduled() && conditions_.downgrades_vanish) {
    note(LedgerKind::kEffect, "downgrade-vanished", record, it.cap, *record.modified, at);
    record.modified.reset();
    record.word = ChangeWord::kEnable;
    record.term_ended = at;
  }
  const Mbps next = record.modified.value_or(size_of(record));
  const Money due = scale_round_up(monthly(record, next), term.count(), settings_.month.count());
  if (!it.auto_renew || overdue() || due > spendable()) {
    it.status = "RECYCLE";
    record.status_since = at;
    record.release_at = at + time_.shrink(kSuspension);
    record.modified.reset();
    record.word = ChangeWord::kEnable;
    note(LedgerKind::kEffect, "expired", record, it.cap, it.cap, at);
    refresh_link(record, at);
    return;
  }
  it.expires = *it.expires + term;
  if (due > Money{}) charge(record, "renewal", due, at, next_order_number());
  if (record.processing()) {
    const Money more = monthly(record, next) - monthly(record, size_of(record));
    record.paid_for_change = scale_round_up(more, term.count(), settings_.month.count());
  }
  if (record.scheduled()) {
    note(LedgerKind::kEffect, "scheduled-downgrade-in-force", record, it.cap, next, at);
    record.modified.reset();
    record.word = ChangeWord::kEnable;
    record.term_ended = at;
    set_cap(record, next, at);
  }
}

void SimCloud::release(Record& record, TimePoint at) {
  note(LedgerKind::kEffect, "released", record, record.facts.cap, Mbps{0}, at);
  record.gone = true;
  by_id_.erase(record.facts.id);
  gone_.insert(record.facts.id);
}

// ---- Hours and months ----

TimePoint SimCloud::next_hour(TimePoint at) const {
  const std::int64_t month = settings_.month.count();
  const std::int64_t hour = (at - time_.origin).count() * kHoursPerMonth / month + 1;
  const std::int64_t begins = (hour * month + kHoursPerMonth - 1) / kHoursPerMonth;
  return std::max(time_.origin + Duration{begins}, at + Duration{1});
}

TimePoint SimCloud::next_month(TimePoint at) const {
  if (settings_.month != kRealMonth) {
    return time_.origin + settings_.month * ((at - time_.origin) / settings_.month + 1);
  }
  const std::chrono::year_month_day day(std::chrono::floor<std::chrono::days>(at));
  const auto first = (day.year() / day.month() + std::chrono::months{1}) / std::chrono::day{1};
  return std::chrono::time_point_cast<Duration>(std::chrono::sys_days(first));
}

void SimCloud::settle_flat(Record& record, TimePoint at) {
  const std::int64_t ms = (at - record.settled_until).count();
  if (ms <= 0) return;
  const std::int64_t month = settings_.month.count();
  const Mbps size = size_of(record);
  // Rounded up once over the whole life, not once an hour: the rest that was paid too much counts.
  const Wide owed = Wide{monthly(record, size).micros()} * ms + record.owed_rest;
  const Wide micros = owed > 0 ? (owed + month - 1) / month : Wide{0};
  record.owed_rest = static_cast<std::int64_t>(owed - micros * month);
  const TimePoint since = record.settled_until;
  record.settled_until = at;
  if (micros == 0) return;
  const Money amount = Money::from_micros(static_cast<std::int64_t>(micros));
  cash_ -= amount;
  ledger_.accrue({.at = at,
                  .kind = LedgerKind::kCharge,
                  .what = "postpaid",
                  .instance_id = record.facts.id,
                  .by = "provider",
                  .from = size,
                  .to = size,
                  .amount = amount,
                  .cash_after = cash_,
                  .since = since},
                 (at - time_.origin - Duration{1}).count() * kDaysPerMonth / month);
  recheck_overdue(at);
}

void SimCloud::settle_month(Record& record, TimePoint at) {
  const SimInstance& it = record.facts;
  const TimePoint began = record.month_began;
  record.month_began = at;
  if (it.internet == InternetCharge::kByTrafficPackage) {
    const double sent = static_cast<double>(record.meter.bytes_between(began, at)) / kBytesPerTb;
    const double beyond = std::max(0.0, sent - it.package_tb.value_or(0));
    const double micros = static_cast<double>(it.tariff.per_package_tb.micros()) * beyond;
    return charge(record, "package", Money::from_micros(std::llround(std::ceil(micros))), at, "");
  }
  const Duration interval = time_.shrink(minutes{5});
  std::vector<double> samples;
  for (TimePoint t = began; t + interval <= at; t += interval) {
    samples.push_back(record.meter.average(t, t + interval));
  }
  if (samples.empty()) return;
  const std::size_t rank = (samples.size() * 95 + 99) / 100;  // the ceil(0.95 n)-th smallest
  const auto level = samples.begin() + static_cast<std::ptrdiff_t>(rank - 1);
  std::nth_element(samples.begin(), level, samples.end());
  const double billed = std::max(*level, static_cast<double>(it.commit.count()));
  const Duration whole =
      settings_.month != kRealMonth
          ? settings_.month
          : at - std::chrono::time_point_cast<Duration>(std::chrono::sys_days(
                     std::chrono::year_month_day(std::chrono::floor<std::chrono::days>(at)) -
                     std::chrono::months{1}));
  const double share =
      static_cast<double>((at - began).count()) / static_cast<double>(whole.count());
  const double micros =
      static_cast<double>(it.tariff.discounted(it.tariff.unit_price).micros()) * billed * share;
  charge(record, "burst95", Money::from_micros(std::llround(std::ceil(micros))), at, "");
}

// ---- The account ----

Money SimCloud::spendable() const {
  return conditions_.short_balance ? Money{} : Money(cash_ + settings_.credit);
}

bool SimCloud::overdue() const {
  return conditions_.overdue || cash_ + settings_.credit < Money{};
}

SimBalance SimCloud::balance(TimePoint now) {
  settle(now);
  const Money frozen =
      conditions_.short_balance ? std::max(Money{}, Money(cash_ + settings_.credit)) : Money{};
  return SimBalance{cash_, settings_.credit, frozen};
}

void SimCloud::charge(Record& record, const std::string& what, Money amount, TimePoint at,
                      const std::string& number) {
  if (amount == Money{}) return;
  cash_ -= amount;
  ledger_.add({.at = at,
               .kind = LedgerKind::kCharge,
               .what = what,
               .instance_id = record.facts.id,
               .by = "provider",
               .from = record.facts.cap,
               .to = record.modified.value_or(record.facts.cap),
               .amount = amount,
               .order_number = number,
               .cash_after = cash_});
  recheck_overdue(at);
}

void SimCloud::recheck_overdue(TimePoint at) {
  if (overdue() == was_overdue_) return;
  was_overdue_ = overdue();
  for (const auto& record : records_) {
    if (!record->gone && !record->release_at) refresh_link(*record, at);
  }
}

// ---- The ledger ----

void SimCloud::note(LedgerKind kind, const std::string& what, const Record& record, Mbps from,
                    Mbps to, TimePoint at, const std::string& by) {
  ledger_.add({.at = at,
               .kind = kind,
               .what = what,
               .instance_id = record.facts.id,
               .by = by,
               .from = from,
               .to = to,
               .order_number = record.order_number});
}

void SimCloud::violation(const std::string& what, std::string_view id, Mbps from, Mbps to,
                         TimePoint now) {
  ledger_.add({.at = now,
               .kind = LedgerKind::kViolation,
               .what = what,
               .instance_id = std::string(id),
               .from = from,
               .to = to});
}

Refusal SimCloud::refuse(std::string_view id, Refusal refusal, const std::string& by,
                         TimePoint now) {
  ledger_.add({.at = now,
               .kind = LedgerKind::kRefusal,
               .what = refusal.code,
               .instance_id = std::string(id),
               .by = by});
  return refusal;
}

std::string SimCloud::next_order_number() {
  return std::to_string(kFirstOrder + ++orders_ * kOrderStride);
}

}  // namespace penstock
