// Policy files: bytes and a name in, complete policies or every problem out.
//
//   PolicySet set = load_policies({{"edge.toml", text}}, {.zone = load_time_zone});
//   if (!set.problems.empty()) std::cerr << render(set.problems);
//   use(set.policies);
//
// One pass reports everything, over all files: unknown keys, wrong types and units, ranges, and
// what makes no sense together. Which files there are and where zones come from is the caller's
// business. README.md is the manual; its tables are policy_reference().
// Pure; any thread.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "policies/policy.h"
#include "policies/problem.h"
#include "policies/reading.h"
#include "policies/schema.h"

namespace penstock {

struct PolicyText {
  std::string name;  ///< as messages should call it
  std::string text;
};

struct PolicySet {
  std::vector<Policy> policies;   ///< in the order of files and of the text; empty on any problem
  std::vector<Problem> problems;  ///< by file, then by place
};

PolicySet load_policies(std::span<const PolicyText> files, const Lookups& lookups);

/// Every key of a policy file, by table, in the manual's order.
std::vector<SectionDoc> policy_reference();

}  // namespace penstock
