#include "daemon/doctor_command.h"

#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <cstdio>
#include <map>

#include "daemon/ask.h"
#include "daemon/check.h"
#include "daemon/curl_http.h"
#include "daemon/exit_code.h"
#include "daemon/findings.h"
#include "daemon/log.h"
#include "daemon/own_pass.h"
#include "daemon/table.h"

namespace penstock {
namespace {

/// The provider's traffic is one call an instance: enough for a median, and no burden.
constexpr std::size_t kCompared = 10;
constexpr std::uint64_t kLeastFreeBytes = 256ULL << 20U;

Finding state_folder(const std::string& folder) {
  const std::string about = "state folder " + folder;
  struct stat seen{};
  if (stat(folder.c_str(), &seen) != 0) {
    return {Finding::kNote, about, "does not exist yet: the daemon makes it", ""};
  }
  if ((seen.st_mode & S_IWOTH) != 0) {
    return {Finding::kWrong, about, "everybody may write to it", "chmod o-rwx " + folder};
  }
  struct statvfs space{};
  if (statvfs(folder.c_str(), &space) == 0 &&
      static_cast<std::uint64_t>(space.f_bavail) * space.f_frsize < kLeastFreeBytes) {
    return {Finding::kWrong, about, "less than 256 MB are free",
            "make room: without a journal nothing is ordered"};
  }
  if (access(folder.c_str(), R_OK | X_OK) != 0) {
    return {Finding::kNote, about, "cannot be read by this user: budgets and orders are not known",
            ""};
  }
  return {Finding::kFine, about, "is there, with room", ""};
}

Finding daemon_finding(const Config& config, Http& http) {
  DaemonClient daemon(http, address_of(config));
  const Result<JsonDocument> status = ask_json(daemon, "/api/v1/status");
  if (!status) {
    const bool absent = status.error().kind == ErrorKind::kTransient;
    return {absent ? Finding::kNote : Finding::kWrong, "daemon", status.error().message, ""};
  }
  const std::string version = text_or_dash(status->root()["version"]);
  if (version != PENSTOCK_VERSION) {
    return {Finding::kWrong, "daemon",
            "runs version " + version + ", this command is " + PENSTOCK_VERSION,
            "systemctl restart penstock"};
  }
  const bool ready = status->root()["ready"].boolean().value_or(false);
  return {ready ? Finding::kFine : Finding::kNote, "daemon",
          ready ? "runs and is ready" : "runs and is not ready yet", ""};
}

/// Tries what changes nothing, so that the rights show.
void try_rights(OwnPass& pass, const std::string& account, TimePoint now) {
  const auto snapshot = pass.snapshot();
  for (const InstanceView& view : snapshot->instances) {
    const Instance& instance = *view.instance;
    if (instance.key.account != account || view.cap <= Mbps{0}) continue;
    const InstanceRef ref{instance.key, instance.product, instance.charge};
    const SizeQuestion question{ref, view.cap};
    static_cast<void>(pass.cloud().read_changes({&ref, 1}));
    static_cast<void>(pass.cloud().inquire({&question, 1}));
    break;
  }
  static_cast<void>(pass.cloud().transactions(account, now - 24h, now));
}

std::vector<Finding> compare_traffic(OwnPass& pass, const Settings& settings, TimePoint now) {
  std::map<std::string, std::string> source_of;
  for (const Policy& policy : settings.policies) source_of[policy.name] = policy.traffic.source;
  std::vector<TrafficQuestion> questions;
  std::vector<const InstanceView*> views;
  const auto snapshot = pass.snapshot();
  for (const InstanceView& view : snapshot->instances) {
    if (!view.egress || view.policy.empty() || questions.size() >= kCompared) continue;
    const Instance& instance = *view.instance;
    questions.push_back({{instance.key, instance.product, instance.charge}, now - 30min, now});
    views.push_back(&view);
  }
  const auto answers = pass.cloud().traffic(questions);
  std::map<std::string, std::vector<Compared>> pairs;
  for (std::size_t i = 0; i < answers.size(); ++i) {
    auto& of_source = pairs[source_of[views[i]->policy]];
    double provider = 0;
    if (answers[i] && !answers[i]->empty()) provider = answers[i]->back().egress.mbps();
    of_source.push_back(
        {views[i]->instance->key.id, views[i]->egress->mbps(), provider, views[i]->cap});
  }
  std::vector<Finding> out;
  for (const auto& [source, compared] : pairs) {
    const std::string name = source.empty() ? settings.config.sources.front().name : source;
    for (Finding& each : judge_units(name, compared)) out.push_back(std::move(each));
  }
  return out;
}

void look_at_world(const Settings& settings, Clock& clock, Http& http,
                   std::vector<Finding>& found) {
  const auto add = [&](std::vector<Finding> more) {
    for (Finding& each : more) found.push_back(std::move(each));
  };
  const TimePoint began = clock.wall();
  OwnPass pass(settings, clock, http);
  if (const Status made = pass.run(); !made) {
    found.push_back({Finding::kWrong, "journal", made.error().message, "penstock journal verify"});
    return;
  }
  const TimePoint now = clock.wall();
  static_cast<void>(pass.cloud().balances());
  add(compare_traffic(pass, settings, now));
  const auto snapshot = pass.snapshot();
  for (const AccountView& account : snapshot->accounts) {
    const std::string about = "account " + account.name;
    if (!account.error.empty()) {
      found.push_back({Finding::kWrong, about, account.error,
                       "see \"Credentials with the least rights\" in deploy.md"});
    } else {
      found.push_back(
          {Finding::kFine, about, "lists " + std::to_string(account.instances) + " instances", ""});
      try_rights(pass, account.name, now);
      add(judge_rights(account.name, pass.cloud().rights(account.name)));
    }
    found.push_back(judge_clock(account.name, pass.cloud().health(account.name).clock_skew));
  }
  for (const SourceView& source : snapshot->sources) {
    add(judge_source(source, is_asked(*snapshot, source.name)));
  }
  add(judge_matches(*snapshot));
  add(judge_drift(*snapshot, began));
}

}  // namespace

int run_doctor(const DoctorCommand& command, Clock& clock) {
  set_log_level(LogLevel::kError);  // what it finds is said once, as a finding
  const CheckReport report = check({.config = command.config}, process_environment());
  std::vector<Finding> found;
  for (const Problem& problem : report.problems) {
    found.push_back({Finding::kWrong, "configuration", headline(problem), "penstock check"});
  }
  const SettingsRead read = read_settings(command.config, process_environment());
  if (read.settings) {
    found.push_back({Finding::kFine, "configuration", command.config + " and its policies", ""});
    for (const std::string& note : report.notes) {
      found.push_back({Finding::kWrong, "configuration", note, ""});
    }
    CurlHttp http;
    found.push_back(state_folder(read.settings->config.state));
    found.push_back(daemon_finding(read.settings->config, http));
    look_at_world(*read.settings, clock, http, found);
  }
  const std::string text =
      command.json ? findings_json(found) + "\n" : findings_text(found, stdout_wants_colour());
  std::fputs(text.c_str(), stdout);
  if (!read.settings) return kExitConfig;
  return healthy(found) ? kExitDone : kExitFailed;
}

}  // namespace penstock
