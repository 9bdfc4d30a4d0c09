// `penstock status`: the running daemon's view of the fleet, its accounts, sources and money.
//
//   return run_status({.config = "/etc/penstock/penstock.toml"});
#pragma once

#include <string>

#include "daemon/json.h"

namespace penstock {

struct StatusCommand {
  std::string config;
  bool json = false;
};

int run_status(const StatusCommand& command);

/// The tables for a person, from the API's status and plan documents.
std::string status_text(const JsonValue& status, const JsonValue& plan, bool colour);

}  // namespace penstock
