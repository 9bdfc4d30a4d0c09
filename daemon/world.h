// World: everything the daemon is made of but the loop, put together once from the settings.
//
//   SystemClock clock;  CurlHttp http;  Instruments instruments(PENSTOCK_VERSION);
//   World world(settings, clock, http, telemetry);
//   Loop loop({.clock = clock, .http = http, .cloud = world.cloud(), …, .sources =
//   world.sources()});
//
// `run` and the pass that `plan` makes for itself are built alike. Owns what it makes; what it is
// given must outlive it. Loop thread only.
#pragma once

#include <memory>
#include <vector>

#include "daemon/clock.h"
#include "daemon/cloud_quoter.h"
#include "daemon/http.h"
#include "daemon/in_force.h"
#include "daemon/sample_source.h"
#include "daemon/settings.h"
#include "daemon/telemetry.h"
#include "daemon/zenlayer_cloud.h"

namespace penstock {

/// What the loop needs of the settings, as a set that a reload can replace whole.
std::shared_ptr<const InForce> in_force_of(const Settings& settings);

class World {
 public:
  World(const Settings& settings, Clock& clock, Http& http, Telemetry& telemetry);
  ~World();

  Cloud& cloud() { return *cloud_; }
  Quoter& quoter() { return *quoter_; }
  std::vector<SampleSource*> sources() const;

  /// Keys are read again, what was denied may be tried again, sources are made anew. The sources
  /// of before stay until the next reload, since a tick may still refer to them.
  void reload(const Settings& settings);

 private:
  using Sources = std::vector<std::unique_ptr<SampleSource>>;
  Sources make_sources(const Settings& settings);

  std::unique_ptr<ZenlayerCloud> cloud_;
  std::unique_ptr<CloudQuoter> quoter_;
  Sources sources_, sources_before_;
};

}  // namespace penstock
