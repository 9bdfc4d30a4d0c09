// Nothing lost, nothing doubled: every change that the provider accepted has an intent of its own
// in the journal, written before the call; every intent gets an outcome, and the right one.
#include <algorithm>
#include <set>

#include "daemon/sim/checker.h"

namespace penstock {
namespace {

/// Looking through the journal costs more than the rest of a step.
constexpr Duration kLookEvery = 10min;
/// With everything in order, nothing is unsettled for longer, unless a person was alarmed: half an
/// hour of a change that runs, and some minutes of polling.
constexpr Duration kLongestUnsettled = 45min;
/// With everything in order a change is in force after so long; the world may end before that.
constexpr Duration kAtWork = 5min;
constexpr int kMostOrders = 10'000;

class JournalChecker final : public Checker {
 public:
  std::string name() const override { return "journal"; }

  void after_step(const Scene& scene, Violations& out) override {
    for (const LedgerEntry& entry : scene.fresh) {
      if (entry.kind == LedgerKind::kChange && entry.by == "api") {
        waiting_.push_back({entry, entry.at + scene.skew});
      }
      if (entry.kind == LedgerKind::kEffect) note_effect(entry);
      if (entry.kind == LedgerKind::kChange) latest_[entry.instance_id] = entry.sequence;
    }
    if (scene.journal == nullptr) return;
    for (auto change = waiting_.begin(); change != waiting_.end();) {
      const auto orders =
          scene.journal->orders({.instance = change->entry.instance_id, .limit = 200});
      if (!orders) return;  // not readable just now
      match(scene, *change, *orders, out);
      change = waiting_.erase(change);
    }
    look_for_unsettled(scene, out);
    if (scene.last) settle_accounts(scene, out);
  }

 private:
  struct Change {
    LedgerEntry entry;
    TimePoint wall;
  };

  /// What the term's end overtook, moments after it was accepted, did not happen either.
  void note_effect(const LedgerEntry& effect) {
    const auto change = latest_.find(effect.instance_id);
    if (change == latest_.end()) return;
    const bool dropped =
        effect.what == "failed" || effect.what == "downgrade-vanished" || effect.what == "expired";
    if (dropped) failed_.insert(change->second);
    if (dropped || effect.what.ends_with("in-force")) latest_.erase(change);
  }

  static bool fits(const Order& order, const LedgerEntry& entry) {
    const bool cancel = entry.what == "cancel-downgrade";
    return order.instance.id == entry.instance_id && to_string(order.kind) == entry.what &&
           order.to == (cancel ? entry.from : entry.to);
  }

  /// Which order of ours was this? The nearest in time that is not another change's already.
  void match(const Scene& scene, const Change& change, const std::vector<Order>& orders,
             Violations& out) {
    const Order* best = nullptr;
    const auto distance = [&](const Order& order) {
      return std::chrono::abs(order.sent_at - change.wall);
    };
    for (const Order& order : orders) {
      const bool sent = order.sent_at != TimePoint{};
      if (!sent || !fits(order, change.entry) || changes_.contains(order.id)) continue;
      if (best == nullptr || distance(order) < distance(*best)) best = &order;
    }
    if (best == nullptr) {
      return report(scene,
                    change.entry.what + " of " + change.entry.instance_id + " to " +
                        format(change.entry.to) + " has no intent in the journal",
                    out);
    }
    changes_[best->id] = change.entry.sequence;
  }

  void look_for_unsettled(const Scene& scene, Violations& out) {
    if (scene.now - looked_at_ < kLookEvery) return;
    looked_at_ = scene.now;
    if (!scene.healthy_since || scene.now - *scene.healthy_since < kLongestUnsettled) return;
    const auto open = scene.journal->orders({.limit = kMostOrders, .open_only = true});
    if (!open) return;
    for (const Order& order : *open) {
      const Duration age = scene.now + scene.skew - order.planned_at;
      if (!order.unsettled() || order.alarm != OrderAlarm::kNone) continue;
      if (scene.watched.contains(order.instance.id) &&
          scene.cloud.instance(order.instance.id) == nullptr) {
        continue;  // gone: kept for an hour
      }
      if (age >= kLongestUnsettled) {
        report(scene,
               "order " + std::to_string(order.id) + " is " + std::string(to_string(order.state)) +
                   " for " + format(age),
               out);
      }
    }
  }

  /// At the end every order says what the provider's ledger says.
  void settle_accounts(const Scene& scene, Violations& out) const {
    const auto orders = scene.journal->orders({.limit = kMostOrders});
    if (!orders) return report(scene, "cannot be read: " + orders.error().message, out);
    for (const Order& order : *orders) {
      const auto change = changes_.find(order.id);
      const bool happened = change != changes_.end();
      const bool denied = order.state == OrderState::kRejected ||
                          order.state == OrderState::kPlanned ||
                          (order.state == OrderState::kCancelled && !order.effective_at) ||
                          order.state == OrderState::kSettled;
      const bool claimed =
          order.state == OrderState::kEffective || order.state == OrderState::kScheduled ||
          order.state == OrderState::kAccepted || order.state == OrderState::kProcessing;
      const std::string what = "order " + std::to_string(order.id) + " (" +
                               std::string(to_string(order.kind)) + " of " + order.instance.id +
                               " to " + format(order.to) + ") is " +
                               std::string(to_string(order.state));
      if (happened && denied && !failed_.contains(change->second)) {
        report(scene, what + ", but the provider accepted it", out);
      }
      // What somebody else did, to the very same size, may pass for ours where the answer was lost.
      const bool sure = order.code.empty() && order.message.empty();
      if (!happened && claimed && sure) {
        report(scene, what + ", but the provider knows nothing of it", out);
      }
      const bool known =
          order.state == OrderState::kAccepted || order.state == OrderState::kProcessing;
      const bool at_work = known && scene.now + scene.skew - order.planned_at < kAtWork;
      if (order.unsettled() && order.alarm == OrderAlarm::kNone && !at_work &&
          scene.cloud.instance(order.instance.id) != nullptr) {
        report(scene, what + " at the end", out);
      }
    }
  }

  std::vector<Change> waiting_;
  std::map<OrderId, std::uint64_t> changes_;     ///< order -> entry of the provider's ledger
  std::map<std::string, std::uint64_t> latest_;  ///< changes that have not taken effect
  std::set<std::uint64_t> failed_;
  TimePoint looked_at_{};
};

}  // namespace

std::unique_ptr<Checker> make_journal_checker() {
  return std::make_unique<JournalChecker>();
}

}  // namespace penstock
