// Settings: penstock.toml and its policy folder as they lie on the disk, read as one thing.
//
//   SettingsRead read = read_settings("/etc/penstock/penstock.toml", process_environment());
//   if (!read.settings) std::fputs(render(read.problems).c_str(), stderr);
//
// All or nothing: a start, a reload and `penstock check` see the same problems in one pass. Touches
// the disk only. Plain values.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "daemon/config.h"
#include "daemon/credentials.h"
#include "policies/policy.h"
#include "policies/problem.h"
#include "policies/result.h"

namespace penstock {

struct Settings {
  Config config;
  std::vector<Policy> policies;
};

struct SettingsRead {
  std::optional<Settings> settings;  ///< absent on any problem
  std::vector<Problem> problems;
};

SettingsRead read_settings(const std::string& config_file, const Environment& environment);

/// Policies alone: a folder's `*.toml` in name order, or one file. A path that cannot be read is a
/// problem like any other. With a configuration, sources and accounts must be in it.
struct PoliciesRead {
  std::vector<Policy> policies;  ///< empty on any problem
  std::vector<Problem> problems;
  std::size_t files = 0;
};
PoliciesRead read_policies(const std::string& path, const Config* config = nullptr);

/// `given` (--config), else $PENSTOCK_CONFIG, else /etc/penstock/penstock.toml.
std::string config_path(const std::optional<std::string>& given, const Environment& environment);

/// A configuration or policy file's text; kInvalid, completing "FILE: …", when it is no readable
/// regular file.
Result<std::string> read_settings_file(const std::string& path);

}  // namespace penstock
