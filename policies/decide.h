// decide(policy, situation, now): the one pure decision. The daemon, plan, explain, the backtest
// and the simulator all call it.
//
//   Decision d = decide(policy, situation, now);
//   if (d.action == Action::kUpgrade) ... d.to, d.price, render(d.reason)
//
// No clock, I/O, randomness or log; the same input gives the same output. It allocates nothing
// unless a Trace is asked for. Rules recommend, the largest wins (a cut needs every rule to agree);
// guards turn the recommendation into a decision. Doubt never lowers.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "metrics/demand.h"
#include "metrics/units.h"
#include "policies/billing.h"
#include "policies/instance.h"
#include "policies/policy.h"
#include "policies/reason.h"

namespace penstock {

class BurstRecord;
class EconomicMemory;
class Forecast;

enum class Action : std::uint8_t {
  kHold,
  kUpgrade,
  kDowngrade,          ///< at once: postpaid, free range, or a free cap
  kScheduleDowngrade,  ///< prepaid: takes effect at the term's end
  kCancelDowngrade,    ///< drop the pending one (the wish may rise afterwards)
  kReplaceDowngrade,   ///< cancel the pending one, then schedule another
};
std::string_view to_string(Action action);  ///< "hold", "upgrade", "schedule-downgrade", …

/// What is known of the instance's bandwidth change, from DescribeInstanceInternetStatus (a list
/// never shows it) and from our own journal.
struct ChangeState {
  enum class Kind : std::uint8_t {
    kUnread,  ///< never read since start: enough to decide, not enough to order
    kIdle,
    kRunning,    ///< Processing, or a word we do not know
    kScheduled,  ///< WaitToEnable: `target` at the term's end
    kUnsettled,  ///< one of our orders has an unknown outcome
  };
  Kind kind = Kind::kUnread;
  std::optional<Mbps> target;  ///< of the running or scheduled change
  TimePoint since{};           ///< when this kind was first seen
  int replacements = 0;        ///< of the pending downgrade, this term
};

/// What a change would cost, from the price inquiry in its known meaning, or our own figure.
struct Price {
  Mbps to;
  Money due_now;        ///< prepaid: charged at once; postpaid: 0
  Money per_month;      ///< of the whole size `to`, per billing month
  bool quoted = false;  ///< false: computed from the tariff
  /// false: the inquiry's meaning is still being found out and this is the larger reading.
  bool meaning_known = true;
  /// Of the present size, per billing month; nullopt = not asked. Then a postpaid change counts
  /// as if the present size cost nothing.
  std::optional<Money> per_month_now;
  /// Beside a quote whose meaning is known: the tariff's figure for the same, due now for prepaid
  /// and per month otherwise. nullopt = no tariff is configured.
  std::optional<Money> own;

  /// Share by which quote and tariff differ, of the smaller; 0 within a dollar or with one alone.
  double gap(bool prepaid) const;
};

/// What an order counts for against budgets, to be reserved with the intent: prepaid its charge,
/// postpaid the price difference until the end of the UTC day and month (negative for less).
struct Spend {
  Money day;
  Money month;
};

/// What money may still be spent. nullopt = no such limit.
struct Purse {
  std::optional<Money> policy_month;
  std::optional<Money> fleet_day;
  std::optional<Money> fleet_month;
  std::optional<Money> purchasing_power;  ///< nullopt also when there is no right to read it
};

/// Limits and switches of the whole fleet, as they stand before this decision.
struct FleetState {
  bool paused = false;        ///< `pause --all`
  bool breaker_open = false;  ///< of this instance's account
  int breaker_failures = 0;
  bool inventory_doubt = false;  ///< the account's list shrank by more than 20 % at once
  bool can_cancel = true;        ///< the right to CancelInstanceBandwidthDowngrade
  int orders_per_day = 0;        ///< limit, for the message; 0 = none
  bool orders_left = true;
  double lowered_share_limit = 1.0;
  bool may_lower = true;  ///< one more lowered instance stays within max_lowered_share
};

/// Our own record of this instance; survives restarts through the journal.
struct InstanceRecord {
  std::optional<TimePoint> last_upgrade_at;  ///< accepted by the API
  std::optional<TimePoint> last_downgrade_at;
  std::optional<Mbps> expected_cap;     ///< what we or the adopted state say it should be
  std::optional<TimePoint> drifted_at;  ///< somebody else changed it then
  Mbps drifted_from{};
  struct Pin {
    Mbps cap;
    TimePoint until;
  };
  std::optional<Pin> pinned;  ///< `penstock override`
  /// `penstock approve`: one order above the policy's `approve_above` may cost so much.
  struct Approval {
    Money up_to;
    TimePoint until;
  };
  std::optional<Approval> approved;
  bool paused = false;
  std::optional<TimePoint> paused_until;  ///< nullopt with paused = for good
};

/// Carried from one decision to the next; part of decide's input and output, so it stays pure.
struct Memo {
  std::optional<TimePoint> lower_since;  ///< every rule has asked for less since then
  Mbps lower_most{};                     ///< the largest such wish since then
  bool operator==(const Memo&) const = default;
};

struct Situation {
  const Instance& instance;
  const Demand& demand;
  Mbps cap;               ///< in force, from status where read, else from the list
  TimePoint cap_since{};  ///< when it was first seen in force
  ChangeState change;
  const Tariff* tariff = nullptr;  ///< configured; nullptr = none
  std::optional<Price> quote;      ///< the API's answer for one size, when asked
  Duration month = kBillingMonth;  ///< account's billing_month
  Purse purse;
  FleetState fleet;
  const InstanceRecord* record = nullptr;  ///< nullptr = nothing known
  Memo memo;
  const EconomicMemory* economic = nullptr;  ///< for economic rules; nullptr = nothing learned
  const BurstRecord* bursts = nullptr;       ///< for percentile-budget; nullptr = nothing counted
  const Forecast* forecast = nullptr;        ///< the same for forecast rules
  /// For forecast rules as well, taught by a past that was not seen live: which cap held it down
  /// then is not known, so it may ask for more and permits nothing.
  const Forecast* past = nullptr;
};

struct Decision {
  Action action = Action::kHold;
  Mbps from{};
  Mbps to{};           ///< what is ordered; for a hold the cap
  Mbps wish{};         ///< what the rules would like now, within bounds: the _target_mbps metric
  Reason reason;       ///< why this action, or why held
  Reason wish_reason;  ///< why the rules want `wish`
  std::optional<Price> price;             ///< of the change, where one is known
  std::optional<Spend> spend;             ///< of the change; nullopt = free, or no price is known
  std::optional<TimePoint> not_before;    ///< earliest time this may change by itself
  std::optional<TimePoint> effective_at;  ///< scheduled downgrades: the term's end
  double harm = 0;  ///< throttled share now, for the order of upgrades; larger is worse
  Memo memo;        ///< to be passed to the next decision
};

/// What each rule said and each guard answered, for explain.
struct Trace {
  struct RuleSaid {
    std::size_t rule;           ///< index into policy.rules
    std::optional<Mbps> wants;  ///< nullopt: abstained
    bool may_lower = false;
    Reason reason;
  };
  struct GuardSaid {
    Reason reason;
    bool held;  ///< false: looked at it and let it pass
  };
  std::vector<RuleSaid> rules;
  std::vector<GuardSaid> guards;
};

/// Whether an order that counts for so much waits for a person's approval, and uses it up.
bool asks_approval(const Policy& policy, const std::optional<Spend>& spend);

Decision decide(const Policy& policy, const Situation& situation, TimePoint now,
                Trace* trace = nullptr);

}  // namespace penstock
