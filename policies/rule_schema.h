// The keys of each kind of rule, and of the calendar that rules and freeze windows share.
#pragma once

#include <functional>
#include <span>
#include <string_view>

#include "policies/policy.h"
#include "policies/schema.h"

namespace penstock {

/// Largest bandwidth that can be written: above any instance type, and far from any overflow.
inline constexpr Mbps kLargestCap{1'000'000};

struct RuleKind {
  std::string_view name;
  std::function<Rule(const TomlNode&, Reading&)> read;
  std::function<SectionDoc()> document;
};
/// One per alternative of Rule, in its order.
std::span<const RuleKind> rule_kinds();

/// The kind a [[policy.rule]] names and its keys; nullopt after a problem with the kind itself.
std::optional<Rule> read_rule(const TomlNode& node, Reading& reading);

/// A [[policy.freeze]]: a calendar without bandwidth.
const Schema<ScheduleRule>& freeze_schema();

}  // namespace penstock
