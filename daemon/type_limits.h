// TypeLimits: what one account's instance types may be set to and what bandwidth comes free,
// remembered for hours.
//
//   for (const TypeLimits::Question& q : limits.due(instances, now)) limits.take(q, ask(q), now);
//   limits.join(instance, wall);     // fills limit, limitable and included
//
// The calls list what is sold, so an old type may be missing: then the limit stays unknown. A call
// that fails keeps what was known before and never fails a list. No I/O; time is an argument.
#pragma once

#include <compare>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "daemon/zenlayer_wire.h"
#include "policies/instance.h"
#include "policies/result.h"

namespace penstock {

class TypeLimits {
 public:
  enum class Call { kVmTypes, kBmcTypes, kBmcResources };
  struct Question {
    Call call;
    Charge charge = Charge::kUnknown;  ///< kBmcTypes asks for all at once
    auto operator<=>(const Question&) const = default;
  };

  /// What must be asked for these instances now; empty most of the time.
  std::vector<Question> due(std::span<const Instance> instances, Duration now) const;
  void take(const Question& question, const Result<std::vector<wire::TypeLimit>>& answer,
            Duration now);
  void join(Instance& instance, TimePoint wall) const;

  /// The API refused `size` as too large for this instance, whose cap is `cap`: the true limit lies
  /// between. The type calls are asked again soon.
  void refused(const InstanceKey& key, Mbps cap, Mbps size, Duration now, TimePoint wall);
  void ask_again() { asked_.clear(); }

 private:
  struct Place {
    Charge charge;
    std::string zone, type;
    auto operator<=>(const Place&) const = default;
  };
  struct Known {
    std::optional<Mbps> limit;
    bool limitable = true;
    std::optional<Mbps> included;
  };
  const Known* find(const std::map<Place, Known>& in, const Instance& instance) const;

  std::map<Question, Duration> asked_;  ///< when to ask again
  std::map<Place, Known> vm_, resources_;
  std::map<std::string, Known> bmc_types_;
  std::map<InstanceKey, LearnedLimit> learned_;
};

}  // namespace penstock
