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

  /// Keys are read again and what was denied may be tried again. A source whose configuration is
  /// unchanged goes on, with the counters it has read; others are made anew, and those of before
  /// stay until the next reload, since a tick may still refer to them.
  void reload(const Settings& settings);

 private:
  struct Source {
    SourceConfig config;
    std::unique_ptr<SampleSource> source;
  };
  using Sources = std::vector<Source>;
  /// Takes over from `before` what can go on.
  Sources make_sources(const Settings& settings, Sources& before);
  std::unique_ptr<SampleSource> make_source(const SourceConfig& config);

  std::unique_ptr<ZenlayerCloud> cloud_;
  std::unique_ptr<CloudQuoter> quoter_;
  Sources sources_before_, sources_;
};

}  // namespace penstock
