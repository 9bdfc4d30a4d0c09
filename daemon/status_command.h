// `penstock status`: the running daemon's view of the fleet, its accounts, sources and money.
//
//   return run_status({.config = "/etc/penstock/penstock.toml"});
#pragma once

#include <string>
#include <vector>

#include "daemon/json.h"

namespace penstock {

struct StatusCommand {
  std::string config;
  bool json = false;
  bool instances = false;  ///< a line for each, beside what is held and why
};

int run_status(const StatusCommand& command);

/// The tables for a person, from the API's status and plan documents.
std::string status_text(const JsonValue& status, const JsonValue& plan, bool colour);

/// A line for each instance: what it has, what flows, what is wanted and what holds it.
std::string instances_text(const std::vector<JsonValue>& instances, bool colour);

}  // namespace penstock
