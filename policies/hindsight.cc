#include "policies/hindsight.h"

#include <algorithm>
#include <cmath>
#include <functional>

#include "policies/percentile_bill.h"
#include "policies/rising_path.h"

namespace penstock {

namespace {

struct Problem {
  const Series& series;
  const Timeline& timeline;
  const ReplaySettings& settings;
  double weight;
  PriceCurve price;
  std::size_t first;  ///< first scored sample

  double pain() const { return weight * price.unit_price(); }
  double max() const { return static_cast<double>(settings.max_cap); }
};

void add_interval(const Problem& problem, std::size_t i, double cap, Optimum& optimum) {
  const double demand = problem.series.demand[i];
  const double seconds = problem.timeline.interval;
  optimum.demanded += demand * seconds;
  optimum.throttled += std::max(0.0, demand - cap) * seconds;
  optimum.bill += problem.price.at(cap) * seconds / kMonthSeconds;
}

Optimum prepaid(const Problem& problem, std::vector<double>* path) {
  Optimum optimum;
  for (const CycleSpan& cycle : problem.timeline.cycles) {
    if (cycle.begin < problem.first) continue;
    const std::span<const double> demand(problem.series.demand.data() + cycle.begin,
                                         cycle.end - cycle.begin);
    const std::vector<double> caps =
        rising_path(demand, problem.price, problem.pain(), problem.max());
    for (std::size_t i = cycle.begin; i < cycle.end; ++i) {
      add_interval(problem, i, caps[i - cycle.begin], optimum);
      if (path != nullptr) (*path)[i] = caps[i - cycle.begin];
    }
  }
  return optimum;
}

Optimum postpaid(const Problem& problem, std::vector<double>* path) {
  Optimum optimum;
  std::vector<double> edges = problem.price.edges();
  edges.push_back(0);
  for (std::size_t i = problem.first; i < problem.series.size(); ++i) {
    const double demand = problem.series.demand[i];
    double best = std::min(demand, problem.max());
    const auto cost = [&](double cap) {
      return problem.price.at(cap) + problem.pain() * std::max(0.0, demand - cap);
    };
    for (const double edge : edges) {
      if (edge <= problem.max() && cost(edge) < cost(best)) best = edge;
    }
    add_interval(problem, i, best, optimum);
    if (path != nullptr) (*path)[i] = best;
  }
  return optimum;
}

/// One month: the largest values pass free, the rest above the chosen level is throttled.
void best_level(const Problem& problem, const BilledMonth& month, Optimum& optimum) {
  std::vector<double> values = month.values;
  std::sort(values.begin(), values.end());
  const std::size_t rank = billed_rank(values.size());
  double free_excess = 0;
  for (std::size_t i = 0; i < values.size(); ++i) {
    optimum.demanded += values[i] * month.interval;
    if (i >= rank) free_excess += std::max(0.0, values[i] - problem.max());
  }
  std::vector<double> levels = problem.price.edges();
  levels.insert(levels.end(), values.begin(), values.begin() + static_cast<std::ptrdiff_t>(rank));
  levels.insert(levels.end(), {0.0, problem.settings.commit});
  std::sort(levels.begin(), levels.end(), std::greater<>());
  double best_loss = HUGE_VAL;
  double best_bill = 0;
  double best_throttled = 0;
  double above_sum = 0;
  std::size_t above = 0;  // of the first `rank` values, how many lie above the level
  for (const double level : levels) {
    while (above < rank && values[rank - 1 - above] > level) {
      above_sum += values[rank - 1 - above];
      ++above;
    }
    if (level > problem.max()) continue;
    const double throttled =
        (above_sum - static_cast<double>(above) * level + free_excess) * month.interval;
    const double bill = problem.price.at(std::max(level, problem.settings.commit)) * month.share;
    const double loss = bill + problem.pain() * throttled / kMonthSeconds;
    if (loss < best_loss) {
      best_loss = loss;
      best_bill = bill;
      best_throttled = throttled;
    }
  }
  optimum.bill += best_bill;
  optimum.throttled += best_throttled;
}

Optimum burst95(const Problem& problem) {
  Optimum optimum;
  for (const BilledMonth& month :
       billed_months(problem.series, problem.timeline, problem.first, problem.series.demand)) {
    best_level(problem, month, optimum);
  }
  return optimum;
}

/// Beyond the package a megabit costs its overage price or its throttling, whichever is less.
Optimum package(const Problem& problem) {
  Optimum optimum;
  const ReplaySettings& settings = problem.settings;
  const double full = static_cast<double>(problem.timeline.samples_per_cycle());
  const double overage = settings.overage_price / 8000;  // per Mbps-second
  const double throttle = problem.pain() / kMonthSeconds;
  for (const CycleSpan& cycle : problem.timeline.cycles) {
    if (cycle.begin < problem.first) continue;
    const double share = std::min(1.0, static_cast<double>(cycle.end - cycle.begin) / full);
    double volume = 0;
    for (std::size_t i = cycle.begin; i < cycle.end; ++i) {
      const double demand = problem.series.demand[i];
      optimum.demanded += demand * problem.timeline.interval;
      optimum.throttled += std::max(0.0, demand - problem.max()) * problem.timeline.interval;
      volume += std::min(demand, problem.max()) * problem.timeline.interval;
    }
    const double over = std::max(0.0, volume - settings.package_gigabytes * 8000 * share);
    optimum.bill += settings.package_price * share + (overage <= throttle ? over * overage : 0);
    optimum.throttled += overage <= throttle ? 0 : over;
  }
  return optimum;
}

}  // namespace

Optimum hindsight(const Series& series, const Timeline& timeline, const ReplaySettings& settings,
                  double weight, std::vector<double>* path) {
  const Problem problem{.series = series,
                        .timeline = timeline,
                        .settings = settings,
                        .weight = weight,
                        .price = PriceCurve(settings.tariff),
                        .first = timeline.first_scored(settings.skip_cycles)};
  if (path != nullptr) path->assign(series.size(), 0);
  Optimum optimum;
  switch (settings.billing) {
    case BillingModel::kPrepaid:
      optimum = prepaid(problem, path);
      break;
    case BillingModel::kPostpaid:
      optimum = postpaid(problem, path);
      break;
    case BillingModel::kBurst95:
      optimum = burst95(problem);
      if (path != nullptr) path->clear();
      break;
    case BillingModel::kPackage:
      optimum = package(problem);
      if (path != nullptr) path->clear();
      break;
  }
  optimum.throttled_worth = problem.price.unit_price() * optimum.throttled / kMonthSeconds;
  return optimum;
}

}  // namespace penstock
