// Sizes that rules recommend against slow and obvious readings of the samples themselves.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "policies/recommendation.h"
#include "tests/testing/world.h"

namespace penstock {
namespace {

using testing::kStart;
using testing::Random;
using testing::World;

// The saturation rule's step against a slow reading of the samples themselves.
TEST(RuleOracle, SaturationStepsAgreeWithAnOracle) {
  Random random{testing::seed_or(29)};
  SCOPED_TRACE(random.seed());
  int steps = 0;
  for (int i = 0; i < 2000; ++i) {
    World world;
    testing::random_instance(random, world);
    world.policy.rules = {SaturationRule{}};
    const SaturationRule rule;
    world.cap = Mbps{random.range(10, 200)};
    const double cap = as_rate(world.cap).mbps();
    TimePoint at = kStart;
    for (std::int64_t k = random.range(1, 12); k > 0; --k) {
      at += 15s;
      const double egress = random.chance(0.5) ? cap : random.between(0.2, 0.94) * cap;
      world.feed({.at = at, .span = 15s, .egress = Rate{egress}});
    }
    world.now = at;
    const Recommendation said = recommend(rule, world.policy, world.situation(), world.now);
    if (world.samples.back().egress.mbps() < 0.95 * cap) {
      EXPECT_TRUE(!said.wants || *said.wants <= world.cap);
      continue;
    }
    // Back to the first sample of the run, then the lesser of the two before it.
    std::size_t first = world.samples.size() - 1;
    while (first > 0 && world.samples[first - 1].egress.mbps() >= 0.95 * cap) --first;
    double free = cap * 2;
    for (std::size_t k = first > 2 ? first - 2 : 0; k < first; ++k) {
      if (world.samples[k].egress.mbps() < 0.95 * cap) {
        free = std::min(free, world.samples[k].egress.mbps());
      }
    }
    const double factor = free > cap ? rule.grow : std::clamp(cap / free, rule.grow, 2.0);
    const auto expected = static_cast<std::int64_t>(std::ceil(cap * factor - 1e-6));
    EXPECT_NEAR(static_cast<double>(said.wants->count()), static_cast<double>(expected), 1);
    ++steps;
  }
  EXPECT_GT(steps, 500);
}

// The percentile rule against sorting all samples with their decayed weights.
TEST(RuleOracle, PercentileAgreesWithAnOracleWithinABin) {
  Random random{testing::seed_or(30)};
  SCOPED_TRACE(random.seed());
  for (int i = 0; i < 60; ++i) {
    World world;
    testing::random_instance(random, world);
    world.cap = Mbps{500};
    const PercentileRule rule{.percentile = random.between(30, 99.9), .headroom = 1.0};
    for (int k = 1; k <= 800; ++k) {
      world.feed({.at = kStart + k * 5min,
                  .span = 5min,
                  .egress = Rate{std::exp(random.between(0.5, 6))}});
    }
    world.now = world.samples.back().at;
    const Recommendation said = recommend(rule, world.policy, world.situation(), world.now);
    std::vector<Sample> sorted = world.samples;
    std::sort(sorted.begin(), sorted.end(),
              [](const Sample& a, const Sample& b) { return a.egress < b.egress; });
    const auto weight = [&](const Sample& s) {
      return std::exp2(-static_cast<double>((world.now - s.at).count()) / (7 * 86.4e6));
    };
    double total = 0;
    for (const Sample& s : sorted) total += weight(s);
    double sum = 0;
    std::size_t rank = 0;
    while ((sum += weight(sorted[rank])) < total * rule.percentile / 100) ++rank;
    const double least = sorted[rank > 0 ? rank - 1 : 0].egress.mbps();
    const double most = sorted[std::min(rank + 1, sorted.size() - 1)].egress.mbps();
    ASSERT_TRUE(said.wants);
    EXPECT_GE(as_rate(*said.wants).mbps(), least);
    EXPECT_LE(as_rate(*said.wants).mbps(), most * 1.05 + 1);
  }
}

}  // namespace
}  // namespace penstock
