// Names that somebody could give an instance to harm whoever looks at it: markup, terminal escapes,
// reversed text, formulas, line breaks, what is not text at all.
//
//   for (const HostileName& each : hostile_names()) show(each.text);
//
// One table for the sandbox and for the tests of every way out. Immutable; safe from any thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace penstock {

struct HostileName {
  std::string_view what;  ///< what it tries
  std::string text;       ///< as it arrives; may hold NUL bytes and invalid UTF-8
};

const std::vector<HostileName>& hostile_names();

}  // namespace penstock
