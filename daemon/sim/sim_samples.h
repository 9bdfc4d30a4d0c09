// SimSamples: what an exporter and a Prometheus tell of the simulated instances' egress, and what
// they tell when something is wrong with them.
//
//   SimSamples samples(cloud);
//   samples.faults.missing = 0.5;
//   HttpResponse page = samples.page(now);                       // counters, to be scraped
//   HttpResponse answer = samples.query("… [5m] …", now);         // averages, as PromQL gives them
//
// Single-threaded; the cloud must outlive it.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "daemon/http.h"
#include "daemon/sim/sim_cloud.h"

namespace penstock {

struct SampleFaults {
  bool down = false;     ///< connection refused
  bool garbage = false;  ///< something that is no answer at all
  bool nan = false;
  bool twice = false;            ///< every series is there two times
  double missing = 0;            ///< share of the instances, chosen by their id
  std::uint64_t salt = 0;        ///< which ones
  std::optional<Duration> late;  ///< everything is as it was so long ago, and says so
};

class SimSamples {
 public:
  explicit SimSamples(SimCloud& cloud) : cloud_(cloud) {}

  HttpResponse page(TimePoint now);
  HttpResponse query(std::string_view promql, TimePoint now);
  /// Counters begin again at zero, as after a reboot.
  void reset_counters(TimePoint now);
  bool missing(std::string_view id) const;
  /// Nothing of this instance can be seen now.
  bool dark(std::string_view id) const {
    return faults.down || faults.garbage || faults.nan || missing(id);
  }

  SampleFaults faults;

 private:
  HttpResponse broken() const;

  SimCloud& cloud_;
  std::map<std::string, std::uint64_t, std::less<>> base_;
  std::optional<std::string> frozen_;  ///< the page that is served while samples are late
};

}  // namespace penstock
