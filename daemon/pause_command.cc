#include "daemon/pause_command.h"

#include <algorithm>
#include <cstdio>
#include <string_view>
#include <vector>

#include "daemon/control_folder.h"
#include "daemon/curl_http.h"
#include "daemon/exit_code.h"
#include "daemon/instruct.h"
#include "daemon/json.h"
#include "daemon/log.h"
#include "daemon/pauses.h"
#include "daemon/settings.h"
#include "policies/spelling.h"

namespace penstock {
namespace {

Instruction instruction_of(const PauseCommand& command, const Environment& environment,
                           TimePoint now) {
  Instruction instruction;
  instruction.scope = command.all                ? Scope::kFleet
                      : !command.policy.empty()  ? Scope::kPolicy
                      : !command.account.empty() ? Scope::kAccount
                                                 : Scope::kInstance;
  instruction.name = !command.policy.empty() ? command.policy : command.instance;
  instruction.account = command.account;
  if (command.span) {
    instruction.until = std::chrono::floor<std::chrono::seconds>(now + *command.span);
  }
  if (command.until) instruction.until = command.until;
  if (command.pin) instruction.kind = Instruction::Kind::kPin;
  instruction.cap = command.cap;
  instruction.reason = command.reason;
  instruction.by = who(environment);
  instruction.at = now;
  return instruction;
}

std::string subject_of(const PauseCommand& command) {
  if (command.all) return "the fleet";
  if (!command.policy.empty()) return "policy " + printable(command.policy);
  if (!command.account.empty()) return "account " + printable(command.account);
  return "instance " + printable(command.instance);
}

void print_done(const PauseCommand& command, const Instruction& instruction,
                const std::string& did) {
  if (command.json) {
    JsonWriter json;
    json.begin_object().key("done").string(did).key("subject").string(subject_of(command));
    json.key("until");
    instruction.until ? json.string(format(*instruction.until)) : json.null();
    if (command.pin && !command.resume) json.key("cap_mbps").integer(command.cap.count());
    json.key("reason").string(command.reason).key("by").string(instruction.by).end_object();
    std::printf("%s\n", json.take().c_str());
    return;
  }
  std::string line = did + " " + subject_of(command);
  if (command.pin && !command.resume) line += " at " + format(command.cap);
  if (instruction.until) line += " until " + format(*instruction.until);
  if (!command.reason.empty()) line += ": " + printable(command.reason);
  std::printf("%s\n", line.c_str());
}

/// A pause of a misspelt policy stops nothing, and that has to be said at once.
void warn_of_unknown_policy(const PauseCommand& command, const Environment& environment) {
  if (command.policy.empty() || command.resume) return;
  const SettingsRead read = read_settings(command.config, environment);
  if (!read.settings) return;  // what it is called cannot be known
  std::vector<std::string_view> names;
  for (const Policy& policy : read.settings->policies) names.push_back(policy.name);
  if (std::ranges::find(names, command.policy) != names.end()) return;
  std::string line = "note: no policy is called " + printable(command.policy);
  if (const auto like = nearest(command.policy, names)) {
    line += " (did you mean " + printable(*like) + "?)";
  }
  std::fprintf(stderr, "penstock: %s: this pauses nothing\n", line.c_str());
}

}  // namespace

int run_pause(const PauseCommand& command, const Environment& environment, TimePoint now) {
  const StateFolder state = state_folder(command.config, environment);
  // Only the switch for everything may go by a guess where the state folder is.
  if (!state.note.empty() && !command.all) return fail(state, "nothing was done");
  Instruction instruction = instruction_of(command, environment, now);
  if (instruction.until && *instruction.until <= now) {
    return fail(state, "--until " + format(*instruction.until) + " is not in the future");
  }
  CurlHttp http;
  Instructor daemon(http, state, config_in(command.config, environment), environment);
  if (command.resume && !command.pin) instruction.kind = Instruction::Kind::kResume;
  const Result<Carried> carried = !command.resume ? daemon.give(instruction)
                                  : command.pin   ? daemon.lift(instruction)
                                                  : daemon.resume(instruction);
  if (!carried) return fail(state, carried.error().message);
  if (command.resume && command.pin && !carried->stood) {
    return fail(state, subject_of(command) + " has no override");
  }
  if (command.resume && instruction.scope == Scope::kPolicy && !carried->stood) {
    return fail(state, subject_of(command) + " was not paused");
  }
  print_done(command, instruction,
             command.resume ? (command.pin ? "ended the override of" : "resumed")
             : command.pin  ? "pinned"
                            : "paused");
  if (!command.resume && !command.pin) warn_of_unknown_policy(command, environment);
  for (const std::string& note : {state.note, carried->note}) {
    if (!note.empty()) std::fprintf(stderr, "penstock: note: %s\n", note.c_str());
  }
  return kExitDone;
}

}  // namespace penstock
