#include "policies/spelling.h"

#include <gtest/gtest.h>

#include <array>

namespace penstock {
namespace {

TEST(Spelling, CountsEdits) {
  struct Row {
    const char* a;
    const char* b;
    std::size_t edits;
  };
  const Row rows[] = {
      {"", "", 0},         {"", "abc", 3},          {"abc", "abc", 0},  {"abc", "ABC", 0},
      {"abc", "abd", 1},   {"abc", "ac", 1},        {"abc", "abxc", 1}, {"abcd", "acbd", 1},
      {"Gpbs", "Gbps", 1}, {"kitten", "sitting", 3}};
  for (const Row& row : rows) {
    EXPECT_EQ(edit_distance(row.a, row.b), row.edits) << row.a << " " << row.b;
    EXPECT_EQ(edit_distance(row.b, row.a), row.edits) << row.b << " " << row.a;
  }
}

TEST(Spelling, SuggestsOnlyWhatIsNear) {
  constexpr std::array<std::string_view, 4> kKnown{"cooldown", "max_price", "min", "max"};
  EXPECT_EQ(nearest("cooldwon", kKnown), "cooldown");
  EXPECT_EQ(nearest("maxprice", kKnown), "max_price");
  EXPECT_EQ(nearest("Min", kKnown), "min");
  EXPECT_EQ(nearest("mix", kKnown), "min");  // the first of two equally near
  EXPECT_EQ(nearest("colour", kKnown), std::nullopt);
  EXPECT_EQ(nearest("", kKnown), std::nullopt);
  EXPECT_EQ(nearest("x", kKnown), std::nullopt);
  EXPECT_EQ(nearest(std::string(100'000, 'x'), kKnown), std::nullopt);
}

}  // namespace
}  // namespace penstock
