#include "daemon/verdict.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace penstock {
namespace {

using Kind = ChangeState::Kind;
using O = OrderKind;
using S = OrderState;
using A = OrderAlarm;

const TimePoint kSent{std::chrono::seconds{1'767'225'600}};
const TimePoint kTermEnd = kSent + std::chrono::hours{10};

struct Case {
  std::string what;
  O kind;
  S state;
  std::string number;  ///< order number; "" = none
  // The reading.
  Kind seen;
  std::int64_t cap;
  std::int64_t modified;  ///< 0 = null
  Duration age;
  // What it proves.
  std::optional<S> next;
  A alarm = A::kNone;
  bool failed = false;
  bool ask_ledger = false;
};

/// Upgrades go from 100 to 200, downgrades from 200 to 100; a cancellation drops a pending 100.
Order order_of(const Case& c) {
  Order order;
  order.id = 1;
  order.kind = c.kind;
  order.state = c.state;
  order.charge = Charge::kPrepaid;
  order.order_number = c.number;
  order.from = c.kind == O::kUpgrade ? Mbps{100} : Mbps{200};
  order.to = c.kind == O::kUpgrade ? Mbps{200} : Mbps{100};
  order.sent_at = kSent;
  if (c.state == S::kScheduled) order.effective_at = kTermEnd;
  return order;
}

TEST(Verdict, EachReadingProvesWhatItProves) {
  const std::vector<Case> cases = {
      // An immediate change.
      {"runs", O::kUpgrade, S::kAccepted, "N", Kind::kRunning, 100, 200, 5s, S::kProcessing},
      {"runs without saying what", O::kUpgrade, S::kUnknown, "", Kind::kRunning, 100, 0, 5s,
       S::kProcessing},
      {"is in force", O::kUpgrade, S::kAccepted, "N", Kind::kIdle, 200, 0, 5s, S::kEffective},
      {"is in force though the answer was lost", O::kUpgrade, S::kUnknown, "", Kind::kIdle, 200, 0,
       5s, S::kEffective},
      {"has not started yet", O::kUpgrade, S::kAccepted, "N", Kind::kIdle, 100, 0, 59s, {}},
      {"accepted with an order number, never started: unpaid, held",
       O::kUpgrade,
       S::kAccepted,
       "N",
       Kind::kIdle,
       100,
       0,
       60s,
       {},
       A::kNotStarted},
      {"accepted without payment, never started: failed", O::kUpgrade, S::kAccepted, "",
       Kind::kIdle, 100, 0, 60s, S::kSettled, A::kNone, true},
      {"ran and fell back, paid for: held",
       O::kUpgrade,
       S::kProcessing,
       "N",
       Kind::kIdle,
       100,
       0,
       90s,
       {},
       A::kNotStarted},
      {"a lost answer may still begin", O::kUpgrade, S::kUnknown, "", Kind::kIdle, 100, 0, 59s, {}},
      {"a lost answer that changed nothing: did not happen, unless money moved", O::kUpgrade,
       S::kUnknown, "", Kind::kIdle, 100, 0, 60s, S::kSettled, A::kNone, false, true},
      {"a lost downgrade that changed nothing costs nothing", O::kDowngrade, S::kUnknown, "",
       Kind::kIdle, 200, 0, 60s, S::kSettled},
      {"runs for too long",
       O::kUpgrade,
       S::kProcessing,
       "N",
       Kind::kRunning,
       100,
       200,
       30min,
       {},
       A::kTimeout},
      {"runs, not yet for too long",
       O::kUpgrade,
       S::kProcessing,
       "N",
       Kind::kRunning,
       100,
       200,
       29min,
       {}},
      {"somebody else's change runs",
       O::kUpgrade,
       S::kUnknown,
       "",
       Kind::kRunning,
       100,
       150,
       5s,
       {}},
      {"somebody else was faster", O::kUpgrade, S::kUnknown, "", Kind::kIdle, 150, 0, 5s,
       S::kSuperseded},
      {"a downgrade the provider put off", O::kDowngrade, S::kAccepted, "N", Kind::kScheduled, 200,
       100, 5s, S::kScheduled},
      // A scheduled downgrade.
      {"is scheduled", O::kScheduleDowngrade, S::kAccepted, "N", Kind::kScheduled, 200, 100, 5s,
       S::kScheduled},
      {"is scheduled though the answer was lost", O::kScheduleDowngrade, S::kUnknown, "",
       Kind::kScheduled, 200, 100, 5s, S::kScheduled},
      {"another is scheduled", O::kScheduleDowngrade, S::kAccepted, "N", Kind::kScheduled, 200, 50,
       60s, S::kSuperseded},
      {"nothing is scheduled", O::kScheduleDowngrade, S::kAccepted, "N", Kind::kIdle, 200, 0, 60s,
       S::kSettled, A::kNone, true},
      {"nothing was scheduled after a lost answer", O::kScheduleDowngrade, S::kUnknown, "",
       Kind::kIdle, 200, 0, 60s, S::kSettled},
      {"still waits",
       O::kScheduleDowngrade,
       S::kScheduled,
       "N",
       Kind::kScheduled,
       200,
       100,
       9h,
       {}},
      {"somebody cancelled it", O::kScheduleDowngrade, S::kScheduled, "N", Kind::kIdle, 200, 0, 9h,
       S::kCancelled},
      {"somebody replaced it", O::kScheduleDowngrade, S::kScheduled, "N", Kind::kScheduled, 200, 70,
       9h, S::kSuperseded},
      {"took effect at the term's end", O::kScheduleDowngrade, S::kScheduled, "N", Kind::kIdle, 100,
       0, 10h, S::kEffective},
      {"runs at the term's end",
       O::kScheduleDowngrade,
       S::kScheduled,
       "N",
       Kind::kRunning,
       200,
       100,
       10h,
       {}},
      {"between the terms nothing may be pending for a while",
       O::kScheduleDowngrade,
       S::kScheduled,
       "N",
       Kind::kIdle,
       200,
       0,
       10h + 10min,
       {}},
      {"it never came", O::kScheduleDowngrade, S::kScheduled, "N", Kind::kIdle, 200, 0, 10h + 30min,
       S::kSuperseded, A::kOverdue, true},
      {"the term ended without renewal",
       O::kScheduleDowngrade,
       S::kScheduled,
       "N",
       Kind::kScheduled,
       200,
       100,
       10h + 30min,
       {},
       A::kOverdue},
      // A cancellation.
      {"the pending one is gone", O::kCancelDowngrade, S::kAccepted, "", Kind::kIdle, 200, 0, 1s,
       S::kEffective},
      {"it is still there",
       O::kCancelDowngrade,
       S::kAccepted,
       "",
       Kind::kScheduled,
       200,
       100,
       59s,
       {}},
      {"it stays there", O::kCancelDowngrade, S::kAccepted, "", Kind::kScheduled, 200, 100, 60s,
       S::kSettled, A::kNone, true},
      {"a lost cancellation that did nothing", O::kCancelDowngrade, S::kUnknown, "",
       Kind::kScheduled, 200, 100, 60s, S::kSettled},
      {"another is pending", O::kCancelDowngrade, S::kUnknown, "", Kind::kScheduled, 200, 50, 1s,
       S::kSuperseded},
      {"the term's end was faster", O::kCancelDowngrade, S::kUnknown, "", Kind::kIdle, 100, 0, 1s,
       S::kSuperseded},
      {"something runs", O::kCancelDowngrade, S::kAccepted, "", Kind::kRunning, 200, 100, 1s, {}},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(std::string(to_string(c.kind)) + " " + std::string(to_string(c.state)) + ": " +
                 c.what);
    BandwidthStatus status;
    status.kind = c.seen;
    status.cap = Mbps{c.cap};
    if (c.modified != 0) status.modified = Mbps{c.modified};
    const Order order = order_of(c);
    const Verdict verdict = judge(order, status, kSent + c.age, {});
    EXPECT_EQ(verdict.next, c.next) << (verdict.next ? to_string(*verdict.next) : "nothing");
    EXPECT_EQ(verdict.alarm, c.alarm) << to_string(verdict.alarm);
    EXPECT_EQ(verdict.failed, c.failed);
    EXPECT_EQ(verdict.ask_ledger, c.ask_ledger);
    EXPECT_TRUE(!verdict.next || may_follow(order.state, *verdict.next));
  }
}

/// Whatever is read, in any state and at any age: no illegal step, and nothing is ever sent again.
TEST(Verdict, NoReadingLeadsAstray) {
  for (int kind = 0; kind < 4; ++kind) {
    for (const S state : {S::kAccepted, S::kUnknown, S::kProcessing, S::kScheduled}) {
      const auto what = static_cast<O>(kind);
      if (state == S::kScheduled && (what == O::kUpgrade || what == O::kCancelDowngrade)) continue;
      for (const Kind seen : {Kind::kIdle, Kind::kRunning, Kind::kScheduled}) {
        for (const std::int64_t cap : {-1, 50, 100, 200, 300}) {
          for (const std::int64_t modified : {-1, 50, 100, 200}) {
            for (const Duration age :
                 {Duration{0s}, Duration{61s}, Duration{31min}, Duration{11h}}) {
              Order order = order_of({"", what, state, "N", seen, cap, modified, age, {}});
              BandwidthStatus status;
              status.kind = seen;
              if (cap >= 0) status.cap = Mbps{cap};
              if (modified >= 0) status.modified = Mbps{modified};
              const Verdict verdict = judge(order, status, kSent + age, {});
              EXPECT_TRUE(!verdict.next || may_follow(state, *verdict.next));
            }
          }
        }
      }
    }
  }
}

TEST(Verdict, WhatCannotBeReadIsHeldAndThenAnAlarm) {
  const Order order = order_of({"", O::kUpgrade, S::kUnknown, "", Kind::kIdle, 0, 0, 0s, {}});
  EXPECT_EQ(judge_unreadable(order, false, kSent + 29min, {}).alarm, A::kNone);
  EXPECT_EQ(judge_unreadable(order, false, kSent + 30min, {}).alarm, A::kUnreadable);
  EXPECT_FALSE(judge_unreadable(order, false, kSent + 24h, {}).next);
  EXPECT_EQ(judge_unreadable(order, true, kSent + 1s, {}).next, S::kSuperseded);
}

}  // namespace
}  // namespace penstock
