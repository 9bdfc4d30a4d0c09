#include "metrics/printable.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>

namespace penstock {

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
         (c >= 0x2060 && c <= 0x206F) || c == 0xFEFF || c == 0x61C || c == 0x180E || c == 0xAD ||
         (c >= 0xFFF9 && c <= 0xFFFB) ||  // soft hyphen, interlinear annotations
         (c >= 0xE0000 && c <= 0xE0FFF);  // tags: text that no font shows
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
      std::array<char, 8> hex{};
      const auto end =
          std::to_chars(hex.data(), hex.data() + hex.size(), static_cast<std::uint32_t>(c), 16);
      out.append("\\u{").append(hex.data(), end.ptr).append("}");
    } else {
      append_utf8(out, c);
    }
  }
  return out;
}

}  // namespace penstock
