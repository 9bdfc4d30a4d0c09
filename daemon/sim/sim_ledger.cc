#include "daemon/sim/sim_ledger.h"

#include <utility>

namespace penstock {

std::string_view to_string(LedgerKind kind) {
  switch (kind) {
    case LedgerKind::kChange:
      return "change";
    case LedgerKind::kEffect:
      return "effect";
    case LedgerKind::kCharge:
      return "charge";
    case LedgerKind::kRefusal:
      return "refusal";
    case LedgerKind::kViolation:
      return "violation";
  }
  return "";
}

void SimLedger::add(LedgerEntry entry) {
  switch (entry.kind) {
    case LedgerKind::kChange:
      ++totals_.changes[entry.what];
      break;
    case LedgerKind::kEffect:
      ++totals_.effects[entry.what];
      break;
    case LedgerKind::kViolation:
      ++totals_.violations[entry.what];
      break;
    case LedgerKind::kRefusal:
      ++totals_.refusals;
      break;
    case LedgerKind::kCharge:
      totals_.charged += entry.amount;
      if (entry.what == "upgrade" || entry.what == "refund") {
        totals_.charged_at_once += entry.amount;
      }
      break;
  }
  entry.sequence = next_++;
  entries_.push_back(std::move(entry));
  if (entries_.size() > kMaxEntries) entries_.pop_front();
}

void SimLedger::accrue(const LedgerEntry& charge, std::int64_t period) {
  const auto open = open_.find(charge.instance_id);
  const bool goes_on = open != open_.end() && open->second.period == period &&
                       open->second.to == charge.to &&
                       open->second.sequence >= entries_.front().sequence;
  if (!goes_on) {
    add(charge);
    open_.insert_or_assign(charge.instance_id, Open{next_ - 1, period, charge.to});
    return;
  }
  // Sequences have no holes, so the distance from the oldest is the index.
  LedgerEntry& entry = entries_[open->second.sequence - entries_.front().sequence];
  entry.amount += charge.amount;
  entry.at = charge.at;
  entry.cash_after = charge.cash_after;
  totals_.charged += charge.amount;
}

}  // namespace penstock
