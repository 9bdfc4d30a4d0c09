// `penstock doctor`: is everything that Penstock needs there, and does it mean what it seems to?
//
//   return run_doctor({.config = "/etc/penstock/penstock.toml"}, clock);
//
// Looks at files, asks the daemon whether it runs, and makes a pass of its own with calls that
// change nothing. Exit code 1 when something is wrong.
#pragma once

#include <string>

#include "daemon/clock.h"

namespace penstock {

struct DoctorCommand {
  std::string config;
  bool json = false;
};

int run_doctor(const DoctorCommand& command, Clock& clock);

}  // namespace penstock
