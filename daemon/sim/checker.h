// Checker: one thing that must hold after every step of a simulated world, said apart from the code
// that makes it hold.
//
//   for (const auto& checker : all_checkers()) checker->after_step(scene, violations);
//
// A checker sees the provider's own ledger, the journal as it lies on the disk, what truly flowed,
// and the policies as texts mean them; it never asks the daemon's arithmetic. Single-threaded.
#pragma once

#include <algorithm>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "daemon/fleet_limits.h"
#include "daemon/journal.h"
#include "daemon/sim/sim_cloud.h"
#include "daemon/snapshot.h"
#include "policies/policy.h"

namespace penstock {

struct Violation {
  TimePoint at{};
  std::string checker, text;
};
using Violations = std::vector<Violation>;

/// Five minutes of one instance as they truly were.
struct PastSlot {
  TimePoint end{};
  double delivered = 0;  ///< Mbps, on average
  double peak_demand = 0;
  bool seen = false;  ///< nothing whatever was wrong, and the daemon ticked
  bool dark = false;  ///< certainly no sample: the daemon was down or the source silent
};

/// What the simulation knows of one instance beyond the provider's record.
struct Watched {
  std::string role;
  std::deque<PastSlot> past;            ///< oldest first, eight days
  std::optional<TimePoint> dark_since;  ///< no sample can have come since then
  std::optional<TimePoint> full_since;  ///< delivered at the cap without a break since then
  std::optional<TimePoint> meddled_at;  ///< a person changed it in the console, last time
  std::optional<TimePoint> ordered_at;  ///< last change accepted of the daemon
};

struct Scene {
  TimePoint now{};  ///< true time
  Duration skew{};  ///< of the daemon's wall clock
  SimCloud& cloud;
  const std::map<std::string, Watched>& watched;
  /// New in the provider's ledger since the last step.
  const std::vector<LedgerEntry>& fresh;
  /// As the daemon has taken them; by role, which outlives a policy's name.
  const std::map<std::string, const Policy*>& policy_of;
  const FleetLimits& limits;
  Journal* journal = nullptr;  ///< nullptr while it cannot be read
  std::shared_ptr<const Snapshot> snapshot;
  bool fleet_paused = false;  ///< by a file that has stood for the whole step
  std::size_t instances = 0;  ///< the most there ever were
  /// Nothing has been wrong since then; nullopt = something is.
  std::optional<TimePoint> healthy_since;
  bool clock_was_set = false;  ///< ever in this run
  bool last = false;           ///< the world ends: everything has had time to settle
};

/// Does it follow what was delivered? One that only weighs money, or counts bursts, may well leave
/// a link full and lower below what flowed yesterday.
inline bool follows_traffic(const Policy& policy) {
  return std::ranges::any_of(policy.rules, [](const Rule& rule) {
    return std::holds_alternative<SaturationRule>(rule) ||
           std::holds_alternative<UtilizationRule>(rule);
  });
}

class Checker {
 public:
  virtual ~Checker() = default;
  virtual std::string name() const = 0;
  virtual void after_step(const Scene& scene, Violations& out) = 0;

 protected:
  void report(const Scene& scene, const std::string& text, Violations& out) const {
    out.push_back({scene.now, name(), text});
  }
};

std::unique_ptr<Checker> make_bounds_checker();    ///< what may be ordered at all, and which sizes
std::unique_ptr<Checker> make_ledger_checker();    ///< the provider saw nothing it must not see
std::unique_ptr<Checker> make_budget_checker();    ///< money within every limit, to the cent
std::unique_ptr<Checker> make_journal_checker();   ///< every change has its intent and outcome
std::unique_ptr<Checker> make_cut_checker();       ///< doubt never lowers
std::unique_ptr<Checker> make_liveness_checker();  ///< what is due happens
std::vector<std::unique_ptr<Checker>> all_checkers();

}  // namespace penstock
