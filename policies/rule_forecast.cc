// Forecast: what the hours to come usually need, as far as saying so has proved right.
//
// Up to the horizon it is bought ahead of time. Prepaid, the wish for less is what the whole coming
// term needs; postpaid, what the hours until the horizon do. A forecast whose record does not bear
// its confidence is not used: the rule then says nothing, which blocks cuts. What fills the cap was
// not foreseen, whatever was said: more is wanted, as the errors of this series go.
//
// A forecast that was taught by the past as well may ask for more, and keep a cut from going too
// low. Whether there is a cut at all is up to what was seen live, under caps that were known.
#include <algorithm>
#include <cmath>

#include "policies/forecast.h"
#include "policies/numbers.h"
#include "policies/recommendation.h"

namespace penstock {

namespace {

/// A step beyond what was foreseen: at least so much, at most half as much again.
constexpr double kLeastStep = 1.1;
constexpr double kMostStep = 1.5;

Reason why(const ForecastBand& band, const ForecastRule& rule, Duration horizon, Mbps to) {
  const double mbps = band.mbps < 10 ? band.mbps : std::round(band.mbps);
  return {ReasonCode::kForecast,
          {num(to), percent(rule.confidence), seconds(horizon), mbps, percent(band.held),
           std::round(band.told)}};
}

Recommendation unproven(const ForecastBand& band, const ForecastRule& rule) {
  return {.wants = std::nullopt,
          .reason = {ReasonCode::kForecastUnproven,
                     {percent(band.held), std::round(band.told), percent(rule.confidence)}}};
}

/// What fills the cap asks for more than it shows.
std::optional<Mbps> surprise(const ForecastRule& rule, const Situation& situation,
                             const Forecast& forecast) {
  if (situation.demand.saturated_run().samples == 0) return std::nullopt;
  const double cap = num(situation.cap);
  const double step = forecast.beyond(rule, cap) / cap;
  return size_for(as_rate(situation.cap) * std::clamp(step, kLeastStep, kMostStep));
}

Duration term_of(const Situation& situation) {
  const auto months = situation.instance.period_months;
  return months ? *months * situation.month : situation.month;
}

/// The rule's wish from a forecast alone.
Recommendation foreseen(const ForecastRule& rule, const Policy& policy, const Situation& situation,
                        const Forecast& forecast) {
  if (forecast.seen() < rule.least_history) {
    const double share = ratio(forecast.seen(), rule.least_history);
    return {.wants = std::nullopt,
            .reason = {ReasonCode::kThinData,
                       {percent(share), percent(1), seconds(rule.least_history)}}};
  }
  const double full = policy.traffic.saturated_at;
  const ForecastBand next = forecast.next(rule);
  if (!next.earned) return unproven(next, rule);
  const Mbps soon = std::max(Mbps{1}, size_for(Rate{next.mbps / full}));
  const Instance& instance = situation.instance;
  const bool prepaid = instance.prepaid_flat() && instance.expires;
  if (!prepaid) return {.wants = soon, .reason = why(next, rule, rule.horizon, soon)};
  // What is bought is kept for the term: not before the forecast has a week to go by.
  const Duration term = term_of(situation);
  const ForecastBand coming = forecast.term(rule, *instance.expires, term);
  if (!coming.earned) return unproven(coming, rule);
  if (soon > situation.cap) return {.wants = soon, .reason = why(next, rule, rule.horizon, soon)};
  const Mbps later = std::max(Mbps{1}, size_for(Rate{coming.mbps / full}));
  if (later >= situation.cap) {
    return {.wants = situation.cap, .reason = {ReasonCode::kAtTarget, {num(situation.cap)}}};
  }
  return {.wants = later, .reason = why(coming, rule, term, later)};
}

}  // namespace

Recommendation recommend(const ForecastRule& rule, const Policy& policy, const Situation& situation,
                         TimePoint) {
  const auto known = [](const Forecast* each) { return each != nullptr && !each->empty(); };
  const Forecast* live = known(situation.forecast) ? situation.forecast : nullptr;
  const Forecast* past = known(situation.past) ? situation.past : nullptr;
  Recommendation said{.wants = std::nullopt, .reason = {ReasonCode::kNoData, {}}};
  if (live == nullptr && past == nullptr) return said;
  if (live != nullptr) said = foreseen(rule, policy, situation, *live);
  if (past != nullptr) {
    const Recommendation remembered = foreseen(rule, policy, situation, *past);
    const Mbps least = said.wants.value_or(situation.cap);
    if (remembered.wants && *remembered.wants > least) said = remembered;
  }
  const std::optional<Mbps> more = surprise(rule, situation, past != nullptr ? *past : *live);
  if (!more || (said.wants && *said.wants >= *more)) return said;
  const SaturatedRun& run = situation.demand.saturated_run();
  return {
      .wants = more,
      .reason = {ReasonCode::kSaturated,
                 {num(situation.cap), num(*more), seconds(run.at - run.since), num(run.samples)}}};
}

}  // namespace penstock
