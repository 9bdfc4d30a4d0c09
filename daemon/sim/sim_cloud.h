// SimCloud: the provider as a pure state machine with bills. Every call takes the time.
//
//   SimCloud cloud(settings, catalogue, start);
//   cloud.add(instance, start);
//   auto answer = cloud.modify("9480…", Mbps{200}, now);       // an order number, or a refusal
//   cloud.status("9480…", now)->change;                          // Processing, …
//
// It follows what is known of the API (a prepaid upgrade is charged at once for the rest of the
// term, a prepaid downgrade waits for the term's end and blocks every other change) and bills
// exactly: money per 30 days of a month that may be shrunk to minutes. No clock, no I/O, no
// randomness. Calls must come in the order of time; a late `now` counts as the latest one seen.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "daemon/sim/link_meter.h"
#include "daemon/sim/sim_instance.h"
#include "daemon/sim/sim_ledger.h"
#include "metrics/units.h"

namespace penstock {

/// What the provider's price inquiry means for prepaid is not documented: any of these.
enum class SimQuoteMeaning : std::uint8_t { kDue, kMonthlyTotal, kMonthlyDifference };

struct SimSettings {
  Duration month = std::chrono::hours{24 * 30};  ///< stands for 30 days
  Duration processing = 5s;                      ///< of an immediate change
  Money cash = Money::from_units(100'000);
  Money credit{};
  SimQuoteMeaning quote = SimQuoteMeaning::kDue;
  bool same_value_is_error = false;  ///< else a success without an order
  /// No source names the codes for these two; clients recognise them by their words.
  std::string short_balance_code = "OPERATION_DENIED_BALANCE_INSUFFICIENT";
  std::string overdue_code = "OPERATION_DENIED_ACCOUNT_OVERDUE";
};

/// Faults of the provider itself, switched from outside.
struct SimConditions {
  bool overdue = false;            ///< the account is, whatever its balance
  bool short_balance = false;      ///< nothing left to buy with
  bool changes_fail = false;       ///< accepted changes end with the old value
  bool downgrades_vanish = false;  ///< scheduled ones are forgotten at the end of the term
  Duration extra_processing{};
  bool operator==(const SimConditions&) const = default;
};

enum class ChangeWord : std::uint8_t { kEnable, kProcessing, kWaitToEnable };

struct Refusal {
  int status = 400;  ///< HTTP
  std::string code, message;
};

struct SimOrder {
  std::string number;  ///< empty: no payment is involved
};

struct SimChange {
  Mbps cap;
  std::optional<Mbps> modified;
  ChangeWord change = ChangeWord::kEnable;
};

/// A price inquiry's answer before it is put into words.
struct SimQuote {
  bool priced = false;  ///< false: within the included bandwidth
  bool prepaid = false;
  Money original, discounted;  ///< prepaid: the amount asked for; postpaid: per hour
  std::vector<std::pair<Mbps, Money>> hourly_steps;  ///< postpaid by steps: list prices
  int discount_percent = 100;
};

struct SimBalance {
  Money cash, credit, frozen;
};

class SimCloud {
 public:
  SimCloud(SimSettings settings, SimCatalogue catalogue, TimePoint start);
  ~SimCloud();
  SimCloud(SimCloud&&) noexcept;

  /// The instance begins now: counters at zero, its first term or hour not charged again.
  void add(SimInstance instance, TimePoint now);

  /// Brings everything up to `now`: running changes, terms, hours. Every other call does so first.
  void advance(TimePoint now);
  /// Also books what postpaid instances owe by now.
  void settle(TimePoint now);

  // What the API can do.
  std::variant<SimOrder, Refusal> modify(std::string_view id, std::int64_t target, TimePoint now);
  std::variant<SimOrder, Refusal> cancel_downgrade(std::string_view id, TimePoint now);
  std::variant<SimQuote, Refusal> quote(std::string_view id, std::int64_t target, TimePoint now);
  std::optional<SimChange> change(std::string_view id, TimePoint now);
  SimBalance balance(TimePoint now);

  // What people and fate do.
  std::variant<SimOrder, Refusal> console_modify(std::string_view id, Mbps target, TimePoint now);
  bool console_status(std::string_view id, const std::string& status, TimePoint now);
  bool vanish(std::string_view id, TimePoint now);
  bool console_type(std::string_view id, const std::string& type, TimePoint now);
  bool console_auto_renew(std::string_view id, bool renew, TimePoint now);
  void deposit(Money amount, TimePoint now);
  void set_conditions(const SimConditions& conditions, TimePoint now);
  bool set_demand(std::string_view id, std::optional<double> mbps, TimePoint now);

  // What is to be seen.
  std::vector<std::string> ids() const;                    ///< in the order they were added
  const SimInstance* instance(std::string_view id) const;  ///< with today's cap, term and status
  void for_each(const std::function<void(const SimInstance&)>& see) const;  ///< in that order
  const SimCatalogue& catalogue() const { return catalogue_; }
  const SimSettings& settings() const { return settings_; }
  const SimTime& time() const { return time_; }
  const SimLedger& ledger() const { return ledger_; }
  Mbps included(const SimInstance& instance) const;
  /// The type's maximum, -1 where a limit is not supported, nullopt for an unknown type.
  std::optional<std::int64_t> limit(const SimInstance& instance) const;
  bool overdue() const;
  std::uint64_t bytes_sent(std::string_view id, TimePoint now);
  /// Delivered on average in [from, to), Mbps; to <= now.
  double average(std::string_view id, TimePoint from, TimePoint to) const;
  double demand(std::string_view id, TimePoint now) const;

 private:
  struct Record;
  Record* find(std::string_view id) const;
  void reschedule(Record& record);
  std::optional<TimePoint> next_event(const Record& record) const;
  void step(Record& record, TimePoint at);
  std::optional<Refusal> check(const Record& record, std::int64_t target, TimePoint now) const;
  bool costs_nothing(const Record& record, Mbps target) const;
  bool waits_for_term(const Record& record, Mbps target) const;
  std::variant<SimOrder, Refusal> order(std::string_view id, std::int64_t target,
                                        const std::string& by, TimePoint now);
  SimOrder accept(Record& record, Mbps target, const std::string& by, TimePoint now);
  Money upgrade_price(const Record& record, Mbps target, TimePoint now) const;
  void note_misuse(const Record& record, std::int64_t target, TimePoint now);
  Refusal refuse(std::string_view id, Refusal refusal, const std::string& by, TimePoint now);
  void finish_change(Record& record, TimePoint at);
  void end_term(Record& record, TimePoint at);
  void release(Record& record, TimePoint at);
  void note(LedgerKind kind, const std::string& what, const Record& record, Mbps from, Mbps to,
            TimePoint at, const std::string& by = "provider");
  void set_cap(Record& record, Mbps cap, TimePoint at);
  void refresh_link(Record& record, TimePoint at);
  void settle_flat(Record& record, TimePoint at);
  void settle_month(Record& record, TimePoint at);
  void charge(Record& record, const std::string& what, Money amount, TimePoint at,
              const std::string& number);
  void recheck_overdue(TimePoint at);
  Money monthly(const Record& record, Mbps cap) const;
  TimePoint next_hour(TimePoint at) const;
  TimePoint next_month(TimePoint at) const;
  std::string next_order_number();
  void violation(const std::string& what, std::string_view id, Mbps from, Mbps to, TimePoint now);
  Mbps size_of(const Record& record) const;
  Money spendable() const;

  SimSettings settings_;
  SimCatalogue catalogue_;
  SimTime time_;
  SimConditions conditions_;
  TimePoint now_;
  Money cash_;
  bool was_overdue_ = false;
  std::uint64_t orders_ = 0;
  SimLedger ledger_;
  std::vector<std::unique_ptr<Record>> records_;
  std::map<std::string, Record*, std::less<>> by_id_;
  std::set<std::string, std::less<>> gone_;
  std::set<std::pair<TimePoint, std::size_t>> agenda_;  ///< when something happens, to whom
};

}  // namespace penstock
