// `penstock simulate`: a seeded month of faults, bills and demand against the drawn policies or the
// operator's own, with every promise checked after every step.
//
//   return run_simulate({.seed = 7, .days = 30, .instances = 8});
//
// What it prints is a function of its arguments alone, but for the figures of `timing`.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "metrics/units.h"

namespace penstock {

struct SimulateOptions {
  std::uint64_t seed = 1;
  std::int64_t seeds = 1;  ///< so many in a row, from `seed` on
  int days = 30;
  int instances = 8;
  std::string policies;             ///< a folder or a file; "" = drawn from the seed
  std::vector<std::string> traces;  ///< recorded demand: files, or folders of them
  double faults_per_day = 4;
  /// Which of the plan's faults happen, as numbers with commas, or "all" or "none".
  std::string faults = "all";
  std::optional<Duration> stop_after;  ///< of each world; it is drawn as for `days` all the same
  bool events = false;                 ///< print each
  bool twice = false;                  ///< run each seed twice and compare
  bool timing = false;
};

/// Returns the exit code: 1 when anything was violated.
int run_simulate(const SimulateOptions& options);

}  // namespace penstock
