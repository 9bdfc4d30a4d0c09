// JSON schemas of the TOML files, for editors that complete and check while somebody types.
//
//   std::string text = config_json_schema();     // penstock.toml
//   std::string text = policy_json_schema();     // policies.d/*.toml
//
// Made from the loader's own schemas (config_reference(), policy_reference()), so they know every
// key, default and range that the loader knows, and nothing else. Pure.
#pragma once

#include <string>

namespace penstock {

std::string config_json_schema();
std::string policy_json_schema();

}  // namespace penstock
