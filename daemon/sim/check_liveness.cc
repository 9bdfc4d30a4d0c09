// What is due happens: with everything in order a full link that may grow does, and a prepaid
// downgrade that is plainly due stands ordered when its window closes.
#include <algorithm>

#include "daemon/sim/checker.h"
#include "policies/recommendation.h"

namespace penstock {
namespace {

/// The longest of the daemon's own waits: a retry, a denied action, a blocked account.
constexpr Duration kHealed = 75min;
/// Ticks are 15 seconds apart then; a sample takes up to 80.
constexpr Duration kGrowsWithin = 20min;

/// Money, counts, and an operator's word may stand against it, and the type's limit.
bool excuses(ReasonCode code) {
  using enum ReasonCode;
  switch (code) {
    case kPriceLimit:
    case kPolicyBudget:
    case kFleetDayBudget:
    case kFleetMonthBudget:
    case kBalance:
    case kOrdersPerDay:
    case kFrozen:
    case kFleetPaused:
    case kAboveLimit:
    case kOverdueSuspected:
      return true;
    default:
      return false;
  }
}

class LivenessChecker final : public Checker {
 public:
  std::string name() const override { return "liveness"; }

  void after_step(const Scene& scene, Violations& out) override {
    const bool healed = scene.healthy_since && scene.now - *scene.healthy_since >= kHealed &&
                        scene.skew == Duration{};
    for (const auto& [id, watched] : scene.watched) {
      const SimInstance* it = scene.cloud.instance(id);
      const auto policy = scene.policy_of.find(watched.role);
      if (it == nullptr || policy == scene.policy_of.end()) continue;
      if (it->status != "RUNNING" || it->cap <= Mbps{0} || !it->flat_rate() ||
          policy->second->mode != Mode::kEnforce) {
        continue;
      }
      const Duration hold = policy->second->drift_hold + 10min;
      if (watched.meddled_at && scene.now - *watched.meddled_at < hold) continue;
      if (healed) check_growth(scene, *it, watched, *policy->second, out);
      if (it->expires) check_lowered(scene, *it, watched, *policy->second, out);
    }
  }

 private:
  void check_growth(const Scene& scene, const SimInstance& it, const Watched& watched,
                    const Policy& policy, Violations& out) {
    // Nobody sells to who owes.
    if (!watched.full_since || scene.fleet_paused || scene.cloud.overdue()) return;
    if (!follows_traffic(policy)) return;
    TimePoint since = std::max(*watched.full_since, *scene.healthy_since + kHealed);
    if (watched.ordered_at) since = std::max(since, *watched.ordered_at);
    const std::int64_t limit = scene.cloud.limit(it).value_or(0);
    if (limit <= 0) return;
    const Mbps most = std::min(policy.bounds.max.value_or(Mbps{limit}), Mbps{limit});
    if (it.cap + policy.bounds.step > most || (it.expires && *it.expires - scene.now < 1h)) {
      excused_[it.id] = scene.now;
      return;
    }
    const InstanceView* view = view_of(scene, it.id);
    if (view == nullptr || excuses(view->decision.reason.code)) {
      excused_[it.id] = scene.now;
      return;
    }
    const bool slow = policy.traffic.query.empty();  // the provider's figures come later still …
    if (slow || scene.now - since < kGrowsWithin + policy.upgrade.cooldown) return;
    // A moment without a sample or before a price is none without an excuse.
    if (scene.now - excused_[it.id] < kGrowsWithin) return;
    report(scene,
           it.id + " at " + format(it.cap) + " is full since " + format(*watched.full_since) +
               " and does not grow: " + render(view->decision.reason),
           out);
  }

  static const InstanceView* view_of(const Scene& scene, const std::string& id) {
    if (!scene.snapshot) return nullptr;
    for (const InstanceView& view : scene.snapshot->instances) {
      if (view.instance->key.id == id) return &view;
    }
    return nullptr;
  }

  /// Looked at once a term, when its window has just closed.
  void check_lowered(const Scene& scene, const SimInstance& it, const Watched& watched,
                     const Policy& policy, Violations& out) {
    const DowngradeTerms& terms = policy.downgrade;
    const TimePoint closes = *it.expires - terms.freeze;
    if (scene.now < closes && scene.now >= closes - kGrowsWithin) {
      // Once the window has closed, the decision no longer tells what stood against it before.
      const InstanceView* view = view_of(scene, it.id);
      if (view == nullptr || excuses(view->decision.reason.code)) excused_[it.id] = scene.now;
    }
    if (scene.now < closes || scene.now > closes + 10min || looked_[it.id] == *it.expires) return;
    looked_[it.id] = *it.expires;
    const Duration needed = look_back_of(policy) + terms.window + 1h;
    const bool calm = scene.healthy_since && closes - *scene.healthy_since > needed;
    // It may doubt itself for days.
    if (forecast_rule_of(policy) != nullptr) return;
    const bool quiet_orders = !watched.ordered_at || closes - *watched.ordered_at > needed;
    if (!calm || scene.clock_was_set || !it.auto_renew) return;
    if (!quiet_orders || scene.limits.max_lowered_share < 1 || !policy.freezes.empty()) return;
    double peak = 0;
    for (const PastSlot& slot : watched.past) {
      if (slot.end > closes - needed) peak = std::max(peak, slot.peak_demand);
    }
    const double enough = std::max({peak * 2, static_cast<double>(policy.bounds.min.count()),
                                    static_cast<double>(scene.cloud.included(it).count())});
    const double limit = static_cast<double>(scene.cloud.limit(it).value_or(0));
    const double step = static_cast<double>(policy.bounds.step.count());
    if (limit <= 0 || (enough + step) * 1.2 > static_cast<double>(it.cap.count())) return;
    const auto change = scene.cloud.change(it.id, scene.now);
    if (change && change->change == ChangeWord::kWaitToEnable) return;
    const InstanceView* view = view_of(scene, it.id);
    if (view == nullptr || closes - excused_[it.id] <= kGrowsWithin) return;
    report(scene,
           it.id + " at " + format(it.cap) + " needs " + format(Rate{peak}) +
               " and was not lowered before its term ends: " + render(view->decision.reason),
           out);
  }

  std::map<std::string, TimePoint> looked_, excused_;
};

}  // namespace

std::unique_ptr<Checker> make_liveness_checker() {
  return std::make_unique<LivenessChecker>();
}

}  // namespace penstock
