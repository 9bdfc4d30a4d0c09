// Instances whose names mean harm, on every way out that the daemon and its commands have.
#include "daemon/sim/hostile_names.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "daemon/sim/sandbox_fleet.h"
#include "metrics/printable.h"

namespace penstock {
namespace {

/// Whether nothing in it is obeyed instead of shown, and all of it is text.
bool is_harmless(std::string_view text) {
  while (!text.empty()) {
    const bool replacement = text.starts_with("\xef\xbf\xbd");
    const char32_t code = take_code_point(text);
    if (is_hidden(code) || (code == 0xFFFD && !replacement)) return false;
  }
  return true;
}

TEST(HostileNames, BecomeHarmlessAndStayShort) {
  for (const HostileName& name : hostile_names()) {
    const std::string shown = printable(name.text);
    EXPECT_TRUE(is_harmless(shown)) << name.what << ": " << shown;
    EXPECT_LE(shown.size(), 270U) << name.what;
  }
}

TEST(HostileNames, AreWornByTheSandboxOnDemandAndChangeNothingElse) {
  const SimTime time{.origin = TimePoint{}, .month = std::chrono::minutes{4}};
  const std::vector<SimInstance> plain = sandbox_fleet(40, time, nullptr);
  std::vector<SimInstance> fleet = plain;
  give_hostile_names(fleet);
  for (std::size_t i = 0; i < fleet.size(); ++i) {
    EXPECT_EQ(fleet[i].name, hostile_names()[i % hostile_names().size()].text);
    EXPECT_EQ(fleet[i].hostname.empty(), plain[i].hostname.empty());
    EXPECT_EQ(fleet[i].id, plain[i].id);
    ASSERT_EQ(fleet[i].tags.size(), plain[i].tags.size() + 1);
    EXPECT_EQ(fleet[i].tags.front().value, plain[i].tags.front().value);
  }
}

}  // namespace
}  // namespace penstock
