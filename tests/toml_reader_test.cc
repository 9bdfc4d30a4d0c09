#include "policies/toml_reader.h"

#include <gtest/gtest.h>

namespace penstock {
namespace {

TEST(TomlReader, EveryValueAndKeyKnowsItsPlace) {
  const auto read = read_toml(
      "title = \"ü中x\" # comment\n"
      "numbers = [ 1, -2.5 ]\n"
      "[[table]]\n"
      "\tkey = { inner = true, day = 2026-01-02 }\n"
      "[table.sub]\r\n"
      "at = 18:00:00\n",
      "x.toml");
  const auto* root = std::get_if<TomlNode>(&read);
  ASSERT_NE(root, nullptr);
  using Kind = TomlNode::Kind;
  const TomlNode* title = root->find("title");
  ASSERT_NE(title, nullptr);
  EXPECT_EQ(title->text, "ü中x");
  EXPECT_EQ(title->at, (TextPlace{1, 9, 5}));  // code points, quotes included
  EXPECT_EQ(root->member("title")->key_at, (TextPlace{1, 1, 5}));
  const TomlNode* numbers = root->find("numbers");
  ASSERT_EQ(numbers->items.size(), 2U);
  EXPECT_EQ(numbers->items[0].integer, 1);
  EXPECT_EQ(numbers->items[0].number, 1.0);
  EXPECT_EQ(numbers->items[1].kind, Kind::kNumber);
  EXPECT_EQ(numbers->items[1].number, -2.5);
  EXPECT_EQ(numbers->items[1].at, (TextPlace{2, 16, 4}));
  const TomlNode* table = root->find("table");
  ASSERT_EQ(table->kind, Kind::kList);
  EXPECT_EQ(table->items[0].at.line, 3U);
  const TomlNode* key = table->items[0].find("key");
  EXPECT_TRUE(key->find("inner")->boolean);
  EXPECT_EQ(key->find("day")->kind, Kind::kDate);
  EXPECT_EQ(key->find("day")->text, "2026-01-02");
  EXPECT_EQ(table->items[0].find("sub")->find("at")->text, "18:00:00");
  EXPECT_EQ(root->find("absent"), nullptr);
  // Members come in the order of the text, not of the alphabet.
  EXPECT_EQ(root->members[0].key, "title");
  EXPECT_EQ(root->members[2].key, "table");
}

TEST(TomlReader, WhatIsNoTomlIsOneProblem) {
  const std::pair<std::string, const char*> rows[] = {
      {"[=", "not TOML"},
      {"[\n", "not TOML"},
      {"a = 1\na = 2\n", "cannot redefine"},
      {std::string("a = \"\0\"", 7), "not TOML"},
      {"a = \"\xff\"", "utf-8"},
      {std::string(300, '[') + "\n", "not TOML"},
      {"a = " + std::string(5000, '['), "not TOML"},
      {std::string(kLargestToml + 1, '\n'), "larger than 1 MiB"},
  };
  for (const auto& [text, why] : rows) {
    const auto read = read_toml(text, "x.toml");
    const auto* problem = std::get_if<Problem>(&read);
    ASSERT_NE(problem, nullptr) << text.substr(0, 20);
    EXPECT_NE(problem->message.find(why), std::string::npos) << problem->message;
    EXPECT_EQ(problem->file, "x.toml");
  }
}

}  // namespace
}  // namespace penstock
