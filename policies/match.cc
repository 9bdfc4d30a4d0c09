#include "policies/match.h"

#include <algorithm>

namespace penstock {
namespace {

bool any_glob(const std::vector<std::string>& patterns, std::string_view text) {
  return std::any_of(patterns.begin(), patterns.end(),
                     [&](const std::string& pattern) { return glob_matches(pattern, text); });
}

/// A list that asks nothing passes everything.
bool passes(const std::vector<std::string>& patterns, std::string_view text) {
  return patterns.empty() || any_glob(patterns, text);
}

template <class T>
bool among(const std::vector<T>& allowed, T value) {
  return allowed.empty() || std::find(allowed.begin(), allowed.end(), value) != allowed.end();
}

bool has_tag(const Match::TagCondition& condition, const std::vector<Tag>& tags) {
  return std::any_of(tags.begin(), tags.end(), [&](const Tag& tag) {
    return tag.key == condition.key && any_glob(condition.values, tag.value);
  });
}

}  // namespace

bool glob_matches(std::string_view pattern, std::string_view text) {
  // On a mismatch go back to the last star and let it swallow one character more: linear in
  // practice, and no recursion for a hostile name to deepen.
  std::size_t p = 0;
  std::size_t t = 0;
  std::size_t star = std::string_view::npos;
  std::size_t swallowed = 0;
  while (t < text.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      swallowed = t;
    } else if (p < pattern.size() && pattern[p] == text[t]) {
      ++p;
      ++t;
    } else if (star != std::string_view::npos) {
      p = star + 1;
      t = ++swallowed;
    } else {
      return false;
    }
  }
  while (p < pattern.size() && pattern[p] == '*') ++p;
  return p == pattern.size();
}

bool matches(const Match& match, const Instance& instance) {
  const bool group_fits = passes(match.resource_group, instance.resource_group) ||
                          passes(match.resource_group, instance.resource_group_id);
  return passes(match.account, instance.key.account) && passes(match.id, instance.key.id) &&
         passes(match.name, instance.name) && passes(match.hostname, instance.hostname) &&
         passes(match.zone, instance.zone) && passes(match.type, instance.type) && group_fits &&
         among(match.product, instance.product) && among(match.charge, instance.charge) &&
         among(match.internet_charge, instance.internet_charge) &&
         std::all_of(match.tags.begin(), match.tags.end(),
                     [&](const auto& condition) { return has_tag(condition, instance.tags); }) &&
         std::none_of(match.exclude.begin(), match.exclude.end(),
                      [&](const Match& excluded) { return matches(excluded, instance); });
}

Ownership owner_of(std::span<const Policy> policies, const Instance& instance) {
  Ownership owner;
  for (const Policy& policy : policies) {
    if (owner.policy != nullptr && policy.priority < owner.policy->priority) continue;
    if (!matches(policy.match, instance)) continue;
    const bool higher = owner.policy == nullptr || policy.priority > owner.policy->priority;
    const bool enforces = policy.mode == Mode::kEnforce;
    if (higher || (enforces && owner.policy->mode == Mode::kObserve)) {
      owner = {.policy = &policy};
    } else if (enforces && !owner.tie) {
      owner.tie = true;
      owner.rival = &policy;
    }
  }
  return owner;
}

bool in_canary(double share, std::string_view instance_id) {
  if (share >= 1) return true;
  // FNV-1a, then splitmix64's finish: ids that differ in their last digit only must spread well.
  std::uint64_t hash = 0xcbf29ce484222325U;
  for (const char c : instance_id) {
    hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3U;
  }
  hash = (hash ^ (hash >> 30U)) * 0xbf58476d1ce4e5b9U;
  hash = (hash ^ (hash >> 27U)) * 0x94d049bb133111ebU;
  hash ^= hash >> 31U;
  constexpr double kRange = 9007199254740992.0;  // 2^53: what a double holds exactly
  return static_cast<double>(hash >> 11U) / kRange < share;
}

}  // namespace penstock
