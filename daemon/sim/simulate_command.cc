#include "daemon/sim/simulate_command.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <optional>
#include <set>
#include <utility>

#include "daemon/clock.h"
#include "daemon/exit_code.h"
#include "daemon/log.h"
#include "daemon/settings.h"
#include "daemon/sim/shrink.h"
#include "daemon/sim/simulation.h"
#include "daemon/trace_csv.h"
#include "metrics/printable.h"

namespace penstock {
namespace {

using std::chrono::hours;

constexpr double kHoursOfYear = 8766;

int fail(int code, const std::string& message) {
  std::fprintf(stderr, "penstock simulate: %s\n", message.c_str());
  return code;
}

/// The faults of the plan that are wanted; nullopt for a text that is no list of them.
std::optional<std::vector<PlannedFault>> chosen(const std::vector<PlannedFault>& plan,
                                                const std::string& text) {
  if (text == "all") return plan;
  std::set<std::size_t> wanted;
  const char* at = text.data();
  const char* end = at + text.size();
  while (text != "none" && at != end) {
    std::size_t index = 0;
    const auto [next, error] = std::from_chars(at, end, index);
    if (error != std::errc{} || (next != end && *next != ',')) return std::nullopt;
    wanted.insert(index);
    at = next == end ? end : next + 1;
  }
  std::vector<PlannedFault> out;
  for (const PlannedFault& fault : plan) {
    if (wanted.contains(fault.index)) out.push_back(fault);
  }
  return out;
}

std::string list_of(const std::vector<PlannedFault>& faults) {
  std::string out;
  for (const PlannedFault& fault : faults) {
    out += (out.empty() ? "" : ",") + std::to_string(fault.index);
  }
  return out.empty() ? "none" : out;
}

struct Sum {
  std::int64_t seeds = 0, failed = 0;
  std::uint64_t ticks = 0, starts = 0, requests = 0, twins = 0, changes = 0;
  double instance_hours = 0;
};

class Session {
 public:
  Session(const SimulateOptions& options, std::vector<Policy> policies,
          std::vector<DemandTrace> traces)
      : options_(options), policies_(std::move(policies)), traces_(std::move(traces)) {}

  int run() {
    const Duration begun = clock_.monotonic();
    for (std::int64_t i = 0; i < options_.seeds; ++i) {
      one(options_.seed + static_cast<std::uint64_t>(i));
      std::fflush(stdout);
    }
    if (options_.seeds > 1) print_sum();
    if (options_.timing) print_timing(clock_.monotonic() - begun);
    return sum_.failed == 0 ? kExitDone : kExitFailed;
  }

 private:
  void one(std::uint64_t seed) {
    const bool alone = options_.seeds == 1;
    if (alone) std::printf("seed %llu\n", static_cast<unsigned long long>(seed));
    Scenario scenario = draw_scenario({.seed = seed,
                                       .length = hours{24 * options_.days},
                                       .instances = options_.instances,
                                       .policies = policies_,
                                       .traces = traces_});
    const auto plan =
        *chosen(draw_plan(seed, scenario.length, options_.faults_per_day), options_.faults);
    if (options_.stop_after) scenario.length = std::min(scenario.length, *options_.stop_after);
    SimulationOutcome outcome = simulate(scenario, plan, {.keep_events = options_.events});
    if (options_.twice && simulate(scenario, plan, {}).trace != outcome.trace) {
      outcome.violations.push_back({scenario.origin, "determinism", "two runs differ"});
    }
    count(outcome);
    for (const std::string& event : outcome.events) std::printf("%s\n", printable(event).c_str());
    if (alone) print(scenario, plan, outcome);
    if (!outcome.violations.empty()) explain(scenario, plan, outcome);
  }

  void count(const SimulationOutcome& outcome) {
    ++sum_.seeds;
    sum_.failed += outcome.violations.empty() ? 0 : 1;
    sum_.ticks += outcome.ticks;
    sum_.starts += outcome.starts;
    sum_.requests += outcome.requests;
    sum_.twins += outcome.twins;
    for (const auto& [what, times] : outcome.changes) sum_.changes += times;
    sum_.instance_hours += static_cast<double>(outcome.simulated / 1min) / 60 * options_.instances;
  }

  void print(const Scenario& scenario, const std::vector<PlannedFault>& plan,
             const SimulationOutcome& outcome) const {
    const std::size_t policies =
        scenario.given.empty() ? scenario.policies.size() : scenario.given.size();
    std::printf("world: from %s for %s, %d instances, %zu policies, %zu faults\n",
                format(scenario.origin).c_str(), format(outcome.simulated).c_str(),
                options_.instances, policies, plan.size());
    std::string changes;
    for (const auto& [what, times] : outcome.changes) {
      changes += (changes.empty() ? "" : ", ") + std::to_string(times) + " " + what;
    }
    std::printf("changes: %s\n", changes.empty() ? "none" : changes.c_str());
    std::printf("charged: %s, of it for upgrades at once %s\n", format(outcome.charged).c_str(),
                format(outcome.charged_at_once).c_str());
    const double share = outcome.wanted > 0 ? outcome.throttled / outcome.wanted * 100 : 0;
    std::printf("throttled: %.3f %% of what was wanted\n", share);
    std::printf(
        "daemon: %llu ticks, %llu starts, %llu requests, %llu times compared with a "
        "restart\n",
        static_cast<unsigned long long>(outcome.ticks),
        static_cast<unsigned long long>(outcome.starts),
        static_cast<unsigned long long>(outcome.requests),
        static_cast<unsigned long long>(outcome.twins));
    std::printf("trace %016llx\nviolations: %zu\n", static_cast<unsigned long long>(outcome.trace),
                outcome.violations.size());
  }

  void explain(const Scenario& scenario, const std::vector<PlannedFault>& plan,
               const SimulationOutcome& outcome) const {
    for (const Violation& each : outcome.violations) {
      std::printf("violation: seed %llu %s %s: %s\n",
                  static_cast<unsigned long long>(scenario.seed), format(each.at).c_str(),
                  each.checker.c_str(), printable(each.text, 1024).c_str());
    }
    std::fflush(stdout);
    const Shrunk least = shrink(scenario, plan, outcome.violations.front());
    std::printf("shrunk from %zu faults to %zu, and to %s:\n", plan.size(), least.faults.size(),
                format(least.length).c_str());
    for (const PlannedFault& fault : least.faults) std::printf("  %s\n", describe(fault).c_str());
    std::printf("  %s %s: %s\n", format(least.violation.at).c_str(),
                least.violation.checker.c_str(), printable(least.violation.text, 1024).c_str());
    std::string own = options_.policies.empty() ? "" : " --policies " + options_.policies;
    for (const std::string& trace : options_.traces) own += " --trace " + trace;
    std::printf(
        "replay: penstock simulate --seed %llu --days %d --instances %d --faults-per-day %g "
        "--faults %s --stop-after %llds%s --events\n",
        static_cast<unsigned long long>(scenario.seed), options_.days, options_.instances,
        options_.faults_per_day, list_of(least.faults).c_str(),
        static_cast<long long>(least.length / 1s), own.c_str());
  }

  void print_sum() const {
    std::printf(
        "seeds %llu to %llu: %lld worlds, %lld failed, %.1f instance-years, %llu changes, "
        "%llu ticks, %llu starts, %llu times compared with a restart\n",
        static_cast<unsigned long long>(options_.seed),
        static_cast<unsigned long long>(options_.seed) +
            static_cast<unsigned long long>(options_.seeds) - 1,
        static_cast<long long>(sum_.seeds), static_cast<long long>(sum_.failed),
        sum_.instance_hours / kHoursOfYear, static_cast<unsigned long long>(sum_.changes),
        static_cast<unsigned long long>(sum_.ticks), static_cast<unsigned long long>(sum_.starts),
        static_cast<unsigned long long>(sum_.twins));
  }

  void print_timing(Duration took) const {
    const double seconds = std::max(static_cast<double>(took.count()) / 1000, 1e-3);
    const double worlds = sum_.instance_hours / options_.instances;
    std::printf("took %.1f s: %.0f simulated hours a second, %.1f us a tick\n", seconds,
                worlds / seconds, seconds * 1e6 / std::max(1.0, static_cast<double>(sum_.ticks)));
  }

  SimulateOptions options_;
  std::vector<Policy> policies_;
  std::vector<DemandTrace> traces_;
  SystemClock clock_;
  Sum sum_;
};

Result<std::vector<DemandTrace>> read_demand(const std::vector<std::string>& paths) {
  std::vector<DemandTrace> traces;
  for (const std::string& path : paths) {
    const Result<std::vector<std::string>> files = list_traces(path);
    if (!files) return files.error();
    for (const std::string& file : *files) {
      const Result<Series> series = read_trace(file, {});
      if (!series) return series.error();
      Result<DemandTrace> trace = make_demand_trace(*series);
      if (!trace) return trace.error();
      traces.push_back(*std::move(trace));
    }
  }
  return traces;
}

}  // namespace

int run_simulate(const SimulateOptions& options) {
  if (options.days < 1 || options.days > 3660 || options.instances < 1 ||
      options.instances > 10'000 || options.seeds < 1) {
    return fail(kExitUsage, "--days 1 to 3660, --instances 1 to 10000, --seeds 1 or more");
  }
  if (!chosen({}, options.faults)) {
    return fail(kExitUsage, "--faults is \"all\", \"none\", or numbers with commas between them");
  }
  std::vector<Policy> policies;
  if (!options.policies.empty()) {
    PoliciesRead read = read_policies(options.policies);
    if (!read.problems.empty())
      return fail(kExitConfig, "wrong policies\n" + render(read.problems));
    policies = std::move(read.policies);
    if (policies.empty()) return fail(kExitConfig, options.policies + " holds no policy");
  }
  Result<std::vector<DemandTrace>> traces = read_demand(options.traces);
  if (!traces) return fail(kExitUsage, traces.error().message);
  silence_log();
  return Session(options, std::move(policies), *std::move(traces)).run();
}

}  // namespace penstock
