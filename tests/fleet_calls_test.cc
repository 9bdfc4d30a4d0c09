// How many calls a fleet costs, counted on the wire: none of them grows with it but pages of lists.
#include <gtest/gtest.h>

#include <map>
#include <string>

#include "daemon/json.h"
#include "daemon/log.h"
#include "daemon/sim/sandbox_fleet.h"
#include "daemon/sim/sim_clock.h"
#include "daemon/sim/sim_daemon.h"
#include "daemon/sim/sim_folder.h"
#include "daemon/sim/sim_network.h"
#include "tests/testing/sim_world.h"

namespace penstock {
namespace {

constexpr int kPage = 50;
constexpr Duration kTick = 15s;
const TimePoint kOrigin = *parse_time("2026-03-02T00:00:00Z");
using Calls = std::map<std::string, int>;  // by action; "query" is Prometheus'

/// The addresses are SimNetwork's, the page is kPage.
constexpr const char* kConfiguration = R"toml(
tick = "15s"
state = "state"
[[account]]
name = "main"
base_url = "http://127.0.0.1:1001"
access_key_id_file = "id"
access_key_password_file = "password"
list_page_size = 50
requests_per_second = 100
changes_per_second = 10
prepaid_quote = "due"
[[source]]
name = "prometheus"
kind = "prometheus"
urls = ["http://127.0.0.1:1003"]
[limits]
orders_per_day = 1000
per_day = "100000 USD"
per_month = "100000 USD"
)toml";
constexpr const char* kPolicy = R"toml(
[[policy]]
name = "edge"
mode = "enforce"
match = {}
[policy.traffic]
query = "rate(x[1m])"
window = "1m"
[[policy.rule]]
kind = "saturation"
)toml";

std::string id_of(int number) {
  return std::to_string(1'000'000 + number);
}

SandboxFront front_of(int instances) {
  SimCloud cloud({.cash = Money::from_units(10'000'000)}, sandbox_catalogue(), kOrigin);
  for (int i = 0; i < instances; ++i) {
    SimInstance it = testing::prepaid_vm(id_of(i), Mbps{100}, DemandShape::flat(40));
    it.type = "z2a.cpu.8";
    it.created = kOrigin - std::chrono::hours{24 * 60};
    it.expires = kOrigin + std::chrono::hours{24 * 20};
    cloud.add(std::move(it), kOrigin);
  }
  return {std::move(cloud), {}};
}

/// The daemon as it is shipped, from its files to the wire, over a fleet at rest.
struct CountedFleet {
  explicit CountedFleet(int instances) : front(front_of(instances)), samples(front.cloud()) {
    folder.write("penstock.toml", kConfiguration);
    folder.write_secret("id", SandboxKeys{}.id);
    folder.write_secret("password", SandboxKeys{}.password);
    folder.make("policies.d");
    folder.write("policies.d/edge.toml", kPolicy);
    folder.make("state");
    network.fate = [this](const HttpRequest& request) {
      ++calls[name_of(request)];
      return SimNetwork::Fate::kPass;
    };
  }

  static std::string name_of(const HttpRequest& request) {
    for (const auto& [name, value] : request.headers) {
      if (name == "x-zc-action") return value;
    }
    return "query";
  }

  /// What `ticks` ticks cost.
  Calls count(int ticks) {
    calls.clear();
    for (int i = 0; i < ticks; ++i) {
      const Duration next = clock.monotonic() + kTick;
      daemon.tick();
      clock.advance(std::max(Duration{}, next - clock.monotonic()));
    }
    return calls;
  }

  SimFolder folder;
  SimDisk disk;
  SqliteDisk mounted{disk};
  SimClock clock{kOrigin};
  SandboxFront front;
  SimSamples samples;
  SimNetwork network{front, samples, clock, 1};
  SimDaemon daemon{{.clock = clock, .http = network, .disk = disk, .folder = folder.path()}};
  Calls calls;
};

int pages(int instances) {
  return (instances + kPage - 1) / kPage;
}

/// All but the pages of lists and the few prices that are learned each minute, whatever the fleet.
Calls without_pages(Calls calls) {
  calls.erase("DescribeInstances");
  calls.erase("InquiryPriceInstanceBandwidth");
  return calls;
}

TEST(FleetCalls, OnlyPagesOfListsGrowWithTheFleet) {
  set_log_level(LogLevel::kError);
  constexpr int kTicks = 16;
  constexpr int kMinutes = 4;  // a list in each
  constexpr int kOrders = 10;
  constexpr int kLearned = 3 * kMinutes;
  for (const int instances : {kPage, 12 * kPage}) {
    SCOPED_TRACE(instances);
    CountedFleet fleet(instances);
    const Status started = fleet.daemon.start();
    ASSERT_TRUE(started) << started.error().message;
    fleet.count(kTicks);

    Calls rest = fleet.count(kTicks);
    EXPECT_EQ(without_pages(rest), (Calls{{"query", kTicks}}));
    // The other product's list is a page too, if an empty one.
    EXPECT_EQ(rest["DescribeInstances"], kMinutes * (pages(instances) + 1));
    EXPECT_LE(rest["InquiryPriceInstanceBandwidth"], kLearned);

    for (int i = 0; i < kOrders; ++i) {
      fleet.front.cloud().set_demand(id_of(i), 130, fleet.clock.truth());
    }
    Calls busy = fleet.count(kTicks);
    // A status before each order and one that finds it in force; the account's money and charges
    // are read once for all of them.
    EXPECT_EQ(without_pages(busy), (Calls{{"query", kTicks},
                                          {"ModifyInstanceBandwidth", kOrders},
                                          {"DescribeInstanceInternetStatus", 2 * kOrders},
                                          {"DescribeCustomerBalance", 1},
                                          {"DescribeTransactionHistory", 1}}));
    EXPECT_EQ(busy["DescribeInstances"], rest["DescribeInstances"]);
    EXPECT_GE(busy["InquiryPriceInstanceBandwidth"], kOrders);
    EXPECT_LE(busy["InquiryPriceInstanceBandwidth"], kOrders + kLearned);
  }
}

}  // namespace
}  // namespace penstock
