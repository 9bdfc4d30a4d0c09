// Settle: reads the status of instances whose state is in question and concludes what became of
// our orders, whether somebody else changed the cap, and what a change would cost in doubt.
//
//   settle.run(now);                              // first in every tick
//   settle.absorb(tracked, status, now);          // also what was read right before an order
//
// Never resends. Reads are bounded per tick: young orders first, then caps that the list shows
// differently, then pending downgrades, which are polled rarely until their term ends. Loop thread
// only.
#pragma once

#include <string>
#include <vector>

#include "daemon/cloud.h"
#include "daemon/fleet.h"
#include "daemon/ledger.h"
#include "daemon/order_book.h"
#include "daemon/telemetry.h"
#include "daemon/verdict.h"

namespace penstock {

struct SettleOptions {
  SettleTimes times;
  std::size_t reads_per_tick = 100;
  Duration pending_poll = 10min;  ///< of a scheduled downgrade, at most; more often near its end
};

class Settle {
 public:
  Settle(Cloud& cloud, Fleet& fleet, OrderBook& book, Ledger& ledger, Telemetry& telemetry,
         const SettleOptions& options)
      : cloud_(cloud),
        fleet_(fleet),
        book_(book),
        ledger_(ledger),
        telemetry_(telemetry),
        options_(options) {}

  void run(const FleetLimits& limits, TimePoint now);
  void absorb(Tracked& tracked, const Result<BandwidthStatus>& status, const FleetLimits& limits,
              TimePoint now);
  /// A person has looked at this instance: open orders that hang are settled, drift is forgiven.
  void resume(Tracked& tracked, const FleetLimits& limits, TimePoint now);
  /// True once every order that a former run left unsettled has been looked at.
  bool caught_up() const;

 private:
  bool waits(const Tracked& tracked, TimePoint now) const;
  std::vector<Tracked*> due(TimePoint now);
  /// Open orders of instances that no list knows any more.
  void drop_orphans(TimePoint now);
  bool doubts_end(Tracked& tracked, const BandwidthStatus& status, TimePoint now) const;
  void saw(Tracked& tracked, const BandwidthStatus& status, TimePoint now);
  void apply(Tracked& tracked, Order order, Verdict verdict, const FleetLimits& limits,
             TimePoint now);
  void took_effect(Tracked& tracked, const Order& order, TimePoint now);
  void watch_drift(Tracked& tracked, bool foreign_pending, TimePoint now);
  void cannot_read(Tracked& tracked, const Error& error, const FleetLimits& limits, TimePoint now);
  Duration poll_after(const Tracked& tracked, TimePoint now) const;

  Cloud& cloud_;
  Fleet& fleet_;
  OrderBook& book_;
  Ledger& ledger_;
  Telemetry& telemetry_;
  SettleOptions options_;
};

/// What decide() is to know of the instance's change: the last reading and our own open order.
ChangeState change_state(const Tracked& tracked, const OrderBook& book);

}  // namespace penstock
