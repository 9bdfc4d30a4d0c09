#include "daemon/sim/fault_plan.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include "daemon/sim/random.h"

namespace penstock {
namespace {

using std::chrono::hours;

/// Until the end nothing new breaks: long enough for every wait of the daemon to run out.
constexpr Duration kHealing = hours{3};

struct Kind {
  std::string_view name;
  int weight;       ///< how often, against the others
  Duration most{};  ///< 0: a moment
  double least_share = 1;
};

constexpr std::array<Kind, kTroubles> kKinds{{
    {"lost-request", 4, 2h, 0.1},
    {"lost-answer", 6, 2h, 0.1},
    {"time-out", 4, 1h, 0.1},
    {"slow-answers", 2, 1h},
    {"rate-limit", 3, 30min, 0.2},
    {"server-error", 3, 2h, 0.2},
    {"html", 2, 1h, 0.2},
    {"challenge", 1, 30min, 0.3},
    {"truncated", 3, 1h, 0.1},
    {"hostile-json", 4, 1h, 0.05},
    {"wrong-types", 2, 4h},
    {"unknown-words", 2, 4h},
    {"denied", 1, 2h},
    {"slow-processing", 3, 2h},
    {"change-fails", 3, 2h},
    {"downgrade-vanishes", 3, 48h},
    {"short-balance", 2, 6h},
    {"overdue", 2, 6h},
    {"partial-list", 3, 3h},
    {"stopped", 2, 6h},
    {"gone", 1},
    {"type-changed", 1},
    {"console-change", 3},
    {"not-renewed", 1},
    {"surge", 6, 6h},
    {"calm", 4, 12h},
    {"clock-step", 3, 3h},
    {"kill", 5},
    {"kill-at-step", 8},
    {"power-cut", 4},
    {"power-cut-in-write", 4},
    {"disk-full", 3, 2h},
    {"disk-read-only", 2, 1h},
    {"bad-sector", 1, 1h},
    {"samples-down", 4, 4h},
    {"samples-garbage", 2, 2h},
    {"samples-nan", 2, 2h},
    {"samples-twice", 1, 2h},
    {"samples-missing", 3, 6h},
    {"samples-late", 3, 2h},
    {"counter-reset", 3},
    {"pause-fleet", 1, 3h},
    {"reload-good", 4},
    {"reload-bad", 2, 1h},
}};

const Kind& kind_of(Trouble trouble) {
  return kKinds.at(static_cast<std::size_t>(trouble));
}

Trouble draw_trouble(Random& random) {
  int sum = 0;
  for (const Kind& kind : kKinds) sum += kind.weight;
  auto left = static_cast<int>(random.below(sum));
  for (std::size_t i = 0; i < kKinds.size(); ++i) {
    left -= kKinds.at(i).weight;
    if (left < 0) return static_cast<Trouble>(i);
  }
  return Trouble::kKill;
}

}  // namespace

std::string_view to_string(Trouble trouble) {
  return kind_of(trouble).name;
}

std::vector<PlannedFault> draw_plan(std::uint64_t seed, Duration length, double per_day) {
  Random random(seed, "plan");
  std::vector<PlannedFault> plan;
  const Duration last = length - kHealing;
  if (last <= 1h) return plan;
  const double days = static_cast<double>(last.count()) / static_cast<double>((24h / 1ms));
  const auto count = std::lround(days * per_day * random.between(0.5, 1.5));
  for (long i = 0; i < count; ++i) {
    PlannedFault fault;
    fault.trouble = draw_trouble(random);
    const Kind& kind = kind_of(fault.trouble);
    fault.at = Duration{random.range((20min) / 1ms, last.count())};
    fault.at -= fault.at % 1s;
    if (kind.most > Duration{}) {
      // Short ones are as frequent as long ones.
      const double part = random.unit();
      fault.lasting =
          1min +
          Duration{static_cast<std::int64_t>(part * part * static_cast<double>(kind.most.count()))};
      fault.lasting = std::min(fault.lasting, last - fault.at + 1min);
      fault.lasting -= fault.lasting % 1s;
    }
    fault.share = random.between(kind.least_share, 1);
    fault.size = random.range(0, 1'000'000);
    fault.seed = random.next();
    plan.push_back(fault);
  }
  std::ranges::stable_sort(plan, {}, &PlannedFault::at);
  for (std::size_t i = 0; i < plan.size(); ++i) plan[i].index = i;
  return plan;
}

std::string describe(const PlannedFault& fault) {
  std::string out = "#" + std::to_string(fault.index) + " " + std::string(to_string(fault.trouble));
  out += " after " + format(fault.at);
  if (fault.lasting > Duration{}) out += " for " + format(fault.lasting);
  return out;
}

}  // namespace penstock
