#include "daemon/control_folder.h"

#include <pwd.h>
#include <unistd.h>

#include <cstdio>
#include <fstream>
#include <sstream>

#include "daemon/config.h"
#include "daemon/exit_code.h"
#include "policies/problem.h"

namespace penstock {

std::string who(const Environment& environment) {
  if (auto behind_sudo = environment("SUDO_USER"); behind_sudo && !behind_sudo->empty()) {
    return *behind_sudo;
  }
  const passwd* entry = getpwuid(getuid());
  return entry != nullptr ? entry->pw_name : std::to_string(getuid());
}

StateFolder state_folder(const std::string& config_file, const Environment& environment) {
  std::ifstream in(config_file);
  std::ostringstream text;
  text << in.rdbuf();
  std::string why;
  if (in) {
    ConfigRead read = read_config(text.str(), config_file, environment);
    if (read.config) return {read.config->state, ""};
    why = headline(read.problems.front());
  } else {
    why = config_file + ": cannot be read";
  }
  const Config defaults;
  const std::string set = environment("STATE_DIRECTORY").value_or("");
  const std::string folder = set.empty() ? defaults.state : set;
  return {folder, why + "; using the state folder " + folder};
}

std::optional<Config> config_in(const std::string& file, const Environment& environment) {
  std::ifstream in(file);
  std::ostringstream text;
  text << in.rdbuf();
  if (!in) return std::nullopt;
  return read_config(text.str(), file, environment).config;
}

int fail(const StateFolder& state, const std::string& why) {
  if (!state.note.empty()) std::fprintf(stderr, "penstock: note: %s\n", state.note.c_str());
  std::fprintf(stderr, "penstock: %s\n", why.c_str());
  return state.note.empty() ? kExitFailed : kExitConfig;
}

}  // namespace penstock
