// What the API changes: reload, pause, resume and approve. All of it has passed admit() by now.
#include <algorithm>
#include <array>

#include "daemon/api.h"
#include "daemon/json.h"
#include "daemon/log.h"

namespace penstock {
namespace {

constexpr std::size_t kMaxName = 256;
constexpr std::size_t kMaxCaller = 64;

/// Who did it, for the record: the token's name is proven, what the caller says of itself is not.
std::string caller(const ServerRequest& request, std::string_view says) {
  const std::string proven = "token " + request.token_name + " from " + request.peer;
  return says.empty() ? proven : proven + ", as " + printable(says, kMaxCaller);
}

Error wrong(const std::string& what) {
  return Error{ErrorKind::kInvalid, what, {}, {}};
}

/// The body of a pause or a resume: whom it concerns, for how long and why.
class ChangeBody {
 public:
  static Result<Instruction> read(const ServerRequest& request, Instruction::Kind kind,
                                  TimePoint now) {
    const Result<JsonDocument> document = JsonDocument::parse(request.body, 4);
    if (!document || !document->root().is_object()) {
      return wrong("the body must be a JSON object such as {\"all\":true}");
    }
    ChangeBody body(document->root());
    Instruction out;
    out.kind = kind;
    out.at = now;
    if (Status read = body.read_known(kind); !read) return read.error();
    if (Status read = body.read_scope(kind, out); !read) return read.error();
    if (Status read = body.read_until(now, out); !read) return read.error();
    out.reason = body.text("reason");
    out.by = caller(request, body.text("by"));
    if (kind == Instruction::Kind::kApproval && !ends(request)) {
      if (Status read = body.read_approval(now, out); !read) return read.error();
    }
    if (kind == Instruction::Kind::kPin && !ends(request)) {
      if (Status read = body.read_pin(out); !read) return read.error();
    }
    return out;
  }

  /// Whether what stands is to be taken back. Asked of a body that was read.
  static bool ends(const ServerRequest& request) {
    const Result<JsonDocument> document = JsonDocument::parse(request.body, 4);
    return document && document->root()["end"].boolean().value_or(false);
  }

 private:
  explicit ChangeBody(JsonValue root) : root_(root) {}

  std::string text(std::string_view name) const {
    return std::string(root_[name].string().value_or(std::string_view{}));
  }

  /// What may stand in which body.
  struct Member {
    std::string_view name;
    bool pause, resume, approve, pin;
    enum Type { kText, kTrue, kNumber } type = kText;
    bool fits(Instruction::Kind kind) const {
      switch (kind) {
        case Instruction::Kind::kPause:
          return pause;
        case Instruction::Kind::kResume:
          return resume;
        case Instruction::Kind::kApproval:
          return approve;
        case Instruction::Kind::kPin:
          return pin;
      }
      return false;
    }
  };

  Status read_known(Instruction::Kind kind) const {
    static constexpr Member kKnown[] = {
        {"all", true, true, false, false, Member::kTrue},
        {"policy", true, true, false, false},
        {"instance_id", true, true, true, true},
        {"account", true, true, true, true},
        {"reason", true, true, true, true},
        {"by", true, true, true, true},
        {"for", true, false, true, true},
        {"until", true, false, true, true},
        {"up_to", false, false, true, false},
        {"cap_mbps", false, false, false, true, Member::kNumber},
        {"end", false, false, true, true, Member::kTrue},
    };
    for (const auto& [name, value] : root_.members()) {
      const auto* member = std::ranges::find(kKnown, name, &Member::name);
      if (member == std::end(kKnown) || !member->fits(kind)) {
        return wrong("\"" + printable(name, 64) + "\" is not known here");
      }
      const bool is_text = value.is_string() && value.string()->size() <= kMaxName;
      const bool fine = member->type == Member::kTrue     ? value.boolean().value_or(false)
                        : member->type == Member::kNumber ? value.integer().has_value()
                                                          : is_text;
      if (fine) continue;
      const char* what = member->type == Member::kTrue     ? "true"
                         : member->type == Member::kNumber ? "a whole number"
                                                           : "a string of at most 256 bytes";
      return wrong("\"" + std::string(name) + "\" must be " + what);
    }
    return ok();
  }

  Status read_scope(Instruction::Kind kind, Instruction& out) const {
    const bool all = root_["all"].exists();
    const std::string policy = text("policy"), instance = text("instance_id");
    out.account = text("account");
    const int named = (all ? 1 : 0) + (policy.empty() ? 0 : 1) + (instance.empty() ? 0 : 1);
    const bool account_alone = named == 0 && !out.account.empty();
    if (account_alone && kind == Instruction::Kind::kResume) {
      out.scope = Scope::kAccount;
      return ok();
    }
    const bool of_one = kind == Instruction::Kind::kApproval || kind == Instruction::Kind::kPin;
    if (of_one && instance.empty()) return wrong("name one \"instance_id\"");
    if (named != 1) {
      return wrong("name one of \"all\", \"policy\" and \"instance_id\" (with \"account\")" +
                   std::string(kind == Instruction::Kind::kResume ? ", or \"account\"" : ""));
    }
    if (!out.account.empty() && instance.empty()) {
      return wrong("\"account\" says whose \"instance_id\" it is and goes with nothing else");
    }
    out.scope = all ? Scope::kFleet : policy.empty() ? Scope::kInstance : Scope::kPolicy;
    out.name = policy.empty() ? instance : policy;
    return ok();
  }

  Status read_pin(Instruction& out) const {
    constexpr Mbps kMost{1'000'000};
    out.cap = Mbps{root_["cap_mbps"].integer().value_or(0)};
    if (out.cap < Mbps{1} || out.cap > kMost) {
      return wrong("\"cap_mbps\" must be a size from 1 to 1000000");
    }
    if (!out.until) return wrong("an override has an end: give \"for\" or \"until\"");
    if (out.reason.empty()) return wrong("an override has a \"reason\"");
    return ok();
  }

  /// Money for one instance and not for ever: doubt about any of it approves nothing.
  Status read_approval(TimePoint now, Instruction& out) const {
    const std::optional<Money> amount = parse_money(text("up_to"));
    if (!amount || *amount <= Money{}) {
      return wrong("\"up_to\" must be an amount such as \"80.00 USD\"");
    }
    out.up_to = *amount;
    constexpr Duration kMost = std::chrono::hours{24 * 31};
    if (!out.until) out.until = now + std::chrono::hours{24};
    if (*out.until - now > kMost) return wrong("an approval lasts at most 31 days");
    return ok();
  }

  Status read_until(TimePoint now, Instruction& out) const {
    const std::string span = text("for"), until = text("until");
    if (!span.empty() && !until.empty()) return wrong("give \"for\" or \"until\", not both");
    if (!span.empty()) {
      const std::optional<Duration> duration = parse_duration(span);
      constexpr Duration kMost = std::chrono::hours{24 * 366};
      if (!duration || *duration <= Duration{0} || *duration > kMost) {
        return wrong("\"for\" must be a duration such as \"2h\", at most a year");
      }
      out.until = now + *duration;
    }
    if (!until.empty()) {
      out.until = parse_time(until);
      if (!out.until || *out.until <= now) {
        return wrong("\"until\" must be a time in the future such as 2026-01-01T00:00:00Z");
      }
    }
    return ok();
  }

  JsonValue root_;
};

std::string_view scope_text(Scope scope) {
  switch (scope) {
    case Scope::kFleet:
      return "all";
    case Scope::kAccount:
      return "account";
    case Scope::kPolicy:
      return "policy";
    case Scope::kInstance:
      return "instance";
  }
  return "";
}

/// `stood`: what was taken back, where something was; nullopt: something was given.
ServerResponse done(const Instruction& given, std::optional<bool> stood) {
  const bool approves = given.kind == Instruction::Kind::kApproval;
  const bool pins = given.kind == Instruction::Kind::kPin;
  const bool resumes = given.kind == Instruction::Kind::kResume;
  const std::string what = approves ? "approve" : pins ? "override" : resumes ? "resume" : "pause";
  const bool ended = stood && !resumes;
  JsonWriter out;
  out.begin_object().key("done").string(ended ? what + "-end" : what);
  out.key("scope").string(scope_text(given.scope));
  out.key("name");
  const std::string& name = given.scope == Scope::kAccount ? given.account : given.name;
  name.empty() ? out.null() : out.string(name);
  out.key("until");
  given.until ? out.string(format(*given.until)) : out.null();
  if (approves) {
    out.key("up_to");
    ended ? out.null() : out.string(format_amount(given.up_to));
  }
  if (pins) {
    out.key("cap_mbps");
    ended ? out.null() : out.integer(given.cap.count());
  }
  if (resumes) out.key("was_paused").boolean(stood.value_or(false));
  if (approves || pins) {
    out.key("stood");
    stood ? out.boolean(*stood) : out.null();
  }
  out.end_object();
  ServerResponse response;
  response.body = out.take() + "\n";
  return response;
}

ServerResponse failed(const Error& error) {
  const bool theirs = error.kind == ErrorKind::kInvalid;
  return api_refusal(theirs ? 400 : 503, theirs ? "wrong-body" : "not-written", error.message);
}

}  // namespace

ServerResponse Api::reload(const ServerRequest& request) const {
  if (!world_.mailbox.post({Command::Kind::kReload, caller(request, "")})) {
    return api_refusal(503, "busy", "the daemon has not got round to earlier requests yet");
  }
  ServerResponse response;
  response.status = 202;
  response.body = "{\"done\":\"reload\",\"see\":\"penstock_config_last_reload_successful\"}\n";
  return response;
}

ServerResponse Api::pause(const ServerRequest& request) const {
  const Result<Instruction> asked =
      ChangeBody::read(request, Instruction::Kind::kPause, world_.clock.wall());
  if (!asked) return failed(asked.error());
  // Written before it is answered: the loop reads the folder before every order.
  if (const Status given = world_.pauses.give(*asked); !given) {
    return failed({ErrorKind::kTransient, given.error().message, {}, {}});
  }
  log_info("pause", {{"scope", std::string(scope_text(asked->scope))},
                     {"name", asked->name},
                     {"reason", asked->reason},
                     {"by", asked->by}});
  world_.mailbox.post({Command::Kind::kLook, asked->by});
  return done(*asked, std::nullopt);
}

ServerResponse Api::resume(const ServerRequest& request) const {
  const Result<Instruction> asked =
      ChangeBody::read(request, Instruction::Kind::kResume, world_.clock.wall());
  if (!asked) return failed(asked.error());
  bool lifted = false;
  if (asked->scope != Scope::kAccount) {
    Instruction standing = *asked;
    standing.kind = Instruction::Kind::kPause;
    const Result<bool> was = world_.pauses.lift(standing);
    if (!was) return failed({ErrorKind::kTransient, was.error().message, {}, {}});
    lifted = *was;
  }
  // A policy has nothing else to be resumed from; the others have breakers, drift and alarms.
  if (asked->scope != Scope::kPolicy) {
    if (const Status given = world_.pauses.give(*asked); !given) {
      return failed({ErrorKind::kTransient, given.error().message, {}, {}});
    }
  }
  log_info("resume", {{"scope", std::string(scope_text(asked->scope))},
                      {"name", asked->scope == Scope::kAccount ? asked->account : asked->name},
                      {"reason", asked->reason},
                      {"by", asked->by}});
  world_.mailbox.post({Command::Kind::kLook, asked->by});
  return done(*asked, lifted);
}

ServerResponse Api::approve(const ServerRequest& request) const {
  return instruct(request, Instruction::Kind::kApproval);
}

ServerResponse Api::pin(const ServerRequest& request) const {
  return instruct(request, Instruction::Kind::kPin);
}

/// An approval or an override, or its end: what concerns one instance until a time.
ServerResponse Api::instruct(const ServerRequest& request, Instruction::Kind kind) const {
  const Result<Instruction> asked = ChangeBody::read(request, kind, world_.clock.wall());
  if (!asked) return failed(asked.error());
  const bool pins = kind == Instruction::Kind::kPin;
  const bool ends = ChangeBody::ends(request);
  std::optional<bool> stood;
  if (ends) {
    const Result<bool> lifted = world_.pauses.lift(*asked);
    if (!lifted) return failed({ErrorKind::kTransient, lifted.error().message, {}, {}});
    stood = *lifted;
  } else if (const Status given = world_.pauses.give(*asked); !given) {
    return failed({ErrorKind::kTransient, given.error().message, {}, {}});
  }
  const std::string what = pins ? "override" : "approval";
  log_info(ends ? what + "_ended" : what,
           {{"instance_id", asked->name},
            {pins ? "cap_mbps" : "up_to",
             pins ? std::to_string(asked->cap.count()) : format(asked->up_to)},
            {"reason", asked->reason},
            {"by", asked->by}});
  world_.mailbox.post({Command::Kind::kLook, asked->by});
  return done(*asked, stood);
}

}  // namespace penstock
