#include "policies/reason.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <set>
#include <string>

namespace penstock {
namespace {

TEST(Reason, EveryCodeHasItsOwnStableLabel) {
  std::set<std::string_view> labels;
  for (int i = 0; i < static_cast<int>(ReasonCode::kCount_); ++i) {
    const auto code = static_cast<ReasonCode>(i);
    const std::string_view label = to_string(code);
    EXPECT_TRUE(labels.insert(label).second) << label;
    EXPECT_EQ(label.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-"), label.npos);
    EXPECT_EQ(parse_reason(label), code);
  }
  EXPECT_EQ(parse_reason("no-such-reason"), std::nullopt);
}

TEST(Reason, SentencesCarryTheirNumbers) {
  struct Row {
    Reason reason;
    std::string sentence;
  };
  const Row rows[] = {
      {{ReasonCode::kSaturated, {72, 180, 45, 2}},
       "saturated for 45s at 72 Mbps, 2 samples in a row: 72 Mbps -> 180 Mbps"},
      {{ReasonCode::kSaturated, {72, 90, 15, 1}},
       "saturated for 15s at 72 Mbps, 1 sample in a row: 72 Mbps -> 90 Mbps"},
      {{ReasonCode::kEconomic, {200, 230, 600, 1800, 11'400'000, 1'071'360, 14'200'000}},
       "200 -> 230 Mbps: saturated 10 of the last 30 min; 11.40 USD for the 12.4 days left, below "
       "the 14.20 USD that throttling is worth"},
      {{ReasonCode::kNextTerm, {80, 2'592'000, 61.5}},
       "the next 30.0 days may begin with 80 Mbps at 61.5 Mbps of traffic now: more is cheaper "
       "bought when it is needed"},
      {{ReasonCode::kPriceLimit, {80'000'000, 50'000'000}},
       "the price of 80.00 USD is above the policy's limit of 50.00 USD"},
      {{ReasonCode::kPaused, {0}}, "paused until further notice"},
      {{ReasonCode::kPaused, {1'767'225'600}}, "paused until 2026-01-01T00:00:00Z"},
      {{ReasonCode::kSurge, {80, 95.25, 0}},
       "demand of 95.3 Mbps has reached the scheduled 80 Mbps: the downgrade is cancelled"},
      {{ReasonCode::kSurge, {80, 100, 180}},
       "demand of 100 Mbps has reached the scheduled 80 Mbps: the downgrade is cancelled, then "
       "raised to 180 Mbps"},
      {{ReasonCode::kThinData, {12.5, 50, 86400}},
       "samples cover 12.5 % of the last 1d, less than "
       "50 %"},
  };
  for (const Row& row : rows) EXPECT_EQ(render(row.reason), row.sentence);
}

TEST(Reason, NumbersFromADamagedJournalStillRender) {
  const double odd[] = {std::nan(""), std::numeric_limits<double>::infinity(),
                        -std::numeric_limits<double>::infinity(), 1e300, -1};
  for (int i = 0; i < static_cast<int>(ReasonCode::kCount_) + 2; ++i) {
    for (const double number : odd) {
      Reason reason{static_cast<ReasonCode>(i), {}};
      reason.numbers.fill(number);
      EXPECT_FALSE(render(reason).empty());
    }
  }
}

}  // namespace
}  // namespace penstock
