#include "daemon/instruct.h"

#include <filesystem>
#include <system_error>
#include <utility>

#include "daemon/json.h"
#include "daemon/state_lock.h"

namespace penstock {
namespace {

/// Whoever stops spending must not wait for a daemon that hangs.
constexpr Duration kPatience = 5s;

std::string body_of(const Instruction& told, bool end) {
  JsonWriter out;
  out.begin_object();
  const auto text = [&](const char* name, const std::string& value) {
    if (!value.empty()) out.key(name).string(value);
  };
  switch (told.scope) {
    case Scope::kFleet:
      out.key("all").boolean(true);
      break;
    case Scope::kPolicy:
      text("policy", told.name);
      break;
    case Scope::kAccount:
      text("account", told.account);
      break;
    case Scope::kInstance:
      text("instance_id", told.name);
      text("account", told.account);
      break;
  }
  text("reason", told.reason);
  text("by", told.by);
  if (end) {
    out.key("end").boolean(true);
  } else {
    if (told.until) text("until", format(*told.until));
    if (told.kind == Instruction::Kind::kPin) out.key("cap_mbps").integer(told.cap.count());
    if (told.kind == Instruction::Kind::kApproval) text("up_to", format(told.up_to));
  }
  return out.end_object().take();
}

}  // namespace

Instructor::Instructor(Http& http, const StateFolder& state, const std::optional<Config>& config,
                       const Environment& environment)
    : folder_(state.path) {
  // Without a daemon whatever listens at its address is somebody else, who shall see no token.
  if (!config || !StateLock::held(state.path).value_or(true)) return;
  DaemonAddress where = address_of(*config, environment);
  where.timeout = kPatience;
  daemon_.emplace(http, std::move(where));
}

Result<Carried> Instructor::give(const Instruction& instruction) {
  const char* path = instruction.kind == Instruction::Kind::kPin        ? "/api/v1/override"
                     : instruction.kind == Instruction::Kind::kApproval ? "/api/v1/approve"
                                                                        : "/api/v1/pause";
  return carry(instruction, path, false, &Instructor::folder_give);
}

Result<Carried> Instructor::lift(const Instruction& instruction) {
  const bool pins = instruction.kind == Instruction::Kind::kPin;
  return carry(instruction, pins ? "/api/v1/override" : "/api/v1/approve", true,
               &Instructor::folder_lift);
}

Result<Carried> Instructor::resume(const Instruction& instruction) {
  Instruction told = instruction;
  told.until.reset();
  return carry(told, "/api/v1/resume", false, &Instructor::folder_resume);
}

Result<Carried> Instructor::carry(const Instruction& instruction, const char* path, bool end,
                                  Result<Carried> (Instructor::*by_folder)(const Instruction&)
                                      const) {
  std::string note;
  if (daemon_) {
    const bool approves = instruction.kind == Instruction::Kind::kApproval;
    const bool pauses =
        by_folder == &Instructor::folder_give && instruction.kind == Instruction::Kind::kPause;
    const Result<std::string> answer = daemon_->post(
        path, body_of(instruction, end), approves ? TokenScope::kApprove : TokenScope::kOperate);
    if (answer) {
      const Result<JsonDocument> document = JsonDocument::parse(*answer);
      if (!document) return Error{ErrorKind::kRefused, "the daemon's answer is not JSON", "", ""};
      const JsonValue root = document->root();
      const auto was = root["was_paused"].boolean();
      return Carried{.stood = was ? *was : root["stood"].boolean().value_or(true), .note = {}};
    }
    const ErrorKind why = answer.error().kind;
    const bool may_have_arrived = why == ErrorKind::kTransient && approves && !end;
    if (!pauses && (why == ErrorKind::kRefused || may_have_arrived)) return answer.error();
    note = "left in the state folder: " + answer.error().message;
  }
  std::error_code error;
  if (!std::filesystem::is_directory(folder_, error)) {
    return Error{ErrorKind::kInvalid,
                 "the state folder " + folder_ +
                     " does not exist; is this the configuration of the daemon (--config)?" +
                     (note.empty() ? "" : " (" + note + ")"),
                 "", ""};
  }
  Result<Carried> carried = (this->*by_folder)(instruction);
  if (carried) carried->note = std::move(note);
  return carried;
}

Result<Carried> Instructor::folder_give(const Instruction& instruction) const {
  if (const Status given = Pauses(folder_).give(instruction); !given) return given.error();
  return Carried{};
}

Result<Carried> Instructor::folder_lift(const Instruction& instruction) const {
  const Result<bool> lifted = Pauses(folder_).lift(instruction);
  if (!lifted) return lifted.error();
  return Carried{.stood = *lifted, .note = {}};
}

Result<Carried> Instructor::folder_resume(const Instruction& instruction) const {
  Instruction standing = instruction;
  standing.kind = Instruction::Kind::kPause;
  Result<bool> lifted = false;
  if (instruction.scope != Scope::kAccount) lifted = Pauses(folder_).lift(standing);
  if (!lifted) return lifted.error();
  // A policy has nothing but its pause; the others may also be held by breakers, doubt or drift.
  if (instruction.scope != Scope::kPolicy) {
    Instruction resume = instruction;
    resume.kind = Instruction::Kind::kResume;
    if (const Status given = Pauses(folder_).give(resume); !given) return given.error();
  }
  return Carried{.stood = *lifted, .note = {}};
}

}  // namespace penstock
