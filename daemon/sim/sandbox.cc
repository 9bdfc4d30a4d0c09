#include "daemon/sim/sandbox.h"

#include <algorithm>
#include <cstdio>
#include <memory>
#include <optional>
#include <utility>

#include "daemon/clock.h"
#include "daemon/process.h"
#include "daemon/server.h"
#include "daemon/sim/sandbox_fleet.h"
#include "daemon/sim/sandbox_front.h"
#include "daemon/trace_csv.h"
#include "metrics/printable.h"

namespace penstock {
namespace {

constexpr int kExitFailed = 1;
constexpr int kExitUsage = 64;
constexpr int kMostInstances = 100'000;
/// Renewals of a month shrunk to minutes must not ruin the account within a working day.
constexpr Money kCash = Money::from_units(100'000'000);
constexpr Duration kWait = std::chrono::hours{24};

int fail(const Error& error, int code) {
  std::fprintf(stderr, "penstock sandbox: %s\n", printable(error.message, 1024).c_str());
  return code;
}

Status check(const SandboxOptions& options) {
  const auto wrong = [](const std::string& message) {
    return Error{.kind = ErrorKind::kInvalid, .message = message};
  };
  if (options.instances < 1 || options.instances > kMostInstances) {
    return wrong("--instances must be between 1 and " + std::to_string(kMostInstances));
  }
  if (options.month < 1s) return wrong("--month must be at least 1s");
  if (options.processing > options.month) return wrong("--processing is longer than --month");
  return ok();
}

Result<std::unique_ptr<DemandTrace>> load_trace(const std::string& path) {
  if (path.empty()) return std::unique_ptr<DemandTrace>();
  const Result<Series> series = read_trace(path, {});
  if (!series) return series.error();
  Result<DemandTrace> trace = make_demand_trace(*series);
  if (!trace) return trace.error();
  return std::make_unique<DemandTrace>(std::move(*trace));
}

}  // namespace

int run_sandbox(const SandboxOptions& options) {
  if (const Status checked = check(options); !checked) return fail(checked.error(), kExitUsage);
  const Result<std::unique_ptr<DemandTrace>> trace = load_trace(options.trace);
  if (!trace) return fail(trace.error(), kExitFailed);
  Signals signals;  // before the server's thread, which inherits the mask
  SystemClock clock(signals.fd());
  // Whole seconds, so that the times on the wire are the true ones.
  const TimePoint start = std::chrono::floor<std::chrono::seconds>(clock.wall());
  SimCloud cloud({.month = options.month, .processing = options.processing, .cash = kCash},
                 sandbox_catalogue(), start);
  auto fleet = sandbox_fleet(options.instances, cloud.time(), trace->get());
  if (options.hostile_names) give_hostile_names(fleet);
  for (SimInstance& it : fleet) cloud.add(std::move(it), start);
  SandboxFront front(std::move(cloud), {});
  // All of the front lives on the server's thread from here on.
  const Result<std::unique_ptr<HttpServer>> server = HttpServer::start(
      {.listen = options.listen},
      [&](const ServerRequest& request) { return front.answer(request, clock.wall()); });
  if (!server) return fail(server.error(), kExitFailed);
  std::printf("listening %s\n", (*server)->address().c_str());
  std::fflush(stdout);
  while (!signals.take().stop) clock.sleep(kWait);
  return 0;
}

}  // namespace penstock
