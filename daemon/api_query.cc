#include "daemon/api_query.h"

#include <algorithm>
#include <charconv>

#include "daemon/api_access.h"
#include "daemon/log.h"

namespace penstock {
namespace {

template <class T>
std::optional<T> parse_whole(std::string_view text) {
  T value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

}  // namespace

std::string_view ApiQuery::read(std::string_view name) {
  known_.emplace_back(name);
  return request_.parameter(name);
}

void ApiQuery::wrong(std::string_view name, std::string_view expected) {
  if (problem_.empty()) problem_ = std::string(name) + ": expected " + std::string(expected);
}

std::string ApiQuery::text(std::string_view name) {
  return std::string(read(name));
}

bool ApiQuery::truth(std::string_view name) {
  const std::string_view value = read(name);
  if (!value.empty() && value != "true" && value != "false") wrong(name, "true or false");
  return value == "true";
}

std::optional<TimePoint> ApiQuery::time(std::string_view name) {
  const std::string_view value = read(name);
  if (value.empty()) return std::nullopt;
  const std::optional<TimePoint> at = parse_time(value);
  if (!at) wrong(name, "a time such as 2026-01-01T00:00:00Z");
  return at;
}

int ApiQuery::limit() {
  const std::string_view value = read("limit");
  if (value.empty()) return kDefaultLimit;
  const std::optional<int> limit = parse_whole<int>(value);
  if (!limit || *limit < 1 || *limit > kMaxLimit) {
    wrong("limit", "a whole number from 1 to " + std::to_string(kMaxLimit));
    return kDefaultLimit;
  }
  return *limit;
}

std::optional<InstanceKey> ApiQuery::after_instance() {
  const std::string_view value = read("cursor");
  if (value.empty()) return std::nullopt;
  const std::size_t colon = value.find(':');
  const auto length = parse_whole<std::size_t>(value.substr(0, colon));
  if (colon == std::string_view::npos || !length || *length > value.size() - colon - 1) {
    wrong("cursor", "the `next` of the page before");
    return std::nullopt;
  }
  const std::string_view rest = value.substr(colon + 1);
  return InstanceKey{std::string(rest.substr(0, *length)), std::string(rest.substr(*length))};
}

std::optional<ApiQuery::Place> ApiQuery::after_place() {
  const std::string_view value = read("cursor");
  if (value.empty()) return std::nullopt;
  const std::size_t colon = std::min(value.find(':'), value.size());
  const auto millis = parse_whole<std::int64_t>(value.substr(0, colon)).value_or(-1);
  const auto skip = parse_whole<int>(value.substr(std::min(colon + 1, value.size()))).value_or(-1);
  constexpr std::int64_t kYear9999 = 253'370'764'800'000;
  if (millis < 0 || millis > kYear9999 || skip < 0 || skip > 10'000'000) {
    wrong("cursor", "the `next` of the page before");
    return std::nullopt;
  }
  return Place{TimePoint{Duration{millis}}, skip};
}

std::optional<ServerResponse> ApiQuery::refusal() {
  for (const auto& [name, value] : request_.query) {
    if (std::find(known_.begin(), known_.end(), name) != known_.end()) continue;
    std::string all;
    for (const std::string& each : known_) all += (all.empty() ? "" : ", ") + each;
    problem_ = "\"" + printable(name, 64) + "\" is not known here; there is " +
               (all.empty() ? "no parameter" : all);
  }
  if (problem_.empty()) return std::nullopt;
  return api_refusal(400, "wrong-query", problem_);
}

std::string cursor_of(const InstanceKey& key) {
  return std::to_string(key.account.size()) + ":" + key.account + key.id;
}

std::string cursor_of(const ApiQuery::Place& place) {
  return std::to_string(place.at.time_since_epoch().count()) + ":" + std::to_string(place.skip);
}

}  // namespace penstock
