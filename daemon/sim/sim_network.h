// SimNetwork: the way from the daemon to the simulated world: the provider's API, the exporter and
// the Prometheus, with the faults that only a network or a gateway has.
//
//   SimNetwork network(front, samples, clock, seed);
//   network.faults.time_out = 0.3;                       // share of the calls
//   auto answers = network.fetch_all(requests);          // time passes meanwhile
//
// Requests take effect in their order, at the moment they are sent. `step` is called before and
// after each one and may throw to end the daemon there. Single-threaded.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>

#include "daemon/http.h"
#include "daemon/sim/random.h"
#include "daemon/sim/sandbox_front.h"
#include "daemon/sim/sim_clock.h"
#include "daemon/sim/sim_samples.h"

namespace penstock {

/// Shares of the calls of the provider's API.
struct NetworkFaults {
  double time_out = 0;      ///< half of them after the call took effect
  double hostile_json = 0;  ///< the call takes effect, the answer is made to hurt
  Duration slow{};          ///< every answer takes so much longer
  bool operator==(const NetworkFaults&) const = default;
};

class SimNetwork final : public Http {
 public:
  static constexpr std::string_view kProvider = "http://127.0.0.1:1001";
  static constexpr std::string_view kExporter = "http://127.0.0.1:1002";
  static constexpr std::string_view kPrometheus = "http://127.0.0.1:1003";

  SimNetwork(SandboxFront& front, SimSamples& samples, SimClock& clock, std::uint64_t seed)
      : front_(front), samples_(samples), clock_(clock), random_(seed, "network") {}

  std::vector<HttpResponse> fetch_all(std::span<const HttpRequest> requests) override;

  NetworkFaults faults;
  std::function<void()> step = [] {};
  /// Decides about one request instead of the world: a failure, or nullopt to let it pass.
  enum class Fate { kPass, kLostBefore, kLostAfter };
  std::function<Fate(const HttpRequest&)> fate = [](const HttpRequest&) { return Fate::kPass; };
  std::uint64_t requests = 0;
  /// Traffic is answered as it was when it was last asked for: nobody learns anything new.
  bool repeat_samples = false;

 private:
  TimePoint sampled_at(TimePoint& last) const;
  HttpResponse fetch(const HttpRequest& request);
  HttpResponse call(const HttpRequest& request);
  std::string hostile();

  SandboxFront& front_;
  SimSamples& samples_;
  SimClock& clock_;
  Random random_;
  TimePoint scraped_at_{}, queried_at_{};
};

}  // namespace penstock
