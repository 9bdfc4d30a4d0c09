// Starting files: a configuration and observe-mode policies for what an account holds.
//
//   InitFacts facts{.base_url = …, .groups = groups_of(inventory), .prometheus = best_match(…)};
//   write("penstock.toml", starting_config(facts));  write("policies.d/observe.toml", …);
//
// Pure: what was found out goes in, text comes out, with the reason for each value beside it.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "policies/instance.h"

namespace penstock {

/// Instances of one product that are paid for in one way.
struct InitGroup {
  Product product = Product::kVm;
  Charge charge = Charge::kPrepaid;
  std::size_t instances = 0;
  std::size_t other_billing = 0;  ///< thereof not billed by configured bandwidth: left alone
  Mbps largest{};                 ///< cap among them
};
std::vector<InitGroup> groups_of(const std::vector<Instance>& instances);

/// How a Prometheus server's series name the account's instances.
struct InitPrometheus {
  std::string url, metric, label, join, device;
  std::size_t matched = 0;
};
using Labels = std::map<std::string, std::string>;
/// The label and the join that find the most instances; nullopt when none finds any.
std::optional<InitPrometheus> best_match(const std::vector<Labels>& series,
                                         const std::vector<Instance>& instances);

struct InitFacts {
  std::string account = "main";
  std::string base_url;
  std::string month;  ///< billing_month of a sandbox; "" = the real one
  std::vector<InitGroup> groups;
  std::optional<InitPrometheus> prometheus;  ///< nullopt: the provider's own traffic
};
std::string starting_config(const InitFacts& facts);
std::string starting_policies(const InitFacts& facts);

}  // namespace penstock
