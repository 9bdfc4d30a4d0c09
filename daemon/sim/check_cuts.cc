// Doubt never lowers: no cut while no sample can have come, none on a look-back that was mostly
// dark, none below what was delivered in it.
#include <algorithm>

#include "daemon/sim/checker.h"
#include "policies/recommendation.h"

namespace penstock {
namespace {

/// The moments between a sample and the order that looks at it.
constexpr Duration kPassTime = 60s;
/// A sample may lie across two slots: what three in a row reached, one of its samples showed, but
/// for a few per cent of noise.
constexpr double kRoom = 0.96;
/// The provider's own figures come late, and an exporter's with the tick that follows.
constexpr Duration kLatest = 20min;

class CutChecker final : public Checker {
 public:
  std::string name() const override { return "cut"; }

  void after_step(const Scene& scene, Violations& out) override {
    for (const LedgerEntry& entry : scene.fresh) {
      if (entry.kind != LedgerKind::kChange || entry.by != "api") continue;
      if (entry.what == "downgrade" || entry.what == "schedule-downgrade") {
        check(scene, entry, out);
      }
    }
  }

 private:
  void check(const Scene& scene, const LedgerEntry& entry, Violations& out) const {
    const auto watched = scene.watched.find(entry.instance_id);
    if (watched == scene.watched.end()) return;
    const auto policy = scene.policy_of.find(watched->second.role);
    if (policy == scene.policy_of.end()) return;
    const std::string what = entry.what + " of " + entry.instance_id + " to " + format(entry.to);
    check_light(scene, watched->second, *policy->second, entry, what, out);
    check_delivered(scene, watched->second, *policy->second, entry, what, out);
  }

  void check_light(const Scene& scene, const Watched& watched, const Policy& policy,
                   const LedgerEntry& entry, const std::string& what, Violations& out) const {
    // Ages as the daemon sees them mean nothing while its clock is wrong.
    if (scene.clock_was_set) return;
    const Duration oldest = policy.traffic.max_age + kPassTime;
    if (watched.dark_since && entry.at - *watched.dark_since > oldest) {
      report(scene, what + " without a sample for " + format(entry.at - *watched.dark_since), out);
    }
    const Duration span = look_back_of(policy);
    std::int64_t dark = 0;
    for (const PastSlot& slot : watched.past) {
      if (slot.dark && slot.end > entry.at - span) ++dark;
    }
    // The first sample after the dark tells of its whole window, also of the dark part.
    const Duration unseen = std::max(Duration{}, Duration(dark * 5min) - policy.traffic.window);
    const double share = static_cast<double>(unseen.count()) / static_cast<double>(span.count());
    // The provider's own figures are there for the asking afterwards.
    const bool refilled = policy.traffic.query.empty();
    if (!refilled && share > 1.05 - policy.traffic.least_coverage) {
      report(scene,
             what + " on a look-back that was dark for " +
                 std::to_string(static_cast<int>(share * 100)) + " %",
             out);
    }
  }

  void check_delivered(const Scene& scene, const Watched& watched, const Policy& policy,
                       const LedgerEntry& entry, const std::string& what, Violations& out) const {
    if (!follows_traffic(policy)) return;
    const TimePoint from = entry.at - look_back_of(policy);
    const auto& past = watched.past;
    for (std::size_t i = 2; i < past.size(); ++i) {
      if (past[i - 2].end - 5min < from || past[i].end > entry.at - kLatest) continue;
      if (!past[i].seen || !past[i - 1].seen || !past[i - 2].seen) continue;
      const double reached =
          std::min({past[i].delivered, past[i - 1].delivered, past[i - 2].delivered});
      if (reached * kRoom > static_cast<double>(entry.to.count())) {
        return report(
            scene,
            what + " below " + format(Rate{reached}) + " delivered at " + format(past[i].end), out);
      }
    }
  }
};

}  // namespace

std::unique_ptr<Checker> make_cut_checker() {
  return std::make_unique<CutChecker>();
}

}  // namespace penstock
