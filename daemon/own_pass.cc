#include "daemon/own_pass.h"

#include "daemon/loop.h"
#include "daemon/sqlite_journal.h"
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

}  // namespace

struct OwnPass::Parts {
  Parts(const Settings& from, Clock& its_clock, Http& http)
      : settings(from),
        clock(its_clock),
        journal(from.config.state, unknown),
        world(from, its_clock, http, telemetry),
        loop({.clock = its_clock,
              .http = http,
              .cloud = world.cloud(),
              .quoter = world.quoter(),
              .journal = journal,
              .demand_store = nullptr,
              .pauses = Pauses(from.config.state),
              .telemetry = telemetry,
              .sources = world.sources()},
             {.tick = from.config.tick, .order = false}) {}

  const Settings& settings;
  Clock& clock;
  std::vector<std::string> unknown{
      "this is a pass of its own, without the daemon: what traffic did before now is not known, so "
      "rules that look back may abstain"};
  OwnJournal journal;
  Telemetry telemetry;
  World world;
  Loop loop;
};

OwnPass::OwnPass(const Settings& settings, Clock& clock, Http& http)
    : parts_(std::make_unique<Parts>(settings, clock, http)) {}

OwnPass::~OwnPass() = default;

Status OwnPass::run() {
  Parts& parts = *parts_;
  if (Status started = parts.loop.start(in_force_of(parts.settings)); !started) return started;
  const auto never = [] { return false; };
  parts.loop.tick(never);
  if (has_scrape_source(parts.settings)) {
    parts.clock.sleep(kSecondScrape);
    parts.loop.tick(never);
  }
  const auto seen = snapshot();
  for (const AccountView& account : seen->accounts) {
    if (account.error.empty()) continue;
    parts.unknown.push_back("account " + account.name + ": " + account.error);
  }
  for (const SourceView& source : seen->sources) {
    if (source.error.empty()) continue;
    parts.unknown.push_back("source " + source.name + ": " + source.error);
  }
  return ok();
}

std::shared_ptr<const Snapshot> OwnPass::snapshot() const {
  return parts_->loop.board().latest();
}

Cloud& OwnPass::cloud() {
  return parts_->world.cloud();
}

const std::vector<std::string>& OwnPass::unknown() const {
  return parts_->unknown;
}

}  // namespace penstock
