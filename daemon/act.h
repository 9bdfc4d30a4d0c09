// Act: turns this tick's decisions into orders, in waves that the accounts' rates allow.
//
//   Act act(parts);
//   act.run(outlook, deadline);
//
// Upgrades first, worst throttling first, then cancellations, then due downgrades. Each wave: read
// what a person said, read the statuses in one batch, decide again, ask prices, decide again; what
// still wants the same is journalled together with its reservation, looked at once more for a
// pause, marked as sent, sent, and its outcome journalled. A cancellation that took effect is
// followed up in the same tick. No wave begins after the deadline; a stop is honoured between any
// two steps. Loop thread only.
#pragma once

#include <functional>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "daemon/balances.h"
#include "daemon/clock.h"
#include "daemon/cloud.h"
#include "daemon/fleet.h"
#include "daemon/order_book.h"
#include "daemon/outlook.h"
#include "daemon/pauses.h"
#include "daemon/quoter.h"
#include "daemon/settle.h"
#include "daemon/telemetry.h"

namespace penstock {

struct ActParts {
  Clock& clock;
  Cloud& cloud;
  Quoter& quoter;
  Fleet& fleet;
  OrderBook& book;
  Settle& settle;
  Balances& balances;
  const Pauses& pauses;
  Telemetry& telemetry;
  std::function<bool()> stop;  ///< true: no further step
};

class Act {
 public:
  explicit Act(ActParts parts) : parts_(std::move(parts)) {}
  /// `deadline` in monotonic time: the tick's end.
  void run(Outlook& outlook, Duration deadline);
  /// The same up to the price, and no further: what would be ordered now. For `plan`.
  void rehearse(Outlook& outlook, Duration deadline);

 private:
  /// One instance on its way through a wave.
  struct Candidate {
    Tracked* tracked;
    std::optional<Price> quote;
  };
  using Wave = std::vector<Candidate>;

  std::vector<Tracked*> wanted(TimePoint now) const;
  Wave take_wave(std::vector<Tracked*>& queue, Duration left) const;
  void run_wave(Outlook& outlook, Wave wave, std::vector<Tracked*>& queue);
  void read(Outlook& outlook, Wave& wave);
  void price(Outlook& outlook, Wave& wave);
  void try_right_to_cancel(Outlook& outlook, Wave& wave);
  std::vector<Order> intend(Outlook& outlook, const Wave& wave);
  void compare_quote(const Order& order, const Decision& decision, double alarm, TimePoint now);
  bool send(Outlook& outlook, std::vector<Order>& orders);
  void take_answers(Outlook& outlook, std::vector<Order>& orders,
                    const std::vector<Result<Accepted>>& answers);
  void refused(Outlook& outlook, Tracked& tracked, const Order& order, const Error& error,
               TimePoint now);
  void follow_up(Outlook& outlook, const std::vector<Order>& orders, std::vector<Tracked*>& queue);
  bool may_go_on(Outlook& outlook);

  ActParts parts_;
  std::set<InstanceKey> followed_;  ///< followed up in this tick
};

}  // namespace penstock
