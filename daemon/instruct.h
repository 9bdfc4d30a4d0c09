// Instruct: carries what a person told a command to the daemon, over its API, or leaves it in the
// state folder.
//
//   Instructor daemon(http, state, config, environment);
//   Result<Carried> carried = daemon.give(instruction);        // a pause, an override, an approval
//   if (carried && !carried->note.empty()) …                   // why it went by the folder
//
// While a daemon runs its API is asked, so that a token's name and scopes count. The folder takes
// what the API cannot: without a daemon; where this user has no token at all, for then the rights
// to the folder are what counts; and a pause always, since nothing may keep anybody from stopping.
// What the API refuses is refused. An approval that may have arrived is never left a second time.
// One call at a time.
#pragma once

#include <optional>
#include <string>

#include "daemon/control_folder.h"
#include "daemon/credentials.h"
#include "daemon/daemon_client.h"
#include "daemon/http.h"
#include "daemon/pauses.h"
#include "policies/result.h"

namespace penstock {

struct Carried {
  bool stood = true;  ///< lift, resume: there was something to take back
  std::string note;   ///< why the folder was used although a daemon runs; "" = no need to say
};

class Instructor {
 public:
  /// `config` is absent where it cannot be read; then there is only the folder.
  Instructor(Http& http, const StateFolder& state, const std::optional<Config>& config,
             const Environment& environment);

  Result<Carried> give(const Instruction& instruction);
  /// Ends an override or an approval.
  Result<Carried> lift(const Instruction& instruction);
  /// Ends a pause; forgives breakers, drift and alarms. `instruction` says of what.
  Result<Carried> resume(const Instruction& instruction);

 private:
  Result<Carried> carry(const Instruction& instruction, const char* path, bool end,
                        Result<Carried> (Instructor::*by_folder)(const Instruction&) const);
  Result<Carried> folder_give(const Instruction& instruction) const;
  Result<Carried> folder_lift(const Instruction& instruction) const;
  Result<Carried> folder_resume(const Instruction& instruction) const;

  std::optional<DaemonClient> daemon_;  ///< absent: none runs
  std::string folder_;
};

}  // namespace penstock
