// `penstock check [PATH]`: is all of this valid, and what does it amount to?
//
//   CheckReport report = check({.config = "/etc/penstock/penstock.toml"}, process_environment());
//   std::fputs(text_of(report).c_str(), report.ok() ? stdout : stderr);
//   return report.exit_code();
//
// Without a path: the configuration and its policies together. A folder: its *.toml as policies. A
// file: a configuration when its name begins with "penstock" or it has an [[account]], else
// policies. Reads files and nothing else.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "daemon/settings.h"

namespace penstock {

struct CheckOptions {
  std::optional<std::string> config;  ///< --config
  std::optional<std::string> path;
};

struct CheckReport {
  std::string subject;  ///< what was checked
  std::vector<Problem> problems;
  std::optional<Config> config;    ///< when one was checked and is valid
  std::vector<Policy> policies;    ///< when they are valid
  std::vector<std::string> notes;  ///< no errors, but worth knowing: "account main: …"

  bool ok() const { return problems.empty(); }
  int exit_code() const { return ok() ? 0 : 78; }
};

CheckReport check(const CheckOptions& options, const Environment& environment);

/// For people: every problem with its line and caret, or what the files amount to.
std::string text_of(const CheckReport& report);
/// One JSON document.
std::string json_of(const CheckReport& report);

}  // namespace penstock
