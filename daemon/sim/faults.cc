#include "daemon/sim/faults.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

namespace penstock {
namespace {

constexpr std::array<std::pair<FaultKind, std::string_view>, 22> kNames{{
    {FaultKind::kLatency, "latency"},
    {FaultKind::kRateLimit, "rate-limit"},
    {FaultKind::kServerError, "server-error"},
    {FaultKind::kLostAnswer, "lost-answer"},
    {FaultKind::kLostRequest, "lost-request"},
    {FaultKind::kHtml, "html"},
    {FaultKind::kTruncated, "truncated"},
    {FaultKind::kNumbersAsStrings, "numbers-as-strings"},
    {FaultKind::kPriceObject, "price-object"},
    {FaultKind::kShortBalance, "short-balance"},
    {FaultKind::kOverdue, "overdue"},
    {FaultKind::kUnknownWords, "unknown-words"},
    {FaultKind::kChangeFails, "change-fails"},
    {FaultKind::kSlowProcessing, "slow-processing"},
    {FaultKind::kDowngradeVanishes, "downgrade-vanishes"},
    {FaultKind::kChallenge, "challenge"},
    {FaultKind::kDenied, "denied"},
    {FaultKind::kPartialList, "partial-list"},
    {FaultKind::kMetricsGone, "metrics-gone"},
    {FaultKind::kMetricsPart, "metrics-part"},
    {FaultKind::kMetricsNan, "metrics-nan"},
    {FaultKind::kCounterReset, "counter-reset"},
}};
constexpr double kLongestSeconds = 1e7;
constexpr std::array<std::string_view, 9> kMembers{
    "kind", "count", "share", "seconds", "action", "instance", "delay_seconds", "status", "part"};

Error wrong(const std::string& message) {
  return Error{.kind = ErrorKind::kInvalid, .message = message};
}

std::string known_kinds() {
  std::string out;
  for (const auto& [kind, name] : kNames) {
    if (!out.empty()) out += ", ";
    out += name;
  }
  return out;
}

/// A number within bounds under `name`, or the fallback when absent; nullopt and a message if bad.
std::optional<double> number(JsonValue body, std::string_view name, double fallback, double least,
                             double most, std::string& problem) {
  const JsonValue value = body[name];
  if (!value.exists()) return fallback;
  const std::optional<double> read = value.number();
  if (read && *read >= least && *read <= most) return read;
  problem = "\"" + std::string(name) + "\" is not a number in its range";
  return std::nullopt;
}

Duration seconds(double value) {
  return Duration(std::llround(value * 1000));
}

}  // namespace

std::string_view to_string(FaultKind kind) {
  for (const auto& [known, name] : kNames) {
    if (known == kind) return name;
  }
  return "";
}

std::vector<FaultKind> all_fault_kinds() {
  std::vector<FaultKind> out;
  out.reserve(kNames.size());
  for (const auto& [kind, name] : kNames) out.push_back(kind);
  return out;
}

Result<Fault> parse_fault(JsonValue body, TimePoint now) {
  if (!body.is_object()) return wrong("a fault is a JSON object such as {\"kind\": \"latency\"}");
  for (const auto& [name, value] : body.members()) {
    if (std::find(kMembers.begin(), kMembers.end(), name) == kMembers.end()) {
      return wrong("\"" + std::string(name) + "\" is no member of a fault");
    }
  }
  Fault fault;
  const std::string_view kind = body["kind"].string().value_or("");
  const auto known = std::find_if(kNames.begin(), kNames.end(),
                                  [&](const auto& entry) { return entry.second == kind; });
  if (known == kNames.end()) return wrong("\"kind\" is one of: " + known_kinds());
  fault.kind = known->first;
  std::string problem;
  const auto count = number(body, "count", 0, 1, 1e9, problem);
  const auto share = number(body, "share", 1, 0, 1, problem);
  const auto lasting = number(body, "seconds", 0, 0, kLongestSeconds, problem);
  const auto delay = number(body, "delay_seconds", 2, 0, kLongestSeconds, problem);
  const auto status = number(body, "status", 503, 400, 599, problem);
  const auto part = number(body, "part", 0.5, 0, 1, problem);
  if (!problem.empty()) return wrong(problem);
  if (*count > 0) fault.count = std::llround(*count);
  fault.share = *share;
  if (*lasting > 0) fault.until = now + seconds(*lasting);
  fault.delay = seconds(*delay);
  fault.status = static_cast<int>(*status);
  fault.part = *part;
  fault.action = std::string(body["action"].string().value_or(""));
  fault.instance = std::string(body["instance"].string().value_or(""));
  return fault;
}

void Faults::expire(TimePoint now) {
  std::erase_if(active_, [&](const Fault& fault) { return fault.until && *fault.until <= now; });
}

std::optional<TimePoint> Faults::next_end(TimePoint now) const {
  std::optional<TimePoint> next;
  for (const Fault& fault : active_) {
    if (fault.until && *fault.until <= now) next = std::min(next.value_or(now), *fault.until);
  }
  return next;
}

std::optional<Fault> Faults::strike(FaultKind kind, const FaultTarget& target) {
  for (auto fault = active_.begin(); fault != active_.end(); ++fault) {
    if (fault->kind != kind) continue;
    const bool any_action = fault->action.empty() && !target.by_name_only;
    if (!any_action && fault->action != target.action) continue;
    if (!fault->instance.empty() && fault->instance != target.instance) continue;
    random_ = random_ * 6'364'136'223'846'793'005ULL + 1'442'695'040'888'963'407ULL;
    if (static_cast<double>(random_ >> 11U) * 0x1p-53 >= fault->share) continue;
    Fault hit = *fault;
    if (fault->count && --*fault->count == 0) active_.erase(fault);
    return hit;
  }
  return std::nullopt;
}

std::optional<Fault> Faults::standing(FaultKind kind) const {
  for (const Fault& fault : active_) {
    if (fault.kind == kind) return fault;
  }
  return std::nullopt;
}

}  // namespace penstock
