#include "policies/problem.h"

#include <gtest/gtest.h>

namespace penstock {
namespace {

TEST(Problem, IsRenderedWithItsLineAndCaret) {
  const Problem problem{.file = "policies/edge.toml",
                        .at = {3, 9, 8},
                        .path = "bounds.max",
                        .message = "\"2 Gpbs\" is not a bandwidth",
                        .suggestion = "\"2 Gbps\"",
                        .source = "max   = \"2 Gpbs\""};
  EXPECT_EQ(render(problem),
            "policies/edge.toml:3:9: bounds.max: \"2 Gpbs\" is not a bandwidth (did you mean \"2 "
            "Gbps\"?)\n"
            "    max   = \"2 Gpbs\"\n"
            "            ^~~~~~~~\n");
  EXPECT_EQ(render(Problem{.file = "x.toml", .message = "cannot be read"}),
            "x.toml: cannot be read\n");
}

TEST(Problem, TheCaretStaysUnderTheTextWhateverTheLineHolds) {
  struct Row {
    const char* what;
    std::string text;
    TextPlace at;
    std::string expected;  // source and caret
  };
  const Row rows[] = {
      {"tabs count as one", "\tx = 1", {1, 2, 1}, "     x = 1\n     ^\n"},
      {"code points, not bytes", "ü = \"中\" z", {1, 9, 1}, "    ü = \"中\" z\n            ^\n"},
      {"hidden ones are replaced one for one",
       "a\x1b[31m\u202e = 1",
       {1, 7, 2},
       "    a�[31m� = 1\n          ^~\n"},
      {"beyond the end of the line", "a = ", {1, 9, 3}, "    a = \n        ^\n"},
      {"carriage return", "a = 1\r\nb", {1, 5, 1}, "    a = 1\n        ^\n"},
      {"no such line", "a = 1", {7, 1, 1}, ""},
  };
  for (const Row& row : rows) {
    const Problem problem{
        .file = "f", .at = row.at, .message = "m", .source = source_line(row.text, row.at.line)};
    const std::string head =
        "f:" + std::to_string(row.at.line) + ":" + std::to_string(row.at.column) + ": m\n";
    EXPECT_EQ(render(problem), head + row.expected) << row.what;
  }
}

TEST(Problem, SecretsWrittenByMistakeAreLeftOut) {
  const std::pair<const char*, const char*> rows[] = {
      {"password = \"hunter2\"", "password = …"},
      {"access_key_password=\"hunter2\"", "access_key_password= …"},
      {"TOKEN = \"abc\"", "TOKEN = …"},
      {"\"bearer token\" = \"abc\"", "\"bearer token\" = …"},
      {"headers = { Authorization = \"Bearer abc\", a = 1 }", "headers = { Authorization = …"},
      {"urls = [\"https://user:hunter2@host/\"]", "urls = [\"https:// …"},
      {"# password = hunter2", "# password = …"},
      {"a = 1, secret = \"x\", b = 2", "a = 1, secret = …"},
      // Names of files may be shown, and words without a value.
      {"access_key_password_file = \"p\"", "access_key_password_file = \"p\""},
      {"token_file = \"token\"", "token_file = \"token\""},
      {"# a token is needed", "# a token is needed"},
      {"urls = [\"https://host/?a=b\"]", "urls = [\"https://host/?a=b\"]"},
  };
  for (const auto& [line, shown] : rows) EXPECT_EQ(source_line(line, 1), shown);
}

TEST(Problem, LongLinesAreCutAroundThePlace) {
  const std::string text = std::string(500, 'a') + "X" + std::string(500, 'b');
  const Problem problem{.file = "f", .at = {1, 501, 1}, .message = "m", .source = text};
  const std::string shown = render(problem);
  const std::size_t line = shown.find('\n') + 1;
  const std::size_t caret = shown.find('\n', line) + 1;
  EXPECT_EQ(shown[line + (shown.find('^', caret) - caret)], 'X');
  EXPECT_LT(shown.size(), 500U);
}

}  // namespace
}  // namespace penstock
