// Against a real Prometheus: it scrapes us, and we read from it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>

#include <cstdlib>
#include <filesystem>
#include <map>
#include <memory>
#include <string>

#include "daemon/clock.h"
#include "daemon/curl_http.h"
#include "daemon/metrics_page.h"
#include "daemon/prometheus_source.h"
#include "daemon/scrape_source.h"
#include "daemon/server.h"
#include "tests/testing/child.h"
#include "tests/testing/fleet_snapshot.h"
#include "tests/testing/gather.h"
#include "tests/testing/prometheus_process.h"

namespace penstock {
namespace {

using ::testing::HasSubstr;
using testing::Prometheus;

/// Serves counters that grow by 1 Mbps for i-1 and by 2 + 3 Mbps for i-2, and our own page.
class Exporter {
 public:
  Exporter() : began_(clock_.monotonic()) {
    auto server = HttpServer::start({.listen = "127.0.0.1:0"}, [this](const ServerRequest& r) {
      ServerResponse response;
      response.content_type = "text/plain; version=0.0.4; charset=utf-8";
      if (r.path == "/penstock") {
        const auto snapshot = std::make_shared<const Snapshot>(testing::fleet_snapshot());
        response.next_block = metrics_page(instruments_, snapshot, snapshot->at);
      } else {
        response.body = counters();
      }
      return response;
    });
    EXPECT_TRUE(server);
    server_ = *std::move(server);
  }
  std::string address() const { return server_->address(); }

 private:
  std::string counters() {
    const double mb = static_cast<double>((clock_.monotonic() - began_).count()) * 125;
    const auto line = [](const char* id, const char* device, double bytes) {
      return std::string("node_network_transmit_bytes_total{instance_id=\"") + id + "\",device=\"" +
             device + "\"} " + std::to_string(1e12 + bytes) + "\n";
    };
    return "# TYPE node_network_transmit_bytes_total counter\n" + line("i-1", "eth0", mb) +
           line("i-2", "eth0", 2 * mb) + line("i-2", "eth1", 3 * mb);
  }

  SystemClock clock_;
  Duration began_;
  Instruments instruments_{"0.1.0"};
  std::unique_ptr<HttpServer> server_;  ///< last: its handler uses the rest
};

Policy policy_of(const std::string& query) {
  Policy policy;
  policy.name = "edge";
  policy.traffic.query = query;
  policy.traffic.window = 4s;
  return policy;
}

SourceConfig config_of(std::vector<std::string> urls) {
  SourceConfig config;
  config.name = "prometheus";
  config.urls = std::move(urls);
  return config;
}

Result<std::string> no_secret(const std::string& path) {
  return Error{ErrorKind::kInvalid, path, {}, {}};
}

std::map<std::string, double> egress_of(const TrafficAnswer& answer) {
  std::map<std::string, double> out;
  for (const KeyedSample& each : answer.samples) out[each.key] = each.sample.egress.mbps();
  return out;
}

/// Asks until `wanted` instances have a sample, the first of at least `least`: Prometheus' rate()
/// is too small until the series fills its range.
TrafficAnswer ask_until(SampleSource& source, Http& http, const Policy& policy, std::size_t wanted,
                        Rate least = {}) {
  SystemClock clock;
  TrafficAnswer answer;
  for (int i = 0; i < 200; ++i) {
    answer = gather(source, http, {&policy}, clock.wall()).at(0);
    if (answer.samples.size() >= wanted && answer.samples.front().sample.egress >= least) {
      return answer;
    }
    poll(nullptr, 0, 200);
  }
  ADD_FAILURE() << "no samples in 40 s" << (answer.error ? ": " + answer.error->message : "");
  return answer;
}

TEST(SlowPrometheus, ScrapesUsAndTellsUs) {
  if (!Prometheus::is_installed()) GTEST_SKIP() << "Prometheus is not installed";
  Exporter exporter;
  const Prometheus server("- {job_name: node, static_configs: [{targets: ['" + exporter.address() +
                              "']}]}\n"
                              "- {job_name: penstock, metrics_path: /penstock, static_configs: "
                              "[{targets: ['" +
                              exporter.address() + "']}]}\n",
                          "");
  CurlHttp http;
  SystemClock clock;
  // The first of the pair refuses connections: the second stands in.
  PrometheusSource source(config_of({"http://" + testing::free_address(), server.url()}),
                          no_secret);
  const Policy rate =
      policy_of("8 * sum by (instance_id) (rate(node_network_transmit_bytes_total[4s]))");
  const TrafficAnswer answer = ask_until(source, http, rate, 2, Rate{0.8});
  const TimePoint asked = clock.wall();
  ASSERT_EQ(answer.samples.size(), 2U);
  const auto egress = egress_of(answer);
  EXPECT_NEAR(egress.at("i-1"), 1, 0.3);
  EXPECT_NEAR(egress.at("i-2"), 5, 1.5);
  for (const KeyedSample& each : answer.samples) {
    EXPECT_LE(each.sample.at, asked);
    EXPECT_GT(each.sample.at, asked - 5s);
    EXPECT_EQ(each.sample.span, Duration{4s});
    EXPECT_FALSE(each.lower_bound);
  }

  // A query that ends in a range gives the stored samples with their own times.
  Policy stored = policy_of("penstock_egress_mbps[3m]");
  stored.traffic.unit = TrafficUnit::kMbps;
  const TrafficAnswer own = ask_until(source, http, stored, 2);
  EXPECT_EQ(egress_of(own), (std::map<std::string, double>{{"bmc-1", 99.25}, {"vm-2", 3}}))
      << "our page was scraped: " << (own.notes.empty() ? "" : own.notes.front());

  const struct {
    const char* query;
    const char* message;
    ErrorKind kind;
  } rows[] = {{"sum by (", "bad_data: ", ErrorKind::kInvalid},
              {"scalar(vector(1))", "gives a scalar", ErrorKind::kInvalid},
              {"up * on () group_left () up", "execution: ", ErrorKind::kRefused}};
  for (const auto& row : rows) {
    const Policy policy = policy_of(row.query);
    const TrafficAnswer refused = gather(source, http, {&policy}, clock.wall()).at(0);
    ASSERT_TRUE(refused.error) << row.query;
    EXPECT_THAT(refused.error->message, HasSubstr(row.message));
    EXPECT_EQ(refused.error->kind, row.kind);
  }
  const Policy keyless = policy_of("up");
  const TrafficAnswer none = gather(source, http, {&keyless}, clock.wall()).at(0);
  EXPECT_EQ(none.dropped.no_key, 2U);
  EXPECT_THAT(none.notes, ::testing::Contains(HasSubstr("names no instance")));
  const Policy twice = policy_of("node_network_transmit_bytes_total");
  EXPECT_GT(gather(source, http, {&twice}, clock.wall()).at(0).dropped.duplicate, 1U);
}

TEST(SlowPrometheus, AsksForItsPassword) {
  if (!Prometheus::is_installed()) GTEST_SKIP() << "Prometheus is not installed";
  // The bcrypt hash of "test" from Prometheus' own documentation.
  const Prometheus server(
      "- {job_name: none}\n",
      "basic_auth_users:\n"
      "  admin: $2b$12$hNf2lSsxfm0.i4a.1kVpSOVyBCfIB51VRjgBUyv6kdnyTlgWj81Ay\n");
  CurlHttp http;
  SystemClock clock;
  SourceConfig config = config_of({server.url()});
  config.basic_user = "admin";
  config.basic_password_file = "/password";
  std::string password = "wrong";
  PrometheusSource source(config,
                          [&](const std::string&) -> Result<std::string> { return password; });
  const Policy policy = policy_of("label_replace(vector(8e6), 'instance_id', 'i-1', '', '')");
  const TrafficAnswer refused = gather(source, http, {&policy}, clock.wall()).at(0);
  ASSERT_TRUE(refused.error);
  EXPECT_EQ(refused.error->kind, ErrorKind::kRefused);
  EXPECT_THAT(refused.error->message, HasSubstr("HTTP 401"));
  password = "test";
  const TrafficAnswer answer = gather(source, http, {&policy}, clock.wall()).at(0);
  EXPECT_EQ(egress_of(answer), (std::map<std::string, double>{{"i-1", 8}}));
}

TEST(SlowPrometheus, IsNotNeededWhereWeScrapeOurselves) {
  Exporter exporter;
  SourceConfig config;
  config.name = "direct";
  config.kind = SourceKind::kScrape;
  config.targets = {{"http://" + exporter.address() + "/metrics", ""}};
  config.interval = 1s;
  CurlHttp http;
  ScrapeSource source(config, no_secret);
  const Policy policy = policy_of("node_network_transmit_bytes_total{device=~\"eth.\"}");
  const auto egress = egress_of(ask_until(source, http, policy, 2));
  EXPECT_NEAR(egress.at("i-1"), 1, 0.2);
  EXPECT_NEAR(egress.at("i-2"), 5, 1);
}

}  // namespace
}  // namespace penstock
