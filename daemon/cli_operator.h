// The part of the command line that an operator's day is made of: explain, orders, history, ….
//
//   OperatorCommands to;
//   add_operator_commands(app, to, [&](Command command) { parsed.command = std::move(command); });
//
// For cli.cc alone.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "daemon/cli.h"

namespace CLI {
class App;
}

namespace penstock {

/// Owns what CLI11 writes into while it parses.
struct OperatorCommands {
  ExplainCommand explain;
  PastCommand past;
  PauseCommand pin;
  ApproveCommand approve;
  ReferenceCommand reference;
  JournalCommand journal;
  ReportOptions report;
  SupportCommand support;
  DoctorCommand doctor;
  InitCommand init;

  std::vector<std::string*> configs() {
    return {&explain.config, &past.config,   &pin.config,     &approve.config,
            &journal.config, &report.config, &support.config, &doctor.config};
  }
};

void add_operator_commands(CLI::App& app, OperatorCommands& to,
                           const std::function<void(Command)>& choose);

}  // namespace penstock
