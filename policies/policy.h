// A policy, complete and validated: which instances, which traffic, which rules, which limits.
//
// Built by policy_file.h from TOML; no string is parsed after loading. Defaults here are the
// documented ones (policies/README.md is compared with them by a test). Immutable once loaded,
// shared by const reference.
#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "metrics/demand.h"
#include "metrics/units.h"
#include "policies/instance.h"
#include "policies/time_zone.h"

namespace penstock {

enum class Mode { kObserve, kEnforce };

/// Conditions are ANDed, the values of one list are ORed; an empty list asks nothing. Id, name,
/// hostname, zone, type, resource group and tag values take `*` globs.
struct Match {
  std::vector<std::string> account, id, name, hostname, zone, type, resource_group;
  std::vector<Product> product;
  std::vector<Charge> charge;
  std::vector<InternetCharge> internet_charge;
  struct TagCondition {
    std::string key;
    std::vector<std::string> values;  ///< globs
    bool operator==(const TagCondition&) const = default;
  };
  std::vector<TagCondition> tags;
  std::vector<Match> exclude;  ///< `not = {…}`: at most one; owns nothing it matches
  bool operator==(const Match&) const = default;
};

/// How a sample's label finds its instance.
enum class Join { kId, kName, kPublicIp, kTag };

/// Factor from the query's unit to Mbps.
enum class TrafficUnit { kBps, kKbps, kMbps, kGbps, kBytesPerSecond };

struct Traffic {
  std::string source;  ///< name of a [[source]]; empty = the only one
  std::string query;   ///< prometheus: PromQL; scrape: counter metric name; provider: unused
  std::string key = "instance_id";  ///< the label that names the instance
  Join join = Join::kId;
  std::string join_tag;  ///< for Join::kTag
  TrafficUnit unit = TrafficUnit::kBps;
  Duration window = 1min;   ///< what one sample averages over (the range in the query)
  Duration max_age = 3min;  ///< older is stale: holds
  /// So much of the past is read for forecasts that are new, from a source that remembers it.
  Duration warm_up = std::chrono::days{28};
  double least_coverage = 0.5;  ///< share of a look-back that samples must cover to lower on it
  double saturated_at = kSaturatedAt;
  /// false: the provider's own traffic, 5-minute steps minutes late, from which nothing is raised.
  /// Follows from the source's kind, not from a key.
  bool raises = true;
};

struct Bounds {
  Mbps min{1};
  std::optional<Mbps> max;  ///< the type's limit always applies as well
  Mbps step{1};
};

/// Grow while egress sits at the cap: a small step for slow growth, larger ones while one surge
/// goes on; recommend less after a quiet look-back.
struct SaturationRule {
  std::uint32_t samples = 1;  ///< saturated samples in a row that call for more
  double grow = 1.25;         ///< first step of a surge that came slowly
  double surge_grow = 2.5;    ///< step when it came as a jump, or when the last step did not help
  Duration quiet = std::chrono::hours{24};  ///< look-back for the lower wish
  double headroom = 1.2;                    ///< lower wish = largest egress of the look-back x this
};

/// Target tracking: want egress / target.
struct UtilizationRule {
  double target = 0.7;
  double tolerance = 0.1;     ///< no change while |utilisation/target - 1| is within this
  Duration look_back = 5min;  ///< upward: average over this
  Duration quiet = std::chrono::hours{1};  ///< downward: largest egress over this
};

/// Thresholds with fixed steps, as alarms of other clouds do.
struct StepRule {
  double above = 0.8;
  double below = 0.3;
  Mbps up{0};  ///< absolute step; 0 = use up_share
  double up_share = 0.2;
  Mbps down{0};
  double down_share = 0.2;
  std::uint32_t samples = 3;  ///< in a row, either way
};

/// A percentile of the decayed history plus headroom.
struct PercentileRule {
  double percentile = 95;  ///< 0..100
  double headroom = 1.15;
  Duration least_history = std::chrono::hours{24};
};

/// A calendar in a named time zone. Covers `from`..`to` local time on matching days or dates; a
/// window that ends at or before its start runs past midnight and belongs to the day it starts.
struct ScheduleRule {
  std::vector<std::chrono::weekday> days;          ///< empty = every day
  std::vector<std::chrono::year_month_day> dates;  ///< empty = no restriction by date
  std::chrono::seconds from{0};
  std::chrono::seconds to{86400};
  TimeZone zone;
  std::optional<Mbps> at_least;
  std::optional<Mbps> at_most;  ///< outside doubt, a ceiling on what other rules ask for
};

struct FixedRule {
  Mbps bandwidth;
};

/// Weighs the price of more for the rest of the term against being throttled.
struct EconomicRule {
  double throttle_weight = 100;  ///< one throttled Mbps for a second counts as so many paid ones
  Duration latency = 1min;       ///< from an order until it takes effect
};

/// Billed by 95th percentile: the free burst samples of the month, counted and, if asked, guarded.
struct PercentileBudgetRule {
  bool guard = false;                        ///< limit the cap when they would run out
  std::optional<Mbps> commit;                ///< billed in any case: below it nothing is saved
  Duration reserve = std::chrono::hours{1};  ///< of free bursts, left when the cap is limited
  double throttle_weight = 100;  ///< one throttled Mbps for a second counts as so many paid ones
};

/// What the hours to come usually need, by the rhythm of the week and the recent level.
struct ForecastRule {
  double confidence = 0.95;  ///< share of hours for which what is said is to be enough
  Duration horizon = std::chrono::hours{2};  ///< upwards: bought so long ahead
  Duration least_history = std::chrono::hours{48};
  TimeZone zone;  ///< in which days begin and weekends lie
};

using Rule = std::variant<SaturationRule, UtilizationRule, StepRule, PercentileRule, ScheduleRule,
                          FixedRule, EconomicRule, PercentileBudgetRule, ForecastRule>;
std::string_view kind_of(const Rule& rule);  ///< "saturation", "utilization", …

/// The first rule that has to be taught by every sample; nullptr if the policy has none.
struct Policy;
const EconomicRule* economic_rule_of(const Policy& policy);
/// The first rule that counts burst samples; nullptr if the policy has none.
const PercentileBudgetRule* percentile_budget_of(const Policy& policy);
const ForecastRule* forecast_rule_of(const Policy& policy);

struct UpgradeTerms {
  Duration cooldown = 2min;  ///< between surges; further orders of one surge are not held by it
  std::optional<Money> max_price;      ///< of one order
  std::optional<Money> approve_above;  ///< a dearer order waits for a person's approval
  double quote_alarm = 0.2;            ///< share by which quote and tariff may differ in silence
  double quote_hold = 1;               ///< share beyond which the order is held
};

struct DowngradeTerms {
  Duration window = std::chrono::hours{24};  ///< prepaid: before the term's end
  Duration freeze = std::chrono::hours{1};   ///< prepaid: no new or replaced order after this
  Duration agreement = 15min;                ///< postpaid: every rule agreed for this long
  Duration cooldown = std::chrono::hours{1};
  Mbps least{1};              ///< smaller changes are not worth an order
  double least_share = 0.05;  ///< of the cap; the larger of the two counts
  int max_replacements = 3;
};

/// Times in which nothing is ordered.
struct FreezeWindow {
  ScheduleRule when;  ///< its bandwidth fields are unused
};

struct PolicyBudget {
  std::optional<Money> per_month;  ///< UTC calendar month
};

/// Which of its instances have series of their own on /metrics; fleet figures count all of them.
enum class InstanceSeries : std::uint8_t {
  kAll,
  kChanged,  ///< those whose bandwidth was, is being or ought to be changed, within a day
  kNone,
};

struct Policy {
  std::string name;
  Mode mode = Mode::kObserve;
  int priority = 0;
  Match match;
  Traffic traffic;
  Bounds bounds;
  std::vector<Rule> rules;
  UpgradeTerms upgrade;
  DowngradeTerms downgrade;
  PolicyBudget budget;
  std::vector<FreezeWindow> freezes;
  double canary_share = 1.0;  ///< enforced share of the matched instances, chosen by id hash
  Duration drift_hold = std::chrono::hours{24};  ///< hands off after somebody else's change
  InstanceSeries instance_series = InstanceSeries::kAll;
  std::string file;  ///< where it was loaded from, for messages
};

}  // namespace penstock
