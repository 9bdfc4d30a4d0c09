// Bytes -> policies or problems; every problem can be shown, what is accepted keeps its promises.
#include <cassert>
#include <cstddef>
#include <cstdint>
#include <string>

#include "policies/policy_file.h"
#include "policies/schedule.h"

namespace {

penstock::Result<penstock::TimeZone> any_zone(const std::string& name) {
  if (name.starts_with("no")) return penstock::Error{.message = "is no zone"};
  return penstock::TimeZone{.name = name, .changes = {}};
}

void check(const penstock::Policy& policy) {
  assert(!policy.name.empty() && policy.name.size() <= 63);
  assert(!policy.rules.empty());
  assert(policy.bounds.min >= penstock::Mbps{1});
  assert(!policy.bounds.max || *policy.bounds.max >= policy.bounds.min);
  assert(policy.downgrade.window > policy.downgrade.freeze);
  assert(policy.canary_share >= 0 && policy.canary_share <= 1);
  const penstock::TimePoint now{std::chrono::hours{24 * 365 * 50}};
  for (const penstock::Rule& rule : policy.rules) {
    if (const auto* schedule = std::get_if<penstock::ScheduleRule>(&rule)) {
      assert(schedule->at_least || schedule->at_most);
      const auto next = penstock::next_window(*schedule, now);
      assert(!next || next->from > now);
    }
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string bytes(reinterpret_cast<const char*>(data), size);
  // Two files, so that they are compared with each other as well.
  const std::size_t half = bytes.find("\n---\n");
  const penstock::PolicyText files[] = {
      {"a.toml", bytes.substr(0, half)},
      {"b.toml", half == std::string::npos ? "" : bytes.substr(half + 5)}};
  const std::size_t count = half == std::string::npos ? 1 : 2;
  const auto set = penstock::load_policies({files, count}, {.zone = any_zone});
  assert(set.policies.empty() || set.problems.empty());
  for (const penstock::Problem& problem : set.problems) {
    const std::string shown = penstock::render(problem);
    assert(shown.ends_with('\n') && shown.size() < 16'384);
    for (const char c : shown) assert(c == '\n' || static_cast<unsigned char>(c) >= 0x20);
  }
  for (const penstock::Policy& policy : set.policies) check(policy);
  return 0;
}
