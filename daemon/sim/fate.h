// Fate: makes the planned faults happen: begins and ends each at its time, and tells the parts of
// the simulated world what is wrong with them meanwhile.
//
//   Fate fate(scenario, plan, parts);
//   for (const std::string& event : fate.turn(now)) …        // what has just begun or ended
//   if (fate.take_kill()) daemon.kill();
//
// Only what people do by themselves (console, pauses, reloads) and what ends the process happens in
// a moment; everything else holds until it ends. Single-threaded; borrows its parts.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "daemon/sim/fault_plan.h"
#include "daemon/sim/scenario.h"
#include "daemon/sim/sim_daemon.h"
#include "daemon/sim/sim_network.h"

namespace penstock {

struct FateParts {
  SimClock& clock;
  SandboxFront& front;
  SimSamples& samples;
  SimNetwork& network;
  SimDisk& disk;
  SimDaemon& daemon;
  std::string folder;  ///< of the configuration
};

class Fate {
 public:
  Fate(Scenario& scenario, std::vector<PlannedFault> plan, FateParts parts);

  /// Begins and ends what is due.
  std::vector<std::string> turn(TimePoint now);
  /// When something begins or ends next.
  std::optional<TimePoint> next(TimePoint now) const;

  /// How the process is to end, if it is.
  enum class End { kNone, kKill, kPowerCut };
  End take_end();
  /// Called at every step of the daemon: throws where it is to end.
  void step();
  /// Called when it ended: the disk loses what it must.
  void process_ended(End how);

  /// Something is wrong now; what customers do is not.
  bool trouble() const;
  /// Instances a person changed in the console, since the last call.
  std::vector<std::string> take_meddled();
  bool fleet_paused() const { return paused_; }
  /// A reload that should have been refused, or the other way round.
  std::optional<std::string> take_surprise();
  void write_policies() const;

 private:
  using Active = std::vector<PlannedFault>;
  void begin(const PlannedFault& fault);
  void end(const PlannedFault& fault);
  void act_on_instance(const PlannedFault& fault, const SimInstance& it);
  void reload(bool good);
  void change_a_policy(const PlannedFault& fault);
  void apply();
  void apply_to_disk();
  std::string instance_of(const PlannedFault& fault) const;

  Scenario& scenario_;
  std::vector<PlannedFault> plan_;
  FateParts parts_;
  std::size_t begun_ = 0;
  Active active_;
  std::optional<std::int64_t> steps_left_;       ///< until the process ends
  std::optional<std::int64_t> disk_steps_left_;  ///< until the power goes
  End end_ = End::kNone;
  Random power_{1};
  bool paused_ = false;
  bool broken_policies_ = false;
  std::vector<std::string> meddled_;
  std::optional<std::string> surprise_;
};

}  // namespace penstock
