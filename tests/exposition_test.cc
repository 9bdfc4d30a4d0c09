#include "metrics/exposition.h"

#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <string>
#include <vector>

#include "daemon/exposition_text.h"
#include "tests/testing/random.h"

namespace penstock {
namespace {

TEST(Exposition, WritesWhatIsKnown) {
  ExpositionWriter out;
  out.family("a", "gauge", "Help of a.");
  out.sample({}, 1);
  out.sample({{"x", "1"}, {"none", ""}, {"y", "q\"b\\n\n"}}, 0.1);
  out.family("b", "gauge", "Has no samples.");
  out.sample({}, kAbsent);
  out.family("c", "counter", "Help of c.");
  out.sample({{"none", ""}}, HUGE_VAL);
  EXPECT_EQ(out.take(),
            "# HELP a Help of a.\n# TYPE a gauge\na 1\na{x=\"1\",y=\"q\\\"b\\\\n\\n\"} 0.1\n"
            "# HELP c Help of c.\n# TYPE c counter\nc +Inf\n");
  EXPECT_EQ(out.take(), "");
}

TEST(Exposition, LabelTextIsAlwaysValidAndBounded) {
  const std::pair<std::string, std::string> rows[] = {
      {"plain", "plain"},
      {"\xe6\xbc\xa2\xf0\x9f\x98\x80", "\xe6\xbc\xa2\xf0\x9f\x98\x80"},
      {"a\xff\xfe", "a\xef\xbf\xbd\xef\xbf\xbd"},
      {"\xc0\xaf", "\xef\xbf\xbd\xef\xbf\xbd"},                                  // overlong
      {"\xed\xa0\x80", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"},                  // a surrogate
      {"\xf4\x90\x80\x80", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"},  // beyond Unicode
      {"\xe6\xbc", "\xef\xbf\xbd\xef\xbf\xbd"},                                  // cut
      {std::string("a\0b", 3),
       "a\xef\xbf\xbd"
       "b"},
  };
  for (const auto& [text, expected] : rows) EXPECT_EQ(label_text(text), expected) << text;
  EXPECT_EQ(label_text(std::string(1000, 'x')).size(), 256U);
  std::string wide;
  for (int i = 0; i < 200; ++i) wide += "\xe6\xbc\xa2";
  EXPECT_EQ(label_text(wide), wide.substr(0, 255));
}

// What the writer writes the reader reads back, whatever bytes the labels hold.
TEST(Exposition, RoundTripsThroughTheReader) {
  const std::uint64_t first = testing::seed_or(1);
  for (std::uint64_t seed = first; seed < first + 300; ++seed) {
    SCOPED_TRACE(seed);
    testing::Random random{seed};
    ExpositionWriter out;
    std::vector<std::pair<std::vector<std::string>, double>> written;
    out.family("metric_of:test", "gauge", "Random.");
    for (int line = 0; line < 10; ++line) {
      std::vector<std::string> values(2);
      for (std::string& value : values) {
        value = "v";
        for (auto left = random.below(12); left > 0; --left) {
          const char frequent[] = {'"', '\\', '\n', 'n', '{', '}', ',', '=', ' ', '#'};
          value += random.chance(0.5) ? frequent[random.below(10)]
                                      : static_cast<char>(random.below(256));
        }
      }
      const double number =
          random.chance(0.2) ? -std::ldexp(random.unit(), 300) : std::ldexp(random.unit(), 40);
      out.sample({{"a", values[0]}, {"b", values[1]}}, number);
      written.emplace_back(values, number);
    }
    std::size_t next = 0;
    const std::string text = out.take();
    const auto count = parse_exposition(text, [&](const ExpositionSample& sample) {
      ASSERT_LT(next, written.size());
      EXPECT_EQ(sample.name, "metric_of:test");
      EXPECT_EQ(sample.label("a"), label_text(written[next].first[0]));
      EXPECT_EQ(sample.label("b"), label_text(written[next].first[1]));
      EXPECT_EQ(sample.value, written[next].second);
      ++next;
    });
    ASSERT_TRUE(count) << count.error().message << "\n" << text;
    EXPECT_EQ(*count, written.size());
  }
}

TEST(Exposition, InstancesComeInBlocksAndEachMetricInOnePiece) {
  constexpr std::size_t kInstances = 3000;
  std::vector<std::string> ids;
  ids.reserve(kInstances);
  for (std::size_t i = 0; i < kInstances; ++i) ids.push_back("i-" + std::to_string(i));
  InstanceExposition pages(
      kInstances,
      [&](std::size_t i) {
        InstanceNumbers row;
        row.instance_id = ids[i];
        row.account = "main";
        row.egress_mbps = static_cast<double>(i);
        if (i % 2 == 0) row.cap_mbps = 100;
        return row;
      },
      true);
  std::string text;
  std::size_t blocks = 0;
  for (std::string block = pages.next_block(); !block.empty(); block = pages.next_block()) {
    EXPECT_LT(block.size(), 40'000U);
    text += block;
    ++blocks;
  }
  EXPECT_GT(blocks, 5U);
  std::map<std::string, std::size_t> series;
  std::string last;
  const auto count = parse_exposition(text, [&](const ExpositionSample& sample) {
    if (sample.name != last) {
      EXPECT_EQ(series.count(std::string(sample.name)), 0U) << "a metric in two pieces";
    }
    last = sample.name;
    ++series[last];
    EXPECT_EQ(sample.label("account"), "main");
    EXPECT_EQ(sample.label("instance"), std::nullopt);
  });
  ASSERT_TRUE(count);
  EXPECT_EQ(series["penstock_instance_info"], kInstances);
  EXPECT_EQ(series["penstock_egress_mbps"], kInstances);
  EXPECT_EQ(series["penstock_cap_mbps"], kInstances / 2);
  EXPECT_EQ(series.size(), 3U);
  EXPECT_EQ(pages.next_block(), "");
}

}  // namespace
}  // namespace penstock
