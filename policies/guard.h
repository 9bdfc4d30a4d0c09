// Guards: what stands between a wish and an order. Each looks at one danger and may hold.
//
//   Hold hold;
//   if (first_guard_that_holds(review, hold, trace)) decision.reason = hold.reason;
//
// They are asked in one documented order (policies/README.md), the first that holds gives the
// reason; with a trace all are asked. Pure; nothing is allocated but in the trace.
#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "metrics/units.h"
#include "policies/decide.h"
#include "policies/policy.h"
#include "policies/reason.h"
#include "policies/target.h"

namespace penstock {

/// What an intent is, for choosing its guards.
enum IntentKind : std::uint8_t {
  kNothing = 0,
  kRaises = 1,     ///< the cap will rise, or a cancellation makes way for that
  kLowers = 2,     ///< the cap will fall, now or at the term's end
  kAtTermEnd = 4,  ///< … at the term's end
  kCancels = 8,    ///< a pending downgrade is dropped
};

/// What would be done if no guard held.
struct Intent {
  Action action = Action::kHold;
  Mbps to{};
  Reason reason;
  std::uint8_t kinds = kNothing;
  bool at_once = false;  ///< lowers now because it costs and saves nothing: free range or free cap
  std::optional<Price> price;
  std::optional<Spend> spend;  ///< set where price is, for raises that are paid
  bool paid = false;           ///< a raise beyond what is free
};

struct Review {
  const Policy& policy;
  const Situation& situation;
  TimePoint now;
  const Target& target;
  const Intent& intent;
  const Memo& memo;
};

struct Hold {
  Reason reason;
  std::optional<TimePoint> not_before;
};

struct Guard {
  ReasonCode code;
  std::uint8_t asked_of;  ///< kinds of intent, or kAlways / kAnyOrder
  bool (*holds)(const Review&, Hold&);
};
inline constexpr std::uint8_t kAlways = 0x80;    ///< also when there is nothing to do
inline constexpr std::uint8_t kAnyOrder = 0x40;  ///< whatever is ordered

/// The guards in their order: the instance and its switches, doubt, the term, money, the fleet,
/// and whether the policy may act at all.
std::span<const Guard> guards_of_state();
std::span<const Guard> guards_of_cuts();
std::span<const Guard> guards_of_money();
std::span<const Guard> guards_of_fleet();

bool first_guard_that_holds(const Review& review, Hold& hold, Trace* trace);

/// Whether a cut is in doubt now, so that agreement has to begin anew.
bool doubts_cut(const Review& review);

/// Prices an intent from the quote for this very size, else from the tariff.
void price_intent(const Situation& situation, TimePoint now, Intent& intent);

}  // namespace penstock
