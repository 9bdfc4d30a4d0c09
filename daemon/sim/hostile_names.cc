#include "daemon/sim/hostile_names.h"

namespace penstock {
namespace {

constexpr std::size_t kLong = 4096;

std::string repeated(std::string_view part, std::size_t bytes) {
  std::string out;
  while (out.size() < bytes) out += part;
  return out;
}

}  // namespace

const std::vector<HostileName>& hostile_names() {
  using namespace std::string_literals;
  // Clang-format would put several on a line; a table is read by its lines.
  // clang-format off
  static const std::vector<HostileName> kNames{
      {"markup with a script", "<script>document.title='owned'</script>"},
      {"markup with an event", "<img src=x onerror=\"document.title='owned'\">"},
      {"end of a quoted attribute", "\"'><svg/onload=document.title='owned'>"},
      {"end of a script block", "</script><script>document.title='owned'//"},
      {"entities and templates", "&lt;b&gt; ${7*7} {{7*7}} %s %n <!--"},
      {"colour and cursor movement", "\x1b[31mred\x1b[2J\x1b[1;1Hgone"},
      {"a terminal's title and clipboard", "\x1b]0;owned\x07\x1b]52;c;b3duZWQ=\x07"},
      {"control characters of one byte", "\xc2\x9b" "31mred\xc2\x9d" "0;owned\x7f"},
      {"a line overwritten", "good\rbad\b\b\bugly"},
      {"line breaks", "one\ntwo\r\nlevel=error event=forged\ntwo"},
      {"tabs and zero bytes", "left\tright\0hidden"s},
      {"text turned round", "invoice-\xe2\x80\xae" "gpj.exe\xe2\x80\xac"},
      {"isolates and marks", "\xe2\x81\xa6" "abc\xe2\x81\xa9\xe2\x80\x8f" "def\xd8\x9c"},
      {"letters without width", "ad\xe2\x80\x8bmin\xef\xbb\xbf\xe2\x81\xa0"},
      {"letters from right to left", "\xd7\xa9\xd7\x9c\xd7\x95\xd7\x9d-01"},
      {"marks piled up", "z" + repeated("\xcc\x81", 120)},
      {"letters of tags", "edge\xf3\xa0\x81\x81\xf3\xa0\x81\x82"},
      {"a formula", "=HYPERLINK(\"http://192.0.2.1/\",\"open\")"},
      {"a formula with plus", "+1+cmd|' /C calc'!A0"},
      {"a formula with minus", "-2+3+cmd|' /C calc'!A0"},
      {"a formula with at", "@SUM(1+1)*cmd|' /C calc'!A0"},
      {"a formula behind a tab", "\t=1+1"},
      {"a cell and a row more", "a\",\"b\r\n=1+1,\"c"},
      {"a metric more", "x\"} 1\npenstock_forged{a=\"b\\"},
      {"quotes and backslashes", "\\\"\\'`$(reboot)\\n\\"},
      {"a path", "../../../../etc/passwd"},
      {"four thousand bytes", repeated("long-", kLong)},
      {"four thousand wide letters", repeated("\xe5\xbc\xa0", kLong)},
      {"blanks alone", "   "},
      {"bytes that are no text", "\xff\xfe\xc0\x80\xed\xa0\x80\xf5\x80 half \xe5\xbc"},
  };
  // clang-format on
  return kNames;
}

}  // namespace penstock
