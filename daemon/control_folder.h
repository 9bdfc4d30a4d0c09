// Where the commands leave instructions for the daemon, and in whose name.
//
//   const StateFolder state = state_folder(command.config, environment);
//   if (!state.note.empty()) return fail(state, "nothing was done");
//   Pauses(state.path).give({.by = who(environment), …});
//
// For commands that work without the daemon. Any thread.
#pragma once

#include <optional>
#include <string>

#include "daemon/config.h"
#include "daemon/credentials.h"

namespace penstock {

/// Who gives an instruction, for the record: through sudo, the person behind it.
std::string who(const Environment& environment);

struct StateFolder {
  std::string path;
  std::string note;  ///< why it is not the configuration's
};

/// A configuration that cannot be read must not keep anybody from stopping all spending: then it is
/// a guess, and `note` says so.
StateFolder state_folder(const std::string& config_file, const Environment& environment);

/// The configuration, without a word where it cannot be read: state_folder() says it.
std::optional<Config> config_in(const std::string& file, const Environment& environment);

/// Says on stderr what went wrong; returns the exit code.
int fail(const StateFolder& state, const std::string& why);

}  // namespace penstock
