// The sandbox's ledger: each accepted change, each charge, each refusal, each violation, in order.
//
//   for (const LedgerEntry& entry : ledger.entries()) ...
//   Money paid = ledger.totals().charged;
//
// A violation is what a good client never does. Bounded: the oldest entries make room, totals keep
// counting. Plain value.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <string_view>

#include "metrics/units.h"

namespace penstock {

enum class LedgerKind : std::uint8_t {
  kChange,     ///< accepted: what says "upgrade", "downgrade", "schedule-downgrade", "cancel-…"
  kEffect,     ///< took effect or failed: "in-force", "failed", "expired", "released", …
  kCharge,     ///< money: "upgrade", "renewal", "postpaid", "burst95", "package", "refund", …
  kRefusal,    ///< answered with an error; what is the code
  kViolation,  ///< what a good client never does
};
std::string_view to_string(LedgerKind kind);  ///< "change", "effect", …

struct LedgerEntry {
  std::uint64_t sequence = 0;  ///< set by the ledger
  TimePoint at{};
  LedgerKind kind = LedgerKind::kChange;
  std::string what{};
  std::string instance_id{};
  std::string by = "api";  ///< "api", "console" or "provider"
  Mbps from{}, to{};
  Money amount{};              ///< charges: positive is paid by the customer
  std::string order_number{};  ///< empty where no payment is involved
  Money cash_after{};          ///< charges: the account's cash
  TimePoint since{};           ///< postpaid charges: start of the time they are for
};

struct LedgerTotals {
  std::map<std::string, std::uint64_t> changes;  ///< by `what`
  std::map<std::string, std::uint64_t> effects;
  std::map<std::string, std::uint64_t> violations;
  Money charged;          ///< all charges less refunds
  Money charged_at_once;  ///< upgrades less their refunds: what an order costs
  std::uint64_t refusals = 0;
};

class SimLedger {
 public:
  static constexpr std::size_t kMaxEntries = 200'000;

  void add(LedgerEntry entry);
  /// A postpaid charge that goes on: adds to the instance's last one if it is of the same `until`
  /// period and size, so that reading often does not make many entries.
  void accrue(const LedgerEntry& charge, std::int64_t period);

  const std::deque<LedgerEntry>& entries() const { return entries_; }
  const LedgerTotals& totals() const { return totals_; }

 private:
  struct Open {
    std::uint64_t sequence;
    std::int64_t period;
    Mbps to;
  };
  std::deque<LedgerEntry> entries_;
  LedgerTotals totals_;
  std::uint64_t next_ = 1;
  std::map<std::string, Open, std::less<>> open_;
};

}  // namespace penstock
