// `penstock init`: reads the account and writes a configuration and policies to start from.
//
//   return run_init({.folder = "/etc/penstock", .prometheus = "http://127.0.0.1:9090"}, clock);
//
// Asks nothing that it can find out: which instances there are, how they are paid for, and by which
// label a Prometheus names them. Overwrites nothing unless told to, and orders nothing.
#pragma once

#include <string>

#include "daemon/clock.h"

namespace penstock {

struct InitCommand {
  std::string folder = ".";
  std::string base_url;    ///< "" = the provider's
  std::string month;       ///< a sandbox's billing_month
  std::string prometheus;  ///< "" = http://127.0.0.1:9090 if something answers there
  bool force = false;
  bool json = false;
};

int run_init(const InitCommand& command, Clock& clock);

}  // namespace penstock
