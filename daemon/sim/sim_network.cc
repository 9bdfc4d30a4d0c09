#include "daemon/sim/sim_network.h"

#include <algorithm>
#include <array>
#include <utility>

namespace penstock {
namespace {

/// Deep enough for any parser that recurses.
constexpr std::size_t kDeep = 5000;

HttpResponse lost(std::string why, Duration after) {
  HttpResponse response;
  response.failure = std::move(why);
  response.elapsed = after;
  return response;
}

std::string http_date(TimePoint time) {
  constexpr std::array kDays{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  constexpr std::array kMonths{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                               "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss clock(std::chrono::floor<std::chrono::seconds>(time - day));
  const auto two = [](auto number) {
    const std::string text = std::to_string(number);
    return text.size() < 2 ? "0" + text : text;
  };
  return std::string(kDays.at(std::chrono::weekday(day).c_encoding())) + ", " +
         two(static_cast<unsigned>(date.day())) + " " +
         kMonths.at(static_cast<unsigned>(date.month()) - 1) + " " +
         std::to_string(static_cast<int>(date.year())) + " " + two(clock.hours().count()) + ":" +
         two(clock.minutes().count()) + ":" + two(clock.seconds().count()) + " GMT";
}

}  // namespace

std::vector<HttpResponse> SimNetwork::fetch_all(std::span<const HttpRequest> requests_to_send) {
  std::vector<HttpResponse> responses;
  Duration longest{};
  for (const HttpRequest& request : requests_to_send) {
    ++requests;
    step();
    responses.push_back(fetch(request));
    step();
    longest = std::max(longest, responses.back().elapsed);
  }
  clock_.advance(longest);
  return responses;
}

TimePoint SimNetwork::sampled_at(TimePoint& last) const {
  if (!repeat_samples || last == TimePoint{}) last = clock_.truth();
  return last;
}

HttpResponse SimNetwork::fetch(const HttpRequest& request) {
  const Duration usual{random_.range(10, 120)};
  const Fate what = fate(request);
  if (what == Fate::kLostBefore) return lost("connection reset", usual);
  HttpResponse response;
  if (request.url.starts_with(kExporter)) {
    response = samples_.page(sampled_at(scraped_at_));
  } else if (request.url.starts_with(kPrometheus)) {
    response = samples_.query(request.body, sampled_at(queried_at_));
  } else {
    response = call(request);
  }
  if (what == Fate::kLostAfter) return lost("connection reset", usual);
  response.elapsed = std::max(response.elapsed, usual);
  if (response.elapsed >= request.timeout) return lost("timed out", request.timeout);
  return response;
}

HttpResponse SimNetwork::call(const HttpRequest& request) {
  const bool times_out = faults.time_out > 0 && random_.chance(faults.time_out);
  if (times_out && random_.chance(0.5)) return lost("timed out", request.timeout);
  ServerRequest to_server{.method = request.method,
                          .path = request.url.substr(kProvider.size()),
                          .query = {},
                          .headers = request.headers,
                          .body = request.body,
                          .peer = "127.0.0.1"};
  to_server.headers.emplace_back("Host", std::string(kProvider.substr(7)));
  const ServerResponse answer = front_.answer(to_server, clock_.truth());
  if (times_out) return lost("timed out", request.timeout);
  if (answer.drop) return lost("the server closed the connection", 50ms);
  HttpResponse response;
  response.status = answer.status;
  response.headers = answer.headers;
  response.headers.emplace_back("Content-Type", answer.content_type);
  response.headers.emplace_back("Date", http_date(clock_.truth()));
  response.body = answer.body;
  response.elapsed = answer.delay + faults.slow;
  if (faults.hostile_json > 0 && random_.chance(faults.hostile_json)) response.body = hostile();
  return response;
}

std::string SimNetwork::hostile() {
  switch (random_.below(10)) {
    case 0:
      return std::string(kDeep, '[');
    case 1:
      return R"({"response":)" + std::string(kDeep, '{');
    case 2:
      return "null";
    case 3:
      return R"({"requestId":7,"response":"yes"})";
    case 4:
      return R"({"requestId":"T1","response":{"dataSet":[],"totalCount":0,"instances":[]}})";
    case 5:
      return R"({"response":{"dataSet":[{"instanceId":null},7,"x"],"totalCount":1e300}})";
    case 6:
      return "{\"response\":{\"orderNumber\":\"\x01\xff\xfe\\u0000\",\"bandwidthStatus\":[]}}";
    case 7:
      return R"({"response":{"modifiedBandwidthStatus":"Enable","internetMaxBandwidthOut":-5}})";
    case 8:
      return R"({"response":{"orderNumber":")" + std::string(100'000, 'A') + R"("}})";
    default:
      return R"({"code":"SUCCESS","message":"ok"})";
  }
}

}  // namespace penstock
