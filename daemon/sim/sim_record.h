// The provider's own file on one instance: what it is, the change under way, what is owed.
//
// Private to sim_cloud.cc and sim_bills.cc. Plain data.
#pragma once

#include <optional>
#include <string>

#include "daemon/sim/link_meter.h"
#include "daemon/sim/sim_cloud.h"
#include "daemon/sim/sim_instance.h"

namespace penstock {

struct SimCloud::Record {
  Record(SimInstance what, const SimTime& time, TimePoint now)
      : facts(std::move(what)),
        meter(facts.demand, time, now, LinkMeter::kNoCap),
        settled_until(now),
        month_began(now),
        status_since(now) {}

  SimInstance facts;
  LinkMeter meter;
  std::size_t index = 0;
  bool gone = false;

  // The change under way.
  ChangeWord word = ChangeWord::kEnable;
  std::optional<Mbps> modified;
  TimePoint ready_at{};  ///< while Processing
  bool will_fail = false;
  Money paid_for_change;  ///< given back if it fails
  std::string order_number;

  // For telling misuse from bad luck.
  std::optional<Mbps> last_target;
  TimePoint last_accepted{};
  TimePoint term_ended{};  ///< last time a scheduled downgrade took effect

  // What is owed. `owed_rest` is the part below a micro-dollar, times the month in milliseconds.
  TimePoint settled_until;
  std::int64_t owed_rest = 0;
  TimePoint month_began;
  TimePoint status_since;
  TimePoint type_since{};               ///< of a change in the console
  std::optional<TimePoint> release_at;  ///< after an expiry
  std::optional<TimePoint> on_agenda;

  bool postpaid_flat() const { return facts.flat_rate() && facts.charge == Charge::kPostpaid; }
  bool by_usage() const { return !facts.flat_rate(); }
  bool processing() const { return word == ChangeWord::kProcessing; }
  bool scheduled() const { return word == ChangeWord::kWaitToEnable; }
};

}  // namespace penstock
