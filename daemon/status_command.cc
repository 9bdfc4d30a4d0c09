#include "daemon/status_command.h"

#include <cstdio>

#include "daemon/curl_http.h"
#include "daemon/daemon_client.h"
#include "daemon/exit_code.h"
#include "daemon/log.h"
#include "daemon/plan.h"
#include "daemon/settings.h"
#include "daemon/table.h"

namespace penstock {
namespace {

std::string text_of(const JsonValue& value) {
  return std::string(value.string().value_or(""));
}
std::string or_dash(const JsonValue& value) {
  return value.exists() ? text_of(value) : "-";
}
std::string count_of(const JsonValue& value) {
  return std::to_string(value.integer().value_or(0));
}

std::string fleet_text(const JsonValue& status) {
  std::string out = "penstock " + printable(text_of(status["version"])) + ", last tick " +
                    printable(text_of(status["at"])) +
                    (status["ready"].boolean().value_or(false) ? "" : ", not ready yet") + "\n";
  out += count_of(status["instances"]) + " instances, " +
         count_of(status["instances_with_policy"]) + " with a policy, " +
         count_of(status["instances_saturated"]) + " saturated; " +
         count_of(status["open_orders"]) + " open orders, " + count_of(status["orders_today"]) +
         " ordered today";
  if (status["orders_per_day"].integer().value_or(0) > 0)
    out += " of " + count_of(status["orders_per_day"]);
  out += "\n";
  if (status["paused"].boolean().value_or(false)) {
    out += "PAUSED: nothing is ordered (" + printable(or_dash(status["pause_reason"])) + ")\n";
  }
  if (status["journal_error"].exists()) {
    out += "NOTHING CAN BE ORDERED: " + printable(text_of(status["journal_error"])) + "\n";
  }
  return out;
}

std::string accounts_text(const JsonValue& status, bool colour) {
  Table table({{"ACCOUNT"},
               {"INSTANCES", Table::kRight},
               {"CAN SPEND", Table::kRight},
               {"BREAKER"},
               {"STATE"}});
  for (const JsonValue& account : status["accounts"].items()) {
    const bool open = account["breaker_open"].boolean().value_or(false);
    const bool doubt = account["doubt"].boolean().value_or(false);
    const std::string power =
        account["purchasing_power"].exists()
            ? text_of(account["purchasing_power"]) + " " + text_of(account["currency"])
            : "-";
    std::string state = "fine";
    if (doubt) state = "its list shrank by more than 20 %: held";
    for (const char* trouble : {"error", "alarm"}) {
      if (account[trouble].exists()) state = text_of(account[trouble]);
    }
    table.row({text_of(account["name"]), count_of(account["instances"]), power,
               open ? "OPEN" : "closed", state},
              open || state != "fine" ? Table::kBad : Table::kPlain);
  }
  return table.empty() ? "" : "\n" + table.text(colour);
}

std::string sources_text(const JsonValue& status, bool colour) {
  Table table({{"SOURCE"},
               {"SERIES", Table::kRight},
               {"UNMATCHED", Table::kRight},
               {"NEWEST SAMPLE"},
               {"STATE"}});
  for (const JsonValue& source : status["sources"].items()) {
    table.row({text_of(source["name"]), count_of(source["series"]), count_of(source["unmatched"]),
               or_dash(source["newest_at"]),
               source["error"].exists() ? text_of(source["error"]) : "fine"},
              source["error"].exists() ? Table::kBad : Table::kPlain);
  }
  return table.empty() ? "" : "\n" + table.text(colour);
}

std::string budgets_text(const JsonValue& status, bool colour) {
  Table table({{"BUDGET"}, {"PER"}, {"SPENT", Table::kRight}, {"LIMIT", Table::kRight}});
  for (const JsonValue& budget : status["budgets"].items()) {
    const std::string policy = text_of(budget["policy"]);
    table.row({policy.empty() ? "fleet" : policy, text_of(budget["period"]),
               text_of(budget["spent"]), or_dash(budget["limit"])});
  }
  return table.empty() ? "" : "\n" + table.text(colour);
}

}  // namespace

std::string status_text(const JsonValue& status, const JsonValue& plan, bool colour) {
  return fleet_text(status) + accounts_text(status, colour) + sources_text(status, colour) +
         budgets_text(status, colour) + "\n" + plan_text(plan, colour);
}

int run_status(const StatusCommand& command) {
  const SettingsRead read = read_settings(command.config, process_environment());
  if (!read.settings) {
    std::fprintf(stderr, "penstock: wrong configuration\n%s", render(read.problems).c_str());
    return kExitConfig;
  }
  CurlHttp http;
  DaemonClient daemon(http, address_of(read.settings->config));
  const Result<std::string> status = daemon.get("/api/v1/status");
  const Result<std::string> plan =
      status && !command.json ? daemon.get("/api/v1/plan") : Result<std::string>("{}");
  if (!status || !plan) {
    const Error& error = status ? plan.error() : status.error();
    std::fprintf(stderr, "penstock: %s\n", error.message.c_str());
    return error.kind == ErrorKind::kTransient ? kExitUnreachable : kExitFailed;
  }
  if (command.json) {
    std::printf("%s\n", status->c_str());
    return kExitDone;
  }
  const Result<JsonDocument> status_document = JsonDocument::parse(*status);
  const Result<JsonDocument> plan_document = JsonDocument::parse(*plan);
  if (!status_document || !plan_document) {
    std::fprintf(stderr, "penstock: the daemon's answer is not JSON\n");
    return kExitFailed;
  }
  std::fputs(
      status_text(status_document->root(), plan_document->root(), stdout_wants_colour()).c_str(),
      stdout);
  return kExitDone;
}

}  // namespace penstock
