// DescribeInstanceTraffic: averages on whole five-minute marks, with their sums.
#include <algorithm>
#include <cmath>
#include <numeric>

#include "daemon/sim/provider_call.h"

namespace penstock {
namespace {

using std::chrono::hours;
using std::chrono::minutes;

constexpr Duration kMark = minutes{5};
constexpr Duration kLongest = hours{24};
constexpr Duration kOldest = hours{24 * 30};
/// What comes in, as a part of what goes out: acknowledgements and requests.
constexpr double kInboundShare = 0.11;

struct Point {
  TimePoint at;
  std::int64_t in_bps, out_bps;
};

std::vector<Point> points_of(const ProviderCall& call, const SimInstance& it, TimePoint from,
                             TimePoint to) {
  std::vector<Point> points;
  const TimePoint latest = std::min(to, call.now - call.traffic_delay);
  const TimePoint first(
      (std::max(from, it.created + kMark).time_since_epoch() + kMark - Duration{1}) / kMark *
      kMark);
  for (TimePoint at = first; at <= latest; at += kMark) {
    const double mbps = call.cloud.average(it.id, at - kMark, at);
    points.push_back({at, std::llround(mbps * kInboundShare * 1e6), std::llround(mbps * 1e6)});
  }
  return points;
}

struct Summary {
  std::int64_t p95 = 0, average = 0, most = 0, least = 0, bytes = 0;
  TimePoint p95_at{};
};

Summary summary_of(std::vector<Point> points, std::int64_t Point::* side) {
  Summary out;
  if (points.empty()) return out;
  std::sort(points.begin(), points.end(),
            [&](const Point& a, const Point& b) { return a.*side < b.*side; });
  const std::size_t rank = (points.size() * 95 + 99) / 100;
  out.p95 = points[rank - 1].*side;
  out.p95_at = points[rank - 1].at;
  out.least = points.front().*side;
  out.most = points.back().*side;
  const std::int64_t sum =
      std::accumulate(points.begin(), points.end(), std::int64_t{0},
                      [&](std::int64_t so_far, const Point& p) { return so_far + p.*side; });
  out.average = sum / static_cast<std::int64_t>(points.size());
  out.bytes = sum * (kMark / 1s) / 8;
  return out;
}

void write_summary(const std::string& side, const Summary& summary, bool any, WireWriter& out) {
  out.whole(side + "95", summary.p95);
  if (any) {
    out.time(side + "95Time", summary.p95_at);
  } else {
    out.null(side + "95Time");
  }
  out.whole(side + "Avg", summary.average)
      .whole(side + "Max", summary.most)
      .whole(side + "Min", summary.least)
      .whole(side + "Total", summary.bytes);
}

}  // namespace

ProviderAnswer describe_instance_traffic(ProviderCall& call) {
  Parameters asked(call.parameters);
  const std::string id = asked.required_text("instanceId");
  const TimePoint from = asked.required_time("startTime");
  const TimePoint to = asked.required_time("endTime");
  if (to < from) asked.fail("INVALID_PARAMETER_VALUE", "endTime", "is before the start");
  if (to - from > kLongest) {
    asked.fail("INVALID_PARAMETER_EXCEED_MAXIMUM", "endTime", "is more than 24 hours later");
  }
  if (from < call.now - kOldest - kMark) {
    asked.fail("INVALID_PARAMETER_LESS_MINIMUM", "startTime", "is more than 30 days ago");
  }
  if (asked.problem()) return asked.problem();
  const SimInstance* it = visible(call, id);
  if (it == nullptr) return instance_not_found(id);
  const std::vector<Point> points = points_of(call, *it, from, to);
  call.out.begin_list("dataList");
  for (const Point& point : points) {
    call.out.begin_item()
        .whole("internetRX", point.in_bps)
        .whole("internetTX", point.out_bps)
        .time("time", point.at)
        .end();
  }
  call.out.end_list();
  const Summary in = summary_of(points, &Point::in_bps);
  const Summary out = summary_of(points, &Point::out_bps);
  write_summary("in", in, !points.empty(), call.out);
  write_summary("out", out, !points.empty(), call.out);
  const double largest = static_cast<double>(std::max(in.p95, out.p95)) / 1e6;
  call.out.real("maxBandwidth95ValueMbps", std::round(largest * 100) / 100)
      .text("totalUnit", "B")
      .text("unit", "bps");
  return std::nullopt;
}

}  // namespace penstock
