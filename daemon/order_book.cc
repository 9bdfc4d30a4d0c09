#include "daemon/order_book.h"

#include <utility>

#include "daemon/log.h"

namespace penstock {
namespace {

/// So many decisions or events go to the journal together; while it cannot be written no more are
/// kept, the newest.
constexpr std::size_t kMostWaiting = 10'000;

template <class Row>
void bounded_push(std::deque<Row>& rows, Row row) {
  if (rows.size() >= kMostWaiting) rows.pop_front();
  rows.push_back(std::move(row));
}

}  // namespace

Result<Memory> OrderBook::load(TimePoint now) {
  Result<Memory> memory = journal_.load(now);
  if (!memory) return memory;
  last_id_ = memory->last_order;
  approvals_used_.insert(memory->approvals_used.begin(), memory->approvals_used.end());
  for (const BreakerMemory& each : memory->breakers) {
    breakers_.insert_or_assign(each.account, Breaker(each));
  }
  for (Order& order : memory->orders) {
    if (order.state == OrderState::kPlanned) {
      order.advance(OrderState::kCancelled, now);
      order.message = "the daemon ended before it was sent";
      put(order);
    } else if (order.state == OrderState::kSent) {
      order.advance(OrderState::kUnknown, now);
      order.message = "the daemon ended before the answer was written";
      put(order);
    } else {
      keep(order);
    }
  }
  return memory;
}

Status OrderBook::recount(TimePoint now) {
  const Result<Memory> memory = journal_.load(now);
  if (!memory) return memory.error();
  for (const Order& order : memory->orders) {
    // What is open or waits to be written is newer in memory.
    if (!orders_.contains(order.id) && !open_.contains(order.id)) budget_.put(order);
  }
  return ok();
}

Status OrderBook::write(const std::vector<Order>& orders, const std::vector<ApprovalUse>& uses,
                        TimePoint now) {
  JournalEntry entry;
  entry.orders = orders;
  for (const ApprovalUse& use : uses) {
    entry.events.push_back(
        {now, std::string(kApprovalUsed), use.instance, use.identity + " " + use.text});
  }
  if (Status written = commit(std::move(entry), now); !written) return written;
  for (const Order& order : orders) keep(order);
  for (const ApprovalUse& use : uses) approvals_used_.insert(use.identity);
  return ok();
}

void OrderBook::put(const Order& order) {
  orders_[order.id] = order;
  keep(order);
}

void OrderBook::keep(const Order& order) {
  budget_.put(order);
  if (order.open()) {
    open_[order.id] = order;
    open_of_[order.instance].insert(order.id);
    return;
  }
  open_.erase(order.id);
  const auto found = open_of_.find(order.instance);
  if (found == open_of_.end()) return;
  found->second.erase(order.id);
  if (found->second.empty()) open_of_.erase(found);
}

void OrderBook::remember(InstanceMemory memory) {
  const InstanceKey key = memory.instance;
  instances_.insert_or_assign(key, std::move(memory));
}

void OrderBook::forget(const InstanceKey& key) {
  instances_.erase(key);
  forgotten_.push_back(key);
}

void OrderBook::decided(DecisionRow row) {
  // The first tick decides about the whole fleet, which may be large.
  if (decisions_.size() >= kMostWaiting && healthy()) static_cast<void>(flush(row.at));
  bounded_push(decisions_, std::move(row));
}

void OrderBook::note(std::string kind, std::string subject, std::string text, TimePoint now) {
  bounded_push(events_, EventRow{now, std::move(kind), std::move(subject), std::move(text)});
}

bool OrderBook::waiting() const {
  return !orders_.empty() || !instances_.empty() || !breaker_rows_.empty() || !decisions_.empty() ||
         !events_.empty() || !forgotten_.empty();
}

Status OrderBook::flush(TimePoint now) {
  if (healthy() && !waiting()) return ok();
  return commit({}, now);
}

Status OrderBook::commit(JournalEntry entry, TimePoint now) {
  // Orders of this entry come last: their state is newer than what waits for the same id.
  std::vector<Order> fresh = std::move(entry.orders);
  entry.orders.clear();
  for (const auto& [id, order] : orders_) entry.orders.push_back(order);
  entry.orders.insert(entry.orders.end(), fresh.begin(), fresh.end());
  for (const auto& [key, memory] : instances_) entry.instances.push_back(memory);
  for (const auto& [account, memory] : breaker_rows_) entry.breakers.push_back(memory);
  entry.decisions.assign(decisions_.begin(), decisions_.end());
  entry.events.insert(entry.events.begin(), events_.begin(), events_.end());
  entry.forgotten = forgotten_;
  if (!healthy()) {
    entry.events.push_back({now, "journal", "", "the journal can be written again"});
  }
  Status written = journal_.commit(entry);
  if (!written) {
    if (healthy()) {
      log_error("journal", {{"error", written.error().message},
                            {"effect", "no order goes out until the journal can be written"}});
    }
    trouble_ = written.error().message;
    telemetry_.journal_failed();
    return written;
  }
  if (!healthy()) log_info("journal", {{"state", "the journal can be written again"}});
  trouble_.clear();
  orders_.clear();
  instances_.clear();
  breaker_rows_.clear();
  decisions_.clear();
  events_.clear();
  forgotten_.clear();
  return written;
}

const Order* OrderBook::find(const InstanceKey& key, bool scheduled) const {
  const auto found = open_of_.find(key);
  if (found == open_of_.end()) return nullptr;
  for (const OrderId id : found->second) {
    const Order& order = open_.at(id);
    if ((order.state == OrderState::kScheduled) == scheduled) return &order;
  }
  return nullptr;
}

Breaker& OrderBook::breaker_of(const std::string& account) {
  const auto found = breakers_.find(account);
  if (found != breakers_.end()) return found->second;
  return breakers_.emplace(account, Breaker({.account = account, .failures = {}, .opened_at = {}}))
      .first->second;
}

const Breaker& OrderBook::breaker(const std::string& account) {
  return breaker_of(account);
}

bool OrderBook::fail(const std::string& account, const BreakerLimits& limits, TimePoint now) {
  Breaker& breaker = breaker_of(account);
  const bool opened = breaker.fail(now, limits);
  breaker_rows_.insert_or_assign(account, breaker.memory());
  if (opened) {
    const std::string text = std::to_string(breaker.memory().failures.size()) +
                             " orders failed within " + format(limits.within) +
                             ": no more orders until `penstock resume`";
    note("breaker", account, text, now);
    log_error("breaker", {{"account", account}, {"reason", text}});
  }
  return opened;
}

bool OrderBook::reset_breaker(const std::string& account) {
  Breaker& breaker = breaker_of(account);
  if (!breaker.reset()) return false;
  breaker_rows_.insert_or_assign(account, breaker.memory());
  return true;
}

}  // namespace penstock
