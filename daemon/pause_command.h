// `penstock pause`, `resume` and `override`: the switch for 3 a.m., and one size by hand.
//
//   return run_pause({.config = "/etc/penstock/penstock.toml", .all = true}, environment, now);
//
// Over the running daemon's API, or as one small file in the state folder, which the daemon reads
// before every order (instruct.h); so it works without the daemon, without the network, and for the
// fleet even with a broken configuration.
#pragma once

#include <optional>
#include <string>

#include "daemon/credentials.h"
#include "metrics/units.h"

namespace penstock {

/// Both directions of the switch; with `pin`, of an override.
struct PauseCommand {
  std::string config;
  bool json = false;
  bool resume = false;
  bool all = false;
  std::string instance, policy, account;  ///< account: resume only, closes its breaker
  std::optional<Duration> span;           ///< pause, override: ends by itself after this …
  std::optional<TimePoint> until;         ///< … or then
  std::string reason;
  bool pin = false;  ///< override, of `instance`; with `resume` its end
  Mbps cap{};        ///< override: the size
};

/// Prints what was done or why not; returns the exit code.
int run_pause(const PauseCommand& command, const Environment& environment, TimePoint now);

}  // namespace penstock
