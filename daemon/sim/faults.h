// Faults that are switched on from outside: POST /sandbox/fault with {"kind": …}.
//
//   Result<Fault> fault = parse_fault(json, now);
//   faults.add(*fault);
//   if (const Fault* hit = faults.strike(FaultKind::kRateLimit, {"ModifyInstanceBandwidth", id},
//                                        now)) …
//
// A fault ends after `count` strikes, at `until`, or when all are cleared. With `share` it strikes
// each call with that probability, from a seeded generator. One owner, no locks.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/json.h"
#include "metrics/units.h"
#include "policies/result.h"

namespace penstock {

enum class FaultKind : std::uint8_t {
  kLatency,      ///< the answer comes `delay` later
  kRateLimit,    ///< 429
  kServerError,  ///< `status`, 503 by default
  kLostAnswer,   ///< the connection closes after the call took effect
  kLostRequest,  ///< the connection closes before it did
  kHtml,         ///< a gateway's 502 page
  kTruncated,    ///< half of the JSON
  kNumbersAsStrings,
  kPriceObject,        ///< a bare object instead of an array
  kShortBalance,       ///< nothing left to buy with
  kOverdue,            ///< the account: throttled to 1 Mbps, no upgrades
  kUnknownWords,       ///< statuses and types no document knows
  kChangeFails,        ///< an accepted change ends with the old value
  kSlowProcessing,     ///< an accepted change takes `delay` longer
  kDowngradeVanishes,  ///< a scheduled downgrade is forgotten at the end of the term
  kChallenge,          ///< 403 with cf-mitigated: challenge
  kDenied,             ///< rights removed: AUTHFAILURE_UNAUTHORIZED_OPERATION
  kPartialList,        ///< `part` of the instances is missing from lists
  kMetricsGone,        ///< /metrics answers 503
  kMetricsPart,        ///< `part` of the instances is missing from /metrics
  kMetricsNan,
  kCounterReset,  ///< counters begin again at zero, once
};
std::string_view to_string(FaultKind kind);  ///< "latency", "rate-limit", …
std::vector<FaultKind> all_fault_kinds();

struct Fault {
  FaultKind kind = FaultKind::kLatency;
  std::optional<std::int64_t> count;  ///< strikes left
  double share = 1;                   ///< of matching calls
  std::optional<TimePoint> until;
  std::string action, instance;  ///< "" = any
  Duration delay{};
  int status = 503;
  double part = 0.5;
};

/// {"kind", "count", "share", "seconds", "action", "instance", "delay_seconds", "status", "part"}.
/// The error names the member and what is allowed.
Result<Fault> parse_fault(JsonValue body, TimePoint now);

struct FaultTarget {
  std::string_view action, instance;
  bool by_name_only = false;  ///< a fault must name the action to strike
};

class Faults {
 public:
  explicit Faults(std::uint64_t seed) : random_(seed) {}

  void add(const Fault& fault) { active_.push_back(fault); }
  void clear() { active_.clear(); }
  const std::vector<Fault>& active() const { return active_; }
  /// Drops those whose time is over.
  void expire(TimePoint now);
  /// The earliest end of a fault at or before `now`, to be acted on in order.
  std::optional<TimePoint> next_end(TimePoint now) const;

  /// The first that matches; counts as one of its strikes.
  std::optional<Fault> strike(FaultKind kind, const FaultTarget& target);
  /// Whether one is on, without striking.
  std::optional<Fault> standing(FaultKind kind) const;

 private:
  std::vector<Fault> active_;
  std::uint64_t random_;
};

}  // namespace penstock
