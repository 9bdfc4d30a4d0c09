// The week's rhythm: what an hour of the week is taken to have.
#include "metrics/profile.h"

#include <gtest/gtest.h>

namespace penstock {
namespace {

// 1970-01-05 was a Monday.
constexpr std::int64_t kMonday = 96;
constexpr std::int64_t kDay = 24;
constexpr std::int64_t kWeek = 7 * kDay;

TEST(Profile, NothingIsKnownOfNothing) {
  EXPECT_EQ(Profile().expected(kMonday), std::nullopt);
}

TEST(Profile, AnHourIsTakenFromItsOwnThenFromLikeDaysThenFromAll) {
  Profile profile;
  profile.learn(kMonday + 10, 4);
  EXPECT_NEAR(*profile.expected(kMonday + 10), 4, 0.01);
  EXPECT_NEAR(*profile.expected(kMonday + kDay + 10), 4, 0.01) << "Tuesday is like Monday";
  EXPECT_NEAR(*profile.expected(kMonday + 12), 4, 0.01) << "better than nothing";
  EXPECT_TRUE(profile.knows(kMonday + 3 * kDay + 10));
  EXPECT_FALSE(profile.knows(kMonday + 5 * kDay + 10)) << "Saturday is not";
  profile.learn(kMonday + 5 * kDay + 10, 2);
  EXPECT_NEAR(*profile.expected(kMonday + 6 * kDay + 10), 2, 0.01) << "Sunday is like Saturday";
  EXPECT_NEAR(*profile.expected(kMonday + kDay + 10), 4, 0.01);
}

TEST(Profile, OneStrangeDayDoesNotMoveLikeDays) {
  Profile profile;
  for (int day = 0; day < 4; ++day) profile.learn(kMonday + day * kDay + 8, day == 1 ? 7 : 3);
  EXPECT_NEAR(*profile.expected(kMonday + 4 * kDay + 8), 3, 0.01);
}

TEST(Profile, AWeeklyPeakIsBelievedWhenItComesAgain) {
  Profile profile;
  for (int day = 0; day < 5; ++day) profile.learn(kMonday + day * kDay + 20, day == 2 ? 6 : 3);
  const std::int64_t peak = kMonday + 2 * kDay + 20;
  EXPECT_NEAR(*profile.expected(peak + kWeek), 4.5, 0.01) << "half, after the first time";
  profile.learn(peak + kWeek, 6);
  EXPECT_NEAR(*profile.expected(peak + 2 * kWeek), 6, 0.01);
  profile.learn(peak + 2 * kWeek, 1);
  EXPECT_NEAR(*profile.expected(peak + 3 * kWeek), 4.5, 0.01) << "and not forgotten for one week";
}

TEST(Profile, OldWeeksGoByTime) {
  Profile steady;
  for (int week = 0; week < 3; ++week) steady.learn(kMonday + week * kWeek, 1);
  Profile gapped = steady;
  steady.learn(kMonday + 3 * kWeek, 2);
  gapped.learn(kMonday + 40 * kWeek, 2);
  EXPECT_LT(*steady.expected(kMonday + 4 * kWeek), 1.6);
  EXPECT_NEAR(*gapped.expected(kMonday + 41 * kWeek), 2, 0.01) << "nothing older counts";
}

TEST(Profile, LevelsKeepAThousandthAndAreBounded) {
  for (const double level : {-2.3, 0.0, 0.5, 4.60517, 20.7}) {
    EXPECT_NEAR(Profile::unpack(Profile::pack(level)), level, 0.0006) << level;
  }
  EXPECT_LE(Profile::unpack(Profile::pack(1e9)), Profile::kLargest);
  EXPECT_GE(Profile::unpack(Profile::pack(-1e9)), -Profile::kLargest);
}

}  // namespace
}  // namespace penstock
