// A chart for a terminal: values over time as columns of blocks, with the cap as a line.
//
//   std::fputs(chart(points, {.colour = stdout_wants_colour(), .unicode = true}).c_str(), stdout);
//
// Time runs to the right and gaps stay gaps. Without unicode it is drawn with '#' and '-'. Pure.
#pragma once

#include <string>
#include <vector>

#include "metrics/units.h"

namespace penstock {

struct ChartPoint {
  TimePoint at;
  double value = 0;
  double cap = 0;  ///< 0 = none
  bool saturated = false;
};

struct ChartStyle {
  std::size_t width = 60;  ///< columns of the plot, without its axis
  std::size_t height = 8;
  bool colour = false;
  bool unicode = true;
};

/// "" for fewer than two points, which show nothing. Points ascend in time.
std::string chart(const std::vector<ChartPoint>& points, const ChartStyle& style);

/// Whether $LC_ALL, $LC_CTYPE or $LANG (the first that is set) says UTF-8.
bool terminal_takes_unicode();

}  // namespace penstock
