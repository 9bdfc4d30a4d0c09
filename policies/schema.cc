#include "policies/schema.h"

#include "metrics/printable.h"
#include "policies/spelling.h"

namespace penstock {

namespace {

constexpr std::size_t kFewKeys = 14;  // so many are worth listing when none is near

/// A cell of a Markdown table: only the column mark needs care.
std::string cell(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '|') out += '\\';
    out += c;
  }
  return out;
}

}  // namespace

std::string markdown(const SectionDoc& section) {
  std::string out = "| key | type | default | effect |\n|---|---|---|---|\n";
  for (const KeyDoc& key : section.keys) {
    // Values as they would be written in a file; words such as "required" stay words.
    const bool literal = key.fallback.find_first_of("\"[0123456789") == 0 ||
                         key.fallback == "true" || key.fallback == "false";
    const std::string fallback = literal ? "`" + cell(key.fallback) + "`" : cell(key.fallback);
    out += "| `" + key.key + "` | " + cell(key.type) + " | " + fallback + " | " + cell(key.effect) +
           (key.effect.empty() ? "|\n" : " |\n");
  }
  return out;
}

void report_unknown_key(const TomlMember& member, const std::vector<std::string_view>& known,
                        Reading& reading) {
  std::string message = "there is no such key";
  const auto guess = nearest(member.key, known);
  if (!guess && known.size() <= kFewKeys) {
    message += known.size() == 1 ? "; the only one is " : "; there are ";
    for (std::size_t i = 0; i < known.size(); ++i) {
      message += (i == 0 ? "" : i + 1 == known.size() ? " and " : ", ") + std::string(known[i]);
    }
  }
  reading.problem_at(member.key, member.key_at, message, guess.value_or(""));
}

bool expect_table(const TomlNode& node, Reading& reading) {
  if (node.kind == TomlNode::Kind::kTable) return true;
  report_not(node, "a table", reading);
  return false;
}

bool expect_tables(const TomlNode& node, Reading& reading) {
  // [name] where [[name]] was meant is the commonest slip here.
  if (node.kind != TomlNode::Kind::kList) {
    if (node.kind == TomlNode::Kind::kTable) {
      reading.problem(node.at, "may be there several times: write it in double brackets");
    } else {
      report_not(node, "a list of tables", reading);
    }
    return false;
  }
  bool all = true;
  for (std::size_t i = 0; i < node.items.size(); ++i) {
    const Reading::Step step(reading, i);
    all = expect_table(node.items[i], reading) && all;
  }
  return all;
}

}  // namespace penstock
