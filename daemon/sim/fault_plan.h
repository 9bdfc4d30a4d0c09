// FaultPlan: what goes wrong in a simulated world, and when, drawn from its seed.
//
//   std::vector<PlannedFault> plan = draw_plan(seed, length, density);
//   for (const PlannedFault& fault : plan) printf("%s\n", describe(fault).c_str());
//
// Every fault carries its own randomness, so that leaving some out changes nothing about the
// others: that is what lets a failing run be shrunk. Plain values.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "metrics/units.h"

namespace penstock {

enum class Trouble : std::uint8_t {
  // The way to the provider.
  kLostRequest,
  kLostAnswer,
  kTimeOut,
  kSlowAnswers,
  kRateLimit,
  kServerError,
  kHtml,
  kChallenge,
  kTruncated,
  kHostileJson,
  kWrongTypes,
  kUnknownWords,
  kDenied,
  // The provider itself.
  kSlowProcessing,
  kChangeFails,
  kDowngradeVanishes,
  kShortBalance,
  kOverdue,
  kPartialList,
  // People and fate.
  kStopped,
  kGone,
  kTypeChanged,
  kConsoleChange,
  kNotRenewed,
  kSurge,
  kCalm,
  // The daemon's computer.
  kClockStep,
  kKill,
  kKillAtStep,
  kPowerCut,
  kPowerCutInWrite,
  kDiskFull,
  kDiskReadOnly,
  kBadSector,
  // What tells of the traffic.
  kSamplesDown,
  kSamplesGarbage,
  kSamplesNan,
  kSamplesTwice,
  kSamplesMissing,
  kSamplesLate,
  kCounterReset,
  // The operator.
  kPauseFleet,
  kReloadGood,
  kReloadBad,
};
inline constexpr std::size_t kTroubles = 44;
std::string_view to_string(Trouble trouble);

struct PlannedFault {
  std::size_t index = 0;  ///< in the whole plan
  Trouble trouble = Trouble::kKill;
  Duration at{};       ///< since the world began
  Duration lasting{};  ///< 0: a moment
  std::uint64_t seed = 0;
  double share = 1;       ///< of the calls
  std::int64_t size = 0;  ///< what it means depends on the trouble
};

/// About `per_day` faults a day; none in the last three hours, so that everything can heal.
std::vector<PlannedFault> draw_plan(std::uint64_t seed, Duration length, double per_day);
std::string describe(const PlannedFault& fault);

}  // namespace penstock
