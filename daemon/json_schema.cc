#include "daemon/json_schema.h"

#include <algorithm>
#include <optional>
#include <string_view>
#include <vector>

#include "daemon/config.h"
#include "daemon/json.h"
#include "policies/policy_file.h"

namespace penstock {
namespace {

/// A section's header taken apart: "[[policy.rule]] kind = "step"" is the list policy.rule's
/// variant "step".
struct Header {
  std::string path;
  std::string variant;
};

Header header_of(const std::string& name) {
  Header header;
  const std::size_t begin = name.find_first_not_of('[');
  const std::size_t end = std::min(name.find(']'), name.size());
  if (begin != std::string::npos && begin < end) header.path = name.substr(begin, end - begin);
  const std::size_t quote = name.find('"');
  if (quote != std::string::npos) {
    header.variant = name.substr(quote + 1, name.rfind('"') - quote - 1);
  }
  return header;
}

std::vector<std::string> quoted_words(std::string_view text) {
  std::vector<std::string> words;
  for (std::size_t open = text.find('"'); open != std::string_view::npos;) {
    const std::size_t close = text.find('"', open + 1);
    if (close == std::string_view::npos) break;
    words.emplace_back(text.substr(open + 1, close - open - 1));
    open = text.find('"', close + 1);
  }
  return words;
}

/// The number that follows `word`, or stands at the front where `word` is "".
std::optional<std::string> number_after(std::string_view text, std::string_view word) {
  const std::size_t at = text.find(word);
  if (at == std::string_view::npos) return std::nullopt;
  text.remove_prefix(at + word.size());
  const std::size_t end = text.find_first_not_of("-0123456789.");
  if (end == 0 || text.empty()) return std::nullopt;
  return std::string(text.substr(0, end));
}

void write_range(JsonWriter& out, std::string_view range) {
  const auto bound = [&](const char* key, const std::optional<std::string>& number) {
    if (number) out.key(key).decimal(*number);
  };
  bound("exclusiveMinimum", number_after(range, "above "));
  if (range.find(" to ") != std::string_view::npos) {
    bound("minimum", number_after(range, ""));
    bound("maximum", number_after(range, " to "));
  } else {
    bound("minimum", number_after(range, "at least "));
    bound("maximum", number_after(range, "at most "));
  }
}

void write_words(JsonWriter& out, std::string_view type) {
  std::vector<std::string> words = quoted_words(type);
  const auto open_ended = std::ranges::find(words, "tag:KEY");
  if (open_ended == words.end()) {
    out.key("type").string("string").key("enum").begin_array();
    for (const std::string& word : words) out.string(word);
    out.end_array();
    return;
  }
  words.erase(open_ended);
  out.key("anyOf").begin_array().begin_object().key("enum").begin_array();
  for (const std::string& word : words) out.string(word);
  out.end_array().end_object();
  out.begin_object().key("type").string("string").key("pattern").string("^tag:.+$").end_object();
  out.end_array();
}

constexpr const char* kBandwidth = "^[0-9]+([.][0-9]+)? ?(kbps|Mbps|Gbps|Tbps)$";
constexpr const char* kMoney = "^[0-9]+([.][0-9]{1,6})? ?USD$";
constexpr const char* kDuration = "^([0-9]+([.][0-9]+)? ?(ms|s|m|h|d|w) ?)+$";

/// The members that say what a single value may be.
void write_type(JsonWriter& out, std::string_view type) {
  const auto is = [&](std::string_view word) { return type.starts_with(word); };
  const auto text = [&](const char* pattern) {
    out.key("type").string("string");
    if (*pattern != '\0') out.key("pattern").string(pattern);
  };
  if (is("list of ")) {
    out.key("type").string("array").key("items").begin_object();
    write_type(out, type.substr(8));
    out.end_object();
  } else if (is("table of ")) {
    out.key("type").string("object").key("additionalProperties").begin_object();
    if (type.find("list of") == std::string_view::npos) {
      out.key("type").string("string");
    } else {
      out.key("anyOf").begin_array();
      out.begin_object().key("type").string("string").end_object();
      out.begin_object().key("type").string("array").key("items").begin_object();
      out.key("type").string("string").end_object().end_object().end_array();
    }
    out.end_object();
  } else if (is("\"")) {
    write_words(out, type);
  } else if (is("bandwidth")) {
    text(kBandwidth);
  } else if (is("money")) {
    text(kMoney);
  } else if (is("duration")) {
    text(kDuration);
  } else if (is("true or false")) {
    out.key("type").string("boolean");
  } else if (is("number") || is("whole number")) {
    out.key("type").string(is("number") ? "number" : "integer");
    write_range(out, type.substr(std::min(type.find(", "), type.size()))
                         .substr(type.find(", ") == std::string_view::npos ? 0 : 2));
  } else {
    text("");  // TOML's own dates and times, too, reach a schema as text
  }
}

/// A default as the manual writes it is a JSON literal or a remark such as "none".
void write_default(JsonWriter& out, const std::string& fallback) {
  if (fallback == "true" || fallback == "false") out.key("default").boolean(fallback == "true");
  if (fallback.size() > 1 && fallback.front() == '"' && fallback.back() == '"') {
    out.key("default").string(std::string_view(fallback).substr(1, fallback.size() - 2));
  }
  if (!fallback.empty() && fallback.find_first_not_of("-0123456789.") == std::string::npos) {
    out.key("default").decimal(fallback);
  }
}

/// One member a line, so that a change of one key is a change of one line.
std::string indented(std::string_view json) {
  std::string out;
  std::size_t depth = 0;
  bool quoted = false;
  for (std::size_t i = 0; i < json.size(); ++i) {
    const char c = json[i];
    if (c == '"' && (i == 0 || json[i - 1] != '\\')) quoted = !quoted;
    const bool opens = !quoted && (c == '{' || c == '[');
    const bool closes = !quoted && (c == '}' || c == ']');
    const bool empty = closes && i > 0 && (json[i - 1] == '{' || json[i - 1] == '[');
    if (closes) --depth;
    if (closes && !empty) out += "\n" + std::string(2 * depth, ' ');
    out += c;
    if (opens) ++depth;
    const bool next_closes = i + 1 < json.size() && (json[i + 1] == '}' || json[i + 1] == ']');
    if ((opens && !next_closes) || (!quoted && c == ',')) {
      out += "\n" + std::string(2 * depth, ' ');
    }
    if (!quoted && c == ':') out += ' ';
  }
  return out;
}

class SchemaText {
 public:
  explicit SchemaText(std::vector<SectionDoc> sections) : sections_(std::move(sections)) {}

  std::string text(const char* title, const std::string& root) {
    out_.begin_object();
    out_.key("$schema").string("http://json-schema.org/draft-07/schema#");
    out_.key("title").string(title);
    if (const SectionDoc* section = only(root)) {
      members(*section, root, "");
    } else {
      // A policy file is nothing but its list.
      out_.key("type").string("object").key("additionalProperties").boolean(false);
      out_.key("properties").begin_object().key("policy");
      list_of("policy", "the policies of this file");
      out_.end_object();
    }
    out_.end_object();
    return indented(out_.take()) + "\n";
  }

 private:
  std::vector<const SectionDoc*> all(const std::string& path) const {
    std::vector<const SectionDoc*> found;
    for (const SectionDoc& section : sections_) {
      if (header_of(section.name).path == path) found.push_back(&section);
    }
    return found;
  }
  const SectionDoc* only(const std::string& path) const {
    const auto found = all(path);
    return found.size() == 1 ? found.front() : nullptr;
  }

  void list_of(const std::string& path, const std::string& effect) {
    out_.begin_object().key("type").string("array").key("description").string(effect);
    out_.key("items").begin_object();
    const auto variants = all(path);
    if (variants.size() == 1) {
      members(*variants.front(), path, "");
    } else {
      out_.key("oneOf").begin_array();
      for (const SectionDoc* variant : variants) {
        out_.begin_object();
        members(*variant, path, "");
        out_.end_object();
      }
      out_.end_array();
    }
    out_.end_object().end_object();
  }

  /// The members of an object's schema; `without` leaves one key out.
  void members(const SectionDoc& section, const std::string& path, std::string_view without) {
    out_.key("type").string("object").key("additionalProperties").boolean(false);
    out_.key("properties").begin_object();
    for (const KeyDoc& key : section.keys) {
      if (key.key == without) continue;
      out_.key(key.key);
      property(section, key, path.empty() ? key.key : path + "." + key.key);
    }
    out_.end_object().key("required").begin_array();
    for (const KeyDoc& key : section.keys) {
      if (key.fallback == "required") out_.string(key.key);
    }
    out_.end_array();
  }

  void property(const SectionDoc& owner, const KeyDoc& key, const std::string& path) {
    if (key.type == "list of tables") {
      list_of(path, key.effect);
      return;
    }
    out_.begin_object().key("description").string(key.effect);
    if (key.type == "table") {
      if (const SectionDoc* section = only(path)) members(*section, path, "");
    } else if (key.type == "table of the same keys") {
      members(owner, path, key.key);
    } else {
      write_type(out_, key.type);
      write_default(out_, key.fallback);
    }
    out_.end_object();
  }

  std::vector<SectionDoc> sections_;
  JsonWriter out_;
};

}  // namespace

std::string config_json_schema() {
  return SchemaText(config_reference()).text("penstock.toml", "");
}

std::string policy_json_schema() {
  return SchemaText(policy_reference()).text("Penstock policies", "-");
}

}  // namespace penstock
