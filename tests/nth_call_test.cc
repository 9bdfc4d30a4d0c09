// Every single call of the daemon fails once, in each way it can: requests, writes of the journal,
// operations on files, looks at the clock. All checkers hold each time. The suite tries some dozens
// of calls spread over the run; with PENSTOCK_EVERY_CALL=1 all of them.
#include "daemon/sim/nth_call.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>

#include "daemon/log.h"
#include "daemon/sim/simulation.h"

namespace penstock {
namespace {

using What = NthFault::What;

struct Way {
  What what;
  const char* name;
  std::uint64_t CallCounts::* count;
};
constexpr Way kWays[] = {
    {What::kRequestLost, "request lost", &CallCounts::requests},
    {What::kAnswerLost, "answer lost", &CallCounts::requests},
    {What::kJournalWrite, "journal not written", &CallCounts::journal_writes},
    {What::kFileError, "file: input/output error", &CallCounts::file_operations},
    {What::kFileFull, "file: disk full", &CallCounts::file_operations},
    {What::kFileReadOnly, "file: read-only", &CallCounts::file_operations},
    {What::kClockAhead, "clock two hours ahead", &CallCounts::clock_reads},
    {What::kClockBack, "clock two hours back", &CallCounts::clock_reads},
};

/// Two links become full and are upgraded; one of them, postpaid, is lowered again.
SimulationOutcome play(const NthFault& nth) {
  Scenario scenario = draw_scenario({.seed = 1005, .length = 25min, .instances = 4});
  std::vector<PlannedFault> plan;
  for (std::size_t i = 0; i < 4; ++i) {
    plan.push_back({.index = i,
                    .trouble = Trouble::kSurge,
                    .at = 12min,
                    .lasting = 30min,
                    .seed = i,
                    .size = 20});
  }
  return simulate(scenario, plan, {.most_violations = 1, .nth = nth});
}

TEST(NthCall, WhicheverFailsTheCheckersHold) {
  silence_log();
  const SimulationOutcome whole = play({});
  ASSERT_TRUE(whole.violations.empty());
  std::uint64_t changes = 0;
  for (const auto& [what, times] : whole.changes) changes += times;
  EXPECT_GE(changes, 2U) << "a run without an order proves nothing";
  EXPECT_LE(whole.calls.requests, 300U);
  const bool all = std::getenv("PENSTOCK_EVERY_CALL") != nullptr;
  std::uint64_t runs = 0;
  for (const Way& way : kWays) {
    const std::uint64_t count = whole.calls.*way.count;
    ASSERT_GT(count, 0U) << way.name;
    const std::uint64_t stride = all ? 1 : std::max<std::uint64_t>(1, count / 4);
    for (std::uint64_t n = stride / 2; n < count; n += stride) {
      const SimulationOutcome outcome = play({.what = way.what, .n = n});
      ++runs;
      ASSERT_TRUE(outcome.violations.empty())
          << way.name << ", call " << n << ": " << outcome.violations[0].checker << ": "
          << outcome.violations[0].text;
    }
  }
  std::printf(
      "%llu runs over %llu requests, %llu journal writes, %llu file operations, %llu looks "
      "at the clock\n",
      static_cast<unsigned long long>(runs), static_cast<unsigned long long>(whole.calls.requests),
      static_cast<unsigned long long>(whole.calls.journal_writes),
      static_cast<unsigned long long>(whole.calls.file_operations),
      static_cast<unsigned long long>(whole.calls.clock_reads));
}

}  // namespace
}  // namespace penstock
