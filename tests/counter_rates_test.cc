#include "daemon/counter_rates.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <map>
#include <string>

#include "tests/testing/random.h"

namespace penstock {
namespace {

const TimePoint kStart = *parse_time("2026-01-01T00:00:00Z");

std::string shown(const CounterRates& rates) {
  std::map<std::string, std::string> by_key;
  for (const KeyedSample& each : rates.samples()) {
    by_key[each.key] = (each.lower_bound ? ">=" : "=") + format(each.sample.egress) + " over " +
                       format(each.sample.span);
  }
  std::string out;
  for (const auto& [key, text] : by_key) out += key + text + "; ";
  return out;
}

CounterRow row(const std::string& key, const std::string& series, double bytes, TimePoint at) {
  return {key, series, bytes, at};
}

/// One counter's pages at given seconds; a negative value means that it was not on the page.
struct Page {
  int at_seconds;
  double eth0, eth1;
  const char* expected;
};

void expect_pages(const std::vector<Page>& pages, Dropped last) {
  CounterRates rates;
  for (const Page& page : pages) {
    const TimePoint at = kStart + std::chrono::seconds{page.at_seconds};
    std::vector<CounterRow> rows;
    if (page.eth0 >= 0) rows.push_back(row("i", "eth0", page.eth0, at));
    if (page.eth1 >= 0) rows.push_back(row("i", "eth1", page.eth1, at));
    rates.take(rows, at);
    EXPECT_EQ(shown(rates), page.expected) << "at " << page.at_seconds;
    for (const KeyedSample& each : rates.samples()) EXPECT_EQ(each.sample.at, at);
  }
  EXPECT_EQ(rates.dropped().counter_reset, last.counter_reset);
  EXPECT_EQ(rates.dropped().incomplete, last.incomplete);
  EXPECT_EQ(rates.dropped().not_finite, last.not_finite);
  EXPECT_EQ(rates.dropped().duplicate, last.duplicate);
}

constexpr double kMb = 1e6;

TEST(CounterRates, SumsTheSeriesOfAKeyOverTheDistanceOfThePages) {
  expect_pages({{0, 100 * kMb, 0, ""},
                {10, 110 * kMb, 5 * kMb, "i=12 Mbps over 10s; "},
                {25, 110 * kMb, 5 * kMb, "i=0 Mbps over 15s; "},
                {40, 125 * kMb, 5 * kMb, "i=8 Mbps over 15s; "}},
               {});
}

TEST(CounterRates, AResetGivesNoSample) {
  expect_pages({{0, 100 * kMb, 0, ""},
                {10, 110 * kMb, 5 * kMb, "i=12 Mbps over 10s; "},
                {20, 1 * kMb, 6 * kMb, ""}},
               {.counter_reset = 1});
  expect_pages({{0, 100 * kMb, 0, ""},
                {10, 1 * kMb, 5 * kMb, ""},
                {20, 11 * kMb, 5 * kMb, "i=8 Mbps over 10s; "}},
               {});
}

TEST(CounterRates, ALostSeriesNeverLooksLikeLessTraffic) {
  expect_pages({{0, 0, 0, ""}, {10, 10 * kMb, -1, ""}}, {.incomplete = 1});
  expect_pages({{0, 0, 0, ""},
                {10, 10 * kMb, -1, ""},
                {20, 20 * kMb, -1, "i>=8 Mbps over 10s; "},
                {30, 30 * kMb, 30 * kMb, ""},
                {40, 40 * kMb, 40 * kMb, "i=16 Mbps over 10s; "}},
               {});
  // The whole key was away for a page; what it misses afterwards is remembered.
  expect_pages({{0, 0, 0, ""},
                {10, -1, -1, ""},
                {20, 20 * kMb, -1, ""},
                {30, 30 * kMb, -1, "i>=8 Mbps over 10s; "}},
               {});
}

TEST(CounterRates, ASeriesThatStaysAwayIsForgottenAfterAnHour) {
  CounterRates rates;
  rates.take({row("i", "a", 0, kStart), row("i", "b", 0, kStart)}, kStart);
  for (int minute = 1; minute <= 62; ++minute) {
    const TimePoint at = kStart + std::chrono::minutes{minute};
    rates.take({row("i", "a", minute * 7.5 * kMb, at)}, at);
    const std::string expected = minute == 1    ? ""
                                 : minute <= 60 ? "i>=1 Mbps over 1m; "
                                                : "i=1 Mbps over 1m; ";
    EXPECT_EQ(shown(rates), expected) << minute;
  }
}

TEST(CounterRates, ALongGapStartsAnew) {
  expect_pages({{0, 0, -1, ""}, {60, 7.5 * kMb, -1, "i=1 Mbps over 1m; "}, {121, 8 * kMb, -1, ""}},
               {.incomplete = 1});
}

TEST(CounterRates, DamagedPagesGiveNothing) {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const double inf = std::numeric_limits<double>::infinity();
  for (const double bad : {nan, inf, -inf}) {
    CounterRates rates;
    rates.take({row("i", "a", 1, kStart)}, kStart);
    rates.take({row("i", "a", bad, kStart + 15s)}, kStart + 15s);
    EXPECT_EQ(shown(rates), "");
    EXPECT_EQ(rates.dropped().not_finite, 1U);
    rates.take({row("i", "a", 2, kStart + 30s)}, kStart + 30s);
    EXPECT_EQ(shown(rates), "");
    EXPECT_EQ(rates.dropped().incomplete, 1U);
  }
  CounterRates rates;
  rates.take({row("i", "a", 1, kStart)}, kStart);
  rates.take({row("i", "a", 2, kStart + 15s), row("i", "a", 3, kStart + 15s)}, kStart + 15s);
  EXPECT_EQ(shown(rates), "");
  EXPECT_EQ(rates.dropped().duplicate, 1U);
  EXPECT_THAT(rates.notes(), ::testing::ElementsAre(::testing::HasSubstr("stands twice")));
}

TEST(CounterRates, ThePagesOwnTimesCountAndMayStandStill) {
  CounterRates rates;
  rates.take({row("i", "a", 0, kStart)}, kStart + 1s);
  rates.take({row("i", "a", 2.5 * kMb, kStart + 20s)}, kStart + 30s);
  EXPECT_EQ(shown(rates), "i=1 Mbps over 20s; ");
  rates.take({row("i", "a", 2.5 * kMb, kStart + 20s)}, kStart + 45s);
  EXPECT_EQ(shown(rates), "i=1 Mbps over 20s; ") << "the same sample, not a new one of zero";
  EXPECT_EQ(rates.samples()[0].sample.at, kStart + 20s);
  rates.take({row("i", "a", 5 * kMb, kStart + 10s)}, kStart + 60s);
  EXPECT_EQ(shown(rates), "") << "time went back";
}

TEST(CounterRates, KeepsItsLimits) {
  CounterRates rates({.series = 3});
  std::vector<CounterRow> many;
  for (int i = 0; i < 5; ++i) many.push_back(row("i" + std::to_string(i), "a", 1, kStart));
  rates.take(many, kStart);
  rates.take({row("i9", "a", 1, kStart + 15s)}, kStart + 15s);
  EXPECT_EQ(shown(rates), "");
  // What is not on the page gives way to what is.
  rates.take({row("i9", "a", 1, kStart + 30s)}, kStart + 30s);
  rates.take({row("i9", "a", 1 + 1.875 * kMb, kStart + 45s)}, kStart + 45s);
  EXPECT_EQ(shown(rates), "i9=1 Mbps over 15s; ");
}

// Whatever is lost, reset or late: a sample is the truth, or says that it is a lower bound of it.
TEST(CounterRates, NeverShowsLessThanTheTruthWithoutSayingSo) {
  const std::uint64_t first = testing::seed_or(1);
  for (std::uint64_t seed = first; seed < first + 200; ++seed) {
    SCOPED_TRACE(seed);
    testing::Random random{seed};
    CounterRates rates;
    std::map<std::string, double> counters, truth_since;
    const std::vector<std::string> ids{"a", "b", "c"};
    TimePoint at = kStart, read_at = kStart;
    double sent = 0, sent_at_page = 0;  // by all series in truth
    for (int step = 0; step < 60; ++step) {
      const Duration gap{random.range(5'000, 20'000)};
      at += gap;
      for (const std::string& id : ids) {
        const double bytes = static_cast<double>(random.below(100'000'000));
        // A restart; what was sent stays sent. One so soon after another that the counter has
        // passed its old value by the next page cannot be seen in the counter alone.
        if (counters[id] > 1e9 && random.chance(0.1)) counters[id] = 0;
        counters[id] += bytes;
        sent += bytes;
      }
      if (random.chance(0.1)) continue;  // the endpoint did not answer
      std::vector<CounterRow> page;
      for (const std::string& id : ids) {
        if (!random.chance(0.05)) page.push_back(row("i", id, counters[id], at));
      }
      rates.take(page, at);
      for (const KeyedSample& each : rates.samples()) {
        ASSERT_EQ(each.sample.at, at);
        ASSERT_EQ(each.sample.span, at - read_at);
        const double truth =
            (sent - sent_at_page) * 8 / static_cast<double>((at - read_at).count()) / 1000;
        if (each.lower_bound) {
          EXPECT_LE(each.sample.egress.mbps(), truth + 1e-6);
        } else if (step >= 15) {
          // By then every series has been seen once, or its loss could not be known.
          EXPECT_NEAR(each.sample.egress.mbps(), truth, 1e-6);
        }
      }
      sent_at_page = sent;
      read_at = at;
    }
  }
}

}  // namespace
}  // namespace penstock
