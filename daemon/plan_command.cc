#include "daemon/plan_command.h"

#include <cstdio>

#include "daemon/curl_http.h"
#include "daemon/daemon_client.h"
#include "daemon/exit_code.h"
#include "daemon/own_pass.h"
#include "daemon/plan.h"
#include "daemon/settings.h"
#include "daemon/table.h"

namespace penstock {
namespace {

Result<std::string> own_pass(const Settings& settings, Clock& clock, Http& http) {
  OwnPass pass(settings, clock, http);
  if (const Status made = pass.run(); !made) return made.error();
  return plan_json(*pass.snapshot(), pass.unknown());
}

Result<std::string> make_plan(const PlanCommand& command, const Settings& settings, Clock& clock) {
  CurlHttp http;
  if (!command.own_pass) {
    DaemonClient daemon(http, address_of(settings.config));
    Result<std::string> asked = daemon.get("/api/v1/plan");
    if (asked || asked.error().kind != ErrorKind::kTransient) return asked;
  }
  return own_pass(settings, clock, http);
}

}  // namespace

int run_plan(const PlanCommand& command, Clock& clock) {
  const SettingsRead read = read_settings(command.config, process_environment());
  if (!read.settings) {
    std::fprintf(stderr, "penstock: wrong configuration\n%s", render(read.problems).c_str());
    return kExitConfig;
  }
  const Result<std::string> json = make_plan(command, *read.settings, clock);
  const Result<JsonDocument> plan =
      json ? JsonDocument::parse(*json) : Result<JsonDocument>(json.error());
  if (!plan) {
    std::fprintf(stderr, "penstock: %s\n", plan.error().message.c_str());
    return kExitFailed;
  }
  const std::string text =
      command.json ? *json + "\n" : plan_text(plan->root(), stdout_wants_colour());
  std::fputs(text.c_str(), stdout);
  return changes_due(plan->root()) ? kExitChangesDue : kExitDone;
}

}  // namespace penstock
