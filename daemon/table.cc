#include "daemon/table.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cassert>
#include <cstdlib>
#include <utility>

#include "daemon/log.h"

namespace penstock {
namespace {

/// Blocks whose characters take two columns: Hangul, CJK, kana, full-width forms, emoji.
bool is_wide(char32_t c) {
  static constexpr std::array<std::pair<char32_t, char32_t>, 8> kWide{{{0x1100, 0x115F},
                                                                       {0x2E80, 0x303E},
                                                                       {0x3041, 0xA4CF},
                                                                       {0xAC00, 0xD7A3},
                                                                       {0xF900, 0xFAFF},
                                                                       {0xFE30, 0xFE6F},
                                                                       {0xFF00, 0xFF60},
                                                                       {0x1F300, 0x1FAFF}}};
  if (c >= 0x20000 && c <= 0x3FFFD) return true;
  return std::any_of(kWide.begin(), kWide.end(),
                     [c](auto block) { return c >= block.first && c <= block.second; });
}

bool is_combining(char32_t c) {
  return (c >= 0x300 && c <= 0x36F) || (c >= 0xFE00 && c <= 0xFE0F);
}

std::string_view escape_of(Table::Tone tone) {
  switch (tone) {
    case Table::kPlain:
      return "";
    case Table::kUp:
      return "\x1b[32m";
    case Table::kDown:
      return "\x1b[36m";
    case Table::kHeld:
      return "\x1b[33m";
    case Table::kBad:
      return "\x1b[31m";
  }
  return "";
}

std::string padded(const std::string& cell, std::size_t width, Table::Align align) {
  const std::string space(width - std::min(width, display_width(cell)), ' ');
  return align == Table::kRight ? space + cell : cell + space;
}

}  // namespace

std::size_t display_width(std::string_view text) {
  std::size_t width = 0;
  for (std::size_t i = 0; i < text.size();) {
    const auto first = static_cast<unsigned char>(text[i]);
    const std::size_t length = first < 0x80 ? 1 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
    char32_t c = length == 1 ? first : first & (0xFFU >> (length + 1));
    for (std::size_t j = 1; j < length && i + j < text.size(); ++j) {
      c = c << 6U | (static_cast<unsigned char>(text[i + j]) & 0x3FU);
    }
    if (!is_combining(c)) width += is_wide(c) ? 2 : 1;
    i += length;
  }
  return width;
}

void Table::row(std::vector<std::string> cells, Tone tone) {
  assert(cells.size() == columns_.size());
  for (std::size_t i = 0; i < cells.size(); ++i) cells[i] = printable(cells[i], columns_[i].most);
  rows_.push_back({std::move(cells), tone});
}

std::string Table::text(bool colour) const {
  std::vector<std::size_t> widths;
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    std::size_t width = display_width(columns_[i].title);
    for (const Row& row : rows_) width = std::max(width, display_width(row.cells[i]));
    widths.push_back(width);
  }
  const auto line = [&](const std::vector<std::string>& cells) {
    std::string out;
    for (std::size_t i = 0; i < cells.size(); ++i) {
      if (i > 0) out += "  ";
      out += padded(cells[i], widths[i], columns_[i].align);
    }
    while (!out.empty() && out.back() == ' ') out.pop_back();
    return out;
  };
  std::vector<std::string> titles;
  for (const Column& column : columns_) titles.push_back(column.title);
  std::string out = colour ? "\x1b[1m" + line(titles) + "\x1b[0m\n" : line(titles) + "\n";
  for (const Row& row : rows_) {
    const std::string_view escape = colour ? escape_of(row.tone) : "";
    out += escape;
    out += line(row.cells);
    out += escape.empty() ? "\n" : "\x1b[0m\n";
  }
  return out;
}

bool stdout_wants_colour() {
  const char* no_colour = std::getenv("NO_COLOR");
  const char* term = std::getenv("TERM");
  if (no_colour != nullptr && *no_colour != '\0') return false;
  if (term != nullptr && std::string_view(term) == "dumb") return false;
  return isatty(STDOUT_FILENO) == 1;
}

}  // namespace penstock
