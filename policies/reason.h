// Reasons: a code plus the numbers it used. The sentence is rendered when somebody reads it.
//
//   Reason why{ReasonCode::kSaturated, {200, 230, 10, 30}};
//   std::string sentence = render(why);
//
// The same sentence stands in log, API, CLI and journal. Codes are label values in metrics: their
// text is stable (kebab-case). Plain values, no heap: a decision per sample must be cheap.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace penstock {

/// Why a rule recommends, a guard holds, or an action is due. Each enumerator documents its
/// numbers in order; bandwidth in Mbps, time in seconds (durations) or Unix seconds (dates),
/// money in micro-USD.
enum class ReasonCode : std::uint16_t {
  kNone,
  // --- rules: recommendations -------------------------------------------------------------
  kSaturated,         ///< from, to, saturated seconds, run samples
  kUtilization,       ///< utilisation %, target %, to
  kStep,              ///< utilisation %, threshold %, to
  kPercentile,        ///< percentile (0..100), its Mbps, days of history, to
  kSchedule,          ///< to, window start, window end
  kFixed,             ///< to
  kBounds,            ///< to: bounds, type limit or included bandwidth ask for it
  kQuiet,             ///< to, look-back s, largest Mbps in it: the saturation rule's lower wish
  kEconomic,          ///< from, to, saturated s, look-back s, price micro, left s, worth micro
  kNextTerm,          ///< to, term s, egress now Mbps: what the next term should begin with
  kForecast,          ///< to, confidence %, horizon s, forecast Mbps, held %, of how many times
  kForecastUnproven,  ///< held %, of how many times, confidence %
  kPercentileBudget,  ///< to, free samples left, locked Mbps, free in all, planned Mbps, left s
  // --- nothing to do ----------------------------------------------------------------------
  kAtTarget,     ///< cap
  kDelivered,    ///< cap, look-back s, largest Mbps in it: no room for a cut
  kNoRuleSpoke,  ///< every rule abstained for lack of data
  // --- guards: holds ----------------------------------------------------------------------
  kUnmatched,
  kPolicyTie,
  kObserve,  ///< mode = observe: would have; from, to
  kCanary,   ///< not in the enforced share; share %
  kPaused,   ///< until (0 = for good)
  kFleetPaused,
  kOverride,  ///< pinned to, until (0 = for good)
  kFrozen,    ///< until: a freeze window
  kNotRunning,
  kUnlimited,     ///< cap 0
  kNotLimitable,  ///< limit -1
  kLimitUnknown,
  kFlatRate,   ///< the configured size is billed: there are no free bursts
  kCapIsFree,  ///< 95th or package: flat-rate rules do not apply
  kChargeUnknown,
  kOverdueSuspected,  ///< egress flat at about 1 Mbps on a larger cap; cap
  kExpiring,          ///< will not be renewed: no downgrade order can take effect; expires
  kTermOver,          ///< expires (0 = not known) in the past, renewal not seen yet
  kNoData,            ///< no sample yet
  kStaleData,         ///< age s, max_age s
  kThinData,          ///< coverage %, least %, look-back s
  kProviderTraffic,   ///< cap, wish: only the provider's own late traffic asks for more
  kMixedData,         ///< cap: it changed during the latest sample, which so proves nothing
  kStillSaturated,    ///< saturated s, cap: no cut while egress sits at the cap
  kChangeRunning,     ///< target (0 = not known), age s: an order is in flight
  kOrderUnsettled,    ///< target (0 = not known), age s: outcome unknown, being settled
  kDowngradePending,  ///< scheduled cap, effective at (0 = not known)
  kCannotCancel,      ///< no right to cancel: prepaid downgrades are not ordered
  kStateUnread,       ///< status of the change is not known yet
  kCooldown,          ///< left s
  kDrift,             ///< expected, found, until: somebody else changed it
  kAwaitWindow,       ///< to, window opens: a prepaid downgrade waits for its window
  kTermFreeze,        ///< expires: too close to it for a new or replaced order
  kAwaitAgreement,    ///< to, agreed s, needed s: a postpaid downgrade waits for agreement
  kSmallChange,       ///< to, least change
  kMaxReplacements,   ///< replacements, limit
  kNoPrice,           ///< neither quote nor tariff
  kPriceLimit,        ///< price micro, limit micro
  kPolicyBudget,      ///< price micro, left micro
  kFleetDayBudget,    ///< price micro, left micro
  kFleetMonthBudget,  ///< price micro, left micro
  kOrdersPerDay,      ///< limit
  kLoweredShare,      ///< limit %
  kBreaker,           ///< failures: too many, resume with `penstock resume`
  kBalance,           ///< price micro, purchasing power micro
  kInventoryDoubt,    ///< the list shrank by more than 20 % at once
  kQuoteMismatch,     ///< quoted micro, own micro
  kAboveLimit,        ///< cap, wanted: at the type limit or bound already
  kNeedsApproval,     ///< price micro, above micro, approved micro (0 = nothing)
  // --- actions on a pending downgrade --------------------------------------------------------
  kSurge,         ///< pending, demand, to (0 = no upgrade follows): cancel
  kCancelFirst,   ///< pending, to: it blocks the upgrade, which follows next
  kNotWanted,     ///< pending, wish: the rules no longer ask for less, cancel
  kBetterTarget,  ///< pending, to: replace
  kCount_,
};

struct Reason {
  ReasonCode code = ReasonCode::kNone;
  std::array<double, 7> numbers{};
  bool operator==(const Reason&) const = default;
};

std::string_view to_string(ReasonCode code);  ///< "saturated", "policy-budget": stable
std::optional<ReasonCode> parse_reason(std::string_view text);
/// One plain English sentence with the numbers, no trailing full stop.
std::string render(const Reason& reason);

}  // namespace penstock
