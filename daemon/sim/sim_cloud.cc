#include "daemon/sim/sim_cloud.h"

#include <algorithm>
#include <cassert>

#include "daemon/sim/sim_record.h"

namespace penstock {
namespace {

/// A client works from a list some seconds old: what changed more recently than this is bad luck,
/// not misuse.
constexpr Duration kListAge = 60s;

Refusal refusal(int status, std::string code, std::string message) {
  return Refusal{status, std::move(code), std::move(message)};
}

Refusal not_found(std::string_view id) {
  return refusal(404, "INVALID_INSTANCE_NOT_FOUND",
                 "The instance [" + std::string(id) + "] is not found.");
}

Refusal not_flat_rate(const std::string& id) {
  return refusal(403, "OPERATION_DENIED_INTERNET_CHARGE_TYPE_NOT_SUPPORT",
                 "The internet charge type of instance [" + id + "] does not support this.");
}

}  // namespace

SimCloud::SimCloud(SimSettings settings, SimCatalogue catalogue, TimePoint start)
    : settings_(std::move(settings)),
      catalogue_(std::move(catalogue)),
      time_{.origin = start, .month = settings_.month},
      now_(start),
      cash_(settings_.cash) {
  assert(settings_.month >= 1s);
}

SimCloud::~SimCloud() = default;
SimCloud::SimCloud(SimCloud&&) noexcept = default;

void SimCloud::add(SimInstance instance, TimePoint now) {
  advance(now);
  assert(!by_id_.contains(instance.id) && !gone_.contains(instance.id));
  auto record = std::make_unique<Record>(std::move(instance), time_, now_);
  record->index = records_.size();
  by_id_.emplace(record->facts.id, record.get());
  records_.push_back(std::move(record));
  refresh_link(*records_.back(), now_);
  reschedule(*records_.back());
}

SimCloud::Record* SimCloud::find(std::string_view id) const {
  const auto found = by_id_.find(id);
  return found == by_id_.end() ? nullptr : found->second;
}

// ---- Time ----

void SimCloud::advance(TimePoint now) {
  now_ = std::max(now_, now);
  while (!agenda_.empty() && agenda_.begin()->first <= now_) {
    const auto [at, index] = *agenda_.begin();
    step(*records_[index], at);
    reschedule(*records_[index]);
  }
}

std::optional<TimePoint> SimCloud::next_event(const Record& record) const {
  if (record.gone) return std::nullopt;
  if (record.release_at) return record.release_at;
  std::optional<TimePoint> next;
  const auto at_latest = [&next](TimePoint at) { next = next ? std::min(*next, at) : at; };
  if (record.processing()) at_latest(record.ready_at);
  if (record.facts.expires) at_latest(*record.facts.expires);
  if (record.postpaid_flat()) at_latest(next_hour(record.settled_until));
  if (record.by_usage()) at_latest(next_month(record.month_began));
  return next;
}

void SimCloud::reschedule(Record& record) {
  if (record.on_agenda) agenda_.erase({*record.on_agenda, record.index});
  record.on_agenda = next_event(record);
  if (record.on_agenda) agenda_.emplace(*record.on_agenda, record.index);
}

void SimCloud::step(Record& record, TimePoint at) {
  if (record.release_at && *record.release_at <= at) return release(record, at);
  if (record.processing() && record.ready_at <= at) finish_change(record, at);
  if (record.postpaid_flat()) settle_flat(record, at);
  if (record.by_usage() && next_month(record.month_began) <= at) settle_month(record, at);
  if (record.facts.expires && *record.facts.expires <= at) end_term(record, at);
}

void SimCloud::settle(TimePoint now) {
  advance(now);
  for (const auto& record : records_) {
    if (!record->gone && !record->release_at && record->postpaid_flat()) {
      settle_flat(*record, now_);
      reschedule(*record);
    }
  }
}

// ---- What the API can do ----

std::variant<SimOrder, Refusal> SimCloud::modify(std::string_view id, std::int64_t target,
                                                 TimePoint now) {
  return order(id, target, "api", now);
}

std::variant<SimOrder, Refusal> SimCloud::console_modify(std::string_view id, Mbps target,
                                                         TimePoint now) {
  return order(id, target.count(), "console", now);
}

std::variant<SimOrder, Refusal> SimCloud::order(std::string_view id, std::int64_t target,
                                                const std::string& by, TimePoint now) {
  advance(now);
  Record* record = find(id);
  if (record == nullptr) {
    if (by == "api" && !gone_.contains(id)) violation("unknown-instance", id, {}, {}, now_);
    return refuse(id, not_found(id), by, now_);
  }
  if (by == "api") note_misuse(*record, target, now_);
  if (std::optional<Refusal> no = check(*record, target, now_)) return refuse(id, *no, by, now_);
  if (target == record->facts.cap.count()) return SimOrder{};
  SimOrder accepted = accept(*record, Mbps{target}, by, now_);
  reschedule(*record);
  advance(now_);  // a change that takes no time is done at once
  return accepted;
}

std::optional<Refusal> SimCloud::check(const Record& record, std::int64_t target,
                                       TimePoint now) const {
  const SimInstance& it = record.facts;
  const bool vm = it.product == Product::kVm;
  if (it.status != "RUNNING") {
    return refusal(403, "OPERATION_DENIED_INSTANCE_NOT_RUNNING",
                   "The instance [" + it.id + "] is not running.");
  }
  if (target < 1) {
    return refusal(400, "INVALID_PARAMETER_LESS_MINIMUM",
                   "The bandwidth [" + std::to_string(target) + "] is less than the minimum 1.");
  }
  if (target > limit(it).value_or(target)) {
    return refusal(400, "INVALID_PARAMETER_BANDWIDTH_EXCEED",
                   "The bandwidth [" + std::to_string(target) + "] exceeds the maximum.");
  }
  if (record.processing()) {
    return refusal(403,
                   vm ? "OPERATION_DENIED_INSTANCE_BANDWIDTH_PROCESSING"
                      : "OPERATION_FAILED_INSTANCE_BANDWIDTH_PROCESSING",
                   "A bandwidth change of instance [" + it.id + "] is processing.");
  }
  if (record.scheduled()) {
    return refusal(403, "OPERATION_DENIED_INSTANCE_EXIST_PLAN_BANDWIDTH",
                   "The instance [" + it.id + "] has a planned bandwidth change.");
  }
  if (target == it.cap.count()) {
    if (!settings_.same_value_is_error) return std::nullopt;
    return refusal(400, "INVALID_INSTANCE_BANDWIDTH_UNMODIFIED",
                   "The bandwidth of instance [" + it.id + "] is that already.");
  }
  if (Mbps{target} < size_of(record)) return std::nullopt;
  if (overdue()) {
    return refusal(403, settings_.overdue_code, "The account is overdue.");
  }
  if (upgrade_price(record, Mbps{target}, now) > spendable()) {
    return refusal(403, settings_.short_balance_code, "The account balance is insufficient.");
  }
  return std::nullopt;
}

void SimCloud::note_misuse(const Record& record, std::int64_t target, TimePoint now) {
  const SimInstance& it = record.facts;
  const std::int64_t most = limit(it).value_or(target);
  const bool under_way = record.modified && record.modified->count() == target;
  const bool just_done =
      it.cap.count() == target && now - record.last_accepted <= 2 * settings_.processing + kListAge;
  std::string what;
  if (record.last_target && record.last_target->count() == target && (under_way || just_done)) {
    what = "doubled-order";
  } else if (it.status != "RUNNING") {
    if (now - record.status_since > kListAge) what = "modify-not-running";
  } else if (most < 0) {
    what = "modify-not-limitable";
  } else if (it.cap == Mbps{0}) {
    what = "modify-unlimited";
  } else if (target < 1 || target > most) {
    // Of a type that is not sold any more nobody is told the limit.
    const SimType* type = catalogue_.type(it.type);
    const bool told = type != nullptr && type->sold && now - record.type_since > kListAge;
    if (target < 1 || told) what = "modify-out-of-range";
  } else if (record.processing()) {
    what = "modify-while-processing";
  } else if (record.scheduled()) {
    what = "modify-while-scheduled";
  } else if (target == it.cap.count()) {
    what = "modify-same-value";
  }
  if (!what.empty()) violation(what, it.id, it.cap, Mbps{target}, now);
}

bool SimCloud::costs_nothing(const Record& record, Mbps target) const {
  const Mbps free = included(record.facts);
  return target <= free && size_of(record) <= free;
}

bool SimCloud::waits_for_term(const Record& record, Mbps target) const {
  return record.facts.prepaid_flat() && target < size_of(record) && !costs_nothing(record, target);
}

SimOrder SimCloud::accept(Record& record, Mbps target, const std::string& by, TimePoint now) {
  const Mbps from = record.facts.cap;
  const Money due = upgrade_price(record, target, now);
  const bool waits = waits_for_term(record, target);
  record.order_number = waits || due > Money{} ? next_order_number() : "";
  record.modified = target;
  record.last_target = target;
  record.last_accepted = now;
  std::string what = "schedule-downgrade";
  if (waits) {
    record.word = ChangeWord::kWaitToEnable;
  } else {
    what = target > size_of(record) ? "upgrade" : "downgrade";
    record.word = ChangeWord::kProcessing;
    record.ready_at = now + settings_.processing + conditions_.extra_processing;
    record.will_fail = conditions_.changes_fail;
    record.paid_for_change = due;
  }
  ledger_.add({.at = now,
               .kind = LedgerKind::kChange,
               .what = what,
               .instance_id = record.facts.id,
               .by = by,
               .from = from,
               .to = target,
               .amount = due,
               .order_number = record.order_number});
  if (due > Money{}) charge(record, "upgrade", due, now, record.order_number);
  return SimOrder{record.order_number};
}

std::variant<SimOrder, Refusal> SimCloud::cancel_downgrade(std::string_view id, TimePoint now) {
  advance(now);
  Record* record = find(id);
  if (record == nullptr) {
    if (!gone_.contains(id)) violation("unknown-instance", id, {}, {}, now_);
    return refuse(id, not_found(id), "api", now_);
  }
  const SimInstance& it = record->facts;
  if (!it.flat_rate()) {
    violation("cancel-not-flat-rate", id, it.cap, it.cap, now_);
    return refuse(id, not_flat_rate(it.id), "api", now_);
  }
  if (!record->scheduled()) {
    return refuse(
        id,
        refusal(it.product == Product::kVm ? 403 : 404, "OPERATION_DENIED_DOWNGRADE_NOT_EXIST",
                "The instance [" + it.id + "] has no planned downgrade."),
        "api", now_);
  }
  note(LedgerKind::kChange, "cancel-downgrade", *record, *record->modified, it.cap, now_, "api");
  record->modified.reset();
  record->word = ChangeWord::kEnable;
  record->last_target.reset();
  reschedule(*record);
  return SimOrder{};
}

std::variant<SimQuote, Refusal> SimCloud::quote(std::string_view id, std::int64_t target,
                                                TimePoint now) {
  advance(now);
  const Record* record = find(id);
  if (record == nullptr) return not_found(id);
  const SimInstance& it = record->facts;
  if (!it.flat_rate()) return not_flat_rate(it.id);
  if (target < 1 || target > limit(it).value_or(target)) {
    return refusal(
        400, target < 1 ? "INVALID_PARAMETER_LESS_MINIMUM" : "INVALID_PARAMETER_BANDWIDTH_EXCEED",
        "The bandwidth [" + std::to_string(target) + "] is out of range.");
  }
  const Mbps free = included(it);
  SimQuote answer{.prepaid = it.charge == Charge::kPrepaid,
                  .discount_percent = it.tariff.discount_percent};
  if (free > Mbps{0} && Mbps{target} <= free) return answer;
  answer.priced = true;
  const Money asked = it.tariff.list_price(Mbps{target}, free);
  if (!answer.prepaid) {
    answer.original = scale_round_up(asked, 1, 720);
    for (const SimTariff::Step& step : it.tariff.steps) {
      answer.hourly_steps.emplace_back(step.from, scale_round_up(step.unit_price, 1, 720));
    }
  } else {
    const Money had = it.tariff.list_price(size_of(*record), free);
    const Money more = std::max(Money{}, Money(asked - had));
    switch (settings_.quote) {
      case SimQuoteMeaning::kMonthlyTotal:
        answer.original = asked;
        break;
      case SimQuoteMeaning::kMonthlyDifference:
        answer.original = more;
        break;
      case SimQuoteMeaning::kDue:
        answer.original = scale_round_up(more, std::max(Duration{}, *it.expires - now_).count(),
                                         settings_.month.count());
        break;
    }
  }
  answer.discounted = it.tariff.discounted(answer.original);
  return answer;
}

std::optional<SimChange> SimCloud::change(std::string_view id, TimePoint now) {
  advance(now);
  const Record* record = find(id);
  if (record == nullptr) return std::nullopt;
  return SimChange{record->facts.cap, record->modified, record->word};
}

// ---- What people and fate do ----

bool SimCloud::console_status(std::string_view id, const std::string& status, TimePoint now) {
  advance(now);
  Record* record = find(id);
  if (record == nullptr) return false;
  record->facts.status = status;
  record->status_since = now_;
  refresh_link(*record, now_);
  return true;
}

bool SimCloud::console_type(std::string_view id, const std::string& type, TimePoint now) {
  advance(now);
  Record* record = find(id);
  if (record == nullptr) return false;
  record->facts.type = type;
  record->type_since = now_;
  refresh_link(*record, now_);
  return true;
}

bool SimCloud::console_auto_renew(std::string_view id, bool renew, TimePoint now) {
  advance(now);
  Record* record = find(id);
  if (record == nullptr) return false;
  record->facts.auto_renew = renew;
  return true;
}

bool SimCloud::vanish(std::string_view id, TimePoint now) {
  advance(now);
  Record* record = find(id);
  if (record == nullptr) return false;
  if (record->postpaid_flat()) settle_flat(*record, now_);
  release(*record, now_);
  reschedule(*record);
  return true;
}

void SimCloud::deposit(Money amount, TimePoint now) {
  advance(now);
  cash_ += amount;
  ledger_.add({.at = now_,
               .kind = LedgerKind::kEffect,
               .what = "deposit",
               .by = "console",
               .amount = amount,
               .cash_after = cash_});
  recheck_overdue(now_);
}

void SimCloud::set_conditions(const SimConditions& conditions, TimePoint now) {
  advance(now);
  if (conditions == conditions_) return;
  conditions_ = conditions;
  recheck_overdue(now_);
}

bool SimCloud::set_demand(std::string_view id, std::optional<double> mbps, TimePoint now) {
  advance(now);
  Record* record = find(id);
  if (record == nullptr) return false;
  record->meter.set_demand(now_, mbps);
  return true;
}

// ---- What is to be seen ----

std::vector<std::string> SimCloud::ids() const {
  std::vector<std::string> out;
  out.reserve(by_id_.size());
  for (const auto& record : records_) {
    if (!record->gone) out.push_back(record->facts.id);
  }
  return out;
}

const SimInstance* SimCloud::instance(std::string_view id) const {
  const Record* record = find(id);
  return record == nullptr ? nullptr : &record->facts;
}

void SimCloud::for_each(const std::function<void(const SimInstance&)>& see) const {
  for (const auto& record : records_) {
    if (!record->gone) see(record->facts);
  }
}

Mbps SimCloud::included(const SimInstance& instance) const {
  if (instance.product != Product::kBmc || !instance.flat_rate()) return Mbps{0};
  const SimZone* zone = catalogue_.zone(instance.zone);
  return zone == nullptr ? Mbps{0} : zone->bmc_included;
}

std::optional<std::int64_t> SimCloud::limit(const SimInstance& instance) const {
  const SimType* type = catalogue_.type(instance.type);
  return type == nullptr ? std::nullopt : std::optional(type->limit_mbps);
}

std::uint64_t SimCloud::bytes_sent(std::string_view id, TimePoint now) {
  advance(now);
  Record* record = find(id);
  return record == nullptr ? 0 : record->meter.bytes(now_);
}

double SimCloud::average(std::string_view id, TimePoint from, TimePoint to) const {
  const Record* record = find(id);
  return record == nullptr ? 0 : record->meter.average(from, to);
}

double SimCloud::demand(std::string_view id, TimePoint now) const {
  const Record* record = find(id);
  return record == nullptr ? 0 : static_cast<double>(record->meter.demand_bps(now)) / 1e6;
}

}  // namespace penstock
