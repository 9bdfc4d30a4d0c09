// What one tick costs: 1,000 instances whose traffic one Prometheus answers for.
//   bench_tick [INSTANCES]     median and 95th percentile of CPU per tick, and calls per tick
// The answer is parsed, joined, observed, decided, journalled and published as in production; the
// network and the provider are canned. A quarter of the fleet wanders around its cap, so that
// orders, quotes and status reads happen as well; a second run has a fleet at rest.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "daemon/log.h"
#include "daemon/loop.h"
#include "daemon/prometheus_source.h"
#include "daemon/sqlite_journal.h"
#include "tests/testing/random.h"
#include "tests/testing/virtual_clock.h"

namespace penstock {
namespace {

constexpr Duration kTick = 15s;
constexpr int kTicks = 240;  // an hour

std::string id_of(std::size_t i) {
  return "ins-" + std::to_string(1'000'000'000 + i);
}

/// Answers every query with a sample of each instance, dated now.
class CannedPrometheus final : public Http {
 public:
  CannedPrometheus(VirtualClock& clock, std::size_t instances, double busy)
      : clock_(clock), level_(instances, 60), busy_(busy) {}

  std::vector<HttpResponse> fetch_all(std::span<const HttpRequest> requests) override {
    std::vector<HttpResponse> out;
    for (std::size_t i = 0; i < requests.size(); ++i) {
      ++calls;
      HttpResponse response;
      response.status = 200;
      response.body = body_;
      out.push_back(std::move(response));
    }
    return out;
  }
  /// Done between ticks: it is not the daemon's work.
  void prepare() {
    const std::string at = std::to_string(clock_.wall().time_since_epoch().count() / 1000);
    body_ = R"({"status":"success","data":{"resultType":"vector","result":[)";
    for (std::size_t i = 0; i < level_.size(); ++i) {
      const bool wanders = static_cast<double>(i) < busy_ * static_cast<double>(level_.size());
      if (wanders) level_[i] = std::clamp(level_[i] * random_.between(0.9, 1.12), 5.0, 3000.0);
      if (i > 0) body_ += ',';
      body_ += R"({"metric":{"instance_id":")" + id_of(i) + R"("},"value":[)" + at + R"(,")" +
               std::to_string(level_[i] * 1e6) + "\"]}";
    }
    body_ += "]}}";
  }
  int calls = 0;

 private:
  VirtualClock& clock_;
  std::vector<double> level_;
  double busy_;
  testing::Random random_{1};
  std::string body_;
};

/// Takes every order and carries it out before the next tick.
class CannedCloud final : public Cloud {
 public:
  CannedCloud(VirtualClock& clock, std::size_t instances) : clock_(clock) {
    for (std::size_t i = 0; i < instances; ++i) {
      Instance it;
      it.key = {"main", id_of(i)};
      it.charge = Charge::kPrepaid;
      it.internet_charge = InternetCharge::kByBandwidth;
      it.status = "RUNNING";
      it.name = "edge-" + std::to_string(i);
      it.zone = "SIN-A";
      it.type = "c.4c8g";
      it.cap = Mbps{100};
      it.limit = Mbps{10'000};
      it.expires = clock.wall() + std::chrono::hours{24 * 20};
      caps_[it.key.id] = Mbps{100};
      instances_.push_back(std::move(it));
    }
  }
  std::map<std::string, Result<Inventory>> list() override {
    ++calls["list"];
    for (Instance& it : instances_) it.cap = caps_[it.key.id];
    std::map<std::string, Result<Inventory>> out;
    out.emplace("main", Inventory{instances_});
    return out;
  }
  std::vector<Result<BandwidthStatus>> read_changes(std::span<const InstanceRef> refs) override {
    std::vector<Result<BandwidthStatus>> out;
    for (const InstanceRef& ref : refs) {
      ++calls["status"];
      BandwidthStatus status;
      status.cap = caps_[ref.key.id];
      status.kind = ChangeState::Kind::kIdle;
      out.emplace_back(status);
    }
    return out;
  }
  std::vector<Result<PriceAnswer>> inquire(std::span<const SizeQuestion>) override { return {}; }
  std::vector<Result<Accepted>> modify(std::span<const SizeQuestion> sizes) override {
    std::vector<Result<Accepted>> out;
    for (const SizeQuestion& each : sizes) {
      ++calls["modify"];
      caps_[each.instance.key.id] = each.to;
      out.emplace_back(Accepted{"", "T"});
    }
    return out;
  }
  std::vector<Result<Accepted>> cancel_downgrade(std::span<const InstanceRef> refs) override {
    return std::vector<Result<Accepted>>(refs.size(), Accepted{});
  }
  std::vector<Result<std::vector<Sample>>> traffic(std::span<const TrafficQuestion>) override {
    return {};
  }
  std::map<std::string, Result<Balance>> balances() override {
    ++calls["balance"];
    std::map<std::string, Result<Balance>> out;
    out.emplace("main", Balance{Money::from_units(1'000'000)});
    return out;
  }
  Result<std::vector<Transaction>> transactions(const std::string&, TimePoint, TimePoint) override {
    return std::vector<Transaction>{};
  }
  Rights rights(const std::string&) const override { return {}; }
  int changes_allowed(const std::string&, Duration span) const override {
    return static_cast<int>(std::chrono::duration_cast<std::chrono::seconds>(span).count());
  }
  std::map<std::string, int> calls;

 private:
  VirtualClock& clock_;
  std::vector<Instance> instances_;
  std::map<std::string, Mbps> caps_;
};

class CannedQuoter final : public Quoter {
 public:
  std::vector<std::optional<Price>> ask(std::span<const QuoteQuestion> questions,
                                        TimePoint) override {
    std::vector<std::optional<Price>> out;
    for (const QuoteQuestion& question : questions) {
      ++calls;
      Price price;
      price.to = question.to;
      price.due_now = Money::from_units(question.to.count() - question.from.count());
      price.quoted = true;
      out.emplace_back(price);
    }
    return out;
  }
  int calls = 0;
};

double cpu_ms() {
  timespec now{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) * 1e3 + static_cast<double>(now.tv_nsec) / 1e6;
}

int run(std::size_t instances, double busy, const std::string& state) {
  VirtualClock clock;
  CannedPrometheus http(clock, instances, busy);
  CannedCloud cloud(clock, instances);
  CannedQuoter quoter;
  Telemetry telemetry;
  SourceConfig config;
  config.name = "prometheus";
  config.urls = {"http://127.0.0.1:9090"};
  PrometheusSource source(config, {});
  auto journal = SqliteJournal::open(state + "/journal.db");
  DemandStore store(state + "/demand.db");
  if (!journal || !store.open()) return 1;
  InForce in_force;
  in_force.limits = {.orders_per_day = 0, .per_day = {}, .per_month = {}};
  Policy policy;
  policy.name = "edge";
  policy.mode = Mode::kEnforce;
  policy.rules = {SaturationRule{}};
  policy.traffic.query = "egress";
  in_force.policies = {policy};
  Loop loop({.clock = clock,
             .http = http,
             .cloud = cloud,
             .quoter = quoter,
             .journal = **journal,
             .demand_store = &store,
             .pauses = Pauses(state),
             .telemetry = telemetry,
             .sources = {&source}},
            {.tick = kTick});
  if (!loop.start(std::make_shared<const InForce>(in_force))) return 1;
  std::vector<double> costs;
  for (int tick = 0; tick < kTicks; ++tick) {
    http.prepare();
    const double before = cpu_ms();
    loop.tick([] { return false; });
    costs.push_back(cpu_ms() - before);
    clock.advance(kTick);
  }
  std::ranges::sort(costs);
  const auto at = [&](double share) {
    return costs[static_cast<std::size_t>(share * static_cast<double>(costs.size() - 1))];
  };
  const auto per_tick = [](int calls) { return static_cast<double>(calls) / kTicks; };
  const auto snapshot = loop.board().latest();
  std::printf(
      "%zu instances, %2.0f %% busy: CPU per tick %.1f ms median, %.1f ms p95, %.1f ms worst; "
      "per tick %.2f queries, %.2f lists, %.2f status reads, %.2f quotes, %.2f changes\n",
      snapshot->instances.size(), busy * 100, at(0.5), at(0.95), at(1.0), per_tick(http.calls),
      per_tick(cloud.calls["list"]), per_tick(cloud.calls["status"]), per_tick(quoter.calls),
      per_tick(cloud.calls["modify"]));
  return 0;
}

}  // namespace
}  // namespace penstock

int main(int argc, char** argv) {
  const auto instances = static_cast<std::size_t>(argc > 1 ? std::atoi(argv[1]) : 1000);
  penstock::set_log_level(penstock::LogLevel::kError);
  int failed = 0;
  for (const double busy : {0.0, 0.25}) {
    std::string state = "/tmp/penstock-bench.XXXXXX";
    if (mkdtemp(state.data()) == nullptr) return 1;
    failed |= penstock::run(instances, busy, state);
    std::filesystem::remove_all(state);
  }
  return failed;
}
