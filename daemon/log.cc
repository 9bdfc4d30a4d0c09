#include "daemon/log.h"

#include <fmt/format.h>
#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <cstdint>
#include <memory>

namespace penstock {
namespace {

spdlog::level::level_enum to_spdlog(LogLevel level) {
  switch (level) {
    case LogLevel::kDebug:
      return spdlog::level::debug;
    case LogLevel::kInfo:
      return spdlog::level::info;
    case LogLevel::kWarn:
      return spdlog::level::warn;
    case LogLevel::kError:
      return spdlog::level::err;
  }
  return spdlog::level::info;
}

spdlog::logger& logger() {
  static const std::shared_ptr<spdlog::logger> kLogger = [] {
    auto made = std::make_shared<spdlog::logger>("penstock",
                                                 std::make_shared<spdlog::sinks::stderr_sink_mt>());
    made->set_formatter(std::make_unique<spdlog::pattern_formatter>(
        "ts=%Y-%m-%dT%H:%M:%S.%eZ level=%l %v", spdlog::pattern_time_type::utc));
    made->flush_on(spdlog::level::debug);
    return made;
  }();
  return *kLogger;
}

/// One code point off the front of `text`; invalid bytes give U+FFFD and take one byte.
char32_t take_code_point(std::string_view& text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char first = byte(0);
  std::size_t length = first < 0x80                    ? 1
                       : first >= 0xF0 && first < 0xF5 ? 4
                       : first >= 0xE0                 ? 3
                       : first >= 0xC2                 ? 2
                                                       : 0;
  if (first >= 0xF5) length = 0;
  char32_t code = 0xFFFD;
  if (length > 0 && length <= text.size()) {
    static constexpr std::uint32_t kLeast[] = {0, 0, 0x80, 0x800, 0x10000};
    std::uint32_t value = length == 1 ? first : first & (0xFFU >> (length + 1));
    bool valid = true;
    for (std::size_t i = 1; i < length; ++i) {
      valid = valid && (byte(i) & 0xC0U) == 0x80U;
      value = value << 6U | (byte(i) & 0x3FU);
    }
    valid =
        valid && value >= kLeast[length] && value <= 0x10FFFF && (value < 0xD800 || value > 0xDFFF);
    if (valid) {
      text.remove_prefix(length);
      return value;
    }
  }
  text.remove_prefix(1);
  return code;
}

bool is_hidden(char32_t c) {
  return c < 0x20 || (c >= 0x7F && c < 0xA0) ||  // C0, DEL, C1 controls
         (c >= 0x200B && c <= 0x200F) ||         // zero width and direction marks
         (c >= 0x2028 && c <= 0x202E) ||         // line separators, embeddings, overrides
         (c >= 0x2060 && c <= 0x206F) || c == 0xFEFF || c == 0x61C;
}

void append_utf8(std::string& out, char32_t c) {
  if (c < 0x80) {
    out += static_cast<char>(c);
  } else if (c < 0x800) {
    out += static_cast<char>(0xC0 | c >> 6);
    out += static_cast<char>(0x80 | (c & 0x3F));
  } else if (c < 0x10000) {
    out += static_cast<char>(0xE0 | c >> 12);
    out += static_cast<char>(0x80 | (c >> 6 & 0x3F));
    out += static_cast<char>(0x80 | (c & 0x3F));
  } else {
    out += static_cast<char>(0xF0 | c >> 18);
    out += static_cast<char>(0x80 | (c >> 12 & 0x3F));
    out += static_cast<char>(0x80 | (c >> 6 & 0x3F));
    out += static_cast<char>(0x80 | (c & 0x3F));
  }
}

/// logfmt: bare where it can be, quoted with \" and \\ where it must be.
void append_value(std::string& line, std::string_view raw) {
  const std::string text = printable(raw, 2048);
  const bool bare = !text.empty() && text.find_first_of(" \"=\\") == std::string::npos;
  if (bare) {
    line += text;
    return;
  }
  line += '"';
  for (char c : text) {
    if (c == '"') line += '\\';
    line += c;
  }
  line += '"';
}

}  // namespace

std::string printable(std::string_view text, std::size_t limit) {
  std::string out;
  out.reserve(std::min(text.size(), limit) + 8);
  while (!text.empty()) {
    if (out.size() >= limit) return out + "…";
    const char32_t c = take_code_point(text);
    if (c == '\\') {
      out += "\\\\";
    } else if (c == '\n') {
      out += "\\n";
    } else if (c == '\t') {
      out += "\\t";
    } else if (is_hidden(c)) {
      out += fmt::format("\\u{{{:x}}}", static_cast<std::uint32_t>(c));
    } else {
      append_utf8(out, c);
    }
  }
  return out;
}

void set_log_level(LogLevel level) {
  logger().set_level(to_spdlog(level));
}

void log_line(LogLevel level, std::string_view event, std::initializer_list<LogField> fields) {
  spdlog::logger& out = logger();
  if (!out.should_log(to_spdlog(level))) return;
  std::string line = "event=";
  append_value(line, event);
  for (const LogField& field : fields) {
    line += ' ';
    line += field.key;
    line += '=';
    append_value(line, field.value);
  }
  // The line is handed over whole: nothing in it is a format string.
  out.log(to_spdlog(level), spdlog::string_view_t(line.data(), line.size()));
}

}  // namespace penstock
