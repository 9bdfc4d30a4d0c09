// Snapshot: the fleet as it stood at the end of one tick; what /metrics, /api/v1 and the commands
// show. Never changed after it was published.
//
//   std::shared_ptr<const Snapshot> now = board.latest();   // any thread; null before the first
//   tick for (const InstanceView& view : now->instances) ...
//
// The loop publishes a new one each tick; readers keep theirs as long as they like.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "daemon/cloud.h"
#include "daemon/order.h"
#include "daemon/sample_source.h"
#include "metrics/units.h"
#include "policies/decide.h"
#include "policies/instance.h"
#include "policies/policy.h"

namespace penstock {

struct InstanceView {
  std::shared_ptr<const Instance> instance;
  std::string policy;  ///< empty: no policy matches it, nothing is ever ordered
  Mode mode = Mode::kObserve;
  std::optional<Rate> egress;          ///< of the newest sample
  std::optional<TimePoint> sample_at;  ///< its end
  std::optional<Rate> demand;          ///< what is wanted; a lower bound while saturated
  Mbps cap{};                          ///< in force; 0 = unlimited
  TimePoint cap_since{};
  std::optional<Mbps> limit;          ///< of the type
  std::optional<Mbps> scheduled_cap;  ///< pending prepaid downgrade
  std::optional<Money> month_price;   ///< of the cap, by tariff or the last quote
  std::optional<TimePoint> cycle_end;
  bool saturated = false;
  Decision decision;  ///< the latest; decision.wish is the target
  TimePoint decided_at{};
  ChangeState change;
  InstanceRecord record;
  std::shared_ptr<const Order> order;  ///< the open one; null: there is none
  std::string refusal;                 ///< why its last order was refused; empty = it was not
  bool gone = false;                   ///< missing from the last good list; dropped after a while
};

struct SourceView {
  std::string name;
  std::optional<TimePoint> answered_at;  ///< last tick with an answer
  std::optional<TimePoint> newest_at;    ///< end of the newest sample it ever gave
  std::string error;                     ///< of the last tick; empty = fine
  std::uint64_t series = 0;              ///< in the last answer
  std::uint64_t unmatched = 0;           ///< … whose key named no instance of the policy
  Dropped dropped;                       ///< … and why series were dropped
  std::vector<std::string> notes;        ///< what a person should know of it; printable
};

struct AccountView {
  std::string name;
  std::optional<TimePoint> listed_at;
  std::string error;   ///< of the last list; empty = fine
  bool doubt = false;  ///< its list shrank by more than 20 % at once
  std::size_t instances = 0;
  bool breaker_open = false;
  int breaker_failures = 0;
  Rights rights;
  AccountHealth health;
  std::optional<Money> purchasing_power;
};

struct PolicyView {
  std::string name;
  Mode mode = Mode::kObserve;
  std::string file;
  std::string source;
  std::size_t instances = 0;
  Money month_spent;
  std::optional<Money> month_limit;
  bool paused = false;
  std::string error;  ///< of its traffic question in the last tick
  InstanceSeries instance_series = InstanceSeries::kAll;
};

/// Forecasts that are being taught from the past.
struct WarmUpView {
  std::string policy;
  std::size_t instances = 0;
  double share = 0;   ///< of the past, how much has been read
  std::string error;  ///< why it could not be read lately; empty = fine
};

struct FleetView {
  Money day_spent, month_spent;
  std::optional<Money> day_limit, month_limit;
  int orders_today = 0;
  int orders_limit = 0;  ///< 0 = none
  int lowered_today = 0;
  bool paused = false;
  std::string pause_reason;
};

struct Snapshot {
  TimePoint at{};
  std::uint64_t tick = 0;
  std::vector<InstanceView> instances;  ///< by account, then id
  std::vector<SourceView> sources;
  std::vector<AccountView> accounts;
  std::vector<PolicyView> policies;
  FleetView fleet;
  std::optional<WarmUpView> warm_up;  ///< nullopt: nobody is new, or everything has been read
  std::vector<Order> open_orders;
  std::string journal_error;  ///< why nothing can be ordered now; empty = fine
  bool ready = false;         ///< journal loaded, open orders settled, one list and one tick done
};

/// Where the latest snapshot hangs. Thread-safe.
class SnapshotBoard {
 public:
  SnapshotBoard() : spare_(std::make_shared<Spare>()) {}
  /// Room for the next one: that of one which nobody reads any more, as it was, or a new one. What
  /// a fleet's views need is taken from the system and given back at every tick otherwise.
  std::shared_ptr<Snapshot> room();
  void publish(std::shared_ptr<const Snapshot> snapshot);
  std::shared_ptr<const Snapshot> latest() const;

 private:
  struct Spare {
    std::mutex mutex;
    std::unique_ptr<Snapshot> snapshot;
  };
  std::shared_ptr<Spare> spare_;  ///< readers may outlive the board
  mutable std::mutex mutex_;
  std::shared_ptr<const Snapshot> latest_;
};

}  // namespace penstock
