// `penstock plan`: what would be ordered now; orders nothing.
//
//   return run_plan({.config = "/etc/penstock/penstock.toml"}, clock);
//
// Asks the running daemon; without one, or when asked to, makes a pass of its own: the sources and
// the account are read, the journal is opened read-only, nothing is written and nothing ordered.
#pragma once

#include <string>

#include "daemon/clock.h"

namespace penstock {

struct PlanCommand {
  std::string config;
  bool json = false;
  bool own_pass = false;  ///< do not ask the daemon
};

/// Prints the plan; kExitChangesDue when something would be ordered.
int run_plan(const PlanCommand& command, Clock& clock);

}  // namespace penstock
