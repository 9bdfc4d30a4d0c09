// What is said of a command line that cannot be understood: one message with what, where, and how
// to mend it.
//
//   catch (const CLI::ParseError& error) { std::fputs(complaint(app, error).c_str(), stderr); }
//
// For cli.cc alone.
#pragma once

#include <string>

namespace CLI {
class App;
class ParseError;
}  // namespace CLI

namespace penstock {

/// "penstock plan: --jsn is not known here (did you mean --json?)" and a line that says where help
/// is.
std::string complaint(const CLI::App& app, const CLI::ParseError& error);

}  // namespace penstock
