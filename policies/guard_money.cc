// Guards of money: nothing that costs is ordered without a price, and none above a limit. Every
// limit is inclusive: a price of exactly what is left passes.
#include <algorithm>

#include "policies/guard.h"
#include "policies/numbers.h"

namespace penstock {

namespace {

using enum ReasonCode;
using std::chrono::days;

bool prepaid(const Review& review) {
  return review.situation.instance.charge == Charge::kPrepaid;
}

/// Whether somebody set a limit that only a price can be held against.
bool money_limited(const Review& review) {
  const Purse& purse = review.situation.purse;
  const UpgradeTerms& terms = review.policy.upgrade;
  return terms.max_price || terms.approve_above || purse.policy_month || purse.fleet_day ||
         purse.fleet_month;
}

bool limit_unknown(const Review& review, Hold& hold) {
  hold.reason = {kLimitUnknown, {}};
  return !upper_bound(review.policy, review.situation.instance);
}

/// Between two surges, not within one: a run that goes on under a raised cap is one surge.
bool cooling_down(const Review& review, Hold& hold) {
  const InstanceRecord* record = review.situation.record;
  if (record == nullptr || !record->last_upgrade_at || review.target.pinned) return false;
  const SaturatedRun& run = review.situation.demand.saturated_run();
  if (run.samples > 0 && *record->last_upgrade_at >= run.since) return false;
  const TimePoint until = *record->last_upgrade_at + review.policy.upgrade.cooldown;
  if (review.now >= until) return false;
  hold.not_before = until;
  hold.reason = {kCooldown, {seconds(until - review.now)}};
  return true;
}

bool no_price(const Review& review, Hold& hold) {
  hold.reason = {kNoPrice, {}};
  return review.intent.paid && !review.intent.price && (prepaid(review) || money_limited(review));
}

/// Quote and tariff describe one bill; far apart, one of them is in another unit or meaning.
bool quote_mismatch(const Review& review, Hold& hold) {
  const auto& price = review.intent.price;
  if (!review.intent.paid || !price || !price->own) return false;
  const Money quoted = prepaid(review) ? price->due_now : price->per_month;
  hold.reason = {kQuoteMismatch, {num(quoted), num(*price->own)}};
  return price->gap(prepaid(review)) > review.policy.upgrade.quote_hold;
}

bool above(ReasonCode code, Money price, std::optional<Money> limit, Hold& hold) {
  if (!limit || price <= *limit) return false;
  hold.reason = {code, {num(price), num(*limit)}};
  return true;
}

bool above_max_price(const Review& review, Hold& hold) {
  return review.intent.spend &&
         above(kPriceLimit, review.intent.spend->month, review.policy.upgrade.max_price, hold);
}
bool above_policy_budget(const Review& review, Hold& hold) {
  return review.intent.spend && above(kPolicyBudget, review.intent.spend->month,
                                      review.situation.purse.policy_month, hold);
}
bool above_day_budget(const Review& review, Hold& hold) {
  return review.intent.spend &&
         above(kFleetDayBudget, review.intent.spend->day, review.situation.purse.fleet_day, hold);
}
bool above_month_budget(const Review& review, Hold& hold) {
  return review.intent.spend && above(kFleetMonthBudget, review.intent.spend->month,
                                      review.situation.purse.fleet_month, hold);
}

/// A prepaid upgrade is taken from the balance now; a postpaid one needs an account that is not in
/// debt.
bool above_balance(const Review& review, Hold& hold) {
  if (!review.intent.paid) return false;
  const Money due = review.intent.price ? review.intent.price->due_now : Money{};
  return above(kBalance, due, review.situation.purse.purchasing_power, hold);
}

constexpr Guard kMoneyGuards[] = {
    {kLimitUnknown, kRaises, limit_unknown},
    {kCooldown, kRaises, cooling_down},
    {kNoPrice, kRaises, no_price},
    {kQuoteMismatch, kRaises, quote_mismatch},
    {kPriceLimit, kRaises, above_max_price},
    {kPolicyBudget, kRaises, above_policy_budget},
    {kFleetDayBudget, kRaises, above_day_budget},
    {kFleetMonthBudget, kRaises, above_month_budget},
    {kBalance, kRaises, above_balance},
};

Duration left_of_day(TimePoint now) {
  return std::chrono::floor<days>(now) + days{1} - now;
}

Duration left_of_month(TimePoint now) {
  const std::chrono::year_month_day date{std::chrono::floor<days>(now)};
  const auto next = date.year() / date.month() + std::chrono::months{1};
  return std::chrono::sys_days{next / 1} - now;
}

/// A calendar month has at most 31 days of a 30-day billing month; where an account's month is
/// shrunk, budgets shrink with it.
Duration at_most_a_month(Duration span, Duration month) {
  return std::min(span, month / 30 * 31);
}

std::optional<Price> own_price(const Situation& situation, TimePoint now, Mbps to) {
  if (situation.tariff == nullptr) return std::nullopt;
  const Tariff& tariff = *situation.tariff;
  Price price{.to = to,
              .due_now = {},
              .per_month = monthly_price(tariff, to),
              .quoted = false,
              .meaning_known = true,
              .per_month_now = monthly_price(tariff, situation.cap)};
  if (situation.instance.charge == Charge::kPrepaid) {
    if (!situation.instance.expires) return std::nullopt;
    price.due_now = prepaid_upgrade_price(tariff, situation.cap, to,
                                          *situation.instance.expires - now, situation.month);
  }
  return price;
}

}  // namespace

bool asks_approval(const Policy& policy, const std::optional<Spend>& spend) {
  const auto& above = policy.upgrade.approve_above;
  return above && spend && spend->month > *above;
}

double Price::gap(bool prepaid) const {
  constexpr Money kSlack = Money::from_units(1);
  if (!own) return 0;
  const auto [less, more] = std::minmax(prepaid ? due_now : per_month, *own);
  if (more - less <= kSlack) return 0;
  return num(more - less) / std::max(num(less), 1.0);
}

std::span<const Guard> guards_of_money() {
  return kMoneyGuards;
}

void price_intent(const Situation& situation, TimePoint now, Intent& intent) {
  const Instance& instance = situation.instance;
  if (!instance.flat_rate()) return;
  intent.paid = (intent.kinds & kRaises) != 0 && intent.to > instance.included;
  if (intent.to <= instance.included && situation.cap <= instance.included) return;
  if (situation.quote && situation.quote->to == intent.to) {
    intent.price = situation.quote;
    const auto own = own_price(situation, now, intent.to);
    const bool prepaid = instance.charge == Charge::kPrepaid;
    if (own && intent.price->quoted && intent.price->meaning_known) {
      intent.price->own = prepaid ? own->due_now : own->per_month;
    }
  } else {
    intent.price = own_price(situation, now, intent.to);
  }
  if (!intent.price) return;
  if (instance.charge == Charge::kPrepaid) {
    if (intent.paid) intent.spend = {intent.price->due_now, intent.price->due_now};
    return;
  }
  const Money difference = intent.price->per_month - intent.price->per_month_now.value_or(Money{});
  const auto counts = [&](Duration left) {
    const Duration span = at_most_a_month(left, situation.month);
    return Money{scale_round_up(difference, span.count(), situation.month.count())};
  };
  intent.spend = {counts(left_of_day(now)), counts(left_of_month(now))};
}

}  // namespace penstock
