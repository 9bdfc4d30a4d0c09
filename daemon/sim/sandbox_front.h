// SandboxFront: the provider's API, the instances' counters and the sandbox's own controls, as one
// pure function from request and time to answer.
//
//   SandboxFront front(std::move(cloud), {});
//   ServerResponse response = front.answer(request, now);      // no socket, no clock
//
// Behind HttpServer it is `penstock sandbox`; called directly it serves the simulator. One owner,
// one thread. `delay` and `drop` of the answer carry faults that only a connection can show.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "daemon/server.h"
#include "daemon/sim/access.h"
#include "daemon/sim/faults.h"
#include "daemon/sim/provider_call.h"
#include "daemon/sim/sim_cloud.h"

namespace penstock {

struct FrontSettings {
  SandboxKeys keys;
  Duration traffic_delay = std::chrono::minutes{5};  ///< of DescribeInstanceTraffic's samples
  std::uint64_t seed = 1;                            ///< request ids and faults with a share
};

class SandboxFront {
 public:
  SandboxFront(SimCloud cloud, FrontSettings settings);

  ServerResponse answer(const ServerRequest& request, TimePoint now);
  SimCloud& cloud() { return cloud_; }
  Faults& faults() { return faults_; }

 private:
  struct Incoming;

  ServerResponse provider(const ServerRequest& request, TimePoint now);
  std::optional<ServerResponse> struck_before(const Incoming& incoming);
  ServerResponse run(const Incoming& incoming, TimePoint now);
  WireQuirks quirks_for(const Incoming& incoming);
  ServerResponse refused(const Refusal& refusal);
  SimConditions standing_conditions() const;
  void apply_conditions(TimePoint now);
  void refresh(TimePoint now);
  std::string next_request_id();

  ServerResponse control(const ServerRequest& request, TimePoint now);
  ServerResponse post_fault(const ServerRequest& request, TimePoint now);
  ServerResponse post_demand(const ServerRequest& request, TimePoint now);
  ServerResponse post_console(const ServerRequest& request, TimePoint now);
  ServerResponse post_account(const ServerRequest& request, TimePoint now);
  ServerResponse metrics(TimePoint now);

  SimCloud cloud_;
  FrontSettings settings_;
  Faults faults_;
  std::uint64_t random_;
  WrittenRows rows_;
  /// Counter values at the last reset fault, by instance id.
  std::map<std::string, std::uint64_t, std::less<>> counter_base_;
};

}  // namespace penstock
