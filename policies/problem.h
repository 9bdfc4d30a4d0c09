// A problem in a configuration or policy file: where it is, what is wrong, what was probably meant.
//
//   policies/edge.toml:3:9: bounds.max: "2 Gpbs" is not a bandwidth (did you mean "2 Gbps"?)
//       max = "2 Gpbs"
//             ^~~~~~~~
//
// Plain values. All text in one is safe to show, and what follows the name of a secret is left out.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace penstock {

/// A place in a text: lines and columns count from 1, columns in code points; line 0 = the whole.
struct TextPlace {
  std::size_t line = 0;
  std::size_t column = 0;
  std::size_t width = 1;  ///< columns to underline
  auto operator<=>(const TextPlace&) const = default;
};

struct Problem {
  std::string file;
  TextPlace at;
  std::string path;        ///< of the key, such as "bounds.max" or "rule[0].grow"; may be empty
  std::string message;     ///< completes "path: …"
  std::string suggestion;  ///< as it would be written in the file, quotes included; may be empty
  std::string source;      ///< the line, made safe to show; empty when there is none
  bool operator==(const Problem&) const = default;
};

/// The first line only: "file:line:column: path: message (did you mean …?)".
std::string headline(const Problem& problem);
/// With the source line and the caret; ends with a newline.
std::string render(const Problem& problem);
std::string render(const std::vector<Problem>& problems);

/// Line `line` of a text, with hidden characters replaced one for one so that columns stay, and
/// with secrets left out.
std::string source_line(std::string_view text, std::size_t line);

}  // namespace penstock
