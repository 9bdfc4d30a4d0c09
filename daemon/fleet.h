// Fleet: every instance of every account, with all that is known of it from tick to tick.
//
//   Fleet fleet;
//   fleet.remember(memory);                       // from the journal, before the first list
//   fleet.take(cloud.list(), now);                // one account failing leaves the others alone
//   fleet.own(in_force);                          // which policy owns what
//   for (Tracked& tracked : fleet.all()) …        // by account, then id
//
// A list that shrinks by more than 20 % at once is doubt, never "gone": nothing is forgotten and
// the account is held until the list recovers or a person resumes it. A list never settles what a
// cap is where it differs from what was known: the status is read before it is believed. Loop
// thread only; addresses of Tracked stay until the instance is dropped.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <ranges>
#include <string>
#include <unordered_set>
#include <vector>

#include "daemon/cloud.h"
#include "daemon/in_force.h"
#include "daemon/learned.h"
#include "daemon/memory.h"
#include "daemon/pauses.h"
#include "daemon/refusals.h"
#include "metrics/demand.h"
#include "policies/decide.h"
#include "policies/instance.h"

namespace penstock {

/// One instance over time.
struct Tracked {
  std::shared_ptr<const Instance> instance;
  const Policy* policy = nullptr;  ///< in force; nullptr: unmatched, never touched
  const Policy* rival = nullptr;   ///< a second enforcing policy of the same priority: held
  const Tariff* tariff = nullptr;
  Demand demand;
  /// Only where the policy has an economic rule; a copy of Tracked reads the same one.
  std::shared_ptr<EconomicMemory> economic;
  /// Only where the policy counts the bursts of a 95th percentile bill.
  std::shared_ptr<BurstRecord> bursts;
  std::shared_ptr<Forecast> forecast;  ///< the same, for a forecast rule
  /// For its first weeks: taught by the past as well (see warm_up), or empty if there was none.
  std::shared_ptr<Forecast> past;

  Mbps cap{};  ///< in force as far as we know; 0 = unlimited
  bool cap_known = false;
  TimePoint cap_since{};
  ChangeState change;                ///< as last read, without our own open orders
  std::optional<TimePoint> read_at;  ///< of the status, in this run
  TimePoint next_read{};             ///< earliest further poll
  bool suspect = false;              ///< the list differs from what we know: read the status
  bool end_doubted = false;          ///< one reading has missed the pending downgrade

  InstanceRecord record;
  std::shared_ptr<const Instruction> approval;  ///< what `record.approved` comes from
  Memo memo;
  int replacements = 0;  ///< of the pending downgrade, in the term that ends at `replacements_of`
  std::optional<TimePoint> replacements_of;

  TypeTold told;  ///< of its type, for lists that say nothing of it

  std::optional<Price> quote;  ///< the last answer, to explain holds by between two inquiries
  TimePoint quoted_at{};       ///< when it was asked for, answered or not
  /// What a month of some size cost when a price was last known for sure; for reports.
  std::optional<std::pair<Mbps, Money>> month_price;
  Duration month_asked{};  ///< monotonic; 0 = never

  int refusals = 0;      ///< in a row; each doubles the wait
  TimePoint retry_at{};  ///< no order before this
  std::string refusal;   ///< why the last one was refused; "" = it was not

  Decision decision;
  TimePoint decided_at{};
  bool decided = false;  ///< at least once in this run

  bool listed = false;               ///< by a good list of this run
  std::optional<TimePoint> gone_at;  ///< missing from good lists since then
  bool record_dirty = false;         ///< to be journalled soon
  bool demand_dirty = false;         ///< to be saved some time
  TimePoint demand_saved{};

  const InstanceKey& key() const { return instance->key; }
  InstanceRef ref() const { return {instance->key, instance->product, instance->charge}; }
  /// Pending downgrades replaced in the present term.
  int replaced() const { return replacements_of == instance->expires ? replacements : 0; }
};

/// All of them in the order of their keys, side by side: every tick passes through them several
/// times. One is found by its key in constant time.
class Roster {
 public:
  Tracked* find(const InstanceKey& key) const;
  /// One whose key is not there yet. After the last of them order() is due.
  void add(std::unique_ptr<Tracked> tracked);
  void order();
  template <class Predicate>
  void erase_if(Predicate gone) {
    std::erase_if(in_order_, [&](const std::unique_ptr<Tracked>& each) {
      const bool drop = gone(*each);
      if (drop) by_key_.erase(each.get());
      return drop;
    });
    ordered_ = in_order_.size();
  }

  std::size_t size() const { return in_order_.size(); }
  auto all() {
    return std::views::transform(in_order_, [](const auto& each) -> Tracked& { return *each; });
  }
  auto all() const {
    return std::views::transform(in_order_,
                                 [](const auto& each) -> const Tracked& { return *each; });
  }

 private:
  static const InstanceKey* key_of(const InstanceKey& key) { return &key; }
  static const InstanceKey* key_of(const Tracked* tracked) { return &tracked->key(); }
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(const auto& each) const {
      return std::hash<std::string>()(key_of(each)->id);
    }
  };
  struct Equal {
    using is_transparent = void;
    bool operator()(const auto& a, const auto& b) const { return *key_of(a) == *key_of(b); }
  };
  std::vector<std::unique_ptr<Tracked>> in_order_;
  std::size_t ordered_ = 0;  ///< so many of them are; the others were added since
  std::unordered_set<Tracked*, Hash, Equal> by_key_;
};

/// One account's list over time.
struct AccountState {
  std::optional<TimePoint> listed_at;
  std::string error;  ///< of the last list; empty = fine
  bool doubt = false;
  std::size_t reference = 0;  ///< instances in the last list that was believed
  bool accept_next = false;   ///< a person said so: the next list is believed as it is
};

class Fleet {
 public:
  /// Missing from good lists for this long: dropped.
  static constexpr Duration kGone = std::chrono::hours{1};
  /// What is known of who was dropped is kept for this long: lists may be short for hours, and who
  /// comes back is to be what it was.
  static constexpr Duration kRemembered = std::chrono::hours{24};
  /// More than this share missing at once is doubt.
  static constexpr double kShrink = 0.2;

  void remember(const Memory& memory);
  /// What was learned before this run; of instances that are listed already it is put together with
  /// what was learned since.
  void remember(const InstanceKey& key, Learned learned);
  void take(std::map<std::string, Result<Inventory>> lists, TimePoint now);
  /// Assigns owners and tariffs; the set must outlive them.
  void own(const InForce& set);
  /// Drops what has been gone for long and is named by `settled` as having no open order.
  template <class Settled>
  std::vector<InstanceKey> drop_gone(TimePoint now, Settled settled) {
    std::vector<InstanceKey> dropped;
    roster_.erase_if([&](Tracked& tracked) {
      const bool drop =
          tracked.gone_at && now - *tracked.gone_at >= kGone && settled(tracked.key());
      if (drop) dropped.push_back(tracked.key());
      if (drop) depart(tracked, now);
      return drop;
    });
    return dropped;
  }

  /// Who has not come back in time: their memory may go from the journal as well.
  std::vector<InstanceKey> forget_departed(TimePoint now);

  auto all() { return roster_.all(); }
  auto all() const { return roster_.all(); }
  Tracked* find(const InstanceKey& key) const { return roster_.find(key); }
  const std::map<std::string, AccountState>& accounts() const { return accounts_; }
  /// A person vouches for the account's next list. Empty = every account's.
  void accept_shrinking(const std::string& account);
  /// Instances that count for shares of the fleet.
  std::size_t size() const;

 private:
  void take_one(const std::string& account, Inventory inventory, TimePoint now);
  void update(Tracked& tracked, Instance instance, TimePoint now);
  void depart(Tracked& tracked, TimePoint now);

  Roster roster_;
  std::map<std::string, AccountState> accounts_;
  std::map<InstanceKey, InstanceMemory> memories_;  ///< of instances not listed yet
  std::map<InstanceKey, Refusals> refusals_;        ///< likewise
  std::map<InstanceKey, Learned> learned_;
  std::map<InstanceKey, std::optional<TimePoint>> departed_;  ///< nullopt: in another run
};

/// What the journal keeps of it.
InstanceMemory memory_of(const Tracked& tracked);
/// What the demand store does: its row.
std::string learned_bytes(const Tracked& tracked);

}  // namespace penstock
