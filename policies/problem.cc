#include "policies/problem.h"

#include <algorithm>
#include <array>

#include "metrics/printable.h"

namespace penstock {
namespace {

constexpr std::size_t kIndent = 4;
constexpr std::size_t kWidest = 160;  // of a source line; what is longer is cut around the place

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return out;
}

/// Secrets never belong into these files, so one that stands there was put there by mistake and
/// must not travel on into logs. The names of files with secrets end in "_file" and may be shown.
void leave_out_secrets(std::string& line) {
  static constexpr std::array<std::string_view, 8> kNames{
      "password", "passwd", "secret", "token", "access_key", "bearer", "authorization", "api_key"};
  const std::string low = lower(line);
  std::size_t cut = std::string::npos;
  for (const std::string_view name : kNames) {
    for (std::size_t at = low.find(name); at != std::string::npos; at = low.find(name, at + 1)) {
      const std::size_t equals = low.find('=', at);
      if (equals == std::string::npos) break;
      const std::string_view key = std::string_view(low).substr(at, equals - at);
      const bool names_a_file =
          key.substr(0, key.find_last_not_of(" \t\"'") + 1).ends_with("_file");
      if (!names_a_file) cut = std::min(cut, equals + 1);
    }
  }
  // https://user:password@host
  const std::size_t scheme = low.find("://");
  const std::size_t at_sign = low.find('@', scheme == std::string::npos ? 0 : scheme);
  if (scheme != std::string::npos && at_sign != std::string::npos) cut = std::min(cut, scheme + 3);
  if (cut < line.size()) line.replace(cut, std::string::npos, " …");
}

/// The text as code points, so that it can be cut and pointed into by column.
std::u32string code_points(std::string_view text) {
  std::u32string out;
  while (!text.empty()) out.push_back(take_code_point(text));
  return out;
}

std::string utf8(std::u32string_view text) {
  std::string out;
  for (const char32_t c : text) append_utf8(out, c);
  return out;
}

}  // namespace

std::string source_line(std::string_view text, std::size_t line) {
  if (line == 0) return {};
  for (; line > 1; --line) {
    const std::size_t end = text.find('\n');
    if (end == std::string_view::npos) return {};
    text.remove_prefix(end + 1);
  }
  text = text.substr(0, text.find('\n'));
  if (text.ends_with('\r')) text.remove_suffix(1);
  std::string shown;
  while (!text.empty()) {
    const char32_t c = take_code_point(text);
    append_utf8(shown, c == '\t' ? U' ' : is_hidden(c) ? U'\uFFFD' : c);
  }
  leave_out_secrets(shown);
  return shown;
}

std::string headline(const Problem& problem) {
  std::string out = problem.file;
  if (problem.at.line > 0) {
    out += ":" + std::to_string(problem.at.line) + ":" + std::to_string(problem.at.column);
  }
  out += ": ";
  if (!problem.path.empty()) out += problem.path + ": ";
  out += problem.message;
  if (!problem.suggestion.empty()) out += " (did you mean " + problem.suggestion + "?)";
  return out;
}

std::string render(const Problem& problem) {
  std::string out = headline(problem) + "\n";
  if (problem.source.empty()) return out;
  std::u32string line = code_points(problem.source);
  std::size_t column = std::max<std::size_t>(problem.at.column, 1) - 1;
  if (line.size() > kWidest) {
    const std::size_t from = column > kWidest / 2 ? column - kWidest / 2 : 0;
    line = line.substr(std::min(from, line.size()), kWidest);
    column -= from;
  }
  // Where a secret was left out, the mark of the omission is what can be pointed at.
  column = std::min(column, line.size());
  const std::size_t room = column < line.size() ? line.size() - column : 1;
  const std::size_t width = std::clamp<std::size_t>(problem.at.width, 1, room);
  out += std::string(kIndent, ' ') + utf8(line) + "\n";
  out += std::string(kIndent + column, ' ') + "^" + std::string(width - 1, '~') + "\n";
  return out;
}

std::string render(const std::vector<Problem>& problems) {
  std::string out;
  for (const Problem& problem : problems) out += render(problem);
  return out;
}

}  // namespace penstock
