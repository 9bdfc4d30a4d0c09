// TOML text as a tree of our own, every value and key with its place. toml++ stays behind it.
//
//   std::variant<TomlNode, Problem> read = read_toml(text, "policies/edge.toml");
//   if (auto* root = std::get_if<TomlNode>(&read)) root->find("name")->text
//
// Plain values that own what they hold. Exceptions of the parser end here.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "policies/problem.h"

namespace penstock {

struct TomlMember;

struct TomlNode {
  /// kClock is a local time or a date with a time; both, and kDate, keep their text.
  enum class Kind : std::uint8_t {
    kText,
    kInteger,
    kNumber,
    kBoolean,
    kDate,
    kClock,
    kList,
    kTable
  };
  Kind kind = Kind::kTable;
  TextPlace at;
  std::string text;
  std::int64_t integer = 0;
  double number = 0;  ///< of kInteger as well
  bool boolean = false;
  std::vector<TomlNode> items;      ///< of a list
  std::vector<TomlMember> members;  ///< of a table, in the order of the text

  /// The member's value; nullptr when absent or when this is no table.
  const TomlNode* find(std::string_view key) const;
  const TomlMember* member(std::string_view key) const;
};

struct TomlMember {
  std::string key;
  TextPlace key_at;
  TomlNode value;
};

/// Larger texts are refused: a policy has some kilobytes.
inline constexpr std::size_t kLargestToml = 1U << 20;

/// The root table, or the one problem that stopped the parser.
std::variant<TomlNode, Problem> read_toml(std::string_view text, const std::string& file);

}  // namespace penstock
