// Composition happens here, once: arguments become one command, which owns what it needs.
#include <cstdio>
#include <exception>

#include "daemon/backtest_command.h"
#include "daemon/check.h"
#include "daemon/cli.h"
#include "daemon/clock.h"
#include "daemon/exit_code.h"
#include "daemon/process.h"

namespace penstock {
namespace {

struct Run {
  int operator()(std::monostate) const { return kExitUsage; }
  int operator()(const RunCommand& command) const {
    Signals signals;
    return run_daemon(command, signals);
  }
  int operator()(const CheckCommand& command) const {
    const CheckReport report = check(command.options, process_environment());
    const std::string text = command.json ? json_of(report) + "\n" : text_of(report);
    std::fputs(text.c_str(), report.ok() || command.json ? stdout : stderr);
    return report.exit_code();
  }
  int operator()(const PlanCommand& command) const {
    SystemClock clock;
    return run_plan(command, clock);
  }
  int operator()(const StatusCommand& command) const { return run_status(command); }
  int operator()(const PauseCommand& command) const {
    return run_pause(command, process_environment(), SystemClock().wall());
  }
  int operator()(const ExplainCommand& command) const {
    SystemClock clock;
    return run_explain(command, clock);
  }
  int operator()(const OrdersCommand& command) const {
    return run_orders(command.past, SystemClock().wall());
  }
  int operator()(const HistoryCommand& command) const {
    return run_history(command.past, SystemClock().wall());
  }
  int operator()(const ApproveCommand& command) const {
    return run_approve(command, process_environment(), SystemClock().wall());
  }
  int operator()(const JournalCommand& command) const {
    return run_journal(command, SystemClock().wall());
  }
  int operator()(const ReportOptions& options) const {
    return run_report(options, SystemClock().wall());
  }
  int operator()(const SupportCommand& command) const {
    return run_support(command, SystemClock().wall());
  }
  int operator()(const DoctorCommand& command) const {
    SystemClock clock;
    return run_doctor(command, clock);
  }
  int operator()(const InitCommand& command) const {
    SystemClock clock;
    return run_init(command, clock);
  }
  int operator()(const ReferenceCommand& command) const {
    std::fputs(command.text.c_str(), stdout);
    return kExitDone;
  }
  int operator()(const BacktestOptions& options) const {
    return run_backtest(options, SystemClock().wall());
  }
  int operator()(const SandboxOptions& options) const { return run_sandbox(options); }
  int operator()(const SimulateOptions& options) const { return run_simulate(options); }
};

}  // namespace
}  // namespace penstock

int main(int argc, char** argv) {
  penstock::harden_process();
  try {
    const penstock::Parsed parsed = penstock::parse_command_line(argc, argv);
    return parsed.exit_code ? *parsed.exit_code : std::visit(penstock::Run{}, parsed.command);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "penstock: failed: %s\n", error.what());
    return penstock::kExitFailed;
  }
}
