// How long reading the traffic of a fleet takes, per tick, without the network:
//   bench_gather                 1,000 and 100,000 instances, best of several runs, CPU time
// The floor is simdjson's own pass over the same answer, doing nothing with what it finds.
#include <simdjson.h>

#include <algorithm>
#include <cstdio>
#include <ctime>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "daemon/join.h"
#include "daemon/prometheus_source.h"
#include "daemon/scrape_source.h"
#include "metrics/exposition.h"
#include "tests/testing/gather.h"
#include "tests/testing/scripted_http.h"

namespace penstock {
namespace {

const TimePoint kNow = *parse_time("2026-01-01T00:10:00Z");

std::string id_of(std::size_t i) {
  return "ins-" + std::to_string(1'000'000'000 + i);
}

/// As `sum by (instance_id) (rate(…))` is answered.
std::string vector_answer(std::size_t instances) {
  const std::string at = std::to_string(
      std::chrono::duration_cast<std::chrono::seconds>(kNow.time_since_epoch()).count());
  std::string out = R"({"status":"success","data":{"resultType":"vector","result":[)";
  for (std::size_t i = 0; i < instances; ++i) {
    if (i > 0) out += ',';
    out += R"({"metric":{"instance_id":")" + id_of(i) + R"("},"value":[)" + at + R"(.281,")" +
           std::to_string(71'823'445.25 + static_cast<double>(i)) + "\"]}";
  }
  return out + "]}}";
}

std::string exposition_page(std::size_t instances, double moved) {
  std::string out = "# TYPE node_network_transmit_bytes_total counter\n";
  for (std::size_t i = 0; i < instances; ++i) {
    out += "node_network_transmit_bytes_total{device=\"eth0\",instance_id=\"" + id_of(i) + "\"} " +
           std::to_string(1e12 + moved) + "\n";
  }
  return out;
}

double cpu_milliseconds(const std::function<void()>& work) {
  timespec before{}, after{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &before);
  work();
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &after);
  return static_cast<double>(after.tv_sec - before.tv_sec) * 1e3 +
         static_cast<double>(after.tv_nsec - before.tv_nsec) / 1e6;
}

double best_of(int runs, const std::function<void()>& work) {
  double best = 1e300;
  for (int i = 0; i < runs; ++i) best = std::min(best, cpu_milliseconds(work));
  return best;
}

void show(std::size_t instances, const char* what, double milliseconds, std::size_t bytes) {
  std::printf("%7zu  %-58s %9.3f ms", instances, what, milliseconds);
  if (bytes > 0) {
    std::printf("  %7.0f MB/s", static_cast<double>(bytes) / milliseconds / 1e3);
  }
  std::printf("\n");
}

/// simdjson over the answer: every label and value is stepped over, nothing is kept.
std::size_t floor_pass(simdjson::ondemand::parser& parser, const simdjson::padded_string& body) {
  std::size_t series = 0;
  simdjson::ondemand::document document = parser.iterate(body);
  simdjson::ondemand::array result = document["data"]["result"].get_array();
  for (simdjson::ondemand::value each : result) {
    simdjson::ondemand::object fields = each.get_object();
    for (simdjson::ondemand::field field : fields) {
      if (field.key() == "metric") {
        simdjson::ondemand::object labels = field.value().get_object();
        for (simdjson::ondemand::field label : labels) {
          (void)label.value().get_raw_json_string();
        }
      } else {
        simdjson::ondemand::array pair = field.value().get_array();
        for (simdjson::ondemand::value item : pair) (void)item.raw_json_token();
      }
    }
    ++series;
  }
  return series;
}

void measure_prometheus(std::size_t instances, int runs) {
  const std::string body = vector_answer(instances);
  const simdjson::padded_string padded(body);
  simdjson::ondemand::parser parser;
  std::size_t sink = 0;
  show(instances, "simdjson alone (the floor)",
       best_of(runs,
               [&] {
                 sink = floor_pass(parser, padded);
                 if (sink != instances) std::printf("WRONG: %zu series\n", sink);
               }),
       body.size());

  VectorReader reader;
  show(instances, "VectorReader: keys, values and times",
       best_of(runs,
               [&] {
                 const auto read = reader.read(
                     body, "instance_id", [&](const VectorPoint& p) { sink += p.key->size(); });
                 sink += read ? read->series : 0;
               }),
       body.size());

  Policy policy;
  policy.name = "edge";
  policy.traffic.query = "q";
  SourceConfig config;
  config.name = "prometheus";
  config.urls = {"http://127.0.0.1:9090"};
  PrometheusSource source(config,
                          [](const std::string&) -> Result<std::string> { return std::string(); });
  const std::vector<HttpResponse> responses{reply(200, body)};
  const PolicyQuestion question{&policy};
  std::vector<TrafficAnswer> answers;
  show(instances, "PrometheusSource: begin to answers, all checks",
       best_of(runs,
               [&] {
                 source.begin({&question, 1}, kNow);
                 sink += source.requests().size();
                 source.take(responses);
                 answers = source.answers();
               }),
       body.size());

  std::vector<Instance> fleet(instances);
  std::vector<const Instance*> pointers;
  pointers.reserve(instances);
  for (std::size_t i = 0; i < instances; ++i) {
    fleet[i].key = {"main", id_of(i)};
    pointers.push_back(&fleet[i]);
  }
  std::unique_ptr<InstanceIndex> index;
  show(instances, "InstanceIndex (once per list)",
       best_of(runs, [&] { index = std::make_unique<InstanceIndex>(pointers, Join::kId); }), 0);
  std::size_t matched = 0;
  show(instances, "join_traffic",
       best_of(runs,
               [&] {
                 matched = join_traffic(*index, answers[0].samples, [](std::uint32_t) {
                             return true;
                           }).matches.size();
               }),
       0);
  if (matched != instances || sink == 0) std::printf("WRONG: %zu matched\n", matched);
}

void measure_scrape(std::size_t instances, int runs) {
  SourceConfig config;
  config.name = "direct";
  config.targets = {{"http://127.0.0.1:9100/metrics", ""}};
  Policy policy;
  policy.name = "edge";
  policy.traffic.query = "node_network_transmit_bytes_total{device=\"eth0\"}";
  ScrapeSource source(config,
                      [](const std::string&) -> Result<std::string> { return std::string(); });
  const PolicyQuestion question{&policy};
  std::size_t samples = 0, bytes = 0;
  TimePoint now = kNow;
  double best = 1e300;
  for (int i = 0; i < runs + 2; ++i, now += 15s) {
    const std::vector<HttpResponse> responses{reply(200, exposition_page(instances, i * 1e6))};
    bytes = responses[0].body.size();
    best = std::min(best, cpu_milliseconds([&] {
                      source.begin({&question, 1}, now);
                      if (!source.requests().empty()) source.take(responses);
                      samples = source.answers()[0].samples.size();
                    }));
  }
  show(instances, "ScrapeSource: begin to answers, one page", best, bytes);
  if (samples != instances) std::printf("WRONG: %zu samples\n", samples);
}

void measure_exposition(std::size_t instances, int runs) {
  std::vector<std::string> ids;
  ids.reserve(instances);
  for (std::size_t i = 0; i < instances; ++i) ids.push_back(id_of(i));
  std::size_t bytes = 0;
  const double best = best_of(runs, [&] {
    bytes = 0;
    InstanceExposition pages(
        instances,
        [&](std::size_t i) {
          InstanceNumbers row;
          row.instance_id = ids[i];
          row.name = "edge";
          row.product = "bmc";
          row.zone = "SIN-A";
          row.type = "M8C";
          row.policy = "edge-prepaid";
          row.mode = "enforce";
          row.egress_mbps = 71.8 + static_cast<double>(i);
          row.demand_mbps = 71.8;
          row.cap_mbps = row.target_mbps = 200;
          row.limit_mbps = 10'000;
          row.saturated = 0;
          row.cycle_end_seconds = 1'768'867'200;
          return row;
        },
        false);
    for (std::string block = pages.next_block(); !block.empty(); block = pages.next_block()) {
      bytes += block.size();
    }
  });
  show(instances, "InstanceExposition: /metrics of every instance", best, bytes);
}

}  // namespace
}  // namespace penstock

int main() {
  for (const auto& [instances, runs] : {std::pair{1'000U, 200}, std::pair{100'000U, 7}}) {
    penstock::measure_prometheus(instances, runs);
    penstock::measure_scrape(instances, runs);
    penstock::measure_exposition(instances, runs);
  }
  return 0;
}
