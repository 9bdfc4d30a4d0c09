// A table for people: aligned columns, colour on a terminal, plain text in a pipe.
//
//   Table table({{"INSTANCE"}, {"NOW", Table::kRight}, {"REASON"}});
//   table.row({"1234567890", "200 Mbps", "saturated for 45 s"}, Table::kUp);
//   std::fputs(table.text(stdout_is_terminal()).c_str(), stdout);
//
// Cells are outside text: they are made printable, so that no name can move the cursor. Width is
// counted in terminal columns (CJK takes two). Plain value.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace penstock {

class Table {
 public:
  enum Align { kLeft, kRight };
  enum Tone { kPlain, kUp, kDown, kHeld, kBad };
  struct Column {
    std::string title;
    Align align = kLeft;
    std::size_t most = 400;  ///< bytes of a cell; what is longer is cut with "…"
  };
  /// For what somebody else chose at any length: a row should fit a line.
  static constexpr std::size_t kName = 64;
  explicit Table(std::vector<Column> columns) : columns_(std::move(columns)) {}

  void row(std::vector<std::string> cells, Tone tone = kPlain);  ///< one cell for each column
  bool empty() const { return rows_.empty(); }
  std::string text(bool colour) const;

 private:
  struct Row {
    std::vector<std::string> cells;
    Tone tone;
  };
  std::vector<Column> columns_;
  std::vector<Row> rows_;
};

/// Columns that `text` (valid UTF-8, no control characters) takes on a terminal.
std::size_t display_width(std::string_view text);
/// stdout is a terminal and neither NO_COLOR nor TERM=dumb speaks against colour.
bool stdout_wants_colour();

}  // namespace penstock
