#include "policies/match.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace penstock {
namespace {

TEST(Match, GlobsKnowOnlyTheStar) {
  struct Row {
    const char* pattern;
    const char* text;
    bool fits;
  };
  const Row rows[] = {
      {"", "", true},
      {"", "a", false},
      {"*", "", true},
      {"*", "anything", true},
      {"SIN-*", "SIN-A", true},
      {"SIN-*", "SIN-", true},
      {"SIN-*", "SIN", false},
      {"SIN-*", "sin-a", false},
      {"*-A", "SIN-A", true},
      {"*-A", "SIN-AB", false},
      {"a*b*c", "a12b34c", true},
      {"a*b*c", "acb", false},
      {"a**c", "abc", true},
      {"*ab", "aab", true},
      {"*aab", "aaaab", true},
      {"a?c", "abc", false},
      {"a?c", "a?c", true},
      {"[ab]", "a", false},
      {"a.c", "abc", false},
      {"edge*", "the edge", false},
  };
  for (const Row& row : rows) {
    EXPECT_EQ(glob_matches(row.pattern, row.text), row.fits) << row.pattern << " " << row.text;
  }
  // Hostile: no recursion, no exponential search.
  const std::string pattern = [] {
    std::string many;
    for (int i = 0; i < 60; ++i) many += "*a";
    return many + "b";
  }();
  EXPECT_FALSE(glob_matches(pattern, std::string(20'000, 'a')));
}

Instance sample_instance() {
  Instance made;
  made.key = {"main", "ins-1"};
  made.product = Product::kBmc;
  made.charge = Charge::kPrepaid;
  made.internet_charge = InternetCharge::kByBandwidth;
  made.name = "web-7";
  made.hostname = "web-7.example.net";
  made.zone = "SIN-A";
  made.type = "m6c.large";
  made.resource_group = "default";
  made.resource_group_id = "rg-1";
  made.tags = {{"role", "edge"}, {"stage", "prod"}};
  return made;
}

TEST(Match, ConditionsAreAndedAndListsOred) {
  struct Row {
    const char* what;
    Match match;
    bool fits;
  };
  Match other_zone{.zone = {"SIN-*"}};
  Match web{.name = {"web-*"}};
  const Row rows[] = {
      {"nothing asked", {}, true},
      {"one of two", {.zone = {"FRA-*", "SIN-*"}}, true},
      {"none of two", {.zone = {"FRA-*", "LAX-*"}}, false},
      {"both", {.zone = {"SIN-*"}, .product = {Product::kBmc}}, true},
      {"only one of both", {.zone = {"SIN-*"}, .product = {Product::kVm}}, false},
      {"account", {.account = {"other"}}, false},
      {"id", {.id = {"ins-1"}}, true},
      {"hostname", {.hostname = {"*.example.net"}}, true},
      {"type", {.type = {"m6c.*"}}, true},
      {"group by name", {.resource_group = {"default"}}, true},
      {"group by id", {.resource_group = {"rg-1"}}, true},
      {"other group", {.resource_group = {"rg-2"}}, false},
      {"charge", {.charge = {Charge::kPostpaid}}, false},
      {"internet charge", {.internet_charge = {InternetCharge::kByBandwidth}}, true},
      {"tag", {.tags = {{"role", {"core", "ed*"}}}}, true},
      {"tag's other value", {.tags = {{"role", {"core"}}}}, false},
      {"tags are ANDed", {.tags = {{"role", {"edge"}}, {"stage", {"test"}}}}, false},
      {"absent tag", {.tags = {{"team", {"*"}}}}, false},
      {"excluded", {.exclude = {web}}, false},
      {"excluded by part of a list only",
       {.exclude = {{.name = {"web-*"}, .zone = {"FRA-*"}}}},
       true},
  };
  const Instance instance = sample_instance();
  for (const Row& row : rows) EXPECT_EQ(matches(row.match, instance), row.fits) << row.what;
}

Policy policy(const char* name, Mode mode, int priority, Match match = {}) {
  Policy made;
  made.name = name;
  made.mode = mode;
  made.priority = priority;
  made.match = std::move(match);
  return made;
}

TEST(Match, TheHighestPriorityOwnsAndTwoEnforcingOnesTie) {
  constexpr Mode kOn = Mode::kEnforce;
  constexpr Mode kOff = Mode::kObserve;
  struct Row {
    const char* what;
    std::vector<Policy> policies;
    const char* owner;
    const char* rival;  // "" = no tie
  };
  const Row rows[] = {
      {"none at all", {}, "", ""},
      {"none that matches", {policy("a", kOn, 0, {.zone = {"FRA-*"}})}, "", ""},
      {"higher", {policy("a", kOn, 0), policy("b", kOn, 1)}, "b", ""},
      {"higher, the other order", {policy("b", kOn, 1), policy("a", kOn, 0)}, "b", ""},
      {"negative", {policy("a", kOn, -1), policy("b", kOn, 0)}, "b", ""},
      {"observing on top takes out", {policy("a", kOn, 0), policy("b", kOff, 1)}, "b", ""},
      {"enforcing beats observing", {policy("a", kOff, 0), policy("b", kOn, 0)}, "b", ""},
      {"whatever the order", {policy("b", kOn, 0), policy("a", kOff, 0)}, "b", ""},
      {"observing: the first", {policy("a", kOff, 0), policy("b", kOff, 0)}, "a", ""},
      {"tie", {policy("a", kOn, 0), policy("b", kOn, 0)}, "a", "b"},
      {"tie around an observing one",
       {policy("a", kOn, 0), policy("b", kOff, 0), policy("c", kOn, 0), policy("d", kOn, 0)},
       "a",
       "c"},
      {"tie below", {policy("a", kOn, 0), policy("b", kOn, 0), policy("c", kOn, 5)}, "c", ""},
      {"rival that does not match",
       {policy("a", kOn, 0), policy("b", kOn, 0, {.name = {"x"}})},
       "a",
       ""},
  };
  const Instance instance = sample_instance();
  for (const Row& row : rows) {
    const Ownership owner = owner_of(row.policies, instance);
    EXPECT_EQ(owner.policy == nullptr ? "" : owner.policy->name, row.owner) << row.what;
    EXPECT_EQ(owner.rival == nullptr ? "" : owner.rival->name, row.rival) << row.what;
    EXPECT_EQ(owner.tie, owner.rival != nullptr) << row.what;
  }
}

TEST(Match, CanariesAreStableSpreadAndGrowing) {
  std::vector<int> inside(11);
  for (int i = 0; i < 20'000; ++i) {
    const std::string id = "ins-" + std::to_string(i);
    bool before = false;
    for (int tenth = 0; tenth <= 10; ++tenth) {
      const bool now = in_canary(tenth / 10.0, id);
      EXPECT_TRUE(now || !before) << id;  // a larger share keeps all that a smaller one had
      before = now;
      inside[static_cast<std::size_t>(tenth)] += now ? 1 : 0;
    }
  }
  EXPECT_EQ(inside[0], 0);
  EXPECT_EQ(inside[10], 20'000);
  for (int tenth = 1; tenth < 10; ++tenth) {
    EXPECT_NEAR(inside[static_cast<std::size_t>(tenth)], tenth * 2000, 300);
  }
  // Fixed for ever: a new version must not enforce other instances than the last one did.
  EXPECT_TRUE(in_canary(0.17, "ins-1"));
  EXPECT_FALSE(in_canary(0.54, "ins-2"));
}

}  // namespace
}  // namespace penstock
