#include "policies/match_schema.h"

#include <algorithm>

#include "policies/spelling.h"

namespace penstock {
namespace {

using Kind = TomlNode::Kind;

/// "edge", or a list of globs of which one must fit.
void read_tag(const TomlNode& node, Match::TagCondition& tag, Reading& reading) {
  if (node.kind == Kind::kText) {
    if (auto value = read_value<std::string>(node, reading, text_limits())) {
      tag.values.push_back(*std::move(value));
    }
  } else if (auto values = read_value<std::vector<std::string>>(node, reading, text_limits())) {
    if (values->empty()) reading.problem(node.at, "is empty: \"*\" takes every value");
    tag.values = *std::move(values);
  }
}

void read_tags(const TomlNode& node, Match& match, Reading& reading) {
  if (!expect_table(node, reading)) return;
  if (node.members.empty()) reading.problem(node.at, "is empty: leave it out to ask for no tag");
  for (const TomlMember& member : node.members) {
    const Reading::Step step(reading, member.key);
    Match::TagCondition& tag = match.tags.emplace_back();
    tag.key = member.key;
    read_tag(member.value, tag, reading);
  }
}

/// An empty list would ask nothing, though it reads as if it took nothing.
void refuse_empty_lists(const Match&, const TomlNode& table, Reading& reading) {
  for (const TomlMember& member : table.members) {
    if (member.value.kind == Kind::kList && member.value.items.empty()) {
      reading.problem_at(member.key, member.value.at, "is empty: leave it out to take all");
    }
  }
}

void refuse_hostnames_of_vm(const Match& match, const TomlNode& table, Reading& reading) {
  const bool vm_only = match.product == std::vector{Product::kVm};
  if (vm_only && !match.hostname.empty()) {
    reading.clash(table, {"hostname", "product"},
                  "hostname with product = [\"vm\"] matches nothing: only bmc has hostnames");
  }
}

void check_accounts(const Match&, const TomlNode& table, Reading& reading) {
  const auto& known = reading.lookups().accounts;
  const TomlNode* accounts = table.find("account");
  if (!known || accounts == nullptr || reading.failed("account")) return;
  const std::vector<std::string_view> names(known->begin(), known->end());
  for (std::size_t i = 0; i < accounts->items.size(); ++i) {
    check_known(accounts->items[i], "account[" + std::to_string(i) + "]", "[[account]]", names,
                reading);
  }
}

Schema<Match> conditions(std::string section) {
  Schema<Match> schema(std::move(section));
  const auto add = [&](std::string_view key, auto member, std::string_view effect,
                       const auto& limits) {
    schema.key(key, member, effect, limits).otherwise("any");
  };
  add("account", &Match::account, "names of `[[account]]`", text_limits());
  add("product", &Match::product, "these products", Limits<Product>{});
  add("charge", &Match::charge, "how the instance is paid for", Limits<Charge>{});
  add("internet_charge", &Match::internet_charge,
      "how its bandwidth is paid for; only ByBandwidth bills the configured size",
      Limits<InternetCharge>{});
  add("id", &Match::id, "globs: `*` stands for any characters", text_limits());
  add("name", &Match::name, "globs", text_limits());
  add("hostname", &Match::hostname, "globs; bmc only", text_limits());
  add("zone", &Match::zone, "globs, such as `SIN-*`", text_limits());
  add("type", &Match::type, "globs over the id of the instance type", text_limits());
  add("resource_group", &Match::resource_group, "globs over its name or its id", text_limits());
  schema
      .special("tags", "table of text or list of text", "none",
               "every tag named must be there, with a value that fits one of the globs", read_tags)
      .together(refuse_empty_lists)
      .together(refuse_hostnames_of_vm)
      .together(check_accounts);
  return schema;
}

void read_exclusion(const TomlNode& node, Match& match, Reading& reading) {
  static const Schema<Match> kExcluded = conditions("not");
  if (!expect_table(node, reading)) return;
  if (node.members.empty()) {
    reading.problem(node.at, "is empty: it would exclude every instance");
    return;
  }
  kExcluded.read(node, match.exclude.emplace_back(), reading);
}

}  // namespace

void check_known(const TomlNode& node, std::string_view key, std::string_view noun,
                 const std::vector<std::string_view>& known, Reading& reading) {
  if (std::find(known.begin(), known.end(), node.text) != known.end()) return;
  const auto guess = nearest(node.text, known);
  reading.problem_at(key, node.at,
                     "there is no " + std::string(noun) + " named " + in_quotes(node.text),
                     guess ? in_quotes(*guess) : "");
}

const Schema<Match>& match_schema() {
  static const Schema<Match> kSchema = [] {
    Schema<Match> schema = conditions("[policy.match]");
    schema.special("not", "table of the same keys", "none",
                   "instances that fit all of these conditions are left out", read_exclusion);
    return schema;
  }();
  return kSchema;
}

}  // namespace penstock
