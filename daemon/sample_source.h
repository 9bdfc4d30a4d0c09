// SampleSource: where traffic comes from. Asked once a tick for all policies that use it.
//
//   source.begin(questions, now);
//   for (auto requests = source.requests(); !requests.empty(); requests = source.requests())
//     source.take(http.fetch_all(requests));       // all sources' requests go out together
//   for (const TrafficAnswer& answer : source.answers()) ...
//
// Some remember more than the present: has_past() says so, ask_past() and read_past() give whole
// steps of it for `warm_up`, between two ticks.
//
// Real ones: prometheus_source, scrape_source, traffic_source (the provider's own). A simulated one
// may answer without any request. Loop thread only.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/http.h"
#include "metrics/sample.h"
#include "policies/policy.h"
#include "policies/result.h"

namespace penstock {

struct PolicyQuestion {
  const Policy* policy;
  /// What the policy owns, as of the last list: for a source that is asked instance by instance.
  std::vector<const Instance*> instances = {};
};

struct KeyedSample {
  std::string key;  ///< the value of traffic.key
  Sample sample;
  /// Part of the traffic may be missing (the server warned, a series of a sum was lost): the true
  /// egress is at least this. Such a sample may prove saturation and raise; below saturation it
  /// proves nothing and must be ignored, since taking it as demand could lower.
  bool lower_bound = false;
};

/// Why series were dropped, by reason; shown as metrics and by doctor-like commands.
struct Dropped {
  std::uint64_t stale = 0, not_finite = 0, negative = 0, no_key = 0, duplicate = 0, future = 0,
                counter_reset = 0;
  std::uint64_t incomplete = 0;   ///< a series of a sum, or the scrape before, is missing
  std::uint64_t implausible = 0;  ///< more than any link carries: the unit is wrong
};

/// The answer to one policy's question.
struct TrafficAnswer {
  const Policy* policy = nullptr;
  std::vector<KeyedSample>
      samples;  ///< at most one per key (the provider's own: several, ascending)
  Dropped dropped;
  std::optional<Error> error;  ///< the question as a whole failed
  std::size_t failures = 0;    ///< servers or endpoints that failed, also where others stood in
  /// What a person should know: warnings of the server, one example of each kind of dropped
  /// series, endpoints that failed. Printable, bounded in number and length.
  std::vector<std::string> notes;
};

/// Equally distant points in time.
struct PastSpan {
  TimePoint first;
  Duration step{};
  std::int64_t points = 0;
};

/// What one key delivered, ascending; each sample stands for the step before it.
struct PastSeries {
  std::string_view key;
  std::span<const Sample> samples;
};

enum class PastRead : std::uint8_t { kYes, kTooLarge };

class SampleSource {
 public:
  virtual ~SampleSource() = default;
  virtual const std::string& name() const = 0;
  virtual void reload_secrets() {}  ///< read them again at the next use
  virtual void begin(std::span<const PolicyQuestion> questions, TimePoint now) = 0;
  virtual std::vector<HttpRequest> requests() = 0;  ///< empty: nothing more to ask
  virtual void take(std::span<const HttpResponse> responses) = 0;
  virtual std::vector<TrafficAnswer> answers() = 0;  ///< one per question, in order

  virtual bool has_past() const { return false; }
  /// What is to be asked for the past of whatever the policy's question names.
  virtual Result<std::vector<HttpRequest>> ask_past(const Policy&, const PastSpan&) {
    return std::vector<HttpRequest>{};
  }
  /// `responses` are to these requests. After an error, or when it was too large to be answered,
  /// what was visited is to be thrown away.
  virtual Result<PastRead> read_past(const Policy&, const PastSpan&, std::span<const HttpResponse>,
                                     const std::function<void(const PastSeries&)>&) {
    return PastRead::kYes;
  }
};

}  // namespace penstock
