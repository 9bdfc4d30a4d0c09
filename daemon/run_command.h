// `penstock run`: the daemon, put together and run until it is told to stop.
//
//   return run_daemon({.config = "/etc/penstock/penstock.toml"}, signals);
//
// Threads: the loop (this one) and the HTTP server's. Everything is owned here; what is general is
// made before what is specific and destroyed after it.
#pragma once

#include <string>

#include "daemon/process.h"

namespace penstock {

struct RunCommand {
  std::string config;
  bool debug = false;  ///< log every tick, whatever the configuration says
};

/// Returns the exit code.
int run_daemon(const RunCommand& command, Signals& signals);

}  // namespace penstock
