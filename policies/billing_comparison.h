// Billing comparison: what one series would have cost under each billing model.
//
//   ComparisonPlan plan{.settings = settings, .prepaid = maker, .postpaid = maker2, ...};
//   BillingComparison costs = compare_billing(series, plan, 100 /* throttle weight */);
//   costs.models[costs.cheapest].model;            // the least loss that can be had
//
// Flat models are played by the policy and by hindsight. Where the cap is free it stands wide open,
// as a customer without any automation would leave it; hindsight then knows which peaks to cut.
// Throttling is worth the weight times the prepaid unit price under every model.
// Pure; a plan is only read.
#pragma once

#include <array>
#include <optional>

#include "policies/backtest.h"

namespace penstock {

inline constexpr std::array kBillingModels = {BillingModel::kPrepaid, BillingModel::kPostpaid,
                                              BillingModel::kBurst95, BillingModel::kPackage};

struct ComparisonPlan {
  /// One for each of kBillingModels; they differ in model and price alone.
  std::array<ReplaySettings, kBillingModels.size()> settings;
  PolicyMaker prepaid;
  PolicyMaker postpaid;
};

struct ModelCost {
  BillingModel model = BillingModel::kPrepaid;
  Outcome played;  ///< by the policy; by an open cap where the cap is free
  Optimum hindsight;
  /// The unit price (package: per GB beyond it) at which this model costs as much as the cheapest
  /// of the others; nullopt where none does.
  std::optional<double> equal_at;
};

struct BillingComparison {
  std::array<ModelCost, kBillingModels.size()> models;
  std::size_t cheapest = 0;  ///< index into models, by what was played
};

/// Requires a series that is long enough to be scored.
BillingComparison compare_billing(const Series& series, const ComparisonPlan& plan, double weight);

/// Sets cheapest and equal_at from what was played: for one series, or after adding up several.
void rank_models(BillingComparison& costs, const ComparisonPlan& plan, double weight);
/// Adds bills and throttling up; to be ranked anew.
void add_up(BillingComparison& sum, const BillingComparison& one);

std::string_view to_string(BillingModel model);  ///< "prepaid", "postpaid", "burst95", "package"

}  // namespace penstock
