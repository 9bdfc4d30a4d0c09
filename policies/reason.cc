#include "policies/reason.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "metrics/units.h"

namespace penstock {

namespace {

/// One code: its label and its sentence. A placeholder is {index:kind}, with kinds b bandwidth,
/// t duration, d the same in days where it is long, i in minutes, u point in time, w point in time
/// or "further notice" for 0, m money, p percent, n number, c count of samples.
struct Entry {
  ReasonCode code;
  std::string_view label;
  std::string_view sentence;
};

using enum ReasonCode;
constexpr Entry kEntries[] = {
    {kNone, "none", "nothing to say"},
    {kSaturated, "saturated", "saturated for {2:t} at {0:b}, {3:c} in a row: {0:b} -> {1:b}"},
    {kUtilization, "utilization", "utilization {0:p} against a target of {1:p}: {2:b} would fit"},
    {kStep, "step", "utilization {0:p} is beyond the threshold of {1:p}: step to {2:b}"},
    {kPercentile, "percentile",
     "percentile {0:n} of {2:n} days of traffic is {1:b}: {3:b} with headroom"},
    {kSchedule, "schedule", "schedule from {1:u} to {2:u}: {0:b}"},
    {kFixed, "fixed", "the policy fixes {0:b}"},
    {kBounds, "bounds", "the policy's bounds, the type limit or the included bandwidth give {0:b}"},
    {kQuiet, "quiet", "at most {2:b} was delivered in {1:t}: {0:b} is enough"},
    {kEconomic, "economic",
     "{0:n} -> {1:b}: saturated {2:i} of the last {3:i} min; {4:m} for the {5:d} left, below the "
     "{6:m} that throttling is worth"},
    {kNextTerm, "next-term",
     "the next {1:d} may begin with {0:b} at {2:b} of traffic now: more is cheaper bought when it "
     "is needed"},
    {kForecast, "forecast",
     "forecast {3:b} at {1:p} for the next {2:d} (held {4:p} of {5:n} times): {0:b} carries it"},
    {kForecastUnproven, "forecast-unproven",
     "what was forecast at {2:p} has held {0:p} of {1:n} times: it is not relied on"},
    {kPercentileBudget, "percentile-budget",
     "{1:n} of {3:n} free burst samples ({5:t}) are left this month above {4:b}, {2:b} is billed "
     "already: {0:b}"},
    {kAtTarget, "at-target", "{0:b} is what is wanted"},
    {kDelivered, "delivered", "{2:b} was delivered within {1:t}: no room for a cut below {0:b}"},
    {kNoRuleSpoke, "no-rule-spoke", "no rule has enough data to recommend a size"},
    {kUnmatched, "unmatched", "no policy matches this instance"},
    {kPolicyTie, "policy-tie", "two enforcing policies of equal priority match this instance"},
    {kObserve, "observe", "the policy only observes: would have changed {0:b} -> {1:b}"},
    {kCanary, "canary", "not among the {0:p} of instances that the policy enforces"},
    {kPaused, "paused", "paused until {0:w}"},
    {kFleetPaused, "fleet-paused", "everything is paused"},
    {kOverride, "override", "pinned to {0:b} by an operator until {1:w}"},
    {kFrozen, "frozen", "no changes until {0:u}, by the policy's freeze window"},
    {kNotRunning, "not-running", "the instance is not RUNNING"},
    {kUnlimited, "unlimited", "bandwidth 0 means unlimited, and once set it cannot be put back"},
    {kNotLimitable, "not-limitable", "this instance type does not support a speed limit"},
    {kLimitUnknown, "limit-unknown",
     "neither the type's limit nor a maximum in the policy is known"},
    {kFlatRate, "flat-rate", "billed by its size: there are no free bursts to guard"},
    {kCapIsFree, "cap-is-free",
     "billed by 95th percentile or by volume: flat-rate rules do not apply"},
    {kChargeUnknown, "charge-unknown", "billed in a way that is not known: never touched"},
    {kOverdueSuspected, "overdue-suspected",
     "egress is flat at about 1 Mbps under a cap of {0:b}: is the account overdue?"},
    {kExpiring, "expiring",
     "not renewed after {0:u}: a downgrade ordered now would never take effect"},
    {kTermOver, "term-over", "the term's end ({0:u}) is not ahead: its renewal is not seen yet"},
    {kNoData, "no-data", "no traffic sample yet"},
    {kStaleData, "stale-data", "the latest sample is {0:t} old, more than {1:t}"},
    {kThinData, "thin-data", "samples cover {0:p} of the last {2:t}, less than {1:p}"},
    {kProviderTraffic, "provider-traffic",
     "the provider's own traffic, minutes late, is not enough to raise {0:b} -> {1:b}"},
    {kMixedData, "mixed-data", "the cap ({0:b} now) changed during the latest sample"},
    {kStillSaturated, "still-saturated", "no cut while egress sits at {1:b}, for {0:t} now"},
    {kChangeRunning, "change-running", "a change to {0:b} has been under way for {1:t}"},
    {kOrderUnsettled, "order-unsettled",
     "an order for {0:b} has no known outcome after {1:t}: being settled by reading"},
    {kDowngradePending, "downgrade-pending", "a downgrade to {0:b} takes effect at {1:u}"},
    {kCannotCancel, "cannot-cancel",
     "no right to cancel a pending downgrade, so none is ordered or dropped"},
    {kStateUnread, "state-unread", "the state of its bandwidth change has not been read yet"},
    {kCooldown, "cooldown", "cooling down for another {0:t}"},
    {kDrift, "drift", "somebody else changed {0:b} to {1:b}: hands off until {2:u}"},
    {kAwaitWindow, "await-window", "{0:b} is enough; the window for downgrades opens at {1:u}"},
    {kTermFreeze, "term-freeze", "too close to the term's end at {0:u} for an order"},
    {kAwaitAgreement, "await-agreement",
     "{0:b} is enough; every rule has agreed for {1:t} of {2:t}"},
    {kSmallChange, "small-change", "{0:b} would do, but less than {1:b} is not worth an order"},
    {kMaxReplacements, "max-replacements",
     "the pending downgrade was replaced {0:n} times, the limit is {1:n}"},
    {kNoPrice, "no-price", "neither a quote nor a tariff gives a price"},
    {kPriceLimit, "price-limit", "the price of {0:m} is above the policy's limit of {1:m}"},
    {kPolicyBudget, "policy-budget",
     "the price of {0:m} is above the {1:m} left this month in the policy's budget"},
    {kFleetDayBudget, "fleet-day-budget",
     "the price of {0:m} is above the {1:m} left today in the fleet's budget"},
    {kFleetMonthBudget, "fleet-month-budget",
     "the price of {0:m} is above the {1:m} left this month in the fleet's budget"},
    {kOrdersPerDay, "orders-per-day", "the fleet's {0:n} orders for today are used up"},
    {kLoweredShare, "lowered-share",
     "lowering one more would pass the fleet's {0:p} of instances per day"},
    {kBreaker, "breaker", "{0:n} orders failed: no more until `penstock resume`"},
    {kBalance, "balance", "the price of {0:m} is above the account's {1:m}"},
    {kInventoryDoubt, "inventory-doubt", "the account's list shrank by more than 20 % at once"},
    {kQuoteMismatch, "quote-mismatch",
     "the quote of {0:m} is far from the {1:m} of the tariff: one of them is wrong"},
    {kAboveLimit, "above-limit", "{1:b} is wanted, {0:b} is the most that may be had"},
    {kNeedsApproval, "needs-approval",
     "the price of {0:m} is above {1:m}: waits for `penstock approve`"},
    {kSurge, "surge",
     "demand of {1:b} has reached the scheduled {0:b}: the downgrade is cancelled"},
    {kCancelFirst, "cancel-first",
     "the scheduled downgrade to {0:b} blocks the upgrade to {1:b}: cancelled first"},
    {kNotWanted, "not-wanted",
     "the rules want {1:b} and no longer the scheduled {0:b}: the downgrade is cancelled"},
    {kBetterTarget, "better-target", "{1:b} suits better than the scheduled {0:b}"},
};
static_assert(std::size(kEntries) == static_cast<std::size_t>(kCount_));

constexpr bool in_order() {
  for (std::size_t i = 0; i < std::size(kEntries); ++i) {
    if (kEntries[i].code != static_cast<ReasonCode>(i)) return false;
  }
  return true;
}
static_assert(in_order(), "kEntries is indexed by code");

/// Numbers come back from journals, so nothing about them is taken for granted.
std::int64_t whole(double number) {
  constexpr double kMost = 9e15;
  if (std::isnan(number)) return 0;
  return std::llround(std::clamp(number, -kMost, kMost));
}

std::string render_number(double number, char kind) {
  switch (kind) {
    case 'b':
      return std::floor(number) == number ? format(Mbps{whole(number)}) : format(Rate{number});
    case 't': {
      // Nobody reads seconds of an hour, nor milliseconds of a minute.
      const auto span = Duration{whole(number * 1000)};
      if (std::abs(number) >= 3600) return format(std::chrono::round<std::chrono::minutes>(span));
      if (std::abs(number) >= 1) return format(std::chrono::round<std::chrono::seconds>(span));
      return format(span);
    }
    case 'd':
      if (!(number >= 2 * 86400)) return render_number(number, 't');
      return fmt::format("{:.1f} days", std::min(number, 1e15) / 86400);
    case 'i':
      return fmt::format("{:.3g}", number / 60);
    case 'w':
      if (number <= 0) return "further notice";
      [[fallthrough]];
    case 'u': {
      constexpr double kYear9999 = 253402300799;
      if (!(number > 0)) return "a time not known";
      return format(TimePoint{std::chrono::seconds{whole(std::min(number, kYear9999))}});
    }
    case 'm':
      return format(Money::from_micros(whole(number)));
    case 'p':
      return fmt::format("{:.3g} %", number);
    case 'c':
      return fmt::format("{} sample{}", whole(number), whole(number) == 1 ? "" : "s");
    default:
      return fmt::format("{:.4g}", number);
  }
}

}  // namespace

std::string_view to_string(ReasonCode code) {
  const auto index = static_cast<std::size_t>(code);
  return index < std::size(kEntries) ? kEntries[index].label : "none";
}

std::optional<ReasonCode> parse_reason(std::string_view text) {
  for (const Entry& entry : kEntries) {
    if (entry.label == text) return entry.code;
  }
  return std::nullopt;
}

std::string render(const Reason& reason) {
  const auto index = static_cast<std::size_t>(reason.code);
  if (index >= std::size(kEntries)) return "unknown reason";
  std::string_view rest = kEntries[index].sentence;
  std::string out;
  while (!rest.empty()) {
    const std::size_t open = rest.find('{');
    out += rest.substr(0, open);
    if (open == std::string_view::npos) break;
    out += render_number(reason.numbers.at(static_cast<std::size_t>(rest[open + 1] - '0')),
                         rest[open + 3]);
    rest.remove_prefix(open + 5);
  }
  if (reason.code == kSurge && reason.numbers[2] > 0) {
    out += fmt::format(", then raised to {}", render_number(reason.numbers[2], 'b'));
  }
  if (reason.code == kNeedsApproval && reason.numbers[2] > 0) {
    out += fmt::format(", the {} that were approved are not enough",
                       render_number(reason.numbers[2], 'm'));
  }
  return out;
}

}  // namespace penstock
