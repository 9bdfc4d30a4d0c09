// Windows of calendar rules, over both changes of the clock; a slow oracle checks the arithmetic.
#include "policies/schedule.h"

#include <gtest/gtest.h>

#include "daemon/clock.h"
#include "policies/recommendation.h"

namespace penstock {
namespace {

using namespace std::chrono;

TimePoint at(std::string_view text) {
  const auto time = parse_time(text);
  EXPECT_TRUE(time) << text;
  return time.value_or(TimePoint{});
}

ScheduleRule rule(const std::string& zone, seconds from, seconds to) {
  ScheduleRule made;
  made.from = from;
  made.to = to;
  auto loaded = load_time_zone(zone);
  EXPECT_TRUE(loaded) << zone;
  if (loaded) made.zone = *loaded;
  return made;
}

std::string text(const std::optional<Window>& window) {
  return window ? format(window->from) + " " + format(window->to) : "none";
}

struct Case {
  const char* what;
  const char* zone;
  seconds from, to;
  const char* now;
  const char* current;  // window around now
  const char* next;     // first window after now
};

TEST(Schedule, WindowsAreIntervalsOfRealTime) {
  const Case cases[] = {
      {"inside", "UTC", 9h, 17h, "2026-03-04T12:00:00Z",
       "2026-03-04T09:00:00Z 2026-03-04T17:00:00Z", "2026-03-05T09:00:00Z 2026-03-05T17:00:00Z"},
      {"its first moment counts", "UTC", 9h, 17h, "2026-03-04T09:00:00Z",
       "2026-03-04T09:00:00Z 2026-03-04T17:00:00Z", "2026-03-05T09:00:00Z 2026-03-05T17:00:00Z"},
      {"its end does not", "UTC", 9h, 17h, "2026-03-04T17:00:00Z", "none",
       "2026-03-05T09:00:00Z 2026-03-05T17:00:00Z"},
      {"before it", "UTC", 9h, 17h, "2026-03-04T08:59:59Z", "none",
       "2026-03-04T09:00:00Z 2026-03-04T17:00:00Z"},
      {"to midnight", "Asia/Singapore", 18h, 24h, "2026-03-04T15:59:59Z",
       "2026-03-04T10:00:00Z 2026-03-04T16:00:00Z", "2026-03-05T10:00:00Z 2026-03-05T16:00:00Z"},
      {"past midnight", "Asia/Singapore", 22h, 2h, "2026-03-04T17:30:00Z",
       "2026-03-04T14:00:00Z 2026-03-04T18:00:00Z", "2026-03-05T14:00:00Z 2026-03-05T18:00:00Z"},
      {"half past the hour zones", "Asia/Kolkata", 9h, 10h, "2026-03-04T03:45:00Z",
       "2026-03-04T03:30:00Z 2026-03-04T04:30:00Z", "2026-03-05T03:30:00Z 2026-03-05T04:30:00Z"},
      {"a whole day when it ends where it starts", "UTC", 6h, 6h, "2026-03-04T05:00:00Z",
       "2026-03-03T06:00:00Z 2026-03-04T06:00:00Z", "2026-03-04T06:00:00Z 2026-03-05T06:00:00Z"},
      // Berlin sets 02:00 to 03:00 on 29 March 2026 (01:00 UTC).
      {"start in the skipped hour", "Europe/Berlin", 2h + 30min, 5h, "2026-03-29T01:00:00Z",
       "2026-03-29T01:00:00Z 2026-03-29T03:00:00Z", "2026-03-30T00:30:00Z 2026-03-30T03:00:00Z"},
      {"end in the skipped hour", "Europe/Berlin", 0h, 2h + 30min, "2026-03-29T00:59:59Z",
       "2026-03-28T23:00:00Z 2026-03-29T01:00:00Z", "2026-03-29T22:00:00Z 2026-03-30T00:30:00Z"},
      {"wholly inside the skipped hour", "Europe/Berlin", 2h + 15min, 2h + 45min,
       "2026-03-29T00:00:00Z", "none", "2026-03-30T00:15:00Z 2026-03-30T00:45:00Z"},
      {"a short day", "Europe/Berlin", 0h, 24h, "2026-03-29T12:00:00Z",
       "2026-03-28T23:00:00Z 2026-03-29T22:00:00Z", "2026-03-29T22:00:00Z 2026-03-30T22:00:00Z"},
      // And 03:00 back to 02:00 on 25 October 2026 (01:00 UTC).
      {"start in the doubled hour is its first", "Europe/Berlin", 2h + 30min, 5h,
       "2026-10-25T00:45:00Z", "2026-10-25T00:30:00Z 2026-10-25T04:00:00Z",
       "2026-10-26T01:30:00Z 2026-10-26T04:00:00Z"},
      {"end in the doubled hour is its last", "Europe/Berlin", 0h, 2h + 30min,
       "2026-10-25T01:15:00Z", "2026-10-24T22:00:00Z 2026-10-25T01:30:00Z",
       "2026-10-25T23:00:00Z 2026-10-26T01:30:00Z"},
      {"no break between the two", "Europe/Berlin", 2h + 15min, 2h + 45min, "2026-10-25T01:00:00Z",
       "2026-10-25T00:15:00Z 2026-10-25T01:45:00Z", "2026-10-26T01:15:00Z 2026-10-26T01:45:00Z"},
      {"a long day", "America/New_York", 0h, 24h, "2026-11-02T04:30:00Z",
       "2026-11-01T04:00:00Z 2026-11-02T05:00:00Z", "2026-11-02T05:00:00Z 2026-11-03T05:00:00Z"},
      {"half an hour of DST", "Australia/Lord_Howe", 2h, 3h, "2026-10-03T15:30:00Z",
       "2026-10-03T15:30:00Z 2026-10-03T16:00:00Z", "2026-10-04T15:00:00Z 2026-10-04T16:00:00Z"},
      // Samoa had no 30 December 2011.
      {"a skipped day", "Pacific/Apia", 9h, 17h, "2011-12-30T03:30:00Z", "none",
       "2011-12-30T19:00:00Z 2011-12-31T03:00:00Z"},
      {"before 1970", "Europe/Berlin", 9h, 17h, "1966-03-04T12:00:00Z",
       "1966-03-04T08:00:00Z 1966-03-04T16:00:00Z", "1966-03-05T08:00:00Z 1966-03-05T16:00:00Z"},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.what);
    const ScheduleRule made = rule(c.zone, c.from, c.to);
    EXPECT_EQ(text(current_window(made, at(c.now))), c.current);
    EXPECT_EQ(text(next_window(made, at(c.now))), c.next);
    EXPECT_EQ(covers(made, at(c.now)), std::string(c.current) != "none");
  }
}

TEST(Schedule, DaysAndDatesNameTheDayOnWhichAWindowStarts) {
  ScheduleRule weekend = rule("Asia/Singapore", 20h, 4h);
  weekend.days = {Friday, Saturday};
  EXPECT_FALSE(covers(weekend, at("2026-03-06T11:59:59Z")));  // Friday 19:59
  EXPECT_TRUE(covers(weekend, at("2026-03-06T12:00:00Z")));
  EXPECT_TRUE(covers(weekend, at("2026-03-06T19:59:59Z")));  // Saturday 03:59
  EXPECT_TRUE(covers(weekend, at("2026-03-07T19:59:59Z")));  // Sunday 03:59
  EXPECT_FALSE(covers(weekend, at("2026-03-08T13:00:00Z")));
  EXPECT_EQ(text(next_window(weekend, at("2026-03-08T13:00:00Z"))),
            "2026-03-13T12:00:00Z 2026-03-13T20:00:00Z");

  ScheduleRule sale = rule("Asia/Shanghai", 0h, 24h);
  sale.dates = {2026y / November / 11, 2026y / June / 18};
  EXPECT_TRUE(covers(sale, at("2026-11-11T15:59:59Z")));
  EXPECT_FALSE(covers(sale, at("2026-11-11T16:00:00Z")));
  EXPECT_EQ(text(next_window(sale, at("2026-01-01T00:00:00Z"))),
            "2026-06-17T16:00:00Z 2026-06-18T16:00:00Z");
  EXPECT_EQ(text(next_window(sale, at("2026-12-01T00:00:00Z"))), "none");
  sale.days = {Monday};  // both must fit; 11 November 2026 is a Wednesday
  EXPECT_FALSE(covers(sale, at("2026-11-11T12:00:00Z")));
}

// The oracle looks at every quarter of an hour and asks the local clock itself.
TEST(Schedule, AgreesWithTheLocalClock) {
  for (const char* zone : {"UTC", "Europe/Berlin", "America/New_York", "Asia/Kolkata",
                           "Australia/Lord_Howe", "Pacific/Chatham"}) {
    for (const auto& [from, to] :
         {std::pair<seconds, seconds>{9h, 17h}, {22h, 5h}, {0h, 24h}, {23h + 45min, 15min}}) {
      ScheduleRule made = rule(zone, from, to);
      made.days = {Monday, Wednesday, Sunday};
      int differing = 0;
      const auto look = [&](TimePoint now) {
        const LocalTime local = to_local(made.zone, now);
        const auto named = [&](weekday day) {
          return day == Monday || day == Wednesday || day == Sunday;
        };
        const bool expected =
            to > from ? named(local.weekday) && local.time_of_day >= from && local.time_of_day < to
                      : (named(local.weekday) && local.time_of_day >= from) ||
                            (named(local.weekday - days{1}) && local.time_of_day < to);
        if (covers(made, now) != expected) ++differing;
      };
      // The weeks around every change of these zones' clocks.
      for (TimePoint now = at("2026-03-05T00:00:00Z"); now < at("2026-04-07T00:00:00Z");
           now += 15min)
        look(now);
      for (TimePoint now = at("2026-09-25T00:00:00Z"); now < at("2026-11-05T00:00:00Z");
           now += 15min)
        look(now);
      // Only the doubled hour may differ: there a window does not break off in between.
      EXPECT_LE(differing, 4) << zone << " " << from.count() << " " << to.count();
      if (std::string(zone) == "UTC" || std::string(zone) == "Asia/Kolkata") {
        EXPECT_EQ(differing, 0) << zone;
      }
    }
  }
}

TEST(Schedule, RecommendsItsFloorInsideOnly) {
  ScheduleRule made = rule("UTC", 9h, 17h);
  made.at_least = Mbps{800};
  made.at_most = Mbps{2000};
  const Instance instance;
  const Demand demand;
  const Situation situation{.instance = instance, .demand = demand, .cap = Mbps{100}};
  const Recommendation inside = recommend(made, Policy{}, situation, at("2026-03-04T12:00:00Z"));
  EXPECT_EQ(inside.wants, Mbps{800});
  EXPECT_EQ(inside.ceiling, Mbps{2000});
  EXPECT_TRUE(inside.floor_only);
  EXPECT_EQ(inside.reason, (Reason{ReasonCode::kSchedule, {800, 1772614800, 1772643600}}));
  const Recommendation outside = recommend(made, Policy{}, situation, at("2026-03-04T18:00:00Z"));
  EXPECT_FALSE(outside.wants);
  EXPECT_FALSE(outside.ceiling);
  EXPECT_TRUE(outside.floor_only);
}

}  // namespace
}  // namespace penstock
