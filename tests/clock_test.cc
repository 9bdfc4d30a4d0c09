#include "daemon/clock.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <array>

namespace penstock {
namespace {

TEST(Clock, ReadsZonesIntoTheirOffsetChanges) {
  auto berlin = load_time_zone("Europe/Berlin");
  ASSERT_TRUE(berlin);
  EXPECT_EQ(berlin->name, "Europe/Berlin");
  EXPECT_EQ(berlin->changes.front().from, std::chrono::sys_seconds{});
  for (std::size_t i = 1; i < berlin->changes.size(); ++i) {
    EXPECT_LT(berlin->changes[i - 1].from, berlin->changes[i].from);
    EXPECT_NE(berlin->changes[i - 1].offset, berlin->changes[i].offset);
  }
  struct Row {
    const char* zone;
    const char* utc;
    const char* local;  // weekday is checked through the date
  };
  const Row rows[] = {
      {"UTC", "2026-07-01T12:00:00Z", "2026-07-01T12:00:00Z"},
      {"Etc/UTC", "2026-07-01T12:00:00Z", "2026-07-01T12:00:00Z"},
      {"Europe/Berlin", "2026-07-01T22:30:00Z", "2026-07-02T00:30:00Z"},
      {"Europe/Berlin", "2026-01-01T22:59:59Z", "2026-01-01T23:59:59Z"},
      {"Europe/Berlin", "2026-03-29T00:59:59Z", "2026-03-29T01:59:59Z"},
      {"Europe/Berlin", "2026-03-29T01:00:00Z", "2026-03-29T03:00:00Z"},
      {"Europe/Berlin", "2036-07-01T12:00:00Z", "2036-07-01T14:00:00Z"},
      {"America/Los_Angeles", "2026-01-01T00:00:00Z", "2025-12-31T16:00:00Z"},
      {"Asia/Kathmandu", "2026-01-01T00:00:00Z", "2026-01-01T05:45:00Z"},
      {"Asia/Singapore", "1975-01-01T00:00:00Z", "1975-01-01T07:30:00Z"},
      {"Singapore", "2026-01-01T00:00:00Z", "2026-01-01T08:00:00Z"},
  };
  for (const Row& row : rows) {
    auto zone = load_time_zone(row.zone);
    ASSERT_TRUE(zone) << row.zone;
    const LocalTime local = to_local(*zone, parse_time(row.utc).value());
    const TimePoint shown = std::chrono::sys_days{local.date} + local.time_of_day;
    EXPECT_EQ(format(shown), row.local) << row.zone << " " << row.utc;
    EXPECT_EQ(local.weekday, std::chrono::weekday{std::chrono::sys_days{local.date}});
  }
}

TEST(Clock, SuggestsZonesForMisspeltOnes) {
  const std::pair<const char*, const char*> rows[] = {
      {"Asia/Singapoor",
       "\"Asia/Singapoor\" is not a time zone (did you mean \"Asia/Singapore\"?)"},
      {"asia/tokyo", "\"asia/tokyo\" is not a time zone (did you mean \"Asia/Tokyo\"?)"},
      {"Frankfurt", "\"Frankfurt\" is not a time zone"},
      {"Shanghai", "\"Shanghai\" is not a time zone (did you mean \"Asia/Shanghai\"?)"},
      {"localtime", "\"localtime\" is not a time zone"},
      {"../../etc/passwd", "\"../../etc/passwd\" is not a time zone"},
      {"", "\"\" is not a time zone"},
  };
  for (const auto& [name, message] : rows) {
    auto zone = load_time_zone(name);
    ASSERT_FALSE(zone) << name;
    EXPECT_EQ(zone.error().kind, ErrorKind::kInvalid);
    EXPECT_EQ(zone.error().message, message);
  }
}

TEST(Clock, ASleepEndsWhenItsDescriptorBecomesReadable) {
  std::array<int, 2> ends{};
  ASSERT_EQ(pipe(ends.data()), 0);
  SystemClock clock(ends[0]);
  const Duration start = clock.monotonic();
  clock.sleep(Duration{-5});
  clock.sleep(2ms);
  EXPECT_GE(clock.monotonic() - start, 2ms);
  ASSERT_EQ(write(ends[1], "x", 1), 1);
  clock.sleep(std::chrono::hours{1});  // would outlast the test's own limit
  EXPECT_LT(clock.monotonic() - start, 1min);
  close(ends[0]);
  close(ends[1]);
  EXPECT_GT(clock.wall(), parse_time("2020-01-01T00:00:00Z").value());
}

}  // namespace
}  // namespace penstock
