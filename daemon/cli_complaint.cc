#include "daemon/cli_complaint.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <sstream>
#include <string_view>
#include <vector>

#include "metrics/printable.h"
#include "policies/spelling.h"

namespace penstock {
namespace {

/// What may stand where `word` stands: options of this command, or commands below it.
std::vector<std::string> known_beside(const CLI::App& command, const std::string& word) {
  std::vector<std::string> known;
  if (word.starts_with("-")) {
    for (const CLI::Option* option : command.get_options()) {
      for (const std::string& name : option->get_lnames()) known.push_back("--" + name);
    }
    return known;
  }
  for (const CLI::App* each : command.get_subcommands([](const CLI::App*) { return true; })) {
    if (!each->get_name().empty()) known.push_back(each->get_name());
  }
  return known;
}

std::string not_known(const CLI::App& command, const std::string& word) {
  const std::vector<std::string> known = known_beside(command, word);
  const std::vector<std::string_view> names(known.begin(), known.end());
  const bool commands = !word.starts_with("-") && !known.empty();
  std::string out = printable(word, 64) + (commands ? " is no command" : " is not expected here");
  if (const auto like = nearest(word.substr(0, word.find('=')), names)) {
    out += " (did you mean " + *like + "?)";
  }
  return out;
}

/// The word that nothing took, of CLI11's list of them: an option before its value.
std::string stray_word(const std::string& listed) {
  std::istringstream words(listed);
  std::string first, word;
  while (words >> word) {
    if (word.starts_with("-")) return word;
    if (first.empty()) first = word;
  }
  return first;
}

std::string replaced(std::string text, std::string_view what, std::string_view with) {
  if (text.starts_with(what)) text.replace(0, what.size(), with);
  return text;
}

}  // namespace

std::string complaint(const CLI::App& app, const CLI::ParseError& error) {
  const CLI::App* command = &app;
  std::string name = app.get_name();
  while (!command->get_subcommands().empty()) {
    command = command->get_subcommands().back();
    // Groups of options are nameless commands to CLI11.
    if (!command->get_name().empty()) name += " " + command->get_name();
  }
  std::string what = error.what();
  const bool wants_command = what.starts_with("A subcommand is required");
  std::string left = what.substr(std::min(what.size(), what.find(": ") + 1));
  if (wants_command) {
    left.clear();
    for (const std::string& word : app.remaining(true)) left += word + " ";
  }
  const std::string stray = stray_word(left);
  if (!stray.empty() && (wants_command || what.starts_with("The following argument"))) {
    what = not_known(*command, stray);
  } else if (wants_command) {
    what = "give a command";
  }
  what = replaced(what, "Exactly 1 option from ", "exactly one of ");
  what = replaced(what, "Could not convert: ", "not a number: ");
  return name + ": " + printable(what, 400) + "\n  -> " + name + " --help\n";
}

}  // namespace penstock
