#include "daemon/plan_command.h"

#include <cstdio>

#include "daemon/curl_http.h"
#include "daemon/daemon_client.h"
#include "daemon/exit_code.h"
#include "daemon/loop.h"
#include "daemon/plan.h"
#include "daemon/settings.h"
#include "daemon/sqlite_journal.h"
#include "daemon/table.h"
#include "daemon/world.h"

namespace penstock {
namespace {

/// Scrape sources need two scrapes before there is a rate; this is how long to wait in between.
constexpr Duration kSecondScrape = 15s;

/// What a pass of one's own starts from: the daemon's journal if it can be read, else nothing.
class OwnJournal final : public Journal {
 public:
  OwnJournal(const std::string& state, std::vector<std::string>& unknown) {
    auto journal = SqliteJournal::open_read_only(state + "/journal.db");
    if (journal) {
      journal_ = std::move(*journal);
    } else {
      unknown.push_back("the journal could not be read (" + journal.error().message +
                        "): cooldowns, budgets, open orders and drift are unknown");
    }
  }
  Result<Memory> load(TimePoint now) override {
    return journal_ ? journal_->load(now) : Result<Memory>(Memory{});
  }
  Status commit(const JournalEntry&) override { return ok(); }
  Status prune(TimePoint) override { return ok(); }
  Result<std::vector<Order>> orders(const HistoryQuery&) override { return std::vector<Order>{}; }
  Result<std::vector<DecisionRow>> decisions(const HistoryQuery&) override {
    return std::vector<DecisionRow>{};
  }
  Result<std::vector<EventRow>> events(const HistoryQuery&) override {
    return std::vector<EventRow>{};
  }

 private:
  std::unique_ptr<SqliteJournal> journal_;
};

bool has_scrape_source(const Settings& settings) {
  for (const SourceConfig& source : settings.config.sources) {
    if (source.kind == SourceKind::kScrape) return true;
  }
  return false;
}

Result<std::string> own_pass(const Settings& settings, Clock& clock, Http& http) {
  std::vector<std::string> unknown{
      "this is a pass of its own, without the daemon: what traffic did before now is not known, so "
      "rules that look back may abstain"};
  OwnJournal journal(settings.config.state, unknown);
  Telemetry telemetry;
  World world(settings, clock, http, telemetry);
  Loop loop({.clock = clock,
             .http = http,
             .cloud = world.cloud(),
             .quoter = world.quoter(),
             .journal = journal,
             .demand_store = nullptr,
             .pauses = Pauses(settings.config.state),
             .telemetry = telemetry,
             .sources = world.sources()},
            {.tick = settings.config.tick, .order = false});
  if (Status started = loop.start(in_force_of(settings)); !started) return started.error();
  const auto never = [] { return false; };
  loop.tick(never);
  if (has_scrape_source(settings)) {
    clock.sleep(kSecondScrape);
    loop.tick(never);
  }
  const auto snapshot = loop.board().latest();
  for (const AccountView& account : snapshot->accounts) {
    if (!account.error.empty()) unknown.push_back("account " + account.name + ": " + account.error);
  }
  for (const SourceView& source : snapshot->sources) {
    if (!source.error.empty()) unknown.push_back("source " + source.name + ": " + source.error);
  }
  return plan_json(*snapshot, unknown);
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
