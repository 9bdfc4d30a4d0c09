// ScrapeSource: traffic straight from exposition endpoints, so that no Prometheus is needed.
//
//   ScrapeSource source(config, read_secret);     // traffic.query is a selector of a byte counter:
//   // node_network_transmit_bytes_total{device="eth0"}
//
// Each endpoint is fetched at the source's interval (15 s unless set), at its own phase, and once
// for all policies. A series belongs to the endpoint's configured instance or else to the one that
// its label traffic.key names. The rate is the difference of two pages (counter_rates.h); a
// sample's span is the distance of the two, and the counter is taken to count bytes whatever
// traffic.unit says. A page that cannot be read in full is not used at all. Loop thread only.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "daemon/counter_rates.h"
#include "daemon/sample_source.h"
#include "daemon/series_selector.h"
#include "daemon/source_auth.h"
#include "daemon/source_config.h"

namespace penstock {

class AnswerBuilder;

class ScrapeSource final : public SampleSource {
 public:
  static constexpr Duration kDefaultInterval = 15s;

  ScrapeSource(SourceConfig config, SecretReader read_secret);
  ScrapeSource(const ScrapeSource&) = delete;
  ScrapeSource& operator=(const ScrapeSource&) = delete;

  const std::string& name() const override { return config_.name; }
  void begin(std::span<const PolicyQuestion> questions, TimePoint now) override;
  std::vector<HttpRequest> requests() override;
  void take(std::span<const HttpResponse> responses) override;
  std::vector<TrafficAnswer> answers() override;
  void reload_secrets() override { auth_.reload(); }

 private:
  /// What some policies look for on every page: equal selectors and key labels share one.
  struct Watch {
    std::string query, key;
    Result<SeriesSelector> selector;
    bool wanted = true;  ///< in this tick
  };
  struct Target {
    TimePoint next_at = TimePoint::min();
    TimePoint read_at = TimePoint::min();  ///< when the last whole page was read
    std::map<const Watch*, CounterRates> rates;
    std::map<const Watch*, std::uint64_t> keyless;
    std::string error;  ///< why the last fetch failed; empty = it did not
    bool failed_now = false;
  };

  const Watch* watch_for(const Traffic& traffic);
  void forget_watches();
  Duration phase_of(std::size_t target) const;
  std::string read_page(std::size_t target, const HttpResponse& response);
  void add_target(const Target& target, const Watch& watch, AnswerBuilder& builder,
                  Duration max_age) const;

  SourceConfig config_;
  SourceAuth auth_;
  Duration interval_;
  std::vector<Target> targets_;  ///< as config_.targets
  std::map<std::pair<std::string, std::string>, Watch> watches_;
  std::vector<PolicyQuestion> questions_;
  std::vector<std::size_t> to_fetch_, under_way_;
  TimePoint now_{};
  bool reread_ = false;
};

}  // namespace penstock
