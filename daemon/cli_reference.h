// What is written from the command line's own definition: completions and man pages.
//
//   std::string text = reference_text("bash", app);    // `penstock reference bash`
//
// Kinds: bash, zsh (completions), man (penstock.1), man-config (penstock.toml.5), man-policy
// (penstock-policy.5), schema-config, schema-policy (JSON schemas). The build writes them into the
// package, so none can be older than the program. For cli*.cc alone; pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace CLI {
class App;
}

namespace penstock {

/// `penstock reference KIND`: the text, ready to be printed.
struct ReferenceCommand {
  std::string kind;
  std::string text;
};

std::vector<std::string> reference_kinds();
std::string reference_text(std::string_view kind, const CLI::App& app);

}  // namespace penstock
