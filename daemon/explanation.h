// Explanation: how one decision comes about, whole: samples, rules, guards, price, next date.
//
//   ExplainDesk desk;
//   desk.ask(key);  mailbox.post({Command::Kind::kLook, "api"});    // the server's thread
//   for (const InstanceKey& key : desk.asked()) desk.put(…);        // the loop, between two steps
//   if (auto found = desk.find(key, snapshot->tick)) …              // the server, when asked again
//
// The loop alone can tell, since it alone holds the traffic; so a question is left on the desk and
// the answer fetched from there, and neither thread waits for the other. Bounded; thread-safe. An
// Explanation is a plain value that nobody changes once it lies on the desk.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "daemon/json.h"
#include "metrics/demand.h"
#include "policies/decide.h"

namespace penstock {

struct Explanation {
  TimePoint at{};          ///< decided anew then, from what was known
  std::uint64_t tick = 0;  ///< the latest begun
  InstanceKey instance;
  std::string policy;                ///< "" = none matches; then there is no trace
  std::vector<Observation> samples;  ///< oldest first
  struct Span {
    Duration span{};
    Recall seen;
    double saturated_share = 0;
  };
  std::vector<Span> spans;              ///< what the last hour, day and week have shown
  std::vector<std::string> rule_kinds;  ///< by index in the policy
  Decision decision;
  Trace trace;
  std::string text;  ///< the same for a person, of policies/explain.h
};

class ExplainDesk {
 public:
  static constexpr std::size_t kRoom = 64;

  /// Leaves a question; false when there is no room.
  bool ask(const InstanceKey& key);
  /// The questions, oldest first; takes them off the desk.
  std::vector<InstanceKey> asked();
  void put(std::shared_ptr<const Explanation> explanation);
  /// An explanation that is not older than tick `tick`; null when there is none yet.
  std::shared_ptr<const Explanation> find(const InstanceKey& key, std::uint64_t tick) const;

 private:
  mutable std::mutex mutex_;
  std::vector<InstanceKey> questions_;
  std::vector<std::shared_ptr<const Explanation>> answers_;  ///< oldest first
};

/// What `demand` remembers, put where an explanation shows it.
void add_traffic(Explanation& to, const Demand& demand, TimePoint now);

/// The members of the API's document, into an object that is open.
void write_fields(JsonWriter& out, const Explanation& explanation);

}  // namespace penstock
