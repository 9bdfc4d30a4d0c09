#include "policies/toml_reader.h"

#include <toml++/toml.h>

#include <algorithm>
#include <sstream>

#include "metrics/printable.h"

namespace penstock {
namespace {

TextPlace place(const toml::source_region& region) {
  TextPlace at{.line = region.begin.line, .column = region.begin.column, .width = 1};
  if (region.end.line == region.begin.line && region.end.column > region.begin.column) {
    at.width = region.end.column - region.begin.column;
  }
  return at;
}

template <class T>
std::string written(const T& value) {
  std::ostringstream out;
  out << value;
  return out.str();
}

TomlNode copy(const toml::node& node);

TomlNode copy_table(const toml::table& table) {
  TomlNode out;
  for (auto&& [key, value] : table) {
    TomlMember member{
        .key = std::string(key.str()), .key_at = place(key.source()), .value = copy(value)};
    // A table that only a dotted key or header implies has no place of its own.
    if (member.value.at.line == 0) member.value.at = member.key_at;
    out.members.push_back(std::move(member));
  }
  // toml++ keeps keys in alphabetical order; a person reads from the top.
  std::sort(out.members.begin(), out.members.end(),
            [](const TomlMember& a, const TomlMember& b) { return a.key_at < b.key_at; });
  return out;
}

TomlNode copy(const toml::node& node) {
  using Kind = TomlNode::Kind;
  TomlNode out;
  if (const auto* table = node.as_table()) {
    out = copy_table(*table);
  } else if (const auto* list = node.as_array()) {
    out.kind = Kind::kList;
    for (const toml::node& item : *list) out.items.push_back(copy(item));
  } else if (const auto* text = node.as_string()) {
    out.kind = Kind::kText;
    out.text = text->get();
  } else if (const auto* integer = node.as_integer()) {
    out.kind = Kind::kInteger;
    out.integer = integer->get();
    out.number = static_cast<double>(out.integer);
  } else if (const auto* number = node.as_floating_point()) {
    out.kind = Kind::kNumber;
    out.number = number->get();
  } else if (const auto* boolean = node.as_boolean()) {
    out.kind = Kind::kBoolean;
    out.boolean = boolean->get();
  } else if (const auto* date = node.as_date()) {
    out.kind = Kind::kDate;
    out.text = written(date->get());
  } else if (const auto* time = node.as_time()) {
    out.kind = Kind::kClock;
    out.text = written(time->get());
  } else if (const auto* both = node.as_date_time()) {
    out.kind = Kind::kClock;
    out.text = written(both->get());
  }
  out.at = place(node.source());
  return out;
}

/// What a bare word after "=" would look like quoted: units need quotes, and forgetting them is the
/// commonest slip.
std::string quoted_value(std::string_view line) {
  const std::size_t equals = line.find('=');
  if (equals == std::string_view::npos) return {};
  std::string_view value = line.substr(equals + 1);
  value = value.substr(0, value.find('#'));
  while (value.starts_with(' ')) value.remove_prefix(1);
  while (value.ends_with(' ')) value.remove_suffix(1);
  if (value.empty() || value.find_first_of("\"'[]{},=…") != std::string_view::npos) return {};
  return "\"" + std::string(value) + "\"";
}

Problem syntax_problem(std::string_view text, const std::string& file,
                       const toml::parse_error& error) {
  constexpr std::string_view kPreface = "Error while parsing ";
  std::string_view said = error.description();
  if (said.starts_with(kPreface)) said.remove_prefix(kPreface.size());
  Problem problem{.file = file,
                  .at = place(error.source()),
                  .path = {},
                  .message = {},
                  .suggestion = {},
                  .source = {}};
  problem.source = source_line(text, problem.at.line);
  problem.message = "not TOML: " + printable(said);
  if (said.find("cannot redefine") == std::string_view::npos) {
    problem.suggestion = quoted_value(problem.source);
  }
  return problem;
}

}  // namespace

const TomlMember* TomlNode::member(std::string_view key) const {
  auto found = std::find_if(members.begin(), members.end(),
                            [&](const TomlMember& m) { return m.key == key; });
  return found == members.end() ? nullptr : &*found;
}

const TomlNode* TomlNode::find(std::string_view key) const {
  const TomlMember* found = member(key);
  return found == nullptr ? nullptr : &found->value;
}

std::variant<TomlNode, Problem> read_toml(std::string_view text, const std::string& file) {
  if (text.size() > kLargestToml) {
    return Problem{.file = file,
                   .at = {},
                   .path = {},
                   .message = "is larger than 1 MiB, which no such file should be",
                   .suggestion = {},
                   .source = {}};
  }
  try {
    TomlNode root = copy(toml::parse(text, std::string_view(file)));
    root.at = {};  // the whole text: no line of it is to blame for what is missing
    return root;
  } catch (const toml::parse_error& error) {
    return syntax_problem(text, file, error);
  }
}

}  // namespace penstock
