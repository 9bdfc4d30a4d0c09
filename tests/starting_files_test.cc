#include "daemon/starting_files.h"

#include <gtest/gtest.h>

#include "daemon/clock.h"
#include "daemon/config.h"
#include "policies/policy_file.h"

namespace penstock {
namespace {

Instance instance(const std::string& id, Product product, Charge charge, const std::string& ip) {
  Instance made;
  made.key = {"main", id};
  made.name = "name-" + id;
  made.product = product;
  made.charge = charge;
  made.internet_charge = InternetCharge::kByBandwidth;
  made.public_ips = {ip};
  made.cap = Mbps{100};
  return made;
}

std::vector<Instance> a_fleet() {
  std::vector<Instance> out{instance("1", Product::kVm, Charge::kPrepaid, "203.0.113.1"),
                            instance("2", Product::kVm, Charge::kPrepaid, "203.0.113.2"),
                            instance("3", Product::kBmc, Charge::kPostpaid, "203.0.113.3"),
                            instance("4", Product::kBmc, Charge::kUnknown, "203.0.113.4"),
                            instance("5", Product::kVm, Charge::kPostpaid, "203.0.113.5")};
  out[1].cap = Mbps{400};
  out[4].internet_charge = InternetCharge::kByInstanceBandwidth95;
  return out;
}

TEST(StartingFiles, GroupsByProductAndCharge) {
  const std::vector<InitGroup> groups = groups_of(a_fleet());
  ASSERT_EQ(groups.size(), 3U) << "an unknown way of paying is in none";
  EXPECT_EQ(groups[0].instances, 2U);
  EXPECT_EQ(groups[0].largest, Mbps{400});
  EXPECT_EQ(groups[1].other_billing, 1U);
}

TEST(StartingFiles, FindsTheLabelThatNamesTheMost) {
  const std::vector<Labels> series{
      {{"device", "eth0"}, {"host", "name-1"}, {"addr", "203.0.113.1"}},
      {{"device", "lo"}, {"host", "name-1"}, {"addr", "203.0.113.1"}},
      {{"device", "lo"}, {"host", "other"}, {"addr", "203.0.113.2"}},
      {{"device", "eth0"}, {"host", "other"}, {"addr", "203.0.113.3"}}};
  const auto found = best_match(series, a_fleet());
  ASSERT_TRUE(found);
  EXPECT_EQ(found->label, "addr");
  EXPECT_EQ(found->join, "public_ip");
  EXPECT_EQ(found->device, "eth0");
  EXPECT_EQ(found->matched, 3U);
  EXPECT_FALSE(best_match({{{"host", "nobody"}}}, a_fleet()));
  EXPECT_FALSE(best_match({}, a_fleet()));
}

/// What is written loads, observes and orders nothing, whatever was found.
TEST(StartingFiles, WhatIsWrittenChecks) {
  InitFacts facts{.base_url = "http://127.0.0.1:19611", .month = "4m"};
  facts.groups = groups_of(a_fleet());
  for (const bool with_prometheus : {false, true}) {
    if (with_prometheus) {
      facts.prometheus = InitPrometheus{"http://127.0.0.1:9090",
                                        "node_network_transmit_bytes_total",
                                        "host",
                                        "name",
                                        "eth\"0",
                                        2};
    }
    const ConfigRead config = read_config(starting_config(facts), "/x/penstock.toml",
                                          [](const char*) { return std::optional<std::string>(); });
    ASSERT_TRUE(config.config) << render(config.problems) << starting_config(facts);
    const PolicyText text{"observe.toml", starting_policies(facts)};
    const PolicySet set = load_policies({&text, 1}, {.zone = load_time_zone});
    ASSERT_TRUE(set.problems.empty()) << render(set.problems) << text.text;
    ASSERT_EQ(set.policies.size(), 2U) << "only where something is billed by the size";
    for (const Policy& policy : set.policies) EXPECT_EQ(policy.mode, Mode::kObserve);
    EXPECT_EQ(text.text.find("sum by (host)") != std::string::npos, with_prometheus);
  }
}

}  // namespace
}  // namespace penstock
