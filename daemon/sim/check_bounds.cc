// What may be ordered at all, and which sizes: policies' bounds, types' limits, sellable steps,
// pauses, modes, frozen hours; and what the provider calls misuse.
#include <algorithm>

#include "daemon/sim/checker.h"

namespace penstock {
namespace {

using std::chrono::hours;

/// A pass that began just before a frozen hour may still send its order.
constexpr Duration kPassTime = 90s;

class BoundsChecker final : public Checker {
 public:
  std::string name() const override { return "bounds"; }

  void after_step(const Scene& scene, Violations& out) override {
    for (const LedgerEntry& entry : scene.fresh) {
      if (entry.kind == LedgerKind::kChange && entry.by == "api") check(scene, entry, out);
    }
  }

 private:
  void check(const Scene& scene, const LedgerEntry& entry, Violations& out) const {
    const std::string what = entry.what + " of " + entry.instance_id + " from " +
                             format(entry.from) + " to " + format(entry.to);
    const auto watched = scene.watched.find(entry.instance_id);
    const auto found = watched != scene.watched.end() ? scene.policy_of.find(watched->second.role)
                                                      : scene.policy_of.end();
    if (found == scene.policy_of.end()) return report(scene, what + ", which no policy owns", out);
    const Policy& policy = *found->second;
    if (policy.mode != Mode::kEnforce) report(scene, what + " although only observed", out);
    if (scene.fleet_paused) report(scene, what + " although all is paused", out);
    if (frozen(policy, entry.at + scene.skew)) report(scene, what + " in a frozen hour", out);
    if (entry.what == "cancel-downgrade") return;
    if (entry.from <= Mbps{0}) report(scene, what + ", which is unlimited", out);
    check_size(scene, entry, policy, what, out);
  }

  /// By hours of the day in UTC, as the drawn policies write them.
  static bool frozen(const Policy& policy, TimePoint wall) {
    for (const FreezeWindow& freeze : policy.freezes) {
      if (!freeze.when.days.empty() || !freeze.when.dates.empty()) continue;
      const auto of_day = wall - std::chrono::floor<std::chrono::days>(wall);
      if (of_day >= freeze.when.from + kPassTime && of_day < freeze.when.to - kPassTime) {
        return true;
      }
    }
    return false;
  }

  void check_size(const Scene& scene, const LedgerEntry& entry, const Policy& policy,
                  const std::string& what, Violations& out) const {
    const SimInstance* it = scene.cloud.instance(entry.instance_id);
    if (it == nullptr) return;  // gone since
    const std::int64_t to = entry.to.count();
    const std::int64_t limit = scene.cloud.limit(*it).value_or(to);
    const std::int64_t free = scene.cloud.included(*it).count();
    const std::int64_t most = std::min(policy.bounds.max.value_or(Mbps{limit}).count(), limit);
    const std::int64_t least =
        std::min(most, std::max({policy.bounds.min.count(), free, std::int64_t{1}}));
    if (to > limit) report(scene, what + ": the type allows " + std::to_string(limit), out);
    const bool raises = entry.what == "upgrade";
    // A bound below what flows is never cut into; so a cut may end above it.
    if (raises && to > most) report(scene, what + ": at most " + std::to_string(most), out);
    if (to < least) report(scene, what + ": at least " + std::to_string(least), out);
    const std::int64_t step = std::max<std::int64_t>(policy.bounds.step.count(), 1);
    if (to % step != 0 && to != least && to != most) {
      report(scene, what + ": not a multiple of " + std::to_string(step), out);
    }
    if (!raises && to >= entry.from.count()) report(scene, what + " lowers nothing", out);
  }
};

class LedgerChecker final : public Checker {
 public:
  std::string name() const override { return "ledger"; }

  void after_step(const Scene& scene, Violations& out) override {
    for (const LedgerEntry& entry : scene.fresh) {
      if (entry.kind == LedgerKind::kViolation) {
        report(scene, entry.what + " of " + entry.instance_id + " to " + format(entry.to), out);
      }
    }
  }
};

}  // namespace

std::unique_ptr<Checker> make_bounds_checker() {
  return std::make_unique<BoundsChecker>();
}
std::unique_ptr<Checker> make_ledger_checker() {
  return std::make_unique<LedgerChecker>();
}

std::vector<std::unique_ptr<Checker>> all_checkers() {
  std::vector<std::unique_ptr<Checker>> all;
  all.push_back(make_bounds_checker());
  all.push_back(make_ledger_checker());
  all.push_back(make_budget_checker());
  all.push_back(make_journal_checker());
  all.push_back(make_cut_checker());
  all.push_back(make_liveness_checker());
  return all;
}

}  // namespace penstock
