#include "daemon/chart.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>
#include <string_view>

namespace penstock {
namespace {

constexpr std::size_t kWidest = 4;

/// One column of the plot: the largest value that falls in it.
struct Column {
  double value = -1;  ///< < 0: nothing was seen then
  double cap = 0;
  bool saturated = false;
};

/// The usual distance of the points, so that a column is not narrower than a sample.
Duration distance(const std::vector<ChartPoint>& points) {
  std::vector<Duration> gaps;
  for (std::size_t i = 1; i < points.size(); ++i) gaps.push_back(points[i].at - points[i - 1].at);
  std::ranges::nth_element(gaps, gaps.begin() + static_cast<std::ptrdiff_t>(gaps.size() / 2));
  return std::max(gaps[gaps.size() / 2], Duration{1});
}

std::vector<Column> columns_of(const std::vector<ChartPoint>& points, std::size_t width) {
  const TimePoint first = points.front().at;
  const Duration whole = points.back().at - first;
  const auto wanted = static_cast<std::size_t>(whole / distance(points)) + 1;
  const std::size_t count = std::clamp<std::size_t>(wanted, 2, std::max<std::size_t>(width, 2));
  std::vector<Column> columns(count);
  const double last = static_cast<double>(count - 1);
  for (const ChartPoint& point : points) {
    const double share = whole > Duration{} ? static_cast<double>((point.at - first).count()) /
                                                  static_cast<double>(whole.count())
                                            : 0;
    Column& column = columns[static_cast<std::size_t>(std::lround(share * last))];
    column.value = std::max(column.value, point.value);
    column.cap = point.cap;
    column.saturated = column.saturated || point.saturated;
  }
  return columns;
}

std::string label(double mbps) {
  return format(Mbps{static_cast<std::int64_t>(std::ceil(mbps))});
}

/// What stands in one cell, whose row covers values from `floor` over one `step`.
std::string cell(const Column& column, double floor, double step, const ChartStyle& style) {
  static constexpr std::array<std::string_view, 9> kBlocks{" ", "▁", "▂", "▃", "▄",
                                                           "▅", "▆", "▇", "█"};
  const double filled = (column.value - floor) / step;
  const bool cap_here = column.cap > floor && column.cap <= floor + step;
  if (filled <= 0 || column.value < 0) {
    if (column.value >= 0 && cap_here) return style.unicode ? "─" : "-";
    return " ";
  }
  if (!style.unicode) return filled >= 0.5 ? "#" : cap_here ? "-" : "_";
  const auto eighths = static_cast<std::size_t>(std::lround(std::clamp(filled, 0.0, 1.0) * 8));
  if (eighths <= 1 && cap_here) return "─";
  return std::string(kBlocks.at(std::max<std::size_t>(eighths, 1)));
}

/// "03:10:00" of a time: the day is in the first line of what the chart belongs to.
std::string clock_of(TimePoint at) {
  return format(TimePoint{std::chrono::floor<std::chrono::seconds>(at)}).substr(11, 8);
}

std::string axis(const std::vector<ChartPoint>& points, std::size_t indent, std::size_t columns) {
  const std::string from = clock_of(points.front().at);
  const std::string to = clock_of(points.back().at);
  std::string line(indent, ' ');
  line += from;
  const std::size_t end = indent + std::max(columns, from.size() + 2 + to.size());
  line += std::string(end - line.size() - to.size(), ' ') + to;
  return line + " UTC\n";
}

}  // namespace

std::string chart(const std::vector<ChartPoint>& points, const ChartStyle& style) {
  if (points.size() < 2 || style.height == 0) return "";
  const std::vector<Column> columns = columns_of(points, style.width);
  double top = 1;
  for (const Column& column : columns) top = std::max({top, column.value, column.cap});
  const double step = top / static_cast<double>(style.height);
  const std::size_t indent = std::max<std::size_t>(label(top).size(), 6);
  // Few samples would be a sliver: each is drawn a few columns wide.
  const std::size_t repeat = std::clamp<std::size_t>(style.width / columns.size(), 1, kWidest);
  std::string out;
  for (std::size_t row = style.height; row > 0; --row) {
    std::string mark = row == style.height ? label(top) : row == 1 ? label(0) : "";
    out += "  " + std::string(indent - std::min(indent, mark.size()), ' ') + mark;
    out += style.unicode ? " ┤" : " |";
    std::string_view tone;
    std::string line;
    for (const Column& column : columns) {
      const std::string text = cell(column, static_cast<double>(row - 1) * step, step, style);
      const bool bar = text != " " && text != "─" && text != "-";
      const std::string_view wanted = !bar ? "" : column.saturated ? "\x1b[31m" : "\x1b[32m";
      if (style.colour && wanted != tone) line += tone.empty() ? "" : "\x1b[0m";
      if (style.colour && wanted != tone) line += wanted;
      tone = wanted;
      for (std::size_t i = 0; i < repeat; ++i) line += text;
    }
    if (style.colour && !tone.empty()) line += "\x1b[0m";
    while (line.ends_with(' ')) line.pop_back();
    out += line + "\n";
  }
  return out + axis(points, indent + 4, columns.size() * repeat);
}

bool terminal_takes_unicode() {
  for (const char* name : {"LC_ALL", "LC_CTYPE", "LANG"}) {
    const char* value = std::getenv(name);
    if (value == nullptr || *value == '\0') continue;
    const std::string_view text(value);
    return text.find("UTF-8") != std::string_view::npos ||
           text.find("utf8") != std::string_view::npos;
  }
  return false;
}

}  // namespace penstock
