// The keys of penstock.toml that say who may ask the daemon for what.
#pragma once

#include "daemon/config.h"
#include "policies/schema.h"

namespace penstock {

const Schema<ApiToken>& api_token_schema();
Limits<std::string> address_range_limits();
/// What must hold between tokens, addresses and the listener.
void check_access(const Config& config, const TomlNode& table, Reading& reading);

}  // namespace penstock
