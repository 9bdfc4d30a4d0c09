#include "daemon/table.h"

#include <gtest/gtest.h>

namespace penstock {
namespace {

TEST(Table, AlignsAndKeepsHostileCellsHarmless) {
  Table table({{"NAME"}, {"NOW", Table::kRight}, {"WHY"}});
  table.row({"edge-1", "200 Mbps", "at target"});
  table.row({"日本", "5 Mbps", "\x1b[2Jcleared"}, Table::kUp);
  EXPECT_EQ(table.text(false),
            "NAME         NOW  WHY\n"
            "edge-1  200 Mbps  at target\n"
            "日本      5 Mbps  \\u{1b}[2Jcleared\n");
  const std::string coloured = table.text(true);
  EXPECT_NE(coloured.find("\x1b[32m日本"), std::string::npos);
  EXPECT_EQ(coloured.find("\x1b[2J"), std::string::npos);
}

TEST(Table, CountsTerminalColumns) {
  EXPECT_EQ(display_width("abc"), 3U);
  EXPECT_EQ(display_width("日本"), 4U);
  EXPECT_EQ(display_width("e\xCC\x81"), 1U) << "a combining accent takes none";
  EXPECT_EQ(display_width("…"), 1U);
}

}  // namespace
}  // namespace penstock
