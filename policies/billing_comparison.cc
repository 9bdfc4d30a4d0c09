#include "policies/billing_comparison.h"

#include <algorithm>
#include <cmath>

namespace penstock {

namespace {

Outcome play(const Series& series, const Timeline& timeline, const ComparisonPlan& plan,
             const ReplaySettings& settings, double weight) {
  switch (settings.billing) {
    case BillingModel::kPrepaid:
      return replay(series, timeline, *plan.prepaid(series, timeline, weight), settings);
    case BillingModel::kPostpaid:
      return replay(series, timeline, *plan.postpaid(series, timeline, weight), settings);
    case BillingModel::kBurst95:
    case BillingModel::kPackage:
      break;
  }
  const ContenderSpec open{.kind = ContenderKind::kStaticPeak, .parameter = 0, .name = {}};
  return replay(series, timeline, *make_contender(open, series, timeline, weight), settings);
}

double unit_price_of(const ReplaySettings& settings) {
  return PriceCurve(settings.tariff).unit_price();
}

/// The price that makes the model's loss `target`, all else as it was played.
std::optional<double> price_for(const ReplaySettings& settings, const Outcome& played,
                                double weight, double target) {
  const bool package = settings.billing == BillingModel::kPackage;
  if (!package && !settings.tariff.steps.empty()) return std::nullopt;
  const double priced = package ? played.overage_bill : played.bill;
  const double fixed = played.loss(weight) - priced;
  if (!(priced > 0) || target <= fixed) return std::nullopt;
  return (package ? settings.overage_price : unit_price_of(settings)) * (target - fixed) / priced;
}

template <class Sums>
void add_sums(Sums& sum, const Sums& one) {
  sum.bill += one.bill;
  sum.demanded += one.demanded;
  sum.throttled += one.throttled;
  sum.throttled_worth += one.throttled_worth;
}

}  // namespace

BillingComparison compare_billing(const Series& series, const ComparisonPlan& plan, double weight) {
  BillingComparison costs;
  // What throttling is worth does not depend on how bandwidth is billed: the prepaid price it is.
  const double worth = unit_price_of(plan.settings[0]);
  for (std::size_t m = 0; m < kBillingModels.size(); ++m) {
    const ReplaySettings& settings = plan.settings[m];
    const Timeline timeline = make_timeline(series, settings.cycle);
    const double own = unit_price_of(settings);
    const double own_weight = own > 0 ? weight * worth / own : weight;
    ModelCost& cost = costs.models[m];
    cost.model = kBillingModels[m];
    cost.played = play(series, timeline, plan, settings, own_weight);
    cost.hindsight = hindsight(series, timeline, settings, own_weight);
    cost.played.throttled_worth = worth * cost.played.throttled / kMonthSeconds;
    cost.hindsight.throttled_worth = worth * cost.hindsight.throttled / kMonthSeconds;
  }
  rank_models(costs, plan, weight);
  return costs;
}

void rank_models(BillingComparison& costs, const ComparisonPlan& plan, double weight) {
  const auto loss = [&](std::size_t m) { return costs.models[m].played.loss(weight); };
  costs.cheapest = 0;
  for (std::size_t m = 1; m < costs.models.size(); ++m) {
    if (loss(m) < loss(costs.cheapest)) costs.cheapest = m;
  }
  for (std::size_t m = 0; m < costs.models.size(); ++m) {
    double other = HUGE_VAL;
    for (std::size_t o = 0; o < costs.models.size(); ++o) {
      if (o != m) other = std::min(other, loss(o));
    }
    costs.models[m].equal_at = price_for(plan.settings[m], costs.models[m].played, weight, other);
  }
}

void add_up(BillingComparison& sum, const BillingComparison& one) {
  for (std::size_t m = 0; m < sum.models.size(); ++m) {
    Outcome& into = sum.models[m].played;
    const Outcome& from = one.models[m].played;
    sum.models[m].model = one.models[m].model;
    add_sums(into, from);
    add_sums(sum.models[m].hindsight, one.models[m].hindsight);
    into.overage_bill += from.overage_bill;
    into.saturated_seconds += from.saturated_seconds;
    into.upgrades += from.upgrades;
    into.downgrades += from.downgrades;
    into.cancels += from.cancels;
  }
}

std::string_view to_string(BillingModel model) {
  switch (model) {
    case BillingModel::kPrepaid:
      return "prepaid";
    case BillingModel::kPostpaid:
      return "postpaid";
    case BillingModel::kBurst95:
      return "burst95";
    case BillingModel::kPackage:
      return "package";
  }
  return "";
}

}  // namespace penstock
