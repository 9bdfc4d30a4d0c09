// The command line: arguments in, one Command out. CLI11 lives in cli*.cc alone.
//
//   Parsed parsed = parse_command_line(argc, argv);
//   if (parsed.exit_code) return *parsed.exit_code;    // --help was printed, or usage was wrong
//   std::visit(run, parsed.command);
//
// Pure but for printing help and usage errors. Called once, from main.
#pragma once

#include <optional>
#include <string>
#include <variant>

#include "daemon/approve_command.h"
#include "daemon/backtest_command.h"
#include "daemon/check.h"
#include "daemon/cli_reference.h"
#include "daemon/doctor_command.h"
#include "daemon/explain_command.h"
#include "daemon/init_command.h"
#include "daemon/journal_command.h"
#include "daemon/past_command.h"
#include "daemon/pause_command.h"
#include "daemon/plan_command.h"
#include "daemon/report_command.h"
#include "daemon/run_command.h"
#include "daemon/sim/sandbox.h"
#include "daemon/sim/simulate_command.h"
#include "daemon/status_command.h"
#include "daemon/support_command.h"

namespace penstock {

struct CheckCommand {
  CheckOptions options;
  bool json = false;
};

struct OrdersCommand {
  PastCommand past;
};
struct HistoryCommand {
  PastCommand past;
};

using Command =
    std::variant<std::monostate, RunCommand, CheckCommand, PlanCommand, StatusCommand, PauseCommand,
                 BacktestOptions, SandboxOptions, SimulateOptions, ExplainCommand, OrdersCommand,
                 HistoryCommand, JournalCommand, ReferenceCommand, ReportOptions, SupportCommand,
                 DoctorCommand, InitCommand, ApproveCommand>;

struct Parsed {
  Command command;
  std::optional<int> exit_code;
};

Parsed parse_command_line(int argc, const char* const* argv);

}  // namespace penstock
