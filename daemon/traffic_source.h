// TrafficSource: the provider's own traffic figures (DescribeInstanceTraffic) as a source.
//
//   TrafficSource source({.name = "zenlayer", .kind = SourceKind::kProvider}, cloud);
//   source.begin(questions, now);          // asks the cloud itself; requests() is always empty
//   for (const TrafficAnswer& answer : source.answers()) ...
//
// One call per instance, so they are spread: at most kPerTick of them a tick, those first that have
// waited longest. The figures have 5-minute steps and come some minutes late; the first answer
// brings the last day. Loop thread only; the cloud must outlive it.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "daemon/cloud.h"
#include "daemon/sample_source.h"
#include "daemon/source_config.h"

namespace penstock {

class TrafficSource final : public SampleSource {
 public:
  static constexpr Duration kDefaultInterval = 5min;
  static constexpr std::size_t kPerTick = 16;

  TrafficSource(SourceConfig config, Cloud& cloud);

  const std::string& name() const override { return config_.name; }
  void begin(std::span<const PolicyQuestion> questions, TimePoint now) override;
  std::vector<HttpRequest> requests() override { return {}; }
  void take(std::span<const HttpResponse> /*responses*/) override {}
  std::vector<TrafficAnswer> answers() override;

 private:
  /// What is known of one instance.
  struct Feed {
    TimePoint next_at = TimePoint::min();
    std::optional<Sample> newest;
    std::vector<Sample> fresh;  ///< not yet given out
    std::string error;          ///< of the latest call; empty = it went well
    bool failed_now = false;
    bool asked = false;
  };
  std::vector<TrafficQuestion> choose() const;
  void read(Feed& feed, const Result<std::vector<Sample>>& answer);
  void answer(const PolicyQuestion& question, TrafficAnswer& out) const;
  bool concerns(const Instance& instance) const;

  SourceConfig config_;
  Cloud& cloud_;
  Duration interval_;
  TimePoint now_{};
  std::vector<PolicyQuestion> questions_;
  std::map<InstanceKey, Feed> feeds_;
};

}  // namespace penstock
