// What forecasts learn from sources that remember, how it is asked for, and what a restart keeps.
#include "daemon/warm_up.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "daemon/log.h"
#include "tests/testing/scripted_http.h"
#include "tests/testing/sim_world.h"
#include "tests/testing/virtual_clock.h"

namespace penstock {
namespace {

using std::chrono::hours;

/// Remembers what a function says; answers the present with nothing, or as another source does.
class Remembering final : public SampleSource {
 public:
  using Level = std::function<std::optional<double>(const std::string& key, TimePoint at)>;

  Remembering(std::vector<std::string> all_keys, Level says, SampleSource* live = nullptr)
      : keys(std::move(all_keys)), level(std::move(says)), live_(live) {}

  const std::string& name() const override { return name_; }
  void begin(std::span<const PolicyQuestion> questions, TimePoint now) override {
    if (live_ != nullptr) live_->begin(questions, now);
  }
  std::vector<HttpRequest> requests() override { return {}; }
  void take(std::span<const HttpResponse>) override {}
  std::vector<TrafficAnswer> answers() override {
    return live_ != nullptr ? live_->answers() : std::vector<TrafficAnswer>{};
  }
  bool has_past() const override { return true; }
  Result<std::vector<HttpRequest>> ask_past(const Policy&, const PastSpan& span) override {
    asked.push_back(span);
    return std::vector<HttpRequest>{HttpRequest{.url = "http://past/"}};
  }
  Result<PastRead> read_past(const Policy&, const PastSpan& span,
                             std::span<const HttpResponse> responses,
                             const std::function<void(const PastSeries&)>& visit) override {
    if (!responses.front().complete()) {
      return Error{ErrorKind::kTransient, responses.front().failure, "", ""};
    }
    if (span.points > largest) return PastRead::kTooLarge;
    for (const std::string& key : keys) {
      std::vector<Sample> samples;
      for (std::int64_t i = 0; i < span.points; ++i) {
        const TimePoint at = span.first + i * span.step;
        const auto mbps = level(key, at);
        if (mbps) samples.push_back({.at = at, .span = span.step, .egress = Rate{*mbps}});
      }
      visit({.key = key, .samples = samples});
    }
    // Also what comes before an error: it must not be taught.
    if (error) return *error;
    return PastRead::kYes;
  }

  std::vector<std::string> keys;
  Level level;
  std::vector<PastSpan> asked;
  std::int64_t largest = 1'000'000;
  std::optional<Error> error;

 private:
  SampleSource* live_;
  std::string name_ = "memory";
};

/// Four times as much from 18 to 22 o'clock.
double evening(TimePoint at) {
  const auto hour = (at - Duration{1}).time_since_epoch() / hours{1} % 24;
  return hour >= 18 && hour < 22 ? 200 : 50;
}

Policy forecasting() {
  Policy policy = testing::saturation_policy("edge");
  policy.rules = {ForecastRule{}};
  return policy;
}

/// The parts around a WarmUp, without a loop.
struct Bench {
  explicit Bench(int instances = 3, std::vector<Policy> policies = {forecasting()})
      : source({}, [](const std::string&, TimePoint at) { return evening(at); }),
        set{.policies = std::move(policies)} {
    set_log_level(LogLevel::kError);
    http.clock = &clock;
    gather.use({&source});
    list(instances);
  }
  void list(int instances) {
    Inventory inventory;
    source.keys.clear();
    for (int i = 0; i < instances; ++i) {
      Instance instance;
      instance.key = {"main", "i-" + std::to_string(i)};
      instance.cap = Mbps{1000};
      inventory.instances.push_back(instance);
      source.keys.push_back(instance.key.id);
    }
    std::map<std::string, Result<Inventory>> lists;
    lists.emplace("main", std::move(inventory));
    fleet.take(std::move(lists), clock.wall());
    fleet.own(set);
    gather.index(set, fleet);
  }
  bool run(Duration left = 10s) { return warm_up.run(fleet, gather, left); }
  /// All that can be done without time passing; how many pieces that was.
  std::size_t run_all() {
    const std::size_t before = source.asked.size();
    while (run()) {
    }
    return source.asked.size() - before;
  }
  Tracked& tracked(int i) { return *fleet.find({"main", "i-" + std::to_string(i)}); }
  const Forecast* forecast(int i) { return tracked(i).past.get(); }

  VirtualClock clock;
  HttpResponse answer = reply(200, "");
  Duration timeout{};  ///< of the latest request
  ScriptedHttp http{[this](const HttpRequest& request) {
    timeout = request.timeout;
    return answer;
  }};
  Telemetry telemetry;
  Remembering source;
  InForce set;
  Fleet fleet;
  Gather gather{http, telemetry};
  WarmUp warm_up{clock, http, telemetry};
};

TEST(WarmUp, NewInstancesLearnTheWeeksBefore) {
  Bench bench;
  bench.run_all();
  for (int i = 0; i < 3; ++i) {
    ASSERT_NE(bench.forecast(i), nullptr);
    const Forecast& forecast = *bench.forecast(i);
    EXPECT_TRUE(bench.tracked(i).demand_dirty) << "it is to be stored";
    EXPECT_EQ(forecast.seen(), hours{24 * 28} + 5min);
    EXPECT_EQ(bench.tracked(i).forecast, nullptr) << "nothing was seen live";
    EXPECT_GT(forecast.at(), bench.clock.wall() - 5min);
    const ForecastRule rule;
    const ForecastBand evening = forecast.term(rule, bench.clock.wall(), hours{24 * 30});
    EXPECT_TRUE(evening.earned);
    EXPECT_NEAR(evening.mbps, 200, 25);
    EXPECT_NEAR(forecast.next(rule).mbps, 50, 25) << "it is night";
    EXPECT_TRUE(bench.tracked(i).demand.empty());
  }
  // Each moment was asked for once, in order.
  for (std::size_t i = 1; i < bench.source.asked.size(); ++i) {
    const PastSpan& before = bench.source.asked[i - 1];
    EXPECT_EQ(bench.source.asked[i].first, before.first + before.points * before.step);
  }
  EXPECT_FALSE(bench.warm_up.view());
  bench.clock.advance(hours{30});
  EXPECT_EQ(bench.run_all(), 0U) << "and once only";
}

TEST(WarmUp, PiecesAreBoundedAndLeaveTimeForTheTick) {
  Bench bench(30'000);
  bench.source.level = [](const std::string&, TimePoint) { return std::nullopt; };
  for (int i = 0; i < 4; ++i) bench.run();
  EXPECT_EQ(bench.source.asked.back().points, 9) << "of 30,000 series";
  EXPECT_EQ(bench.warm_up.view()->instances, WarmUp::kMostInstances) << "others wait their turn";
  EXPECT_LE(bench.timeout, 5s);

  Bench hurried;
  EXPECT_FALSE(hurried.run(400ms)) << "the next tick is near";
  EXPECT_TRUE(hurried.run(1s));
  EXPECT_EQ(hurried.timeout, 500ms);

  Bench slow;
  slow.answer.elapsed = 2s;
  for (int i = 0; i < 8; ++i) slow.run();
  EXPECT_EQ(slow.source.asked.back().points, 1);
  slow.answer.elapsed = 1ms;
  for (int i = 0; i < 8; ++i) slow.run();
  EXPECT_GE(slow.source.asked.back().points, 64);
}

TEST(WarmUp, WhatIsTooLargeOrTooSlowIsAskedForInHalves) {
  Bench bench;
  bench.source.largest = 5;
  EXPECT_TRUE(bench.run());
  EXPECT_TRUE(bench.run());
  EXPECT_TRUE(bench.run());
  EXPECT_EQ(bench.source.asked[0].points, 12);
  EXPECT_EQ(bench.source.asked[1].points, 6);
  EXPECT_EQ(bench.source.asked[2].points, 3);
  EXPECT_EQ(bench.source.asked[2].first, bench.source.asked[0].first);
  bench.answer = lost_answer();
  bench.answer.elapsed = 5s;
  EXPECT_TRUE(bench.run());
  EXPECT_TRUE(bench.run());
  EXPECT_EQ(bench.source.asked[4].points, 3);
  EXPECT_EQ(bench.source.asked[4].first, bench.source.asked[3].first);
  ASSERT_TRUE(bench.warm_up.view());
  EXPECT_EQ(bench.warm_up.view()->error, "") << "no failure yet";
}

TEST(WarmUp, WhatFailsIsAskedAgainLaterFromWhereItWas) {
  Bench bench;
  bench.run();
  bench.source.error = Error{ErrorKind::kTransient, "down", "", ""};
  bench.run();
  const PastSpan failed = bench.source.asked.back();
  ASSERT_TRUE(bench.warm_up.view());
  EXPECT_EQ(bench.warm_up.view()->error, "down");
  EXPECT_EQ(bench.warm_up.view()->instances, 3U);
  bench.clock.advance(29s);
  EXPECT_FALSE(bench.run());
  bench.clock.advance(2s);
  EXPECT_TRUE(bench.run());
  bench.clock.advance(31s);
  EXPECT_FALSE(bench.run()) << "each failure doubles the wait";
  bench.clock.advance(30s);
  bench.source.error.reset();
  EXPECT_TRUE(bench.run());
  EXPECT_EQ(bench.source.asked.back().first, failed.first);
  EXPECT_EQ(bench.warm_up.view()->error, "");
  bench.run_all();
  EXPECT_EQ(bench.forecast(0)->seen(), hours{24 * 28} + 5min) << "nothing was taught twice";
}

TEST(WarmUp, AWrongQueryIsNotAskedAgainForAnHour) {
  Bench bench;
  bench.source.error = Error{ErrorKind::kInvalid, "parse error", "", ""};
  EXPECT_TRUE(bench.run());
  bench.clock.advance(59min);
  EXPECT_FALSE(bench.run());
  ASSERT_TRUE(bench.warm_up.view());
  EXPECT_EQ(bench.warm_up.view()->error, "parse error");
  bench.source.error.reset();
  bench.clock.advance(2min);
  EXPECT_GT(bench.run_all(), 0U);
  EXPECT_FALSE(bench.warm_up.view());
}

TEST(WarmUp, WhoHasSeenAWeekOrHasNoNeedIsLeftAlone) {
  const struct {
    const char* what;
    std::function<void(Bench&)> make;
  } rows[] = {
      {"off", [](Bench& b) { b.set.policies[0].traffic.warm_up = Duration::zero(); }},
      {"no forecast", [](Bench& b) { b.set.policies[0].rules = {SaturationRule{}}; }},
      {"no policy", [](Bench& b) { b.set.policies[0].match.id = {"other"}; }},
      {"a week of its own",
       [](Bench& b) {
         auto forecast = std::make_shared<Forecast>();
         const ForecastRule rule;
         for (int i = 1; i <= 7 * 24 * 12; ++i) {
           const Sample sample{b.clock.wall() + i * 5min, 5min, Rate{70}};
           forecast->observe({.sample = sample, .rule = rule});
         }
         b.tracked(0).forecast = forecast;
         b.clock.advance(hours{24 * 7});
       }},
  };
  for (const auto& row : rows) {
    Bench bench(1);
    row.make(bench);
    bench.fleet.own(bench.set);
    bench.gather.index(bench.set, bench.fleet);
    EXPECT_EQ(bench.run_all(), 0U) << row.what;
  }
}

TEST(WarmUp, NewcomersWaitTheirTurn) {
  Bench bench(1);
  bench.run_all();
  bench.list(2);
  bench.clock.advance(30min);
  EXPECT_EQ(bench.run_all(), 0U);
  bench.clock.advance(31min);
  const std::size_t first = bench.source.asked.size();
  EXPECT_GT(bench.run_all(), 0U);
  EXPECT_NE(bench.forecast(1), nullptr);
  EXPECT_EQ(bench.source.asked[first].first,
            TimePoint{bench.clock.wall().time_since_epoch() / 5min * 5min} - hours{24 * 28});
}

TEST(WarmUp, DoubtfulKeysTeachNothing) {
  Bench bench(3);
  bench.source.keys = {"i-0", "i-1", "i-1", "unknown"};
  bench.run_all();
  EXPECT_FALSE(bench.forecast(0)->empty());
  EXPECT_TRUE(bench.forecast(1)->empty()) << "two series for one instance";
  EXPECT_TRUE(bench.forecast(2)->empty()) << "nothing is known of it";
  bench.clock.advance(hours{30});
  EXPECT_EQ(bench.run_all(), 0U) << "there is nothing more to be had";
}

/// What filled the present cap may have been held by it: it never lowers a forecast.
TEST(WarmUp, WhatFilledThePresentCapWasAtLeastThat) {
  Bench bench(2);
  const TimePoint half = bench.clock.wall() - hours{24 * 14};
  bench.source.level = [half](const std::string&, TimePoint at) {
    return at < half ? evening(at) : std::min(evening(at), 100.0);
  };
  bench.tracked(0).cap = Mbps{100};
  bench.run_all();
  const ForecastRule rule;
  const auto term = [&](int i) {
    return bench.forecast(i)->term(rule, bench.clock.wall(), hours{24 * 30}).mbps;
  };
  EXPECT_GT(term(0), 180);
  EXPECT_LT(term(1), 160) << "below a larger cap it was less that was wanted";
}

TEST(WarmUp, AReloadBeginsAnew) {
  Bench bench;
  bench.run();
  bench.run();
  bench.warm_up.stop();
  EXPECT_FALSE(bench.warm_up.view());
  bench.clock.advance(20s);
  bench.run();
  EXPECT_EQ(bench.source.asked.back().first, bench.source.asked.front().first);
}

/// A loop whose source remembers evenings of 200 Mbps.
struct WarmWorld : testing::SimWorld {
  explicit WarmWorld(Duration warm_up = hours{24 * 28})
      : SimWorld({}, 1min),
        memory({"i-1"}, [](const std::string&, TimePoint at) { return evening(at); }, &source) {
    options.tick = 60s;
    options.save_demand_every = 5min;
    sources = {&memory};
    add(testing::postpaid_vm("i-1", Mbps{80}, DemandShape::flat(50)));
    in_force.policies = {forecasting()};
    in_force.policies[0].traffic.warm_up = warm_up;
  }
  void live(Duration span) {
    for (const TimePoint end = clock.wall() + span; clock.wall() < end;) {
      run(options.tick);
      while (loop->use_spare_time(10s)) {
      }
    }
  }
  Remembering memory;
};

TEST(WarmUp, ADaemonThatNeverSawTheFleetRaisesBeforeTheEvening) {
  for (const bool warm : {true, false}) {
    WarmWorld world(warm ? Duration{hours{24 * 28}} : Duration::zero());
    world.start();
    world.live(hours{20});
    EXPECT_EQ(world.cap("i-1") >= Mbps{200}, warm) << world.cap("i-1").count();
    if (!warm) continue;
    ASSERT_EQ(world.changes("i-1").size(), 1U);
    const Duration ahead = world.origin + hours{18} - world.changes("i-1")[0].at;
    EXPECT_GT(ahead, Duration::zero());
    EXPECT_LE(ahead, hours{2} + 2min);
  }
}

TEST(WarmUp, ARestartAsksNothingAgainAndDecidesTheSame) {
  WarmWorld world;
  world.start();
  world.live(hours{12});
  const std::size_t asked = world.memory.asked.size();
  EXPECT_GT(asked, 0U);
  const Decision before = world.view("i-1").decision;
  const std::string said = world.loop->explain({"main", "i-1"})->text;
  world.loop->finish();
  world.restart();
  world.live(2min);
  EXPECT_EQ(world.memory.asked.size(), asked);
  EXPECT_EQ(world.view("i-1").decision.wish, before.wish);
  EXPECT_EQ(world.view("i-1").decision.reason.code, before.reason.code);
  world.live(hours{6});
  EXPECT_GE(world.cap("i-1"), Mbps{200});
}

}  // namespace
}  // namespace penstock
