// `penstock orders` and `penstock history`: what was ordered, what was decided, what happened.
//
//   return run_orders({.config = "/etc/penstock/penstock.toml", .open = true}, now);
//   return run_history({.config = …, .since = 24h}, now);
//
// Asks the running daemon. The tables are pure functions of its answers.
#pragma once

#include <string>
#include <vector>

#include "daemon/json.h"
#include "metrics/units.h"

namespace penstock {

struct PastCommand {
  std::string config;
  bool json = false;
  bool open = false;  ///< orders: only what something is still to come of
  std::string instance, account;
  Duration since = std::chrono::hours{24 * 7};
  std::size_t limit = 50;
};

int run_orders(const PastCommand& command, TimePoint now);
int run_history(const PastCommand& command, TimePoint now);

/// Newest last, as a log reads: the end of a long list is what stays on the screen.
std::string orders_text(const std::vector<JsonValue>& newest_first, TimePoint now, bool colour);
/// Decisions and events in one list by time.
std::string history_text(const std::vector<JsonValue>& decisions,
                         const std::vector<JsonValue>& events, bool colour);

}  // namespace penstock
