#include "daemon/log.h"

#include <gtest/gtest.h>

namespace penstock {
namespace {

TEST(Printable, MakesOutsideTextSafe) {
  struct Case {
    std::string text, want;
  };
  const Case cases[] = {
      {"edge-1", "edge-1"},
      {"日本", "日本"},
      {"a\nlevel=error", "a\\nlevel=error"},
      {"\x1b[31mred", "\\u{1b}[31mred"},
      {"\xe2\x80\xaegnp.exe", "\\u{202e}gnp.exe"},  // right-to-left override
      {"bad\xff\xfeutf8", "bad��utf8"},
      {"half\xe6\x97", "half��"},
      {"back\\slash", "back\\\\slash"},
      {"\xed\xa0\x80", "���"},  // a lone surrogate
      {std::string("nul\0x", 5), "nul\\u{0}x"},
  };
  for (const Case& c : cases) EXPECT_EQ(printable(c.text), c.want);
}

TEST(Printable, IsBounded) {
  const std::string cut = printable(std::string(10'000, 'x'), 16);
  EXPECT_EQ(cut, "xxxxxxxxxxxxxxxx…");
}

}  // namespace
}  // namespace penstock
