// Gather: asks every traffic source once a tick and lets every instance's demand take its samples.
//
//   gather.index(in_force, fleet);                 // after every list and reload
//   gather.run(in_force, fleet, book, now);
//
// The requests of all sources go out together, round by round. One source or policy failing leaves
// the others untouched: its instances simply get no sample, and decide() holds them once their data
// is stale. Loop thread only.
#pragma once

#include <map>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "daemon/fleet.h"
#include "daemon/http.h"
#include "daemon/in_force.h"
#include "daemon/join.h"
#include "daemon/order_book.h"
#include "daemon/sample_source.h"
#include "daemon/snapshot.h"
#include "daemon/telemetry.h"

namespace penstock {

class Gather {
 public:
  Gather(Http& http, Telemetry& telemetry) : http_(http), telemetry_(telemetry) {}

  void use(std::vector<SampleSource*> sources);
  void index(const InForce& in_force, Fleet& fleet);
  void run(const OrderBook& book, TimePoint now);

  /// nullptr: there is none of that name.
  SampleSource* source_of(const Policy& policy) const;
  /// As of the last run.
  const std::map<std::string, SourceView>& sources() const { return views_; }
  /// By policy: why its question was not answered; absent = fine.
  const std::map<std::string, std::string>& errors() const { return errors_; }

 private:
  struct Round {
    SampleSource* source;
    std::span<const PolicyQuestion> questions;
  };
  void ask(std::vector<Round>& rounds, TimePoint now);
  void take(SampleSource& source, const TrafficAnswer& answer, const OrderBook& book,
            TimePoint now);
  void observe(Tracked& tracked, const KeyedSample& keyed, const OrderBook& book, TimePoint now);

  Http& http_;
  Telemetry& telemetry_;
  std::vector<SampleSource*> sources_;
  std::vector<Tracked*> instances_;  ///< by the positions of the indexes
  std::map<std::pair<Join, std::string>, InstanceIndex> indexes_;
  std::map<SampleSource*, std::vector<PolicyQuestion>> questions_;
  std::map<std::string, SourceView> views_;
  std::map<std::string, std::string> errors_;
};

}  // namespace penstock
