#include "daemon/order.h"

#include <gtest/gtest.h>

#include <array>
#include <set>
#include <string>
#include <utility>

namespace penstock {
namespace {

using S = OrderState;

constexpr std::array kAll = {S::kPlanned,   S::kSent,      S::kAccepted,  S::kProcessing,
                             S::kEffective, S::kScheduled, S::kRejected,  S::kUnknown,
                             S::kSettled,   S::kCancelled, S::kSuperseded};

// The whole table, written out by hand: every pair not listed here is illegal.
TEST(Order, OnlyTheseStepsAreLegal) {
  const std::set<std::pair<S, S>> legal = {
      {S::kPlanned, S::kSent},          {S::kPlanned, S::kCancelled},
      {S::kSent, S::kAccepted},         {S::kSent, S::kRejected},
      {S::kSent, S::kUnknown},          {S::kAccepted, S::kProcessing},
      {S::kAccepted, S::kEffective},    {S::kAccepted, S::kScheduled},
      {S::kAccepted, S::kSettled},      {S::kAccepted, S::kSuperseded},
      {S::kUnknown, S::kProcessing},    {S::kUnknown, S::kEffective},
      {S::kUnknown, S::kScheduled},     {S::kUnknown, S::kSettled},
      {S::kUnknown, S::kSuperseded},    {S::kProcessing, S::kEffective},
      {S::kProcessing, S::kScheduled},  {S::kProcessing, S::kSettled},
      {S::kProcessing, S::kSuperseded}, {S::kScheduled, S::kEffective},
      {S::kScheduled, S::kCancelled},   {S::kScheduled, S::kSuperseded},
  };
  for (const S from : kAll) {
    for (const S to : kAll) {
      EXPECT_EQ(may_follow(from, to), legal.contains({from, to}))
          << to_string(from) << " -> " << to_string(to);
    }
  }
}

TEST(Order, AnOrderThatWasSentIsNeverSentAgain) {
  for (const S from : kAll) EXPECT_EQ(may_follow(from, S::kSent), from == S::kPlanned);
}

TEST(Order, FinalStatesAreThoseNothingFollows) {
  const std::set<S> final_states = {S::kEffective, S::kRejected, S::kSettled, S::kCancelled,
                                    S::kSuperseded};
  for (const S state : kAll) {
    EXPECT_EQ(is_final(state), final_states.contains(state)) << to_string(state);
    Order order;
    order.state = state;
    EXPECT_EQ(order.open(), !final_states.contains(state));
    EXPECT_EQ(order.unsettled(), !final_states.contains(state) && state != S::kScheduled);
  }
}

TEST(Order, AdvanceKeepsTheTimesOfItsLife) {
  const TimePoint start{std::chrono::seconds{1'767'225'600}};
  Order order;
  order.advance(S::kSent, start);
  order.advance(S::kAccepted, start + 1s);
  order.advance(S::kProcessing, start + 2s);
  order.advance(S::kEffective, start + 7s);
  EXPECT_EQ(order.sent_at, start);
  EXPECT_EQ(order.changed_at, start + 7s);
  EXPECT_EQ(order.effective_at, start + 7s);
}

TEST(OrderDeathTest, AnIllegalStepIsOurBug) {
  Order order;
  order.state = S::kRejected;
  EXPECT_DEATH(order.advance(S::kSent, TimePoint{}), "may_follow");
}

TEST(Order, NamesReadBack) {
  for (const S state : kAll) EXPECT_EQ(parse_order_state(to_string(state)), state);
  for (int i = 0; i < 4; ++i) {
    const auto kind = static_cast<OrderKind>(i);
    EXPECT_EQ(parse_order_kind(to_string(kind)), kind);
  }
  for (int i = 0; i < 5; ++i) {
    const auto alarm = static_cast<OrderAlarm>(i);
    EXPECT_EQ(parse_order_alarm(to_string(alarm)), alarm);
  }
  EXPECT_FALSE(parse_order_state("paid").has_value());
}

}  // namespace
}  // namespace penstock
