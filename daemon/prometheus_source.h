// PrometheusSource: traffic from Prometheus (or what speaks its API) by instant vector queries.
//
//   PrometheusSource source(config, read_secret);
//   source.begin(questions, now);    // then requests() / take() until there are none; answers()
//
// One query serves all instances of a policy, and policies with the same query share it. Several
// URLs are an HA pair: the one that worked last is asked first, the others within the same tick
// when it fails; with `union_urls` (one server per region) all are asked and put together. An
// answer with warnings, or one that calls itself partial, gives lower bounds only, and only if no
// other server has a whole one.
//
// What a sample's time means: an instant vector is dated with the time of evaluation, so `rate(…)`
// is as fresh as it says, but a bare recorded series may be up to the server's look-back (5 min)
// older. A query that ends in a range, such as `instance:egress_bps[3m]`, gives the newest value
// with its own time. The past is a range query of the same; all of the urls are asked for it with
// `union_urls`, else one, and after a failure the next. Loop thread only.
#pragma once

#include <string>
#include <vector>

#include "daemon/answer_builder.h"
#include "daemon/prometheus_vector.h"
#include "daemon/range_reader.h"
#include "daemon/sample_source.h"
#include "daemon/source_auth.h"
#include "daemon/source_config.h"

namespace penstock {

class PrometheusSource final : public SampleSource {
 public:
  PrometheusSource(SourceConfig config, SecretReader read_secret);
  PrometheusSource(const PrometheusSource&) = delete;
  PrometheusSource& operator=(const PrometheusSource&) = delete;

  const std::string& name() const override { return config_.name; }
  void begin(std::span<const PolicyQuestion> questions, TimePoint now) override;
  std::vector<HttpRequest> requests() override;
  void take(std::span<const HttpResponse> responses) override;
  std::vector<TrafficAnswer> answers() override;
  void reload_secrets() override { auth_.reload(); }
  bool has_past() const override { return true; }
  Result<std::vector<HttpRequest>> ask_past(const Policy& policy, const PastSpan& span) override;
  Result<PastRead> read_past(const Policy& policy, const PastSpan& span,
                             std::span<const HttpResponse> responses,
                             const std::function<void(const PastSeries&)>& visit) override;

 private:
  /// One query to one server, or to the first of several that answers.
  struct Ask {
    std::string query;
    std::vector<std::size_t> questions;  ///< indices into questions_
    std::vector<std::size_t> urls;       ///< in the order in which they are to be tried
    std::size_t tried = 0;
    bool done = false;
    std::vector<TrafficAnswer> best;  ///< per question; from the last server that gave one
    std::vector<Error> errors;        ///< of the servers that failed
  };

  void add_ask(std::size_t question);
  bool is_asked_again(TimePoint now, std::span<const PolicyQuestion> questions) const;
  void take_one(Ask& ask, const HttpResponse& response);
  bool read_answers(Ask& ask, const HttpResponse& response);
  TrafficAnswer read_one(const Policy& policy, const HttpResponse& response,
                         Result<VectorSummary>& summary);
  TrafficAnswer answer_to(std::size_t question);
  std::vector<RangeReader> range_readers(const Policy& policy, const PastSpan& span) const;

  SourceConfig config_;
  SourceAuth auth_;
  VectorReader reader_;
  std::size_t healthy_ = 0;    ///< index of the URL that answered last
  std::size_t past_turn_ = 0;  ///< how many urls behind it are asked for the past

  std::vector<PolicyQuestion> questions_;
  std::vector<Ask> asks_;
  std::vector<std::size_t> under_way_;  ///< indices into asks_, one per request that is out
  std::vector<Traffic> asked_;  ///< copies: a reload may free the policies between two ticks
  TimePoint now_{};
  TimePoint asked_at_ = TimePoint::min();
  bool reread_ = false;  ///< secrets were read again in this tick
};

}  // namespace penstock
