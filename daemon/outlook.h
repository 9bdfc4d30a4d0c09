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
#include <vector>

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

  /// Decides about every instance, in the order of their keys. `each` is told what was decided
  /// before as well; it must not order anything.
  template <class Each>
  void decide_all(TimePoint now, Each&& each) {
    passing_ = true;
    for (Tracked& tracked : fleet_.all()) each(tracked, [&] { decide(tracked, {}, now); });
    passing_ = false;
    common_.clear();
  }

  /// What decide() is told about an instance that a policy owns; refers to `tracked`.
  Situation situation(const Tracked& tracked, TimePoint now);

 private:
  /// What all instances of a policy and account are told.
  struct Common {
    const Policy* policy;
    std::string account;
    Duration month;
    Purse purse;
    FleetState fleet;
  };
  bool can_cancel(const std::string& account);
  Common common_to(const Policy& policy, const std::string& account, TimePoint now);
  const Common& common(const Policy& policy, const std::string& account, TimePoint now);

  const InForce& in_force_;
  Fleet& fleet_;
  OrderBook& book_;
  const Cloud& cloud_;
  const Balances& balances_;
  std::size_t instances_;  ///< that count for shares of the fleet
  bool fleet_paused_ = false;
  bool heeded_any_ = true;  ///< some record may carry an instruction
  std::map<std::string, bool> can_cancel_;
  bool passing_ = false;        ///< nothing is ordered meanwhile: what is common stays
  std::vector<Common> common_;  ///< of the account that was asked about last
};

}  // namespace penstock
