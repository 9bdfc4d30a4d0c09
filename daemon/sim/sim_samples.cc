#include "daemon/sim/sim_samples.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

namespace penstock {
namespace {

HttpResponse ok_answer(std::string body, std::string_view type) {
  HttpResponse response;
  response.status = 200;
  response.headers = {{"Content-Type", std::string(type)}};
  response.body = std::move(body);
  return response;
}

/// The range inside a query, such as [5m].
Duration window_of(std::string_view promql) {
  const auto open = promql.rfind('[');
  const auto close = promql.find(']', open == std::string_view::npos ? 0 : open);
  if (open == std::string_view::npos || close == std::string_view::npos) return 1min;
  return parse_duration(promql.substr(open + 1, close - open - 1)).value_or(1min);
}

/// As printf's %f, which takes ten times as long.
std::string decimal_text(double value) {
  std::array<char, 352> text{};
  const auto end =
      std::to_chars(text.data(), text.data() + text.size(), value, std::chars_format::fixed, 6);
  return {text.data(), end.ptr};
}

std::string seconds_text(TimePoint time) {
  const auto ms = time.time_since_epoch().count();
  std::string fraction = std::to_string(ms % 1000);
  fraction.insert(0, 3 - fraction.size(), '0');
  return std::to_string(ms / 1000) + "." + fraction;
}

}  // namespace

HttpResponse SimSamples::broken() const {
  HttpResponse response;
  if (faults.down) {
    response.failure = "connection refused";
    response.never_sent = true;
    return response;
  }
  return ok_answer("<html><body>upstream connect error</body></html>", "text/html");
}

bool SimSamples::missing(std::string_view id) const {
  if (faults.missing <= 0) return false;
  std::uint64_t hash = 1'469'598'103'934'665'603U ^ faults.salt;
  for (const char c : id) hash = (hash ^ static_cast<unsigned char>(c)) * 1'099'511'628'211U;
  return static_cast<double>((hash >> 20U) % 1000) < faults.missing * 1000;
}

void SimSamples::reset_counters(TimePoint now) {
  for (const std::string& id : cloud_.ids()) base_[id] = cloud_.bytes_sent(id, now);
}

HttpResponse SimSamples::page(TimePoint now) {
  if (faults.down || faults.garbage) return broken();
  cloud_.advance(now);  // what is released by now is in no list
  if (!faults.late) frozen_.reset();
  if (faults.late && frozen_) return ok_answer(*frozen_, "text/plain; version=0.0.4");
  std::string page = "# TYPE node_network_transmit_bytes_total counter\n";
  for (const std::string& id : cloud_.ids()) {
    // A stopped machine runs no exporter.
    if (cloud_.instance(id)->status != "RUNNING" || missing(id)) continue;
    const auto base = base_.find(id);
    const std::uint64_t bytes =
        cloud_.bytes_sent(id, now) - (base != base_.end() ? base->second : 0);
    std::string line = "node_network_transmit_bytes_total{device=\"eth0\",instance_id=\"";
    line.append(id).append("\"} ").append(faults.nan ? "NaN" : std::to_string(bytes));
    if (faults.late) line.append(" ").append(std::to_string(now.time_since_epoch().count()));
    line += '\n';
    page += line;
    if (faults.twice) page += line;
  }
  if (faults.late) frozen_ = page;
  return ok_answer(std::move(page), "text/plain; version=0.0.4");
}

HttpResponse SimSamples::query(std::string_view promql, TimePoint now) {
  if (faults.down || faults.garbage) return broken();
  cloud_.advance(now);
  const TimePoint at = now - faults.late.value_or(Duration{});
  const TimePoint from = std::max(at - window_of(promql), cloud_.time().origin);
  std::string body = R"({"status":"success","data":{"resultType":"vector","result":[)";
  bool first = true;
  for (const std::string& id : cloud_.ids()) {
    if (cloud_.instance(id)->status != "RUNNING" || missing(id) || at <= from) continue;
    const double bps = cloud_.average(id, from, at) * 1e6;
    const std::string value = faults.nan ? "NaN" : decimal_text(bps);
    for (int copy = 0; copy < (faults.twice ? 2 : 1); ++copy) {
      if (!std::exchange(first, false)) body += ',';
      body.append(R"({"metric":{"instance_id":")").append(id);
      body.append(R"("},"value":[)").append(seconds_text(at)).append(",\"");
      body.append(value).append("\"]}");
    }
  }
  body += "]}}";
  return ok_answer(std::move(body), "application/json");
}

}  // namespace penstock
