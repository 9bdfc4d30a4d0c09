// The saturation rule on a link in continuous time: samples, ticks, orders that take a while and
// are seen only at ticks. What the shipped defaults promise of a jump and of slow growth.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <string>
#include <vector>

#include "metrics/demand.h"
#include "policies/decide.h"

namespace penstock {
namespace {

using std::chrono::hours;
constexpr TimePoint kStart{hours{24 * 365 * 50}};
constexpr Duration kSample = 15s;
constexpr Duration kTick = 5s;

/// Prepaid, so that nothing is lowered before the term's end.
Instance prepaid_vm() {
  Instance instance;
  instance.key = {"main", "i-1"};
  instance.charge = Charge::kPrepaid;
  instance.expires = kStart + hours{24 * 60};
  instance.internet_charge = InternetCharge::kByBandwidth;
  instance.status = "RUNNING";
  instance.limit = Mbps{10'000};
  return instance;
}

Policy saturation_policy() {
  Policy policy;
  policy.mode = Mode::kEnforce;
  policy.rules = {SaturationRule{}};
  return policy;
}

struct Setup {
  std::function<double(Duration)> demand;  ///< Mbps at a time since kStart
  Duration tick_phase{};
  Duration takes = 5s;  ///< from order to effect
  Duration step = 100ms;
};

/// One link: what it delivers, what we know of it, what we order.
class Link {
 public:
  explicit Link(Setup setup) : setup_(std::move(setup)) {}
  void run(Duration until);

  Mbps cap{72};
  std::size_t orders = 0;
  std::optional<Duration> first_saturated;  ///< end of the first saturated sample
  std::optional<Duration> unbound;          ///< when the cap last stopped binding
  double most_over = 0;                     ///< largest cap after an order / demand so far

 private:
  void finish_sample(Duration now);
  void tick_at(Duration now);

  Setup setup_;
  Policy policy_ = saturation_policy();
  Instance instance_ = prepaid_vm();
  Tariff tariff_{.unit_price = Money::from_units(2)};
  Demand seen_;
  InstanceRecord record_;
  Memo memo_;
  Mbps known_cap_{};
  TimePoint known_since_ = kStart - hours{1};
  std::optional<Duration> effective_;
  std::optional<Mbps> ordered_;
  double megabits_ = 0;
  double most_wanted_ = 0;
  std::vector<Sample> waiting_;
};

void Link::finish_sample(Duration now) {
  const double mean = megabits_ / (15);
  megabits_ = 0;
  waiting_.push_back({.at = kStart + now, .span = kSample, .egress = Rate{mean}});
}

void Link::tick_at(Duration now) {
  const bool running = ordered_ && cap != *ordered_;
  if (ordered_ && !running) {
    known_cap_ = cap;
    known_since_ = kStart + now;
    ordered_.reset();
  }
  for (const Sample& s : waiting_) {
    seen_.observe(s, known_cap_, known_since_, policy_.traffic.saturated_at);
    if (seen_.saturated_run().samples == 1 && !first_saturated) {
      first_saturated = s.at - kStart;
    }
  }
  waiting_.clear();
  const Situation situation{
      .instance = instance_,
      .demand = seen_,
      .cap = known_cap_,
      .cap_since = known_since_,
      .change = {.kind = running ? ChangeState::Kind::kRunning : ChangeState::Kind::kIdle},
      .tariff = &tariff_,
      .record = &record_,
      .memo = memo_};
  const Decision decision = decide(policy_, situation, kStart + now);
  memo_ = decision.memo;
  if (decision.action == Action::kHold) return;
  ASSERT_EQ(decision.action, Action::kUpgrade) << render(decision.reason);
  ++orders;
  record_.last_upgrade_at = kStart + now;
  ordered_ = decision.to;
  effective_ = now + setup_.takes;
}

void Link::run(Duration until) {
  known_cap_ = cap;
  for (Duration now{}; now < until; now += setup_.step) {
    if (effective_ && now >= *effective_) {
      cap = *ordered_;
      effective_.reset();
      most_over = std::max(most_over, as_rate(cap).mbps() / most_wanted_);
    }
    if (now > Duration{} && now % kSample == Duration{}) finish_sample(now);
    if (now >= setup_.tick_phase && (now - setup_.tick_phase) % kTick == Duration{}) tick_at(now);
    const double wanted = setup_.demand(now);
    most_wanted_ = std::max(most_wanted_, wanted);
    const double limit = as_rate(cap).mbps();
    if (wanted > limit) {
      unbound.reset();
    } else if (!unbound) {
      unbound = now;
    }
    megabits_ += std::min(wanted, limit) * static_cast<double>(setup_.step.count()) / 1000;
  }
}

// A link capped at 72 Mbps whose demand jumps to 500: whatever the phase of the ticks and of the
// jump against the samples, and wherever demand came from.
TEST(Surge, AJumpIsMetWithinThreeOrdersAndSeventyFiveSeconds) {
  for (const double before : {5.0, 30.0, 40.0, 50.0, 66.0}) {
    for (const Duration takes : {Duration{4000}, Duration{5000}, Duration{5100}}) {
      for (Duration phase{}; phase < 15s; phase += 1s) {
        for (Duration jump = 60s; jump < 75s; jump += 1100ms) {
          Link link({.demand = [=](Duration at) { return at < jump ? before : 500.0; },
                     .tick_phase = phase,
                     .takes = takes});
          link.run(200s);
          SCOPED_TRACE(std::to_string(before) + " " + std::to_string(phase.count()) + " " +
                       std::to_string(jump.count()) + " " + std::to_string(takes.count()));
          ASSERT_TRUE(link.first_saturated && link.unbound);
          EXPECT_LE(*link.unbound - *link.first_saturated, 75s);
          EXPECT_LE(link.orders, 3U);
          EXPECT_LE(link.cap, Mbps{1000});
          if (HasFailure()) return;
        }
      }
    }
  }
}

TEST(Surge, SlowGrowthOvershootsByAThirdAtMost) {
  struct Row {
    const char* name;
    std::function<double(Duration)> demand;
    std::size_t most_orders;
  };
  const auto minutes = [](Duration at) { return static_cast<double>(at.count()) / 60'000; };
  const Row rows[] = {
      {"1 % per 10 minutes", [=](Duration at) { return 60 * std::pow(1.01, minutes(at) / 10); }, 5},
      {"a staircase of 5 % per half hour",
       [=](Duration at) { return 50 * std::pow(1.05, std::floor(minutes(at) / 30)); }, 9},
      {"a staircase of 15 % per 3 hours",
       [=](Duration at) { return 40 * std::pow(1.15, std::floor(minutes(at) / 180)); }, 6},
      {"1 % per 10 minutes with 4 % of ripple",
       [=](Duration at) {
         return 60 * std::pow(1.01, minutes(at) / 10) *
                (1 + 0.04 * std::sin(static_cast<double>(at / 15s) * 2.4));
       },
       6},
  };
  for (const Row& row : rows) {
    Link link({.demand = row.demand, .step = 1s});
    link.run(hours{20});
    EXPECT_LE(link.most_over, 1.34) << row.name;
    EXPECT_GE(link.orders, 2U) << row.name;
    EXPECT_LE(link.orders, row.most_orders) << row.name;
    EXPECT_TRUE(link.unbound) << row.name;
  }
}

}  // namespace
}  // namespace penstock
