// Money within every limit, to the cent: what the provider charged at once, and what postpaid
// changes cost until the end of the day and month, reckoned from the provider's own prices.
#include <algorithm>
#include <tuple>

#include "daemon/sim/checker.h"

namespace penstock {
namespace {

using std::chrono::days;

/// Hourly prices are rounded up to a micro-dollar, which a month multiplies by 720: at most this
/// much for each order that is in a sum.
constexpr Money kRounding = Money::from_micros(10'000);

TimePoint day_of(TimePoint wall) {
  return std::chrono::floor<days>(wall);
}

TimePoint month_of(TimePoint wall) {
  const std::chrono::year_month_day date{std::chrono::floor<days>(wall)};
  return std::chrono::sys_days{date.year() / date.month() / 1};
}

TimePoint next_month_of(TimePoint wall) {
  const std::chrono::year_month_day date{std::chrono::floor<days>(wall)};
  return std::chrono::sys_days{(date.year() / date.month() + std::chrono::months{1}) / 1};
}

bool lowers(const LedgerEntry& entry) {
  return entry.what == "downgrade" || entry.what == "schedule-downgrade";
}

class BudgetChecker final : public Checker {
 public:
  std::string name() const override { return "budget"; }

  void after_step(const Scene& scene, Violations& out) override {
    for (const LedgerEntry& entry : scene.fresh) {
      if (entry.kind == LedgerKind::kEffect && entry.what == "failed") take_back(entry);
      if (entry.kind == LedgerKind::kEffect && entry.what == "expired") unlower(entry);
      if (entry.kind != LedgerKind::kChange || entry.by != "api") continue;
      if (entry.what == "cancel-downgrade") unlower(entry);
      const Paid* paid = note(scene, entry);
      if (paid == nullptr || entry.what == "cancel-downgrade") continue;
      if (entry.what == "upgrade") check_money(scene, *paid, out);
      check_counts(scene, *paid, lowers(entry), out);
    }
  }

 private:
  struct Paid {
    std::string role, instance;
    TimePoint day, month;
    Money for_day, for_month;
    Money unsure;        ///< how far off a wrong clock's price may be
    bool counts = true;  ///< as one of the day's orders
    bool lowers = false;
  };

  /// A price for the rest of the term is as wrong as the clock that says how much is left.
  static Money by_wrong_clock(const LedgerEntry& entry, const SimInstance& it, Duration skew) {
    if (!it.expires || skew == Duration{}) return {};
    const Duration left = *it.expires - entry.at;
    const Duration off = std::chrono::abs(skew);
    if (off >= left) return entry.amount;
    return scale_round_up(entry.amount, off.count(), left.count());
  }

  const Paid* note(const Scene& scene, const LedgerEntry& entry) {
    const auto watched = scene.watched.find(entry.instance_id);
    const SimInstance* it = scene.cloud.instance(entry.instance_id);
    if (watched == scene.watched.end() || it == nullptr) return nullptr;
    const TimePoint wall = entry.at + scene.skew;
    Paid paid{.role = watched->second.role,
              .instance = entry.instance_id,
              .day = day_of(wall),
              .month = month_of(wall),
              .for_day = {},
              .for_month = {},
              .counts = entry.what != "cancel-downgrade",
              .lowers = lowers(entry)};
    if (it->flat_rate() && it->charge == Charge::kPostpaid && paid.counts) {
      const Mbps free = scene.cloud.included(*it);
      const Money more = it->tariff.price(entry.to, free) - it->tariff.price(entry.from, free);
      const Duration month = scene.cloud.settings().month;
      const auto until = [&](TimePoint end) {
        return scale_round_up(more, (end - wall).count(), month.count());
      };
      paid.for_day = until(paid.day + days{1});
      paid.for_month = until(next_month_of(wall));
    } else {
      paid.for_day = paid.for_month = entry.amount;
      paid.unsure = by_wrong_clock(entry, *it, scene.skew);
    }
    all_.push_back(paid);
    return &all_.back();
  }

  /// What was called off before it came is not lowered, nor is an instance whose term just ended.
  void unlower(const LedgerEntry& ended) {
    for (Paid& paid : all_) {
      if (paid.instance == ended.instance_id) paid.lowers = false;
    }
  }

  /// An accepted change that ended with the old value cost nothing and lowered nothing.
  void take_back(const LedgerEntry& failed) {
    for (auto paid = all_.rbegin(); paid != all_.rend(); ++paid) {
      if (paid->instance != failed.instance_id || !paid->counts) continue;
      paid->for_day = paid->for_month = Money{};
      paid->lowers = false;
      return;
    }
  }

  struct Sum {
    Money money, unsure;
    std::int64_t orders = 0;
  };

  /// What one instance gives back is netted against its own orders only.
  template <class Takes>
  Sum sum(bool of_month, Takes takes) const {
    std::map<std::pair<std::string, std::string>, Money> groups;
    Sum sum;
    for (const Paid& paid : all_) {
      if (!takes(paid)) continue;
      groups[{paid.role, paid.instance}] += of_month ? paid.for_month : paid.for_day;
      sum.unsure += paid.unsure;
      ++sum.orders;
    }
    for (const auto& [key, money] : groups) sum.money += std::max(money, Money{});
    return sum;
  }

  void hold_against(const Scene& scene, const char* what, std::optional<Money> limit,
                    const Sum& sum, Violations& out) const {
    if (!limit || sum.money <= *limit + sum.unsure + kRounding * sum.orders) return;
    report(scene, std::string(what) + ": spent " + format(sum.money) + " of " + format(*limit),
           out);
  }

  void check_money(const Scene& scene, const Paid& paid, Violations& out) const {
    const auto policy = scene.policy_of.find(paid.role);
    if (policy != scene.policy_of.end()) {
      hold_against(
          scene, "month of a policy", policy->second->budget.per_month,
          sum(true,
              [&](const Paid& each) { return each.month == paid.month && each.role == paid.role; }),
          out);
      hold_against(scene, "one order", policy->second->upgrade.max_price,
                   {paid.for_month, paid.unsure, 1}, out);
    }
    hold_against(scene, "day of the fleet", scene.limits.per_day,
                 sum(false, [&](const Paid& each) { return each.day == paid.day; }), out);
    hold_against(scene, "month of the fleet", scene.limits.per_month,
                 sum(true, [&](const Paid& each) { return each.month == paid.month; }), out);
  }

  void check_counts(const Scene& scene, const Paid& paid, bool lowered, Violations& out) const {
    int orders = 0;
    std::map<std::string, int> lowered_today;
    for (const Paid& each : all_) {
      if (each.day != paid.day) continue;
      if (each.counts) ++orders;
      if (each.lowers) ++lowered_today[each.instance];
    }
    const int most = scene.limits.orders_per_day;
    if (most > 0 && orders > most) {
      report(scene, std::to_string(orders) + " orders today, allowed " + std::to_string(most), out);
    }
    const double share = scene.limits.max_lowered_share;
    const double allowed = std::max(1.0, share * static_cast<double>(scene.instances));
    if (lowered && share < 1 && static_cast<double>(lowered_today.size()) > allowed) {
      report(scene, std::to_string(lowered_today.size()) + " instances lowered today", out);
    }
  }

  std::deque<Paid> all_;
};

}  // namespace

std::unique_ptr<Checker> make_budget_checker() {
  return std::make_unique<BudgetChecker>();
}

}  // namespace penstock
