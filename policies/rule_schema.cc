#include "policies/rule_schema.h"

#include <algorithm>
#include <vector>

#include "policies/calendar_schema.h"

namespace penstock {
namespace {

using namespace std::chrono_literals;

/// The decayed history goes on for longer than single maxima are remembered.
constexpr Duration kLongestLook = std::chrono::hours{24 * 60};
/// Grows without end when it is 1, and no surge ever needed more than this at once.
Limits<double> growth() {
  return above(1.0, 20.0);
}

/// Begins the keys of a kind with `kind` itself, which read_rule has looked at already.
template <class R>
Schema<R> rule_table(const std::string& kind) {
  Schema<R> schema("[[policy.rule]] kind = \"" + kind + "\"");
  schema.special("kind", "\"" + kind + "\"", "required", "", [](const TomlNode&, R&, Reading&) {})
      .required();
  return schema;
}

Schema<SaturationRule> saturation_schema() {
  using R = SaturationRule;
  Schema<R> schema = rule_table<R>("saturation");
  schema
      .key("samples", &R::samples, "saturated samples in a row that call for more",
           between(1U, 100U))
      .key("grow", &R::grow, "the cap times this, when egress crept up to it", growth())
      .key("surge_grow", &R::surge_grow,
           "the cap times this, when egress jumped to it or the last step did not help", growth())
      .key("quiet", &R::quiet, "look-back over which a lower wish is formed",
           between<Duration>(1min, Demand::kMemory))
      .key("headroom", &R::headroom, "the lower wish is the largest egress of `quiet` times this",
           between(1.0, 10.0))
      .together([](const R& rule, const TomlNode& table, Reading& reading) {
        if (rule.surge_grow < rule.grow) {
          reading.clash(table, {"surge_grow", "grow"},
                        "surge_grow (" + Codec<double>::plain(rule.surge_grow) +
                            ") is less than grow (" + Codec<double>::plain(rule.grow) + ")");
        }
      });
  return schema;
}

Schema<UtilizationRule> utilization_schema() {
  using R = UtilizationRule;
  Schema<R> schema = rule_table<R>("utilization");
  schema
      .key("target", &R::target, "share of the cap that egress should fill; wants egress / target",
           between(0.05, 0.99))
      .key("tolerance", &R::tolerance, "no change while egress / cap / target is this near to 1",
           between(0.0, 0.5))
      .key("look_back", &R::look_back, "upwards: the average over this",
           between<Duration>(1s, Demand::kMemory))
      .key("quiet", &R::quiet, "downwards: the largest egress over this",
           between<Duration>(1min, Demand::kMemory))
      .together([](const R& rule, const TomlNode& table, Reading& reading) {
        // Egress never exceeds the cap, so beyond that the rule could never ask for more.
        const double trigger = rule.target * (1 + rule.tolerance);
        if (trigger >= 1) {
          reading.clash(table, {"target", "tolerance"},
                        "target and tolerance together ask for more only above " +
                            Codec<double>::plain(trigger * 100) +
                            " % of the cap, which egress cannot reach");
        }
        if (rule.quiet < rule.look_back) {
          reading.clash(
              table, {"quiet", "look_back"},
              "quiet (" + Codec<Duration>::plain(rule.quiet) + ") is shorter than look_back (" +
                  Codec<Duration>::plain(rule.look_back) + "): going down needs the longer memory");
        }
      });
  return schema;
}

/// A step is written as a bandwidth or as a share of the cap, not as both.
void check_step(const TomlNode& table, std::string_view fixed, std::string_view share,
                Reading& reading) {
  if (table.find(fixed) != nullptr && table.find(share) != nullptr) {
    reading.clash(table, {share, fixed},
                  "excludes " + std::string(fixed) + ": write one of the two");
  }
}

Schema<StepRule> step_schema() {
  using R = StepRule;
  Schema<R> schema = rule_table<R>("step");
  schema
      .key("above", &R::above, "share of the cap above which it grows by one step",
           between(0.05, 0.99))
      .key("below", &R::below, "share of the cap below which it shrinks by one step",
           between(0.0, 0.95))
      .key("up", &R::up, "step upwards as a bandwidth; instead of `up_share`",
           between(Mbps{1}, kLargestCap))
      .otherwise("none")
      .key("up_share", &R::up_share, "step upwards as a share of the cap", above(0.0, 10.0))
      .key("down", &R::down, "step downwards as a bandwidth; instead of `down_share`",
           between(Mbps{1}, kLargestCap))
      .otherwise("none")
      .key("down_share", &R::down_share, "step downwards as a share of the cap", above(0.0, 0.9))
      .key("samples", &R::samples, "samples in a row beyond a threshold that make a step",
           between(1U, static_cast<std::uint32_t>(Demand::kRecent)))
      .together([](const R& rule, const TomlNode& table, Reading& reading) {
        if (rule.below >= rule.above) {
          reading.clash(table, {"below", "above"},
                        "below (" + Codec<double>::plain(rule.below) +
                            ") is not less than above (" + Codec<double>::plain(rule.above) + ")");
        }
        check_step(table, "up", "up_share", reading);
        check_step(table, "down", "down_share", reading);
      });
  return schema;
}

Schema<PercentileRule> percentile_schema() {
  using R = PercentileRule;
  Schema<R> schema = rule_table<R>("percentile");
  schema
      .key("percentile", &R::percentile, "of the egress history, which fades by half in 7 days",
           above(0.0, 100.0))
      .key("headroom", &R::headroom, "wants the percentile times this", between(0.5, 10.0))
      .key("least_history", &R::least_history, "says nothing before so much has been observed",
           between<Duration>(1h, kLongestLook));
  return schema;
}

Schema<ScheduleRule> schedule_schema() {
  using R = ScheduleRule;
  Schema<R> schema = rule_table<R>("schedule");
  add_calendar(schema);
  schema.key("at_least", &R::at_least, "floor inside the windows", between(Mbps{1}, kLargestCap))
      .key("at_most", &R::at_most, "ceiling inside the windows on what other rules ask for",
           between(Mbps{1}, kLargestCap))
      .together([](const R& rule, const TomlNode& table, Reading& reading) {
        if (!rule.at_least && !rule.at_most) {
          if (!reading.failed("at_most")) {
            reading.missing(table, "at_least", "a schedule needs at_least, at_most or both");
          }
        } else if (rule.at_least && rule.at_most && *rule.at_least > *rule.at_most) {
          reading.clash(table, {"at_least", "at_most"},
                        "at_least (" + format(*rule.at_least) + ") is above at_most (" +
                            format(*rule.at_most) + ")");
        }
      });
  return schema;
}

Schema<FixedRule> fixed_schema() {
  Schema<FixedRule> schema = rule_table<FixedRule>("fixed");
  schema
      .key("bandwidth", &FixedRule::bandwidth, "wants this size, always",
           between(Mbps{1}, kLargestCap))
      .required();
  return schema;
}

Schema<EconomicRule> economic_schema() {
  using R = EconomicRule;
  Schema<R> schema = rule_table<R>("economic");
  schema
      .key(
          "throttle_weight", &R::throttle_weight,
          "being throttled by one Mbps is as bad as paying for so many: 20 is thrifty, 500 anxious",
          between(1.0, 100'000.0))
      .key("latency", &R::latency, "from an order until it takes effect",
           between<Duration>(0s, 1h));
  return schema;
}

Schema<PercentileBudgetRule> percentile_budget_schema() {
  using R = PercentileBudgetRule;
  Schema<R> schema = rule_table<R>("percentile-budget");
  schema
      .key("guard", &R::guard,
           "limit the cap when the month's free bursts would run out; `false` only shows them")
      .key("commit", &R::commit, "billed in any case: up to it nothing is limited",
           between(Mbps{1}, kLargestCap))
      .key("reserve", &R::reserve, "free bursts that are left when the cap is limited",
           between<Duration>(0s, 36h))
      .key("throttle_weight", &R::throttle_weight,
           "being throttled by one Mbps is as bad as paying for so many", between(1.0, 100'000.0));
  return schema;
}

Schema<ForecastRule> forecast_schema() {
  using R = ForecastRule;
  Schema<R> schema = rule_table<R>("forecast");
  schema
      .key("confidence", &R::confidence, "share of hours for which the forecast is to be enough",
           between(0.5, 0.99))
      .key("horizon", &R::horizon, "upwards: what is forecast for so long is bought ahead",
           between<Duration>(1h, 12h))
      .key("least_history", &R::least_history, "says nothing before so much has been observed",
           between<Duration>(24h, kLongestLook))
      .special("time_zone", "text", "\"UTC\"", "in which days begin and weekends lie",
               [](const TomlNode& node, R& rule, Reading& reading) {
                 read_time_zone(node, rule.zone, reading);
               });
  return schema;
}

template <class R>
RuleKind rule_kind(std::string_view name, const Schema<R>& schema) {
  return {name,
          [schema](const TomlNode& node, Reading& reading) {
            R rule;
            schema.read(node, rule, reading);
            return Rule{rule};
          },
          [schema] { return schema.document(); }};
}

}  // namespace

std::span<const RuleKind> rule_kinds() {
  static const std::vector<RuleKind> kKinds{
      rule_kind("saturation", saturation_schema()),
      rule_kind("utilization", utilization_schema()),
      rule_kind("step", step_schema()),
      rule_kind("percentile", percentile_schema()),
      rule_kind("schedule", schedule_schema()),
      rule_kind("fixed", fixed_schema()),
      rule_kind("economic", economic_schema()),
      rule_kind("percentile-budget", percentile_budget_schema()),
      rule_kind("forecast", forecast_schema()),
  };
  return kKinds;
}

std::optional<Rule> read_rule(const TomlNode& node, Reading& reading) {
  const TomlNode* kind = node.find("kind");
  if (kind == nullptr) {
    reading.missing(node, "kind");
    return std::nullopt;
  }
  std::vector<std::string_view> names;
  for (const RuleKind& known : rule_kinds()) names.push_back(known.name);
  std::optional<std::size_t> index;
  {
    const Reading::Step step(reading, "kind");
    index = read_word(*kind, names, reading);
  }
  if (!index) return std::nullopt;
  return rule_kinds()[*index].read(node, reading);
}

const Schema<ScheduleRule>& freeze_schema() {
  static const Schema<ScheduleRule> kSchema = [] {
    Schema<ScheduleRule> schema("[[policy.freeze]]");
    add_calendar(schema);
    return schema;
  }();
  return kSchema;
}

}  // namespace penstock
