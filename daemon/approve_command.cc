#include "daemon/approve_command.h"

#include <cstdio>

#include "daemon/ask.h"
#include "daemon/config.h"
#include "daemon/control_folder.h"
#include "daemon/curl_http.h"
#include "daemon/exit_code.h"
#include "daemon/instruct.h"
#include "daemon/json.h"
#include "daemon/log.h"
#include "daemon/pauses.h"

namespace penstock {
namespace {

/// What the daemon knows of the instance; without a daemon only what was typed.
struct Waiting {
  std::string account, id;
  std::optional<Money> price;  ///< that waits for approval
  std::string change;          ///< "200 Mbps -> 300 Mbps"
  std::string otherwise;       ///< why nothing waits
};

std::string text_of(const JsonValue& value) {
  return std::string(value.string().value_or(""));
}

Result<Waiting> ask_what_waits(const ApproveCommand& command, DaemonClient& daemon) {
  const Result<InstanceChosen> chosen = choose_instance(daemon, command.instance, command.account);
  if (!chosen) return chosen.error();
  const Query query{{"instance_id", chosen->id}, {"account", chosen->account}};
  const Result<Rows> found = all_rows(daemon, "/api/v1/instances", query, "instances", 1);
  if (!found) return found.error();
  if (found->rows.empty()) return Error{ErrorKind::kInvalid, "it has just gone", "", ""};
  Waiting waiting{chosen->account, chosen->id, {}, {}, {}};
  const JsonValue decision = found->rows.front()["decision"];
  waiting.otherwise = text_of(decision["why"]);
  if (const auto amount = decision["approval_price"].decimal()) {
    waiting.price = parse_money_amount(*amount);
    waiting.change = format(Mbps{decision["from_mbps"].integer().value_or(0)}) + " -> " +
                     format(Mbps{decision["target_mbps"].integer().value_or(0)});
  }
  return waiting;
}

Result<Waiting> what_waits(const ApproveCommand& command) {
  std::optional<Config> config = config_or_complaint(command.config);
  if (!config) return Error{ErrorKind::kInvalid, "nothing was approved", "", ""};
  CurlHttp http;
  DaemonClient daemon(http, address_of(*config));
  Result<Waiting> waiting = ask_what_waits(command, daemon);
  if (waiting || waiting.error().kind != ErrorKind::kTransient) return waiting;
  // What a daemon that is down would say is not needed to take a leave back, or to give a full one.
  if (command.end || command.up_to) return Waiting{command.account, command.instance, {}, {}, {}};
  return Error{
      ErrorKind::kTransient,
      waiting.error().message + " To approve for when it runs again give its id and --up-to AMOUNT",
      "", ""};
}

void print_done(const ApproveCommand& command, const Instruction& approval,
                const Waiting& waiting) {
  if (command.json) {
    JsonWriter json;
    json.begin_object().key("done").string(command.end ? "approval ended" : "approved");
    json.key("account").string(approval.account).key("instance_id").string(approval.name);
    if (!command.end) {
      json.key("up_to").string(format_amount(approval.up_to)).key("currency").string(kCurrency);
      json.key("until").string(format(*approval.until));
      json.key("price_now");
      waiting.price ? json.string(format_amount(*waiting.price)) : json.null();
    }
    json.key("note").string(approval.reason).key("by").string(approval.by).end_object();
    std::printf("%s\n", json.take().c_str());
    return;
  }
  const std::string whom = "instance " + printable(approval.name);
  if (command.end) {
    std::printf("took back the approval of %s\n", whom.c_str());
    return;
  }
  std::string line = "approved one order of " + whom + " up to " + format(approval.up_to) +
                     " until " + format(*approval.until);
  if (!approval.reason.empty()) line += ": " + printable(approval.reason);
  line += waiting.price ? "\n" + waiting.change + " costs " + format(*waiting.price) + " now"
                        : "\nnothing waits for it now";
  const bool dear = waiting.price && *waiting.price > approval.up_to;
  if (dear) line += ", which is more: it stays held until the price falls or more is approved";
  std::printf("%s\n", line.c_str());
}

}  // namespace

int run_approve(const ApproveCommand& command, const Environment& environment, TimePoint now) {
  const StateFolder state = state_folder(command.config, environment);
  if (!state.note.empty()) return fail(state, "nothing was approved");
  const Result<Waiting> waiting = what_waits(command);
  if (!waiting) {
    fail(state, waiting.error().message);
    return waiting.error().kind == ErrorKind::kTransient ? kExitUnreachable : kExitFailed;
  }
  Instruction approval{.kind = Instruction::Kind::kApproval, .scope = Scope::kInstance};
  approval.account = waiting->account;
  approval.name = waiting->id;
  approval.reason = command.note;
  approval.by = who(environment);
  approval.at = now;
  CurlHttp http;
  Instructor daemon(http, state, config_in(command.config, environment), environment);
  const auto finish = [&](const Result<Carried>& carried) -> int {
    if (!carried) {
      fail(state, carried.error().message);
      return carried.error().kind == ErrorKind::kTransient ? kExitUnreachable : kExitFailed;
    }
    if (!carried->stood) {
      return fail(state, "instance " + printable(waiting->id) + " has no approval");
    }
    print_done(command, approval, *waiting);
    if (!carried->note.empty()) std::fprintf(stderr, "penstock: note: %s\n", carried->note.c_str());
    return kExitDone;
  };
  if (command.end) return finish(daemon.lift(approval));
  if (!command.up_to && !waiting->price) {
    return fail(state, "nothing waits for approval: " + printable(waiting->otherwise, 400) +
                           "; to approve ahead of time give --up-to AMOUNT");
  }
  approval.up_to = command.up_to ? *command.up_to : *waiting->price;
  approval.until = std::chrono::floor<std::chrono::seconds>(now + command.span);
  return finish(daemon.give(approval));
}

}  // namespace penstock
