// Text from outside made safe to show: instance names, labels, answers and files are hostile to
// terminals and logs.
//
//   log(printable(instance.name));
//
// Pure functions.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace penstock {

/// Control characters and bidirectional marks become escapes, invalid UTF-8 becomes U+FFFD, long
/// text is cut at `limit` bytes with "…".
std::string printable(std::string_view text, std::size_t limit = 256);

/// One code point off the front of a `text` that is not empty; an invalid byte gives U+FFFD.
char32_t take_code_point(std::string_view& text);
void append_utf8(std::string& out, char32_t code);
/// Controls, zero-width and bidirectional marks: what a reader cannot see but a terminal obeys.
bool is_hidden(char32_t code);

}  // namespace penstock
