// WarmUp: teaches forecasts the weeks before this daemon saw the traffic, from sources that
// remember them (policy.traffic.warm_up).
//
//   WarmUp warm_up(clock, http, telemetry);
//   while (there_is_time && warm_up.run(fleet, gather, left)) {}    // between two ticks
//
// Asks for one piece of time at a time, the oldest first, all instances of a policy at once, with a
// timeout that ends well before the next tick: neither samples nor orders ever wait for it. Pieces
// grow and shrink to take about kAim; what waits in memory is bounded by kMostSamples and
// kMostInstances. What fails is tried again later, from where it was, and does no other harm:
// forecasts then begin with what they see live. What was learned is stored with the demand, so a
// restart does not ask again.
//
// Under which cap the past flowed is not known. So it makes a forecast of its own, Tracked::past,
// which goes on learning beside the live one until as much was seen live, and which may ask for
// more but never permits a cut. What filled the present cap counts as held down by it. Demand,
// economic memory and burst records learn nothing from the past: they decide cuts by the share of
// time that they saw at each level, and a past that was held down is a share of less. Loop thread
// only.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "daemon/clock.h"
#include "daemon/fleet.h"
#include "daemon/gather.h"
#include "daemon/http.h"
#include "daemon/join.h"
#include "daemon/snapshot.h"
#include "daemon/telemetry.h"

namespace penstock {

class WarmUp {
 public:
  static constexpr Duration kStep = 5min;  ///< or the policy's window, if that is longer
  static constexpr std::size_t kMostInstances = 20'000;  ///< at once; others wait their turn
  static constexpr std::int64_t kMostSamples = 300'000;  ///< in one piece
  static constexpr Duration kAim = 500ms;
  /// Who has seen less than this live is new, and is warmed.
  static constexpr Duration kNew = std::chrono::hours{24 * 7};
  /// A policy's next new instances wait for so long, and ten times as long as the last ones took.
  static constexpr Duration kPause = std::chrono::hours{1};

  WarmUp(Clock& clock, Http& http, Telemetry& telemetry)
      : clock_(clock), http_(http), telemetry_(telemetry) {}

  /// Asks for one piece; `left` is the time until the next tick. false: nothing to be done now.
  bool run(Fleet& fleet, const Gather& gather, Duration left);
  /// Policies or sources are replaced: what is under way begins anew.
  void stop() { job_.reset(); }
  /// What is being read, or what keeps it from being read; nullopt when there is nothing to tell.
  std::optional<WarmUpView> view() const;

 private:
  /// One instance that is being taught.
  struct Pupil {
    InstanceKey key;
    Forecast forecast;
    std::int64_t named_in = 0;  ///< the latest piece that named it
    bool doubtful = false;      ///< two keys name it: nobody knows which is right
  };
  /// One policy's past.
  struct Job {
    const Policy* policy = nullptr;
    SampleSource* source = nullptr;
    InstanceIndex index;
    std::vector<std::optional<std::uint32_t>> pupil_of;  ///< by the index's positions
    std::vector<Pupil> pupils;
    TimePoint from{}, next{};
    Duration step{};
    std::int64_t points = 12;  ///< of the next piece
    std::int64_t piece = 0;
    std::uint64_t samples = 0;
    std::size_t series = 0;          ///< in the largest answer
    int failures = 0;                ///< of this piece
    Duration begun{}, not_before{};  ///< monotonic
    double told = 0;                 ///< share that the log has told of
  };
  /// What a piece has to teach, until all of it is known to be sound.
  struct Lessons {
    struct Of {
      std::uint32_t pupil;
      std::size_t begin, end;
    };
    std::vector<Of> of;
    std::vector<Sample> samples;
    std::size_t series = 0;
  };

  bool wanted(const Tracked& tracked, const Gather& gather, Duration now) const;
  void begin(const Fleet& fleet, const Gather& gather);
  void ask(Fleet& fleet, std::int64_t points, Duration left);
  void note(Lessons& lessons, const PastSeries& series);
  void teach(const Fleet& fleet, const Lessons& lessons);
  void fit(Duration took, std::size_t series);
  void failed(const Error& error);
  void finish(Fleet& fleet);
  void tell_progress();
  double share() const;

  Clock& clock_;
  Http& http_;
  Telemetry& telemetry_;
  std::optional<Job> job_;
  std::map<std::string, Duration> not_before_;  ///< monotonic, by policy
  Duration look_at_{};                          ///< monotonic: whether somebody is new
  std::string error_;                           ///< of the last question; "" = it was answered
};

}  // namespace penstock
