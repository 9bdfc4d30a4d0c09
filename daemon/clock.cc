#include "daemon/clock.h"

#include <date/tz.h>
#include <poll.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <exception>
#include <limits>
#include <span>
#include <string_view>
#include <vector>

#include "policies/spelling.h"

namespace penstock {
namespace {

constexpr std::chrono::sys_seconds kFirst{};  // 1970
constexpr std::chrono::sys_seconds kLast =
    std::chrono::sys_days{std::chrono::year{2100} / std::chrono::January / 1};

/// Every name in the database but the host's own alias: a policy must mean the same everywhere.
const date::time_zone* find_zone(const date::tzdb& database, std::string_view name) {
  if (name == "localtime") return nullptr;
  auto found = std::find_if(database.zones.begin(), database.zones.end(),
                            [&](const date::time_zone& zone) { return zone.name() == name; });
  return found == database.zones.end() ? nullptr : &*found;
}

Error unknown_zone(const date::tzdb& database, const std::string& name) {
  std::vector<std::string_view> known;
  for (const date::time_zone& zone : database.zones) {
    if (zone.name() != "localtime") known.emplace_back(zone.name());
  }
  std::string message = "\"" + name + "\" is not a time zone";
  // "Singapur" should find "Asia/Singapore" as well as "Asia/Singapur" does.
  auto guess = nearest(name, known);
  if (!guess && name.find('/') == std::string::npos) {
    std::vector<std::string_view> cities;
    for (std::string_view zone : known) cities.push_back(zone.substr(zone.rfind('/') + 1));
    if (auto city = nearest(name, cities)) {
      const auto at = std::find(cities.begin(), cities.end(), *city) - cities.begin();
      guess = std::string(known[static_cast<std::size_t>(at)]);
    }
  }
  if (guess) message += " (did you mean \"" + *guess + "\"?)";
  return {.kind = ErrorKind::kInvalid, .message = message};
}

TimeZone copy_changes(const date::time_zone& zone) {
  TimeZone copy{.name = zone.name(), .changes = {}};
  for (std::chrono::sys_seconds at = kFirst; at < kLast;) {
    const date::sys_info info = zone.get_info(at);
    // A change of the abbreviation or of the DST flag alone is none for us.
    if (copy.changes.empty() || copy.changes.back().offset != info.offset) {
      copy.changes.push_back({std::max(info.begin, kFirst), info.offset});
    }
    if (info.end <= at) break;
    at = info.end;
  }
  return copy;
}

}  // namespace

TimePoint SystemClock::wall() {
  return std::chrono::floor<Duration>(std::chrono::system_clock::now());
}

Duration SystemClock::monotonic() {
  return std::chrono::floor<Duration>(std::chrono::steady_clock::now().time_since_epoch());
}

void SystemClock::sleep(Duration span) {
  const Duration end = monotonic() + std::max(span, Duration{0});
  for (;;) {
    const Duration left = std::max(end - monotonic(), Duration{0});
    const auto ms = std::min<Duration::rep>(left.count(), std::numeric_limits<int>::max());
    pollfd waiting{.fd = wake_fd_, .events = POLLIN, .revents = 0};  // poll() skips a negative fd
    const int ready = poll(&waiting, 1, static_cast<int>(ms));
    // A signal handler that ran wants attention just as a readable descriptor does.
    if (ready != 0 || monotonic() >= end) return;
  }
}

Result<TimeZone> load_time_zone(const std::string& name) {
  if (name == "UTC") return TimeZone{};
  // date-tz throws where the database is missing or a file of it is damaged.
  try {
    const date::tzdb& database = date::get_tzdb();
    const date::time_zone* zone = find_zone(database, name);
    if (zone == nullptr) return unknown_zone(database, name);
    return copy_changes(*zone);
  } catch (const std::exception& failure) {
    return Error{.kind = ErrorKind::kInvalid,
                 .message = "\"" + name +
                            "\" cannot be looked up: the time zone database (Debian's tzdata) is "
                            "missing or damaged: " +
                            failure.what()};
  }
}

}  // namespace penstock
