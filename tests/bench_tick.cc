// What one tick costs a fleet whose traffic one Prometheus answers for: CPU time, memory, growth.
//   bench_tick [INSTANCES...]     without any: 1,000, 10,000 and 100,000
//   bench_tick --busy [INSTANCES...]     a quarter of the fleet wanders around its cap
// The answer is parsed, joined, observed, decided, journalled and published as in production; the
// network and the provider are canned, and what they take is left out. Every instance has a
// forecast rule and begins with four weeks of what it learned. Traffic moves below the cap; with
// --busy also above it, so that orders, quotes and status reads happen.
//
// Floors, of the same run: simdjson's bare pass over the same answer, and one copy of as many bytes
// as the state of all instances has. Exits with 1 where a figure is above its limit: see kMostTick.
#include <malloc.h>
#include <simdjson.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <map>
#include <numbers>
#include <numeric>
#include <string>
#include <vector>

#include "daemon/learned.h"
#include "daemon/log.h"
#include "daemon/loop.h"
#include "daemon/prometheus_source.h"
#include "daemon/sqlite_journal.h"
#include "tests/testing/allocations.h"
#include "tests/testing/canned_fleet.h"
#include "tests/testing/random.h"
#include "tests/testing/virtual_clock.h"

namespace penstock {
namespace {

constexpr Duration kTick = 15s;
constexpr int kWarmUp = 8;
constexpr int kTicks = 40;           // ten minutes
constexpr std::size_t kShapes = 64;  ///< of four weeks of traffic

/// Limits, at 100,000 instances; of fewer instances their share, and some noise on top.
constexpr double kMostTick = 250;  ///< ms of CPU, of the tick in the middle
constexpr double kMostDecide = 50;
constexpr double kNoise = 2;
constexpr double kMostBytes = 4096;  ///< an instance, resident; asked of large fleets only
constexpr std::size_t kLarge = 100'000;

double cpu_ms() {
  timespec now{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) * 1e3 + static_cast<double>(now.tv_nsec) / 1e6;
}

enum Part { kList, kParse, kUpdate, kSettle, kDecide, kAct, kWrite, kPublish, kParts };
constexpr std::array<const char*, kParts> kPartNames = {"list",   "parse", "update", "settle",
                                                        "decide", "act",   "write",  "publish"};

/// Where the CPU time of a tick goes. What is canned calls skip() when it is done.
class Meter final : public Telemetry {
 public:
  void begin() {
    spent = {};
    skip();
  }
  void skip() { mark_ = cpu_ms(); }
  void charge(Part part) {
    const double now = cpu_ms();
    spent[part] += now - mark_;
    mark_ = now;
  }
  void tick_took(Phase phase, Duration) override {
    switch (phase) {
      case Phase::kGather:
        return charge(kUpdate);
      case Phase::kSettle:
        return charge(kSettle);
      case Phase::kDecide:
        return charge(kDecide);
      case Phase::kAct:
        return charge(kAct);
      case Phase::kWrite:
        return charge(kWrite);
    }
  }
  std::array<double, kParts> spent{};

 private:
  double mark_ = 0;
};

/// Tells reading an answer from what is done with it.
class MeteredSource final : public SampleSource {
 public:
  MeteredSource(SampleSource& source, Meter& meter) : source_(source), meter_(meter) {}
  const std::string& name() const override { return source_.name(); }
  void begin(std::span<const PolicyQuestion> questions, TimePoint now) override {
    meter_.charge(kList);
    source_.begin(questions, now);
  }
  std::vector<HttpRequest> requests() override { return source_.requests(); }
  void take(std::span<const HttpResponse> responses) override { source_.take(responses); }
  std::vector<TrafficAnswer> answers() override {
    std::vector<TrafficAnswer> answers = source_.answers();
    meter_.charge(kParse);
    return answers;
  }

 private:
  SampleSource& source_;
  Meter& meter_;
};

/// What four weeks of a daily and weekly rhythm teach, in 5-minute samples.
std::string four_weeks(std::size_t shape, const ForecastRule& rule, TimePoint now) {
  testing::Random random{shape + 1};
  Demand demand;
  Forecast forecast;
  const double peak = random.between(30, 85), depth = random.between(2, 8);
  const double phase = random.between(0, 2 * std::numbers::pi);
  for (TimePoint at = now - std::chrono::hours{24 * 28}; at < now; at += 5min) {
    const double hours = static_cast<double>(at.time_since_epoch() / 1min) / 60;
    const double day = (1 + std::cos(hours * std::numbers::pi / 12 + phase)) / 2;
    const double level = peak * std::pow(depth, day - 1) * random.between(0.85, 1.0);
    const Sample sample{at, 5min, Rate{level}};
    demand.observe(sample, Mbps{100}, TimePoint{}, kSaturatedAt);
    forecast.observe({.sample = sample, .rule = rule});
  }
  return save_learned(demand, nullptr, nullptr, &forecast);
}

Status remember_weeks(DemandStore& store, std::size_t instances, const ForecastRule& rule,
                      TimePoint now) {
  std::vector<std::string> shapes;
  for (std::size_t i = 0; i < kShapes; ++i) shapes.push_back(four_weeks(i, rule, now));
  std::vector<SavedDemand> rows;
  for (std::size_t i = 0; i < instances; ++i) {
    rows.push_back({{"main", testing::canned_id(i)}, shapes[i % kShapes]});
    if (rows.size() < 5000 && i + 1 < instances) continue;
    if (Status saved = store.save(rows, now); !saved) return saved;
    rows.clear();
  }
  return ok();
}

/// Every label and value is stepped over, nothing is kept.
double bare_parse_ms(const std::string& body) {
  const simdjson::padded_string padded(body);
  simdjson::ondemand::parser parser;
  double best = 1e9;
  std::size_t sum = 0;
  for (int run = 0; run < 5; ++run) {
    const double before = cpu_ms();
    simdjson::ondemand::document document = parser.iterate(padded);
    for (simdjson::ondemand::value each : document["data"]["result"].get_array()) {
      for (simdjson::ondemand::field field : each.get_object()) {
        if (field.key() == "metric") {
          for (simdjson::ondemand::field label : field.value().get_object()) {
            (void)label.value().get_raw_json_string();
          }
        } else {
          for (simdjson::ondemand::value item : field.value().get_array()) {
            sum += item.raw_json_token().size();
          }
        }
      }
    }
    best = std::min(best, cpu_ms() - before);
  }
  return sum > 0 ? best : 0;
}

double copy_ms(std::size_t bytes) {
  const std::vector<char> from(bytes, 'x');
  std::vector<char> to(bytes);
  double best = 1e9;
  for (int run = 0; run < 5; ++run) {
    const double before = cpu_ms();
    std::memcpy(to.data(), from.data(), bytes);
    best = std::min(best, cpu_ms() - before);
  }
  return to.back() == 'x' ? best : 0;
}

double resident_bytes() {
  std::ifstream file("/proc/self/statm");
  double total = 0, resident = 0;
  file >> total >> resident;
  return resident * static_cast<double>(sysconf(_SC_PAGESIZE));
}

double taken_bytes() {
  const struct mallinfo2 info = mallinfo2();
  return static_cast<double>(info.uordblks + info.hblkhd);
}

double middle(std::vector<double> values) {
  std::ranges::sort(values);
  return values[values.size() / 2];
}

struct Measured {
  std::array<double, kParts> middle{}, mean{};
  double tick = 0, tick_mean = 0, worst = 0, first = 0;
  double allocations = 0;          ///< of the tick in the middle
  double resident = 0, taken = 0;  ///< bytes an instance
  double parse_floor = 0, copy_floor = 0;
};

Policy some_policy() {
  Policy policy;
  policy.name = "edge";
  policy.mode = Mode::kEnforce;
  policy.rules = {SaturationRule{}, ForecastRule{}};
  policy.traffic.query = "egress";
  return policy;
}

struct Run {
  Measured measured;
  std::map<std::string, double> calls;  ///< per tick
};

bool run(std::size_t instances, double busy, const std::string& state, Run& out) {
  VirtualClock clock;
  Meter meter;
  testing::CannedPrometheus http(clock, instances, busy);
  testing::CannedCloud cloud(clock, instances);
  testing::CannedQuoter quoter;
  http.hooks.fetch_began = [&] { meter.charge(kParse); };
  cloud.hooks.list_began = [&] { meter.charge(kList); };
  http.hooks.ended = cloud.hooks.ended = [&] { meter.skip(); };
  SourceConfig config;
  config.name = "prometheus";
  config.urls = {"http://127.0.0.1:9090"};
  PrometheusSource prometheus(config, {});
  MeteredSource source(prometheus, meter);
  auto journal = SqliteJournal::open(state + "/journal.db");
  DemandStore store(state + "/demand.db");
  if (!journal || !store.open()) return false;
  InForce in_force;
  in_force.limits = {.orders_per_day = 0, .per_day = {}, .per_month = {}};
  in_force.policies = {some_policy()};
  const ForecastRule& rule = *forecast_rule_of(in_force.policies.front());
  if (!remember_weeks(store, instances, rule, clock.wall())) return false;
  http.prepare();
  malloc_trim(0);
  const double resident_before = resident_bytes(), taken_before = taken_bytes();
  Loop loop({.clock = clock,
             .http = http,
             .cloud = cloud,
             .quoter = quoter,
             .journal = **journal,
             .demand_store = &store,
             .pauses = Pauses(state),
             .telemetry = meter,
             .sources = {&source}},
            {.tick = kTick});
  if (!loop.start(std::make_shared<const InForce>(in_force))) return false;
  std::array<std::vector<double>, kParts> parts;
  std::vector<double> ticks, allocations;
  Measured& m = out.measured;
  for (int tick = 0; tick < kWarmUp + kTicks; ++tick) {
    http.prepare();
    const std::size_t before = testing::heap_taken().blocks;
    meter.begin();
    loop.tick([] { return false; });
    meter.charge(kPublish);
    const double all = std::reduce(meter.spent.begin(), meter.spent.end());
    if (tick == 0) m.first = all;
    if (tick >= kWarmUp) {
      allocations.push_back(static_cast<double>(testing::heap_taken().blocks - before));
      ticks.push_back(all);
      for (std::size_t part = 0; part < kParts; ++part) parts[part].push_back(meter.spent[part]);
    }
    clock.advance(kTick);
  }
  const auto count = static_cast<double>(instances);
  m.resident = (resident_bytes() - resident_before) / count;
  m.taken = (taken_bytes() - taken_before) / count;
  for (std::size_t part = 0; part < kParts; ++part) {
    m.middle[part] = middle(parts[part]);
    m.mean[part] = std::reduce(parts[part].begin(), parts[part].end()) / kTicks;
  }
  m.tick = middle(ticks);
  m.tick_mean = std::reduce(ticks.begin(), ticks.end()) / kTicks;
  m.worst = std::ranges::max(ticks);
  m.allocations = middle(allocations);
  m.parse_floor = bare_parse_ms(http.body);
  m.copy_floor = copy_ms(static_cast<std::size_t>(m.taken * count));
  const auto per_tick = [](int calls) { return static_cast<double>(calls) / (kWarmUp + kTicks); };
  out.calls = {{"queries", per_tick(http.calls)},
               {"lists", per_tick(cloud.calls["list"])},
               {"status reads", per_tick(cloud.calls["status"])},
               {"quotes", per_tick(quoter.calls)},
               {"changes", per_tick(cloud.calls["modify"])}};
  return loop.board().latest()->instances.size() == instances;
}

void show(std::size_t instances, const Run& run) {
  const Measured& m = run.measured;
  std::printf("%zu instances: ms of CPU in the tick in the middle, and on average\n", instances);
  for (std::size_t part = 0; part < kParts; ++part) {
    std::printf("  %-8s %8.2f %8.2f", kPartNames[part], m.middle[part], m.mean[part]);
    if (part == kParse) {
      std::printf("   %.1f times simdjson's bare pass, %.2f", m.middle[part] / m.parse_floor,
                  m.parse_floor);
    }
    std::printf("\n");
  }
  std::printf(
      "  %-8s %8.2f %8.2f   %.1f times one copy of the state, %.2f; worst %.1f, first %.1f\n",
      "tick", m.tick, m.tick_mean, m.tick / m.copy_floor, m.copy_floor, m.worst, m.first);
  std::printf("  %.0f bytes an instance resident, %.0f taken; %.0f allocations in a tick;",
              m.resident, m.taken, m.allocations);
  for (const auto& [what, calls] : run.calls) std::printf(" %.2f %s", calls, what.c_str());
  std::printf("\n");
}

/// Whether all figures are within their limits.
bool holds(std::size_t instances, const Measured& m) {
  const double share = static_cast<double>(instances) / static_cast<double>(kLarge);
  bool fine = true;
  const auto check = [&](const char* what, double is, double most) {
    if (is <= most) return;
    std::printf("  TOO MUCH: %s %.1f, at most %.1f\n", what, is, most);
    fine = false;
  };
  check("tick", m.tick, kMostTick * share + kNoise);
  check("decide", m.middle[kDecide], kMostDecide * share + kNoise);
  if (instances >= kLarge) check("bytes an instance", m.resident, kMostBytes);
  return fine;
}

}  // namespace
}  // namespace penstock

int main(int argc, char** argv) {
  std::vector<std::size_t> sizes;
  bool busy = false;
  for (int i = 1; i < argc; ++i) {
    if (std::strcmp(argv[i], "--busy") == 0) {
      busy = true;
    } else {
      sizes.push_back(std::strtoul(argv[i], nullptr, 10));
    }
  }
  if (sizes.empty()) sizes = {1'000, 10'000, 100'000};
  penstock::set_log_level(penstock::LogLevel::kError);
  bool fine = true;
  for (const std::size_t instances : sizes) {
    std::string state = "/tmp/penstock-bench.XXXXXX";
    if (mkdtemp(state.data()) == nullptr) return 1;
    penstock::Run run;
    const bool ran = penstock::run(instances, busy ? 0.25 : 0.0, state, run);
    std::filesystem::remove_all(state);
    if (!ran) return 1;
    penstock::show(instances, run);
    fine = (busy || penstock::holds(instances, run.measured)) && fine;
    malloc_trim(0);
  }
  return fine ? 0 : 1;
}
