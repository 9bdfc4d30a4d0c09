// `penstock approve`: a person's leave for one order above a policy's `approve_above`.
//
//   return run_approve({.config = "/etc/penstock/penstock.toml", .instance = "edge-1"}, env,
//   clock);
//
// Over the API, or as one small file in the state folder, as `pause` does. With the daemon running
// the instance may be named, and the amount is the price that waits; without it both have to be
// given. The price is asked again before the order, which is held again when it is above what was
// approved.
#pragma once

#include <optional>
#include <string>

#include "daemon/credentials.h"
#include "metrics/units.h"

namespace penstock {

struct ApproveCommand {
  std::string config;
  bool json = false;
  std::string instance, account;
  std::optional<Money> up_to;  ///< nullopt = the price that waits now
  Duration span = std::chrono::hours{24};
  std::string note;
  bool end = false;  ///< takes it back
};

/// Prints what was approved or why not; returns the exit code.
int run_approve(const ApproveCommand& command, const Environment& environment, TimePoint now);

}  // namespace penstock
