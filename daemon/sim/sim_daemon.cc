#include "daemon/sim/sim_daemon.h"

#include <utility>

namespace penstock {
namespace {

/// Every tick in production; here the history of so much time may be lost with the process.
constexpr Duration kSaveDemandEvery = 10min;

SettingsRead read(const std::string& folder) {
  // Nothing of the surroundings may change what a seed means.
  return read_settings(folder + "/penstock.toml",
                       [](const char*) { return std::optional<std::string>(); });
}

std::string first_problem(const SettingsRead& read) {
  return read.problems.empty() ? "" : headline(read.problems.front());
}

}  // namespace

Status SteppedJournal::commit(const JournalEntry& entry) {
  if (!entry.orders.empty()) step();
  if (refuse && refuse()) return Error{ErrorKind::kTransient, "simulated", "", ""};
  Status done = real_->commit(entry);
  if (!entry.orders.empty()) step();
  return done;
}

SimDaemon::SimDaemon(SimDaemonParts parts) : parts_(std::move(parts)) {}

SimDaemon::~SimDaemon() {
  if (up()) kill();
}

std::unique_ptr<Loop> SimDaemon::make_loop(Journal& journal, DemandStore* demand, World& world,
                                           bool order) {
  LoopOptions options;
  options.tick = settings_->config.tick;
  options.save_demand_every = kSaveDemandEvery;
  options.order = order;
  return std::make_unique<Loop>(LoopParts{.clock = parts_.clock,
                                          .http = parts_.http,
                                          .cloud = world.cloud(),
                                          .quoter = world.quoter(),
                                          .journal = journal,
                                          .demand_store = demand,
                                          .pauses = Pauses(settings_->config.state),
                                          .telemetry = telemetry_,
                                          .sources = world.sources()},
                                options);
}

Status SimDaemon::start() {
  SettingsRead fresh = read(parts_.folder);
  if (!fresh.settings) return Error{ErrorKind::kInvalid, first_problem(fresh), "", ""};
  parts_.adjust(*fresh.settings);
  auto journal = SqliteJournal::open(kJournal);
  if (!journal) return journal.error();
  settings_ = std::move(*fresh.settings);
  journal_ = std::make_unique<SteppedJournal>(std::move(*journal));
  journal_->step = [this] { step(); };
  journal_->refuse = refuse_write;
  demand_.emplace(kDemand);
  world_ = std::make_unique<World>(*settings_, parts_.clock, parts_.http, telemetry_);
  auto loop = make_loop(*journal_, &*demand_, *world_, true);
  Status started = loop->start(in_force_of(*settings_));
  if (started) {
    loop_ = std::move(loop);
    return started;
  }
  loop.reset();
  kill();
  parts_.disk.resume();
  return started;
}

void SimDaemon::tick() {
  loop_->tick([] { return false; });
}

void SimDaemon::kill() {
  parts_.disk.halt();
  loop_.reset();
  world_.reset();
  demand_.reset();
  journal_.reset();
}

void SimDaemon::stop() {
  loop_->finish();
  loop_.reset();
  world_.reset();
  demand_.reset();
  journal_.reset();
}

std::string SimDaemon::reload() {
  SettingsRead fresh = read(parts_.folder);
  if (!fresh.settings) return first_problem(fresh);
  const auto refusals = reload_refusals(settings_->config, fresh.settings->config);
  if (!refusals.empty()) return refusals.front();
  parts_.adjust(*fresh.settings);
  settings_ = std::move(*fresh.settings);
  world_->reload(*settings_);
  loop_->reload(in_force_of(*settings_), world_->sources());
  return "";
}

std::shared_ptr<const Snapshot> SimDaemon::snapshot() const {
  return up() ? loop_->board().latest() : nullptr;
}

Result<std::shared_ptr<const Snapshot>> SimDaemon::as_if_restarted() {
  // Beside the running one under other names: SQLite sees two databases of one disk.
  const std::string suffix = "-twin";
  parts_.disk.copy_file(kJournal, kJournal + suffix);
  parts_.disk.copy_file(std::string(kJournal) + "-wal", kJournal + suffix + "-wal");
  parts_.disk.copy_file(kDemand, kDemand + suffix);
  parts_.disk.copy_file(std::string(kDemand) + "-wal", kDemand + suffix + "-wal");
  auto journal = SqliteJournal::open(kJournal + suffix);
  if (!journal) return journal.error();
  DemandStore demand(kDemand + suffix);
  if (Status opened = demand.open(); !opened) return opened.error();
  World world(*settings_, parts_.clock, parts_.http, telemetry_);
  const auto loop = make_loop(**journal, &demand, world, false);
  if (Status started = loop->start(in_force_of(*settings_)); !started) return started.error();
  loop->tick([] { return false; });
  return loop->board().latest();
}

}  // namespace penstock
