// Watch: what truly happens to every simulated instance, for the checkers and the summary.
//
//   watch.look({.now = now, .ticked = true, .healthy = true, .policy_of = …, .samples = samples});
//   watch.all().at(id).past.back().delivered
//
// Looked at once a step; averages come from the link meters themselves, so that nothing is lost
// between two looks. Single-threaded; borrows the cloud.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "daemon/sim/checker.h"
#include "daemon/sim/scenario.h"
#include "daemon/sim/sim_samples.h"

namespace penstock {

class Watch {
 public:
  Watch(const Scenario& scenario, SimCloud& cloud);

  struct Look {
    TimePoint now{};
    bool ticked = false;   ///< the daemon has just gone through a tick
    bool healthy = false;  ///< and nothing was wrong
    const std::map<std::string, const Policy*>& policy_of;
    const SimSamples& samples;
  };
  void look(const Look& look);
  void meddled(const std::string& id, TimePoint now) { all_[id].meddled_at = now; }
  void ordered(const std::string& id, TimePoint now) { all_[id].ordered_at = now; }
  /// The daemon ended and may have lost what it saw in the last `span`; nullopt = of any time.
  void forget_recent(std::optional<Duration> span);

  const std::map<std::string, Watched>& all() const { return all_; }
  /// Some instance has been full for less than half an hour: quick ticks show how it grows.
  bool growing() const { return growing_; }
  double wanted() const { return wanted_; }        ///< Mbps times hours
  double throttled() const { return throttled_; }  ///< thereof not delivered

 private:
  struct Open {
    bool seen = true, dark = true, any = false;
    double peak = 0;
  };
  void look_at(const std::string& id, Watched& watched, const Look& look);
  void close_slots(const std::string& id, Watched& watched, TimePoint now);

  SimCloud& cloud_;
  std::map<std::string, Watched> all_;
  std::map<std::string, Open> open_;
  TimePoint looked_at_, slot_end_;
  bool growing_ = false;
  double wanted_ = 0, throttled_ = 0;
};

}  // namespace penstock
