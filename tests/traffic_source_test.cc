#include "daemon/traffic_source.h"

#include <gtest/gtest.h>

#include <deque>

namespace penstock {
namespace {

constexpr TimePoint kStart{std::chrono::seconds{1'767'225'600}};

/// Serves 5-minute figures that appear `delay` after their mark; nothing else of a cloud.
struct FakeCloud final : Cloud {
  Duration delay = 5min;
  std::optional<Error> failure;
  std::set<std::string> silent;  ///< ids that have no figures
  std::vector<TrafficQuestion> asked;
  std::size_t calls = 0;
  Duration ahead{};  ///< how far the provider's clock is ahead

  std::vector<Result<std::vector<Sample>>> traffic(
      std::span<const TrafficQuestion> questions) override {
    ++calls;
    std::vector<Result<std::vector<Sample>>> out;
    for (const TrafficQuestion& question : questions) {
      asked.push_back(question);
      if (failure) {
        out.push_back(*failure);
        continue;
      }
      std::vector<Sample> samples;
      for (TimePoint at = std::chrono::ceil<Duration>(question.from);
           at <= question.to - delay + ahead; at += 1min) {
        if (at.time_since_epoch() % 5min != 0s || silent.contains(question.instance.key.id))
          continue;
        samples.push_back({.at = at, .span = 5min, .egress = Rate{42}});
      }
      out.push_back(std::move(samples));
    }
    return out;
  }

  std::map<std::string, Result<Inventory>> list() override { return {}; }
  std::vector<Result<BandwidthStatus>> read_changes(std::span<const InstanceRef>) override {
    return {};
  }
  std::vector<Result<PriceAnswer>> inquire(std::span<const SizeQuestion>) override { return {}; }
  std::vector<Result<Accepted>> modify(std::span<const SizeQuestion>) override { return {}; }
  std::vector<Result<Accepted>> cancel_downgrade(std::span<const InstanceRef>) override {
    return {};
  }
  std::map<std::string, Result<Balance>> balances() override { return {}; }
  Result<std::vector<Transaction>> transactions(const std::string&, TimePoint, TimePoint) override {
    return std::vector<Transaction>{};
  }
  Rights rights(const std::string&) const override { return {}; }
  int changes_allowed(const std::string&, Duration) const override { return 0; }
};

struct SourceBench {
  explicit SourceBench(int instances, SourceConfig config = {.name = "zenlayer"})
      : source(std::move(config), cloud) {
    policy.name = "edge";
    policy.traffic.max_age = 20min;
    for (int i = 0; i < instances; ++i) add(std::to_string(100 + i));
  }
  void add(const std::string& id, const std::string& account = "a") {
    Instance& instance = fleet.emplace_back();
    instance.key = {account, id};
    instance.name = "name-" + id;
  }
  TrafficAnswer tick(Duration after_start) {
    PolicyQuestion question{&policy, {}};
    for (const Instance& instance : fleet) question.instances.push_back(&instance);
    source.begin(std::span(&question, 1), kStart + after_start);
    EXPECT_TRUE(source.requests().empty());
    return source.answers().at(0);
  }

  FakeCloud cloud;
  TrafficSource source;
  Policy policy;
  std::deque<Instance> fleet;
};

TEST(TrafficSource, TheFirstAnswerBringsTheLastDay) {
  SourceBench bench(1);
  const TrafficAnswer answer = bench.tick(0s);
  EXPECT_FALSE(answer.error);
  ASSERT_EQ(answer.samples.size(), 288U);  // 24 h of 5 minutes, the latest one not there yet
  EXPECT_EQ(answer.samples.front().key, "100");
  EXPECT_EQ(answer.samples.back().sample.at, kStart - 5min);
  for (std::size_t i = 1; i < answer.samples.size(); ++i) {
    EXPECT_GT(answer.samples[i].sample.at, answer.samples[i - 1].sample.at);
  }
  EXPECT_EQ(bench.cloud.asked[0].to - bench.cloud.asked[0].from, std::chrono::hours{24});
}

TEST(TrafficSource, LaterOnesBringWhatIsNewAndRepeatTheNewestBetween) {
  SourceBench bench(1);
  (void)bench.tick(0s);
  TrafficAnswer answer = bench.tick(15s);
  EXPECT_EQ(bench.cloud.calls, 1U);
  ASSERT_EQ(answer.samples.size(), 1U);
  EXPECT_EQ(answer.samples[0].sample.at, kStart - 5min);
  answer = bench.tick(10min);
  EXPECT_EQ(bench.cloud.asked[1].from, kStart - 5min);
  ASSERT_EQ(answer.samples.size(), 2U);
  EXPECT_EQ(answer.samples[0].sample.at, kStart);
  EXPECT_EQ(answer.samples[1].sample.at, kStart + 5min);
}

TEST(TrafficSource, CallsAreBoundedAndNobodyIsForgotten) {
  SourceBench bench(40);
  std::map<std::string, int> asked;
  for (int tick = 0; tick < 40; ++tick) {
    const std::size_t before = bench.cloud.asked.size();
    (void)bench.tick(tick * 15s);
    EXPECT_LE(bench.cloud.asked.size() - before, TrafficSource::kPerTick);
  }
  for (const TrafficQuestion& question : bench.cloud.asked) ++asked[question.instance.key.id];
  EXPECT_EQ(asked.size(), 40U);
  for (const auto& [id, times] : asked) EXPECT_EQ(times, 2) << id;  // ten minutes, every five
}

TEST(TrafficSource, AFailureIsTriedAgainSoonAndARefusalLater) {
  SourceBench bench(1);
  bench.cloud.failure =
      Error{.kind = ErrorKind::kTransient, .message = "no answer", .code = "", .request_id = ""};
  TrafficAnswer answer = bench.tick(0s);
  ASSERT_TRUE(answer.error);
  EXPECT_EQ(answer.error->message, "no answer");
  EXPECT_EQ(answer.failures, 1U);
  answer = bench.tick(15s);
  EXPECT_TRUE(answer.error);  // still the same trouble
  EXPECT_EQ(answer.failures, 0U);
  EXPECT_EQ(bench.cloud.calls, 1U);
  bench.cloud.failure->kind = ErrorKind::kRefused;
  (void)bench.tick(1min);
  EXPECT_EQ(bench.cloud.calls, 2U);
  (void)bench.tick(3min);
  EXPECT_EQ(bench.cloud.calls, 2U);
  bench.cloud.failure.reset();
  answer = bench.tick(7min);
  EXPECT_FALSE(answer.error);
  EXPECT_GT(answer.samples.size(), 200U);
}

TEST(TrafficSource, AClockThatIsSetBackDoesNotSilenceIt) {
  SourceBench bench(1);
  (void)bench.tick(40h);
  ASSERT_EQ(bench.cloud.calls, 1U);
  (void)bench.tick(10min);
  EXPECT_EQ(bench.cloud.calls, 2U);
}

TEST(TrafficSource, OneInstanceInTroubleDoesNotFailTheOthers) {
  SourceBench bench(1);
  (void)bench.tick(0s);
  bench.cloud.failure =
      Error{.kind = ErrorKind::kRefused, .message = "refused", .code = "", .request_id = ""};
  bench.add("999");
  const TrafficAnswer answer = bench.tick(15s);
  EXPECT_FALSE(answer.error);
  EXPECT_EQ(answer.samples.size(), 1U);
  EXPECT_EQ(answer.failures, 1U);
  EXPECT_EQ(answer.notes.size(), 1U);
}

TEST(TrafficSource, OldFiguresAreSaidToBeOld) {
  SourceBench bench(1);
  bench.policy.traffic.max_age = 3min;
  EXPECT_EQ(bench.tick(0s).dropped.stale, 1U);
  EXPECT_EQ(bench.tick(15s).notes.size(), 1U);
  bench.policy.traffic.max_age = 20min;
  EXPECT_EQ(bench.tick(30s).dropped.stale, 0U);
}

TEST(TrafficSource, FiguresFromTheFutureAreLeftOut) {
  SourceBench bench(1);
  bench.cloud.ahead = 30min;
  for (const KeyedSample& sample : bench.tick(0s).samples)
    EXPECT_LE(sample.sample.at, kStart + 30s);
}

TEST(TrafficSource, SilenceIsNoTraffic) {
  SourceBench bench(2);
  bench.cloud.silent = {"100"};
  const TrafficAnswer answer = bench.tick(0s);
  for (const KeyedSample& sample : answer.samples) EXPECT_EQ(sample.key, "101");
  EXPECT_FALSE(answer.samples.empty());
}

TEST(TrafficSource, KeysFollowThePolicysJoin) {
  SourceBench bench(1);
  bench.fleet[0].public_ips = {"203.0.113.7", "203.0.113.8"};
  bench.fleet[0].tags = {{"role", "edge"}};
  const auto key = [&](Join join) {
    bench.policy.traffic.join = join;
    bench.policy.traffic.join_tag = "role";
    const TrafficAnswer answer = bench.tick(0s);
    return answer.samples.empty() ? std::string("none") : answer.samples.back().key;
  };
  EXPECT_EQ(key(Join::kId), "100");
  EXPECT_EQ(key(Join::kName), "name-100");
  EXPECT_EQ(key(Join::kPublicIp), "203.0.113.7");
  EXPECT_EQ(key(Join::kTag), "edge");
  bench.fleet[0].tags.clear();
  EXPECT_EQ(key(Join::kTag), "none");
}

TEST(TrafficSource, OneAccountAlone) {
  SourceBench bench(1, {.name = "zenlayer", .account = "b"});
  bench.add("500", "b");
  const TrafficAnswer answer = bench.tick(0s);
  ASSERT_EQ(bench.cloud.asked.size(), 1U);
  EXPECT_EQ(bench.cloud.asked[0].instance.key, (InstanceKey{"b", "500"}));
  EXPECT_EQ(answer.samples.back().key, "500");
}

TEST(TrafficSource, WhatIsGoneIsForgotten) {
  SourceBench bench(2);
  (void)bench.tick(0s);
  const Instance gone = bench.fleet.back();
  bench.fleet.pop_back();
  (void)bench.tick(15s);
  bench.fleet.push_back(gone);
  (void)bench.tick(30s);
  EXPECT_EQ(bench.cloud.asked.size(), 3U);  // asked anew at once, with its day
}

}  // namespace
}  // namespace penstock
