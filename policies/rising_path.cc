#include "policies/rising_path.h"

#include <algorithm>
#include <cstdint>
#include <queue>
#include <utility>

namespace penstock {

namespace {

/// The cost so far, as a function of the present cap, minimised over all lower earlier caps:
/// convex, falling, flat on the right. Kept as the places where its slope changes (the slope
/// trick).
class FallingCost {
 public:
  void add_kink(double at, double slope_change) {
    if (slope_change > 0) kinks_.emplace(at, slope_change);
  }
  /// Cuts the rising part off, whose slope at the far right is `rise`; returns where the rest ends,
  /// the best cap were this the last sample.
  double flatten(double rise) {
    double best = 0;
    while (rise > 0 && !kinks_.empty()) {
      auto [at, change] = kinks_.top();
      kinks_.pop();
      best = at;
      if (change > rise) kinks_.emplace(at, change - rise);
      rise -= change;
    }
    return best;
  }

 private:
  std::priority_queue<std::pair<double, double>> kinks_;
};

std::vector<double> convex_path(std::span<const double> demand, const PriceCurve& price,
                                double pain) {
  FallingCost cost;
  std::vector<double> path;
  path.reserve(demand.size());
  for (const double one : demand) {
    cost.add_kink(one, pain);
    double rise = 0;
    for (const PriceCurve::Kink& kink : price.kinks()) {
      cost.add_kink(kink.from, kink.slope - rise);
      rise = kink.slope;
    }
    path.push_back(cost.flatten(rise));
  }
  for (std::size_t i = path.size() - 1; i-- > 0;) path[i] = std::min(path[i], path[i + 1]);
  return path;
}

/// Any price: dynamic programming over the caps that can be best, which are the demands and the
/// price's edges.
class Table {
 public:
  Table(std::span<const double> demand, const PriceCurve& price, double pain, double max)
      : demand_(demand), pain_(pain) {
    for (const double one : demand) caps_.push_back(std::min(one, max));
    for (const double edge : price.edges()) caps_.push_back(std::min(edge, max));
    std::sort(caps_.begin(), caps_.end());
    caps_.erase(std::unique(caps_.begin(), caps_.end()), caps_.end());
    for (const double cap : caps_) price_.push_back(price.at(cap));
    own_.assign(demand.size() * caps_.size(), false);
  }

  std::vector<double> solve() {
    // best[c]: least cost so far of a path that ends at or below caps_[c].
    std::vector<double> best(caps_.size(), 0);
    for (std::size_t t = 0; t < demand_.size(); ++t) {
      for (std::size_t c = 0; c < caps_.size(); ++c) {
        best[c] += price_[c] + pain_ * std::max(0.0, demand_[t] - caps_[c]);
        const bool own = c == 0 || best[c] < best[c - 1];
        own_[t * caps_.size() + c] = own;
        if (!own) best[c] = best[c - 1];
      }
    }
    std::vector<double> path(demand_.size());
    std::size_t c = caps_.size() - 1;
    for (std::size_t t = demand_.size(); t-- > 0;) {
      while (!own_[t * caps_.size() + c]) --c;
      path[t] = caps_[c];
    }
    return path;
  }

 private:
  std::span<const double> demand_;
  double pain_;
  std::vector<double> caps_;
  std::vector<double> price_;
  std::vector<bool> own_;  ///< whether ending exactly at this cap beats ending lower
};

}  // namespace

std::vector<double> rising_path(std::span<const double> demand, const PriceCurve& price,
                                double pain, double max) {
  if (demand.empty()) return {};
  if (!price.convex()) return Table(demand, price, pain, max).solve();
  std::vector<double> path = convex_path(demand, price, pain);
  // The best path below a ceiling is the best path cut at the ceiling.
  for (double& cap : path) cap = std::min(cap, max);
  return path;
}

}  // namespace penstock
