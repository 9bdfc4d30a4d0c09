// `penstock sandbox`: the simulated provider behind HTTP in wall time.
//
//   return run_sandbox({.listen = "127.0.0.1:19611", .instances = 12, .month = 4min});
//
// Blocks until SIGTERM or SIGINT. Loopback is all it is for: its keys are published.
#pragma once

#include <string>

#include "metrics/units.h"

namespace penstock {

struct SandboxOptions {
  std::string listen = "127.0.0.1:19611";
  int instances = 12;
  Duration month = std::chrono::minutes{4};  ///< stands for 30 days; at least a second
  std::string trace;                         ///< CSV; empty = built-in demand
  Duration processing = 5s;
  bool hostile_names = false;  ///< instances are called by hostile_names() in turn
};

/// Prints "listening HOST:PORT" once it is ready. Returns the process' exit code; errors go to
/// stderr as one line each.
int run_sandbox(const SandboxOptions& options);

}  // namespace penstock
