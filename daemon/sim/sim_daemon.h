// SimDaemon: the daemon as a process of the simulated world: the production loop, cloud client,
// sources and SQLite journal over a simulated network, clock and disk, which can end at any step.
//
//   SimDaemon daemon({clock, network, disk, folder, seed});
//   if (Status s = daemon.start(); !s) …                 // as systemd would see it fail
//   daemon.tick();                                       // throws SimCrash where it was told to
//   die daemon.kill();                                       // without a word; only the disk stays
//
// Configuration, secrets and pauses lie in a real folder; databases in `disk`. Single-threaded.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "daemon/demand_store.h"
#include "daemon/loop.h"
#include "daemon/settings.h"
#include "daemon/sim/sim_disk.h"
#include "daemon/sqlite_journal.h"
#include "daemon/telemetry.h"
#include "daemon/world.h"

namespace penstock {

/// The simulated process ends here. Thrown by steps, caught by the simulation; product code never
/// sees it.
struct SimCrash {};

/// Passes everything on to the real journal, with a step before and after each write of orders.
class SteppedJournal final : public Journal {
 public:
  explicit SteppedJournal(std::unique_ptr<Journal> real) : real_(std::move(real)) {}
  Result<Memory> load(TimePoint now) override { return real_->load(now); }
  Status commit(const JournalEntry& entry) override;
  Status prune(TimePoint now) override { return real_->prune(now); }
  Result<std::vector<Order>> orders(const HistoryQuery& q) override { return real_->orders(q); }
  Result<std::vector<DecisionRow>> decisions(const HistoryQuery& q) override {
    return real_->decisions(q);
  }
  Result<std::vector<EventRow>> events(const HistoryQuery& q) override { return real_->events(q); }

  std::function<void()> step = [] {};
  std::function<bool()> refuse;  ///< asked before each write; true: it fails

 private:
  std::unique_ptr<Journal> real_;
};

struct SimDaemonParts {
  Clock& clock;
  Http& http;
  SimDisk& disk;
  std::string folder;  ///< holds penstock.toml
  /// What is to be changed of the settings after they were read.
  std::function<void(Settings&)> adjust = [](Settings&) {};
};

class SimDaemon {
 public:
  static constexpr const char* kJournal = "/state/journal.db";
  static constexpr const char* kDemand = "/state/demand.db";

  explicit SimDaemon(SimDaemonParts parts);
  ~SimDaemon();
  SimDaemon(const SimDaemon&) = delete;
  SimDaemon& operator=(const SimDaemon&) = delete;

  Status start();
  void tick();
  void kill();
  void stop();  ///< as on SIGTERM
  /// Writes what is only in memory, as stop() would, and goes on.
  void flush() { loop_->finish(); }
  bool up() const { return loop_ != nullptr; }
  /// As on SIGHUP: "" when the new settings are in force, else why the old ones stay.
  std::string reload();

  Journal& journal() { return *journal_; }
  /// Of the last tick; nullptr while it is down or before the first.
  std::shared_ptr<const Snapshot> snapshot() const;
  const std::vector<Policy>& policies() const { return settings_->policies; }
  const FleetLimits& limits() const { return settings_->config.limits; }
  const std::string& state_folder() const { return settings_->config.state; }
  /// What a daemon that is started now on a copy of the disk would decide at this very moment.
  Result<std::shared_ptr<const Snapshot>> as_if_restarted();

  std::function<void()> step = [] {};
  std::function<bool()> refuse_write;  ///< of the journal, asked each time

 private:
  std::unique_ptr<Loop> make_loop(Journal& journal, DemandStore* demand, World& world, bool order);

  SimDaemonParts parts_;
  Telemetry telemetry_;
  std::optional<Settings> settings_;
  std::unique_ptr<SteppedJournal> journal_;
  std::optional<DemandStore> demand_;
  std::unique_ptr<World> world_;
  std::unique_ptr<Loop> loop_;
};

}  // namespace penstock
