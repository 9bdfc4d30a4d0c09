#include "daemon/chart.h"

#include <gtest/gtest.h>

namespace penstock {
namespace {

const TimePoint kStart = *parse_time("2026-01-15T12:00:00Z");

std::vector<ChartPoint> points(std::initializer_list<double> values) {
  std::vector<ChartPoint> out;
  for (const double value : values) {
    out.push_back({kStart + 15s * static_cast<int>(out.size()), value, 100, value >= 95});
  }
  return out;
}

TEST(Chart, DrawsValuesUnderTheCap) {
  EXPECT_EQ(chart(points({0, 25, 50, 100}), {.width = 4, .height = 4, .unicode = false}),
            "  100 Mbps |---#\n"
            "           |   #\n"
            "           |  ##\n"
            "    0 Mbps | ###\n"
            "            12:00:00  12:00:45 UTC\n");
  EXPECT_EQ(chart(points({0, 25, 75, 100}), {.width = 4, .height = 2}),
            "  100 Mbps ┤──▄█\n"
            "    0 Mbps ┤ ▄██\n"
            "            12:00:00  12:00:45 UTC\n");
}

TEST(Chart, GapsStayGaps) {
  std::vector<ChartPoint> with_gap = points({50, 50, 50, 50, 50, 50});
  with_gap.erase(with_gap.begin() + 2, with_gap.begin() + 4);
  EXPECT_EQ(chart(with_gap, {.width = 6, .height = 2, .unicode = false}),
            "  100 Mbps |--  --\n"
            "    0 Mbps |##  ##\n"
            "            12:00:00  12:01:15 UTC\n");
}

TEST(Chart, MoreSamplesThanColumnsKeepTheLargest) {
  std::vector<ChartPoint> many;
  for (int i = 0; i < 600; ++i) many.push_back({kStart + 15s * i, i == 300 ? 80.0 : 1.0, 100});
  const std::string text = chart(many, {.width = 20, .height = 10, .unicode = false});
  EXPECT_NE(text.find('#'), std::string::npos) << "a peak of one sample is seen\n" << text;
}

TEST(Chart, SaturatedColumnsAreRed) {
  const std::string text = chart(points({50, 100}), {.width = 2, .height = 2, .colour = true});
  EXPECT_NE(text.find("\x1b[31m█\x1b[0m"), std::string::npos) << text;
  EXPECT_NE(text.find("\x1b[32m"), std::string::npos);
}

TEST(Chart, NothingToDraw) {
  EXPECT_EQ(chart({}, {}), "");
  EXPECT_EQ(chart(points({5}), {}), "");
  EXPECT_NE(chart(points({0, 0}), {}), "") << "no traffic is something to see";
  std::vector<ChartPoint> same{{kStart, 5, 10}, {kStart, 6, 10}};
  EXPECT_NE(chart(same, {}), "");
}

}  // namespace
}  // namespace penstock
