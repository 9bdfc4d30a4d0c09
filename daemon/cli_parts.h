// What the command line's files share: options that many commands have, with one wording each.
//
//   CLI::App* plan = add_command(app, "plan", "what would be ordered now", "  penstock plan
//   --json"); add_config(plan, to.plan.config);
//
// For cli*.cc alone, the home of CLI11.
#pragma once

#include <CLI/CLI.hpp>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace penstock {

inline constexpr const char* kExitCodes =
    "Exit codes: 0 done, 1 failed, 2 changes are due (plan), 3 daemon not reachable,\n"
    "64 wrong usage, 78 wrong configuration.";

/// A checked option of one of our own unit types.
template <class T>
CLI::Option* add_unit(CLI::App* app, const std::string& name,
                      const std::function<std::optional<T>(std::string_view)>& parse,
                      const std::function<void(T)>& set, const char* what,
                      const std::string& help) {
  return app
      ->add_option_function<std::string>(
          name,
          [=](const std::string& text) {
            const std::optional<T> value = parse(text);
            if (!value) throw CLI::ValidationError(name, "\"" + text + "\" is not " + what);
            set(*value);
          },
          help)
      ->take_last();
}

inline void add_config(CLI::App* app, std::string& config) {
  app->add_option("--config", config,
                  "penstock.toml; else $PENSTOCK_CONFIG, else /etc/penstock/penstock.toml")
      ->type_name("FILE");
}

inline void add_json(CLI::App* app, bool& json) {
  app->add_flag("--json", json, "one JSON document on stdout and nothing else");
}

inline CLI::App* add_command(CLI::App& app, const char* name, const char* what, const char* teach) {
  CLI::App* command = app.add_subcommand(name, what);
  command->footer(std::string(teach) + "\n\n" + kExitCodes);
  return command;
}

}  // namespace penstock
