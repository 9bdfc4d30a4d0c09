#include "policies/policy_file.h"

#include <algorithm>
#include <map>
#include <utility>

#include "policies/policy_schema.h"

namespace penstock {
namespace {

/// A policy that could be read, and where: comparing it with others needs its place.
struct Placed {
  Policy policy;
  const PolicyText* file;
  TextPlace name_at;
};

std::string place_of(const Placed& placed) {
  return placed.file->name + ":" + std::to_string(placed.name_at.line);
}

void read_file(const PolicyText& file, const Lookups& lookups, std::vector<Placed>& read,
               std::vector<Problem>& problems) {
  Reading reading(file.name, file.text, lookups);
  const auto root = reading.parse();
  if (root) {
    std::vector<Policy> policies;
    Schema<std::vector<Policy>> schema("");
    schema.special("policy", "", "", "",
                   [&](const TomlNode& node, std::vector<Policy>& out, Reading& within) {
                     if (!expect_tables(node, within)) return;
                     for (std::size_t i = 0; i < node.items.size(); ++i) {
                       const Reading::Step step(within, i);
                       within.hide_path_so_far();
                       policy_schema().read(node.items[i], out.emplace_back(), within);
                     }
                   });
    schema.read(*root, policies, reading);
    const TomlNode* tables = root->find("policy");
    if (tables == nullptr && reading.clean()) {
      reading.problem({}, "has no [[policy]]");
    }
    for (std::size_t i = 0; i < policies.size(); ++i) {
      policies[i].file = file.name;
      const TomlNode* name = tables->items[i].find("name");
      read.push_back({std::move(policies[i]), &file, name == nullptr ? TextPlace{} : name->at});
    }
  }
  for (Problem& problem : reading.problems()) problems.push_back(std::move(problem));
}

/// Whether `wide` certainly takes everything that `narrow` takes.
bool takes_all_of(const Match& wide, const Match& narrow) {
  const auto asks_no_more = [](const auto& a, const auto& b) { return a.empty() || a == b; };
  return asks_no_more(wide.account, narrow.account) && asks_no_more(wide.id, narrow.id) &&
         asks_no_more(wide.name, narrow.name) && asks_no_more(wide.hostname, narrow.hostname) &&
         asks_no_more(wide.zone, narrow.zone) && asks_no_more(wide.type, narrow.type) &&
         asks_no_more(wide.resource_group, narrow.resource_group) &&
         asks_no_more(wide.product, narrow.product) && asks_no_more(wide.charge, narrow.charge) &&
         asks_no_more(wide.internet_charge, narrow.internet_charge) &&
         asks_no_more(wide.tags, narrow.tags) && asks_no_more(wide.exclude, narrow.exclude);
}

void compare(const Placed& earlier, const Placed& later, std::vector<Problem>& problems) {
  const auto report = [&](std::string message) {
    problems.push_back({.file = later.file->name,
                        .at = later.name_at,
                        .path = "name",
                        .message = std::move(message),
                        .suggestion = {},
                        .source = source_line(later.file->text, later.name_at.line)});
  };
  const Policy& a = earlier.policy;
  const Policy& b = later.policy;
  if (a.name == b.name) {
    report(in_quotes(b.name) + " is taken by another policy (" + place_of(earlier) + ")");
  } else if (a.mode == Mode::kEnforce && b.mode == Mode::kEnforce && a.priority == b.priority &&
             (takes_all_of(a.match, b.match) || takes_all_of(b.match, a.match))) {
    report("both this policy and " + in_quotes(a.name) + " (" + place_of(earlier) +
           ") enforce on the same instances with the same priority: such a tie holds them all");
  }
}

}  // namespace

PolicySet load_policies(std::span<const PolicyText> files, const Lookups& lookups) {
  PolicySet set;
  std::vector<Placed> read;
  for (const PolicyText& file : files) read_file(file, lookups, read, set.problems);
  for (std::size_t later = 0; later < read.size(); ++later) {
    for (std::size_t earlier = 0; earlier < later; ++earlier) {
      // Without a proper name there is nothing to compare, and that was reported.
      if (!read[earlier].policy.name.empty() && !read[later].policy.name.empty()) {
        compare(read[earlier], read[later], set.problems);
      }
    }
  }
  const auto order = [&](const Problem& problem) {
    const auto file = std::find_if(files.begin(), files.end(),
                                   [&](const PolicyText& f) { return f.name == problem.file; });
    return std::tuple(file - files.begin(), problem.at.line, problem.at.column);
  };
  std::stable_sort(set.problems.begin(), set.problems.end(),
                   [&](const Problem& a, const Problem& b) { return order(a) < order(b); });
  if (set.problems.empty()) {
    for (Placed& placed : read) set.policies.push_back(std::move(placed.policy));
  }
  return set;
}

std::vector<SectionDoc> policy_reference() {
  return policy_sections();
}

}  // namespace penstock
