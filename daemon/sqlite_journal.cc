#include "daemon/sqlite_journal.h"

#include <algorithm>
#include <climits>
#include <cstdint>

#include "daemon/journal_text.h"

namespace penstock {
namespace {

using std::chrono::days;
using std::chrono::hours;

/// The past is kept this long; open orders for ever.
constexpr Duration kKeepOrders = hours{24 * 400};
constexpr Duration kKeepDecisions = hours{24 * 90};

std::int64_t ms(TimePoint time) {
  return time.time_since_epoch().count();
}
std::optional<std::int64_t> ms(const std::optional<TimePoint>& time) {
  return time ? std::optional(ms(*time)) : std::nullopt;
}
std::optional<std::int64_t> ms_or_null(TimePoint time) {
  return time == TimePoint{} ? std::nullopt : std::optional(ms(time));
}
TimePoint at(std::int64_t ms_since_epoch) {
  return TimePoint{Duration{ms_since_epoch}};
}
std::optional<TimePoint> maybe_at(std::optional<std::int64_t> value) {
  return value ? std::optional(at(*value)) : std::nullopt;
}
std::optional<std::int64_t> count(const std::optional<Mbps>& cap) {
  return cap ? std::optional(cap->count()) : std::nullopt;
}
std::optional<Mbps> maybe_mbps(std::optional<std::int64_t> value) {
  return value ? std::optional(Mbps{*value}) : std::nullopt;
}

constexpr std::string_view kOrderColumns =
    "id, account, instance, product, charge, policy, kind, from_mbps, to_mbps, state, alarm, "
    "replaces, reason, reserved_day, reserved_month, charged, planned_at, sent_at, changed_at, "
    "effective_at, order_number, request_id, code, message";

void bind_order(Statement& to, const Order& order) {
  const auto charged = order.charged ? std::optional(order.charged->micros()) : std::nullopt;
  to.bind(1, order.id).bind(2, std::string_view(order.instance.account));
  to.bind(3, std::string_view(order.instance.id)).bind(4, to_string(order.product));
  to.bind(5, to_string(order.charge)).bind(6, std::string_view(order.policy));
  to.bind(7, to_string(order.kind)).bind(8, order.from.count()).bind(9, order.to.count());
  to.bind(10, to_string(order.state)).bind(11, to_string(order.alarm));
  to.bind(12, std::int64_t{order.replaces ? 1 : 0});
  to.bind(13, std::string_view(reason_to_text(order.reason)));
  to.bind(14, order.reserved_day.micros()).bind(15, order.reserved_month.micros());
  to.bind(16, charged).bind(17, ms(order.planned_at)).bind(18, ms_or_null(order.sent_at));
  to.bind(19, ms(order.changed_at)).bind(20, ms(order.effective_at));
  to.bind(21, std::string_view(order.order_number)).bind(22, std::string_view(order.request_id));
  to.bind(23, std::string_view(order.code)).bind(24, std::string_view(order.message));
}

bool possible_if_any(const std::optional<TimePoint>& time) {
  return !time || possible(*time);
}

/// Numbers beyond every sense would overflow where they are summed.
bool possible_id(OrderId id) {
  return id >= 0 && id < OrderId{1} << 53U;
}

bool possible_row(const Order& order) {
  return possible_id(order.id) && possible(order.planned_at) && possible(order.sent_at) &&
         possible(order.changed_at) && possible_if_any(order.effective_at);
}

bool possible_row(const InstanceMemory& memory) {
  const InstanceRecord& record = memory.record;
  return possible(memory.cap_since) && possible_if_any(record.last_upgrade_at) &&
         possible_if_any(record.last_downgrade_at) && possible_if_any(record.drifted_at) &&
         possible_if_any(memory.memo.lower_since) && possible_if_any(memory.replacements_of) &&
         (!memory.told.limit || possible(memory.told.limit->until));
}

Error not_understood(const std::string& file, const std::string& what) {
  return {ErrorKind::kRefused,
          file + ": " + what + " cannot be understood; the file is damaged or was edited", "", ""};
}

/// A row whose words this version does not know is damage: better to stop than to forget an order.
std::optional<Order> read_order(const Statement& row) {
  const auto product = parse_product(row.text(3));
  const auto charge = parse_charge(row.text(4));
  const auto kind = parse_order_kind(row.text(6));
  const auto state = parse_order_state(row.text(9));
  const auto alarm = parse_order_alarm(row.text(10));
  const auto reason = reason_from_text(row.text(12));
  if (!product || !kind || !state || !alarm || !reason) return std::nullopt;
  Order order;
  order.id = row.integer(0);
  order.instance = {row.text(1), row.text(2)};
  order.product = *product;
  order.charge = charge.value_or(Charge::kUnknown);
  order.policy = row.text(5);
  order.kind = *kind;
  order.from = Mbps{row.integer(7)};
  order.to = Mbps{row.integer(8)};
  order.state = *state;
  order.alarm = *alarm;
  order.replaces = row.integer(11) != 0;
  order.reason = *reason;
  order.reserved_day = Money::from_micros(row.integer(13));
  order.reserved_month = Money::from_micros(row.integer(14));
  if (const auto charged = row.maybe_integer(15)) order.charged = Money::from_micros(*charged);
  order.planned_at = at(row.integer(16));
  order.sent_at = at(row.integer(17));
  order.changed_at = at(row.integer(18));
  order.effective_at = maybe_at(row.maybe_integer(19));
  order.order_number = row.text(20);
  order.request_id = row.text(21);
  order.code = row.text(22);
  order.message = row.text(23);
  return possible_row(order) ? std::optional(std::move(order)) : std::nullopt;
}

Status read_orders(Statement& rows, const std::string& file, std::vector<Order>& out) {
  while (rows.step()) {
    std::optional<Order> order = read_order(rows);
    if (!order) {
      return not_understood(file, "order " + std::to_string(rows.integer(0)));
    }
    out.push_back(*std::move(order));
  }
  return rows.status();
}

/// " WHERE …" for what a history query asks; the parameters are always ?1 … ?5 (limit).
std::string where(std::string_view time_column, bool has_instance) {
  std::string sql =
      " WHERE " + std::string(time_column) + " >= ?3 AND " + std::string(time_column) + " < ?4";
  if (has_instance) sql += " AND (?1 = '' OR account = ?1) AND (?2 = '' OR instance = ?2)";
  return sql;
}

void bind_query(Statement& to, const HistoryQuery& query) {
  to.bind(1, std::string_view(query.account)).bind(2, std::string_view(query.instance));
  to.bind(3, query.from ? ms(*query.from) : std::int64_t{0});
  to.bind(4, query.to ? ms(*query.to) : INT64_MAX);
  to.bind(5, std::int64_t{std::clamp(query.limit, 0, 10'000)});
  to.bind(6, std::int64_t{std::max(query.skip, 0)});
}

}  // namespace

Result<std::unique_ptr<SqliteJournal>> SqliteJournal::open(const std::string& file,
                                                           std::span<const Migration> migrations) {
  Result<Database> db = Database::open(file, Access::kReadWrite);
  if (!db) return db.error();
  if (Status sound = db->quick_check(); !sound) return sound.error();
  if (Status current = migrate_journal(*db, migrations); !current) return current.error();
  std::unique_ptr<SqliteJournal> journal(new SqliteJournal(std::move(*db)));
  if (Status ready = journal->prepare_writers(); !ready) return ready.error();
  return journal;
}

Result<std::unique_ptr<SqliteJournal>> SqliteJournal::open_read_only(const std::string& file) {
  Result<Database> db = Database::open(file, Access::kReadOnly);
  if (!db) return db.error();
  const Result<std::int64_t> version = db->user_version();
  if (!version) return version.error();
  if (*version > journal_migrations().back().version) {
    return newer_journal(file, *version, journal_migrations().back().version);
  }
  if (*version < journal_migrations().back().version) {
    return Error{ErrorKind::kRefused, file + " is from an older penstock: start the daemon once",
                 "schema", ""};
  }
  return std::unique_ptr<SqliteJournal>(new SqliteJournal(std::move(*db)));
}

Status SqliteJournal::prepare_writers() {
  const std::string orders = "INSERT OR REPLACE INTO orders (" + std::string(kOrderColumns) +
                             ") VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, "
                             "?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21, ?22, ?23, ?24)";
  Result<Statement> order = db_.prepare(orders);
  Result<Statement> instance = db_.prepare(
      "INSERT OR REPLACE INTO instances (account, instance, cap, cap_since, last_upgrade_at, "
      "last_downgrade_at, expected, drifted_at, drifted_from, lower_since, lower_most, "
      "replacements, replacements_of, type, type_included, learned_limit, learned_until) VALUES "
      "(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17)");
  Result<Statement> breaker = db_.prepare(
      "INSERT OR REPLACE INTO breakers (account, failures, opened_at) VALUES (?1, ?2, ?3)");
  Result<Statement> decision = db_.prepare(
      "INSERT INTO decisions (at, account, instance, policy, action, from_mbps, to_mbps, "
      "wish_mbps, reason, wish_reason) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)");
  Result<Statement> forget =
      db_.prepare("DELETE FROM instances WHERE account = ?1 AND instance = ?2");
  Result<Statement> event =
      db_.prepare("INSERT INTO events (at, kind, subject, text) VALUES (?1, ?2, ?3, ?4)");
  for (const Result<Statement>* each : {&order, &instance, &breaker, &decision, &event, &forget}) {
    if (!*each) return each->error();
  }
  writers_ = Writers{std::move(*order),    std::move(*instance), std::move(*breaker),
                     std::move(*decision), std::move(*event),    std::move(*forget)};
  return ok();
}

Status SqliteJournal::commit(const JournalEntry& entry) {
  if (!writers_) return Error{ErrorKind::kRefused, "the journal is open for reading only", "", ""};
  WriteTransaction transaction(db_);
  if (!transaction.begun()) return transaction.begun();
  if (Status written = write(entry); !written) return written;
  return transaction.commit();
}

Status SqliteJournal::write(const JournalEntry& entry) {
  for (const Order& order : entry.orders) {
    bind_order(writers_->order, order);
    if (Status done = writers_->order.run(); !done) return done;
  }
  for (const InstanceMemory& each : entry.instances) {
    Statement& to = writers_->instance;
    const InstanceRecord& record = each.record;
    to.bind(1, std::string_view(each.instance.account));
    to.bind(2, std::string_view(each.instance.id)).bind(3, each.cap.count());
    to.bind(4, ms(each.cap_since)).bind(5, ms(record.last_upgrade_at));
    to.bind(6, ms(record.last_downgrade_at));
    to.bind(7, count(record.expected_cap));
    to.bind(8, ms(record.drifted_at)).bind(9, record.drifted_from.count());
    to.bind(10, ms(each.memo.lower_since)).bind(11, each.memo.lower_most.count());
    to.bind(12, std::int64_t{each.replacements}).bind(13, ms(each.replacements_of));
    to.bind(14, std::string_view(each.told.type)).bind(15, count(each.told.included));
    const std::optional<LearnedLimit>& limit = each.told.limit;
    to.bind(16, limit ? std::optional(limit->limit.count()) : std::nullopt);
    to.bind(17, limit ? std::optional(ms(limit->until)) : std::nullopt);
    if (Status done = to.run(); !done) return done;
  }
  for (const BreakerMemory& each : entry.breakers) {
    Statement& to = writers_->breaker;
    to.bind(1, std::string_view(each.account));
    to.bind(2, std::string_view(times_to_text(each.failures))).bind(3, ms(each.opened_at));
    if (Status done = to.run(); !done) return done;
  }
  for (const DecisionRow& each : entry.decisions) {
    Statement& to = writers_->decision;
    to.bind(1, ms(each.at)).bind(2, std::string_view(each.instance.account));
    to.bind(3, std::string_view(each.instance.id)).bind(4, std::string_view(each.policy));
    to.bind(5, to_string(each.action)).bind(6, each.from.count()).bind(7, each.to.count());
    to.bind(8, each.wish.count()).bind(9, std::string_view(reason_to_text(each.reason)));
    to.bind(10, std::string_view(reason_to_text(each.wish_reason)));
    if (Status done = to.run(); !done) return done;
  }
  for (const EventRow& each : entry.events) {
    Statement& to = writers_->event;
    to.bind(1, ms(each.at)).bind(2, std::string_view(each.kind));
    to.bind(3, std::string_view(each.subject)).bind(4, std::string_view(each.text));
    if (Status done = to.run(); !done) return done;
  }
  for (const InstanceKey& gone : entry.forgotten) {
    Statement& to = writers_->forget;
    to.bind(1, std::string_view(gone.account)).bind(2, std::string_view(gone.id));
    if (Status done = to.run(); !done) return done;
  }
  return ok();
}

Result<Memory> SqliteJournal::load(TimePoint now) {
  Memory memory;
  // The month's orders for its budget, and a day more for limits that look back over midnight.
  const auto today = std::chrono::floor<days>(now);
  const std::chrono::year_month_day date{today};
  const std::chrono::sys_days month = date.year() / date.month() / std::chrono::day{1};
  const TimePoint from = std::min<TimePoint>(month, now - hours{24});
  Result<Statement> rows = db_.prepare("SELECT " + std::string(kOrderColumns) +
                                       " FROM orders WHERE planned_at >= ?1 OR state IN "
                                       "('planned', 'sent', 'accepted', 'processing', "
                                       "'scheduled', 'unknown') ORDER BY id");
  if (!rows) return rows.error();
  rows->bind(1, ms(from));
  if (Status read = read_orders(*rows, db_.file(), memory.orders); !read) return read.error();
  Result<Statement> last = db_.prepare("SELECT coalesce(max(id), 0) FROM orders");
  if (!last) return last.error();
  if (!last->step()) return last->status().error();
  memory.last_order = last->integer(0);
  if (!possible_id(memory.last_order)) {
    return not_understood(db_.file(), "order " + std::to_string(memory.last_order));
  }
  if (Status read = load_instances(memory.instances); !read) return read.error();
  if (Status read = load_breakers(memory.breakers); !read) return read.error();
  if (Status read = load_approvals(memory.approvals_used); !read) return read.error();
  if (Status read = load_quote_findings(memory.quote_findings); !read) return read.error();
  return memory;
}

Status SqliteJournal::load_instances(std::vector<InstanceMemory>& out) {
  Result<Statement> rows = db_.prepare(
      "SELECT account, instance, cap, cap_since, last_upgrade_at, last_downgrade_at, expected, "
      "drifted_at, drifted_from, lower_since, lower_most, replacements, replacements_of, type, "
      "type_included, learned_limit, learned_until FROM instances");
  if (!rows) return rows.error();
  while (rows->step()) {
    InstanceMemory each;
    each.instance = {rows->text(0), rows->text(1)};
    each.cap = Mbps{rows->integer(2)};
    each.cap_since = at(rows->integer(3));
    each.record.last_upgrade_at = maybe_at(rows->maybe_integer(4));
    each.record.last_downgrade_at = maybe_at(rows->maybe_integer(5));
    each.record.expected_cap = maybe_mbps(rows->maybe_integer(6));
    each.record.drifted_at = maybe_at(rows->maybe_integer(7));
    each.record.drifted_from = Mbps{rows->integer(8)};
    each.memo.lower_since = maybe_at(rows->maybe_integer(9));
    each.memo.lower_most = Mbps{rows->integer(10)};
    each.replacements = static_cast<int>(std::clamp<std::int64_t>(rows->integer(11), 0, INT_MAX));
    each.replacements_of = maybe_at(rows->maybe_integer(12));
    each.told = {
        .type = rows->text(13), .included = maybe_mbps(rows->maybe_integer(14)), .limit = {}};
    if (const auto limit = rows->maybe_integer(15)) {
      each.told.limit = {.limit = Mbps{*limit}, .until = at(rows->integer(16))};
    }
    if (!possible_row(each))
      return not_understood(db_.file(), "what it knows of " + each.instance.id);
    out.push_back(std::move(each));
  }
  return rows->status();
}

Status SqliteJournal::load_breakers(std::vector<BreakerMemory>& out) {
  Result<Statement> rows = db_.prepare("SELECT account, failures, opened_at FROM breakers");
  if (!rows) return rows.error();
  while (rows->step()) {
    out.push_back(
        {rows->text(0), times_from_text(rows->text(1)), maybe_at(rows->maybe_integer(2))});
    if (!possible_if_any(out.back().opened_at)) {
      return not_understood(db_.file(), "the breaker of " + out.back().account);
    }
  }
  return rows->status();
}

Status SqliteJournal::load_approvals(std::vector<std::string>& out) {
  Result<Statement> rows = db_.prepare("SELECT text FROM events WHERE kind = ?1");
  if (!rows) return rows.error();
  rows->bind(1, kApprovalUsed);
  while (rows->step()) {
    out.push_back(rows->text(0).substr(0, rows->text(0).find(' ')));
  }
  return rows->status();
}

Status SqliteJournal::load_quote_findings(std::vector<QuoteFinding>& out) {
  Result<Statement> rows =
      db_.prepare("SELECT subject, text FROM events WHERE kind = ?1 ORDER BY id DESC LIMIT 100");
  if (!rows) return rows.error();
  rows->bind(1, kQuoteFound);
  while (rows->step()) {
    if (auto found = parse_quote_finding(rows->text(0), rows->text(1))) out.push_back(*found);
  }
  return rows->status();
}

Status SqliteJournal::prune(TimePoint now) {
  if (!writers_) return Error{ErrorKind::kRefused, "the journal is open for reading only", "", ""};
  const std::string orders = std::to_string(ms(now - kKeepOrders));
  const std::string decisions = std::to_string(ms(now - kKeepDecisions));
  return db_.execute("DELETE FROM decisions WHERE at < " + decisions +
                     "; DELETE FROM events WHERE at < " + orders +
                     "; DELETE FROM orders WHERE planned_at < " + orders +
                     " AND state IN ('effective', 'rejected', 'settled', 'cancelled', "
                     "'superseded')");
}

Result<std::vector<Order>> SqliteJournal::orders(const HistoryQuery& query) {
  std::string sql =
      "SELECT " + std::string(kOrderColumns) + " FROM orders" + where("planned_at", true);
  if (query.open_only) {
    sql += " AND state IN ('planned', 'sent', 'accepted', 'processing', 'scheduled', 'unknown')";
  }
  Result<Statement> rows = db_.prepare(sql + " ORDER BY id DESC LIMIT ?5 OFFSET ?6");
  if (!rows) return rows.error();
  bind_query(*rows, query);
  std::vector<Order> out;
  if (Status read = read_orders(*rows, db_.file(), out); !read) return read.error();
  return out;
}

Result<std::vector<DecisionRow>> SqliteJournal::decisions(const HistoryQuery& query) {
  Result<Statement> rows = db_.prepare(
      "SELECT at, account, instance, policy, action, from_mbps, to_mbps, wish_mbps, reason, "
      "wish_reason FROM decisions" +
      where("at", true) + " ORDER BY id DESC LIMIT ?5 OFFSET ?6");
  if (!rows) return rows.error();
  bind_query(*rows, query);
  std::vector<DecisionRow> out;
  while (rows->step()) {
    DecisionRow each;
    each.at = at(rows->integer(0));
    each.instance = {rows->text(1), rows->text(2)};
    each.policy = rows->text(3);
    each.action = action_from_text(rows->text(4)).value_or(Action::kHold);
    each.from = Mbps{rows->integer(5)};
    each.to = Mbps{rows->integer(6)};
    each.wish = Mbps{rows->integer(7)};
    each.reason = reason_from_text(rows->text(8)).value_or(Reason{});
    each.wish_reason = reason_from_text(rows->text(9)).value_or(Reason{});
    out.push_back(std::move(each));
  }
  if (Status read = rows->status(); !read) return read.error();
  return out;
}

Result<std::vector<EventRow>> SqliteJournal::events(const HistoryQuery& query) {
  Result<Statement> rows = db_.prepare("SELECT at, kind, subject, text FROM events" +
                                       where("at", false) + " ORDER BY id DESC LIMIT ?5 OFFSET ?6");
  if (!rows) return rows.error();
  bind_query(*rows, query);
  std::vector<EventRow> out;
  while (rows->step()) {
    out.push_back({at(rows->integer(0)), rows->text(1), rows->text(2), rows->text(3)});
  }
  if (Status read = rows->status(); !read) return read.error();
  return out;
}

}  // namespace penstock
