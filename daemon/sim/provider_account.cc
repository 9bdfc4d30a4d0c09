// The provider's billing service: the balance, and what was really charged.
#include <algorithm>

#include "daemon/sim/provider_call.h"

namespace penstock {
namespace {

constexpr std::string_view kAccountUid = "CID10000";
constexpr Duration kLongestHistory = std::chrono::hours{24 * 93};

struct Transaction {
  const LedgerEntry* entry;
  std::string_view type;  ///< DEDUCTION, REFUND or RECHARGE
};

std::optional<Transaction> transaction_of(const LedgerEntry& entry) {
  if (entry.what == "deposit") return Transaction{&entry, "RECHARGE"};
  if (entry.kind != LedgerKind::kCharge) return std::nullopt;
  return Transaction{&entry, entry.amount < Money{} ? "REFUND" : "DEDUCTION"};
}

void write_transaction(const Transaction& it, WireWriter& out) {
  const bool income = it.type != "DEDUCTION";
  const LedgerEntry& entry = *it.entry;
  const std::string number = std::to_string(entry.sequence);
  out.begin_item()
      .text("accountUid", kAccountUid)
      .text("uid", "sandbox-transaction-" + number)
      .time("transactionTime", entry.at)
      .text_or_null("orderSn", entry.order_number)
      .text("description",
            entry.instance_id.empty() ? entry.what : entry.what + " " + entry.instance_id)
      .text("transactionType", it.type)
      .text("paymentMethod", "ZenPoint")
      .money("amount", entry.amount < Money{} ? Money(-entry.amount) : entry.amount)
      .money("cashBalance", entry.cash_after)
      .text("tradeType", income ? "INCOME" : "EXPENDITURE")
      .text("tradeNo", "sandbox-trade-" + number)
      .end();
}

}  // namespace

ProviderAnswer describe_customer_balance(ProviderCall& call) {
  const SimBalance balance = call.cloud.balance(call.now);
  call.out.text("accountUid", kAccountUid)
      .money("cashBalance", balance.cash)
      .money("creditValue", balance.credit)
      .money("purchasingPower", balance.cash + balance.credit)
      .money("orderFrozenAmount", balance.frozen);
  return std::nullopt;
}

ProviderAnswer describe_transaction_history(ProviderCall& call) {
  Parameters asked(call.parameters);
  const Page page = asked.page(10'000);
  const std::vector<std::string> types = asked.texts("transactionType", 20);
  const TimePoint from = asked.time("startTime").value_or(call.now - std::chrono::hours{24 * 30});
  const TimePoint to = asked.time("endTime").value_or(call.now);
  if (from < call.now - kLongestHistory) {
    asked.fail("INVALID_PARAMETER_VALUE", "startTime", "is more than 3 months ago");
  }
  if (asked.problem()) return asked.problem();
  call.cloud.settle(call.now);
  std::vector<Transaction> found;
  Money income;
  Money expenditure;
  const auto& entries = call.cloud.ledger().entries();
  for (auto entry = entries.rbegin(); entry != entries.rend(); ++entry) {
    const std::optional<Transaction> it = transaction_of(*entry);
    // The end is a whole second, and what happened within it belongs to it.
    if (!it || entry->at < from || entry->at >= to + 1s) continue;
    if (!types.empty() && std::find(types.begin(), types.end(), it->type) == types.end()) continue;
    if (it->type == "RECHARGE") income += entry->amount;
    if (it->type == "REFUND") income -= entry->amount;
    if (it->type == "DEDUCTION") expenditure += entry->amount;
    found.push_back(*it);
  }
  call.out.money("incomeSum", income)
      .money("expenditureSum", expenditure)
      .whole("totalCount", static_cast<std::int64_t>(found.size()))
      .begin_list("dataSet");
  for (std::size_t i = 0; i < found.size(); ++i) {
    if (page.shows(i)) write_transaction(found[i], call.out);
  }
  call.out.end_list();
  return std::nullopt;
}

}  // namespace penstock
