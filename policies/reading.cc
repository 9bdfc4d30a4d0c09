#include "policies/reading.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <utility>

#include "metrics/printable.h"

namespace penstock {
namespace {

constexpr std::size_t kShownText = 60;

/// Whether `path` is `ancestor` or lies below it.
bool lies_in(std::string_view path, std::string_view ancestor) {
  return path.starts_with(ancestor) &&
         (path.size() == ancestor.size() || path[ancestor.size()] == '.' ||
          path[ancestor.size()] == '[');
}

}  // namespace

std::optional<TomlNode> Reading::parse() {
  auto read = read_toml(text_, file_);
  if (auto* root = std::get_if<TomlNode>(&read)) return std::move(*root);
  problems_.push_back(std::move(std::get<Problem>(read)));
  return std::nullopt;
}

void Reading::problem(const TextPlace& at, std::string message, std::string suggestion) {
  std::string_view path = std::string_view(path_).substr(std::min(hidden_, path_.size()));
  if (path.starts_with('.')) path.remove_prefix(1);
  failed_.insert(path_);
  problems_.push_back({.file = file_,
                       .at = at,
                       .path = std::string(path),
                       .message = std::move(message),
                       .suggestion = std::move(suggestion),
                       .source = source_line(text_, at.line)});
}

void Reading::problem_at(std::string_view key, const TextPlace& at, std::string message,
                         std::string suggestion) {
  const Step step(*this, key);
  problem(at, std::move(message), std::move(suggestion));
}

void Reading::clash(const TomlNode& table, std::initializer_list<std::string_view> keys,
                    std::string message, std::string suggestion) {
  if (std::any_of(keys.begin(), keys.end(), [&](auto key) { return failed(key); })) return;
  for (const std::string_view key : keys) {
    const TomlNode* node = find_path(table, key);
    if (node == nullptr) continue;
    problem_at(key, node->at, std::move(message), std::move(suggestion));
    return;
  }
  problem_at(*keys.begin(), table.at, std::move(message), std::move(suggestion));
}

void Reading::missing(const TomlNode& table, std::string_view key, std::string_view why) {
  if (failed(key)) return;
  problem_at(key, table.at, why.empty() ? "is missing" : "is missing: " + std::string(why));
}

std::string Reading::below(std::string_view key) const {
  if (path_.empty() || key.empty() || key.starts_with('[')) return path_ + std::string(key);
  return path_ + "." + std::string(key);
}

bool Reading::failed(std::string_view key) const {
  const std::string path = below(key);
  return std::any_of(failed_.begin(), failed_.end(), [&](const std::string& failed) {
    return lies_in(path, failed) || lies_in(failed, path);
  });
}

std::vector<Problem> Reading::problems() const {
  std::vector<Problem> ordered = problems_;
  std::stable_sort(ordered.begin(), ordered.end(), [](const Problem& a, const Problem& b) {
    return std::pair(a.at.line, a.at.column) < std::pair(b.at.line, b.at.column);
  });
  return ordered;
}

Reading::Step::Step(Reading& reading, std::string_view key)
    : reading_(reading), before_(reading.path_.size()) {
  reading.path_ = reading.below(printable(key, kShownText));
}

Reading::Step::Step(Reading& reading, std::size_t index)
    : reading_(reading), before_(reading.path_.size()) {
  reading.path_ += "[" + std::to_string(index) + "]";
}

Reading::Step::~Step() {
  reading_.path_.resize(before_);
  reading_.hidden_ = std::min(reading_.hidden_, before_);
}

const TomlNode* find_path(const TomlNode& table, std::string_view path) {
  const TomlNode* node = &table;
  while (node != nullptr && !path.empty()) {
    if (path.front() == '.') path.remove_prefix(1);
    if (path.starts_with('[')) {
      std::size_t index = 0;
      const auto [end, error] = std::from_chars(path.data() + 1, path.data() + path.size(), index);
      if (error != std::errc{} || index >= node->items.size()) return nullptr;
      node = &node->items[index];
      path.remove_prefix(static_cast<std::size_t>(end - path.data()) + 1);
      continue;
    }
    const std::size_t length = std::min(path.find_first_of(".["), path.size());
    node = node->find(path.substr(0, length));
    path.remove_prefix(length);
  }
  return node;
}

std::string in_quotes(std::string_view text) {
  std::string out = "\"";
  for (const char c : printable(text, kShownText)) {
    if (c == '"') out += '\\';
    out += c;
  }
  return out + "\"";
}

std::string shown(const TomlNode& node) {
  using Kind = TomlNode::Kind;
  switch (node.kind) {
    case Kind::kText:
      return in_quotes(node.text);
    case Kind::kInteger:
      return std::to_string(node.integer);
    case Kind::kNumber:
      return fmt::format("{}", node.number);
    case Kind::kBoolean:
      return node.boolean ? "true" : "false";
    case Kind::kDate:
    case Kind::kClock:
      return node.text;
    case Kind::kList:
      return "a list";
    case Kind::kTable:
      return "a table";
  }
  return "?";
}

}  // namespace penstock
