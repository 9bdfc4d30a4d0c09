#include "policies/policy_schema.h"

#include <algorithm>

#include "policies/match_schema.h"
#include "policies/rule_schema.h"

namespace penstock {

template <>
struct Words<Mode> {
  static constexpr std::array<Word<Mode>, 2> kAll{
      {{Mode::kObserve, "observe"}, {Mode::kEnforce, "enforce"}}};
};
template <>
struct Words<InstanceSeries> {
  static constexpr std::array<Word<InstanceSeries>, 3> kAll{{{InstanceSeries::kAll, "all"},
                                                             {InstanceSeries::kChanged, "changed"},
                                                             {InstanceSeries::kNone, "none"}}};
};
template <>
struct Words<TrafficUnit> {
  static constexpr std::array<Word<TrafficUnit>, 5> kAll{
      {{TrafficUnit::kBps, "bps"},
       {TrafficUnit::kKbps, "kbps"},
       {TrafficUnit::kMbps, "Mbps"},
       {TrafficUnit::kGbps, "Gbps"},
       {TrafficUnit::kBytesPerSecond, "bytes/s"}}};
};

namespace {

using namespace std::chrono_literals;

constexpr Duration kMonth = std::chrono::hours{24 * 31};
constexpr Duration kMostPast = std::chrono::hours{24 * 63};
constexpr Duration kYear = std::chrono::hours{24 * 366};

/// "id", "name", "public_ip" or "tag:KEY".
void read_join(const TomlNode& node, Traffic& traffic, Reading& reading) {
  static constexpr std::array<std::string_view, 4> kWords{"id", "name", "public_ip", "tag:KEY"};
  static constexpr std::array<Join, 3> kJoins{Join::kId, Join::kName, Join::kPublicIp};
  constexpr std::string_view kTag = "tag:";
  if (node.kind == TomlNode::Kind::kText && node.text.starts_with(kTag)) {
    traffic.join = Join::kTag;
    traffic.join_tag = node.text.substr(kTag.size());
    if (traffic.join_tag.empty()) reading.problem(node.at, "names no tag", "\"tag:role\"");
    return;
  }
  const auto index = read_word(node, kWords, reading);
  if (index) traffic.join = kJoins[*index];
}

void check_source(const Traffic& traffic, const TomlNode& table, Reading& reading) {
  const auto& known = reading.lookups().sources;
  if (!known || reading.failed("source")) return;
  const KnownSource* source = known->size() == 1 ? known->data() : nullptr;
  if (const TomlNode* node = table.find("source")) {
    std::vector<std::string_view> names;
    for (const KnownSource& candidate : *known) {
      names.emplace_back(candidate.name);
      if (candidate.name == traffic.source) source = &candidate;
    }
    check_known(*node, "source", "[[source]]", names, reading);
  } else if (known->size() != 1) {
    reading.missing(table, "source",
                    known->empty() ? "the configuration has no [[source]]"
                                   : "the configuration has several [[source]]");
  }
  if (source == nullptr) return;
  if (traffic.max_age < source->least_max_age && !reading.failed("max_age")) {
    const std::string why = "the samples of source " + in_quotes(source->name) +
                            " come late: below " + format(source->least_max_age) +
                            " every one would be stale";
    if (table.find("max_age") != nullptr) {
      reading.clash(table, {"max_age"}, why);
    } else {
      reading.missing(table, "max_age", why);
    }
  }
  if (!source->complaint) return;
  if (traffic.query.empty()) {
    reading.missing(table, "query", "source " + in_quotes(source->name) + " needs one");
  } else if (const std::string why = source->complaint(traffic.query); !why.empty()) {
    reading.clash(table, {"query"}, why);
  }
}

const Schema<Traffic>& traffic_schema() {
  using T = Traffic;
  static const Schema<T> kSchema = [] {
    Schema<T> schema("[policy.traffic]");
    schema.key("source", &T::source, "name of a `[[source]]` of penstock.toml", text_limits())
        .otherwise("the only one")
        .key("query", &T::query,
             "prometheus: PromQL for the egress of all instances; scrape: name of the counter of "
             "bytes sent; provider: unused",
             text_limits(10'000))
        .key("key", &T::key, "label that names the instance", text_limits())
        .special("join", "\"id\", \"name\", \"public_ip\" or \"tag:KEY\"", "\"id\"",
                 "what of the instance that label carries", read_join)
        .key("unit", &T::unit, "of the query's values")
        .key("window", &T::window, "what one sample averages over: the range inside the query",
             between<Duration>(1s, 24h))
        .key("max_age", &T::max_age, "older samples are stale: the instance is held",
             between<Duration>(1s, 24h))
        .key("warm_up", &T::warm_up,
             "so much of the past is read for forecasts that are new, where the source remembers "
             "it (prometheus); 0s = none",
             between<Duration>(0s, kMostPast))
        .key("least_coverage", &T::least_coverage,
             "share of a look-back that samples must cover before anything is lowered on it",
             between(0.0, 1.0))
        .key("saturated_at", &T::saturated_at,
             "share of the cap, over one whole sample, from which on traffic counts as throttled",
             between(0.5, 1.0))
        .together(check_source);
    return schema;
  }();
  return kSchema;
}

const Schema<Bounds>& bounds_schema() {
  using B = Bounds;
  static const Schema<B> kSchema = [] {
    Schema<B> schema("[policy.bounds]");
    schema.key("min", &B::min, "the cap is never set below it", between(Mbps{1}, kLargestCap))
        .key("max", &B::max, "nor above it; the instance type's own limit always applies as well",
             between(Mbps{1}, kLargestCap))
        .key("step", &B::step, "caps are set to multiples of it", between(Mbps{1}, Mbps{100'000}))
        .together([](const B& bounds, const TomlNode& table, Reading& reading) {
          if (!bounds.max) return;
          if (bounds.min > *bounds.max) {
            reading.clash(
                table, {"min", "max"},
                "min (" + format(bounds.min) + ") is above max (" + format(*bounds.max) + ")");
          } else if (ceil_to_step(bounds.min, bounds.step) > *bounds.max) {
            reading.clash(table, {"step", "min", "max"},
                          "no multiple of step (" + format(bounds.step) + ") lies between min (" +
                              format(bounds.min) + ") and max (" + format(*bounds.max) + ")");
          }
        });
    return schema;
  }();
  return kSchema;
}

/// A limit of nothing is a way of saying "never" that would look like a failure every day.
Limits<Money> some_money() {
  return {"above 0.00 USD", [](const Money& money) {
            return money > Money{} ? std::string()
                                   : "must be above 0.00 USD: to order nothing write mode = "
                                     "\"observe\" instead";
          }};
}

const Schema<UpgradeTerms>& upgrade_schema() {
  using U = UpgradeTerms;
  static const Schema<U> kSchema = [] {
    Schema<U> schema("[policy.upgrade]");
    schema
        .key("cooldown", &U::cooldown,
             "between surges; further orders of one surge are not held by it",
             between<Duration>(0s, kMonth))
        .key("max_price", &U::max_price, "dearer single orders are held", some_money())
        .key("approve_above", &U::approve_above, "dearer single orders wait for `penstock approve`",
             some_money())
        .key("quote_alarm", &U::quote_alarm,
             "share by which the price inquiry and the configured tariff may differ before an "
             "order says so loudly",
             between(0.0, 100.0))
        .key("quote_hold", &U::quote_hold,
             "share beyond which the order is held: one of the two is wrong", between(0.0, 100.0))
        .together([](const U& terms, const TomlNode& table, Reading& reading) {
          if (!terms.max_price || !terms.approve_above || *terms.approve_above < *terms.max_price) {
            return;
          }
          reading.clash(table, {"approve_above", "max_price"},
                        "approve_above (" + format(*terms.approve_above) +
                            ") is not below max_price (" + format(*terms.max_price) +
                            "), above which nothing is ordered: nobody would ever be asked");
        });
    return schema;
  }();
  return kSchema;
}

const Schema<DowngradeTerms>& downgrade_schema() {
  using D = DowngradeTerms;
  static const Schema<D> kSchema = [] {
    Schema<D> schema("[policy.downgrade]");
    schema
        .key("window", &D::window, "prepaid: ordered only so long before the end of the term",
             between<Duration>(1min, kYear))
        .key("freeze", &D::freeze, "prepaid: nothing new is ordered so long before that end",
             between<Duration>(0s, kYear))
        .key("agreement", &D::agreement, "postpaid: every rule has asked for less for so long",
             between<Duration>(0s, kMonth))
        .key("cooldown", &D::cooldown, "between two downgrades, and after an upgrade",
             between<Duration>(0s, kMonth))
        .key("least", &D::least, "smaller cuts are not worth an order",
             between(Mbps{1}, kLargestCap))
        .key("least_share", &D::least_share, "the same as a share of the cap; the larger counts",
             between(0.0, 0.9))
        .key("max_replacements", &D::max_replacements,
             "how often a pending downgrade is replaced by a better one in one term",
             between(0, 100))
        .together([](const D& terms, const TomlNode& table, Reading& reading) {
          if (terms.window <= terms.freeze) {
            reading.clash(table, {"window", "freeze"},
                          "window (" + Codec<Duration>::plain(terms.window) +
                              ") is not longer than freeze (" +
                              Codec<Duration>::plain(terms.freeze) +
                              "): nothing could ever be ordered");
          }
        });
    return schema;
  }();
  return kSchema;
}

const Schema<PolicyBudget>& budget_schema() {
  static const Schema<PolicyBudget> kSchema = [] {
    Schema<PolicyBudget> schema("[policy.budget]");
    schema.key("per_month", &PolicyBudget::per_month,
               "what this policy may spend in a calendar month, UTC", some_money());
    return schema;
  }();
  return kSchema;
}

void read_rules(const TomlNode& node, Policy& policy, Reading& reading) {
  if (!expect_tables(node, reading)) return;
  for (std::size_t i = 0; i < node.items.size(); ++i) {
    const Reading::Step step(reading, i);
    if (auto rule = read_rule(node.items[i], reading)) policy.rules.push_back(*std::move(rule));
  }
}

void read_freezes(const TomlNode& node, Policy& policy, Reading& reading) {
  if (!expect_tables(node, reading)) return;
  for (std::size_t i = 0; i < node.items.size(); ++i) {
    const Reading::Step step(reading, i);
    freeze_schema().read(node.items[i], policy.freezes.emplace_back().when, reading);
  }
}

/// What a rule asks for must be possible within the bounds.
struct InsideBounds {
  const Policy& policy;
  const TomlNode& table;
  Reading& reading;
  std::string rule;  ///< its path, such as "rule[0]"

  void floor(std::string_view key, std::optional<Mbps> size) const {
    const auto& max = policy.bounds.max;
    if (!size || !max || *size <= *max) return;
    reading.clash(
        table, {rule + "." + std::string(key), "bounds.max"},
        std::string(key) + " (" + format(*size) + ") is above bounds.max (" + format(*max) + ")");
  }
  void ceiling(std::string_view key, std::optional<Mbps> size) const {
    if (!size || *size >= policy.bounds.min) return;
    reading.clash(table, {rule + "." + std::string(key), "bounds.min"},
                  std::string(key) + " (" + format(*size) + ") is below bounds.min (" +
                      format(policy.bounds.min) + ")");
  }
  void operator()(const ScheduleRule& schedule) const {
    floor("at_least", schedule.at_least);
    ceiling("at_most", schedule.at_most);
  }
  void operator()(const FixedRule& fixed) const {
    floor("bandwidth", fixed.bandwidth);
    ceiling("bandwidth", fixed.bandwidth);
  }
  template <class OtherRule>
  void operator()(const OtherRule&) const {}
};

void check_rules(const Policy& policy, const TomlNode& table, Reading& reading) {
  const TomlNode* rules = table.find("rule");
  if (rules == nullptr || (rules->kind == TomlNode::Kind::kList && rules->items.empty())) {
    reading.missing(table, "rule", "a policy without rules decides nothing");
    return;
  }
  // A rule that could not be read has no place in policy.rules: then the indices differ.
  if (policy.rules.size() != rules->items.size()) return;
  for (std::size_t i = 0; i < policy.rules.size(); ++i) {
    std::visit(InsideBounds{policy, table, reading, "rule[" + std::to_string(i) + "]"},
               policy.rules[i]);
  }
}

void check_cuts(const Policy& policy, const TomlNode& table, Reading& reading) {
  const auto& max = policy.bounds.max;
  if (max && *max > policy.bounds.min && policy.downgrade.least > *max - policy.bounds.min) {
    reading.clash(table, {"downgrade.least", "bounds.max", "bounds.min"},
                  "downgrade.least (" + format(policy.downgrade.least) +
                      ") is more than lies between bounds.min and bounds.max: nothing could ever "
                      "be lowered");
  }
}

}  // namespace

const Schema<Policy>& policy_schema() {
  using P = Policy;
  static const Schema<P> kSchema = [] {
    Schema<P> schema("[[policy]]");
    schema
        .key("name", &P::name, "its name in metrics, journal, budgets and commands", name_limits())
        .required()
        .key("mode", &P::mode, "`observe` only says what it would order")
        .key("priority", &P::priority,
             "of all policies that match an instance the highest owns it; two enforcing ones of "
             "the same priority hold it",
             between(-1'000'000, 1'000'000))
        .table("match", &P::match, match_schema(), "which instances; `match = {}` takes all")
        .required()
        .table("traffic", &P::traffic, traffic_schema(), "where their egress is read from")
        .table("bounds", &P::bounds, bounds_schema(), "what the cap may be")
        .special("rule", "list of tables", "required",
                 "each wants a size; the largest wins, and a cut needs all to agree", read_rules)
        .table("upgrade", &P::upgrade, upgrade_schema(), "terms for going up")
        .table("downgrade", &P::downgrade, downgrade_schema(), "terms for going down")
        .table("budget", &P::budget, budget_schema(), "money")
        .special("freeze", "list of tables", "none", "times in which nothing is ordered",
                 read_freezes)
        .key("canary_share", &P::canary_share,
             "share of the matched instances that is enforced, chosen by their id; the others are "
             "observed",
             between(0.0, 1.0))
        .key("drift_hold", &P::drift_hold, "hands off so long after somebody else changed the cap",
             between<Duration>(0s, kYear))
        .key(
            "instance_series", &P::instance_series,
            "which of its instances have series of their own on /metrics: `changed` are those that "
            "an order is open or due for, or was within a day")
        .together(check_rules)
        .together(check_cuts);
    return schema;
  }();
  return kSchema;
}

std::vector<SectionDoc> policy_sections() {
  std::vector<SectionDoc> sections{
      policy_schema().document(), match_schema().document(),   traffic_schema().document(),
      bounds_schema().document(), upgrade_schema().document(), downgrade_schema().document(),
      budget_schema().document(), freeze_schema().document(),
  };
  for (const RuleKind& kind : rule_kinds()) sections.push_back(kind.document());
  return sections;
}

}  // namespace penstock
