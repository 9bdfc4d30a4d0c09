// Outlook: one instance's situation as decide() wants it, put together from the fleet, the orders,
// the limits and what a person said.
//
//   Outlook outlook{in_force, fleet, book, cloud, balances, standing};
//   Decision d = outlook.decide(tracked, quote, now);
//
// Also answers for what no policy decides: unmatched instances and ties. Refers to its parts; lives
// for one tick. Loop thread only.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "daemon/balances.h"
#include "daemon/cloud.h"
#include "daemon/fleet.h"
#include "daemon/in_force.h"
#include "daemon/order_book.h"
#include "daemon/pauses.h"
#include "daemon/settle.h"
#include "policies/decide.h"

namespace penstock {

class Outlook {
 public:
  Outlook(const InForce& in_force, Fleet& fleet, OrderBook& book, const Cloud& cloud,
          const Balances& balances)
      : in_force_(in_force),
        fleet_(fleet),
        book_(book),
        cloud_(cloud),
        balances_(balances),
        instances_(fleet.size()) {}

  const InForce& in_force() const { return in_force_; }
  /// What a person said, from the control folder: into every record.
  void heed(const Standing& standing);
  /// For one more question after the records have heeded it all.
  void pause_fleet(bool paused) { fleet_paused_ = paused; }
  /// An answer may have told what the keys are allowed to do.
  void rights_learned() { can_cancel_.clear(); }
  /// Decides, and leaves decision and memo in `tracked`. Without a quote the last one serves while
  /// it is fresh.
  const Decision& decide(Tracked& tracked, const std::optional<Price>& quote, TimePoint now,
                         Trace* trace = nullptr);

  /// What decide() is told about an instance that a policy owns; refers to `tracked`.
  Situation situation(const Tracked& tracked, TimePoint now);

 private:
  bool can_cancel(const std::string& account);

  const InForce& in_force_;
  Fleet& fleet_;
  OrderBook& book_;
  const Cloud& cloud_;
  const Balances& balances_;
  std::size_t instances_;  ///< that count for shares of the fleet
  bool fleet_paused_ = false;
  bool heeded_any_ = true;  ///< some record may carry an instruction
  std::map<std::string, bool> can_cancel_;
};

}  // namespace penstock
