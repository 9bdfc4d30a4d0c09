#include "daemon/sim/provider_call.h"

#include <array>

namespace penstock {
namespace {

struct Entry {
  std::string_view service, action;
  ProviderAction run;
};

constexpr std::array kActions{
    Entry{"vm", "DescribeZones", describe_zones},
    Entry{"vm", "DescribeInstances", describe_instances},
    Entry{"vm", "DescribeInstancesStatus", describe_instances_status},
    Entry{"vm", "DescribeZoneInstanceConfigInfos", describe_zone_instance_config_infos},
    Entry{"vm", "DescribeInstanceInternetStatus", describe_instance_internet_status},
    Entry{"vm", "InquiryPriceInstanceBandwidth", inquiry_price_instance_bandwidth},
    Entry{"vm", "ModifyInstanceBandwidth", modify_instance_bandwidth},
    Entry{"vm", "CancelInstanceBandwidthDowngrade", cancel_instance_bandwidth_downgrade},
    Entry{"vm", "DescribeInstanceTraffic", describe_instance_traffic},
    Entry{"bmc", "DescribeZones", describe_zones},
    Entry{"bmc", "DescribeInstances", describe_instances},
    Entry{"bmc", "DescribeInstanceTypes", describe_instance_types},
    Entry{"bmc", "DescribeAvailableResources", describe_available_resources},
    Entry{"bmc", "DescribeInstanceInternetStatus", describe_instance_internet_status},
    Entry{"bmc", "InquiryPriceInstanceBandwidth", inquiry_price_instance_bandwidth},
    Entry{"bmc", "ModifyInstanceBandwidth", modify_instance_bandwidth},
    Entry{"bmc", "CancelInstanceBandwidthDowngrade", cancel_instance_bandwidth_downgrade},
    Entry{"bmc", "DescribeInstanceTraffic", describe_instance_traffic},
    Entry{"zbc", "DescribeCustomerBalance", describe_customer_balance},
    Entry{"zbc", "DescribeTransactionHistory", describe_transaction_history},
};

}  // namespace

ProviderAction find_action(std::string_view service, std::string_view action) {
  for (const Entry& entry : kActions) {
    if (entry.service == service && entry.action == action) return entry.run;
  }
  return nullptr;
}

void Parameters::fail(std::string_view code, std::string_view name, std::string_view why) {
  if (problem_) return;
  problem_ = Refusal{400, std::string(code),
                     "The parameter [" + std::string(name) + "] " + std::string(why) + "."};
}

std::optional<std::string> Parameters::string_of(std::string_view name, JsonValue value) {
  const std::optional<std::string_view> text = value.string();
  if (!text) fail("INVALID_PARAMETER_TYPE", name, "must be a string");
  return text ? std::optional<std::string>(*text) : std::nullopt;
}

std::string Parameters::text(std::string_view name) {
  const JsonValue value = body_[name];
  if (!value.exists()) return "";
  return string_of(name, value).value_or("");
}

std::string Parameters::required_text(std::string_view name) {
  std::string value = text(name);
  if (value.empty()) fail("MISSING_PARAMETER", name, "is required");
  return value;
}

std::optional<std::int64_t> Parameters::whole(std::string_view name) {
  const JsonValue value = body_[name];
  if (!value.exists()) return std::nullopt;
  const auto number = value.is_string() ? std::nullopt : value.integer();
  if (!number) fail("INVALID_PARAMETER_TYPE", name, "must be an integer");
  return number;
}

std::int64_t Parameters::required_whole(std::string_view name) {
  const std::optional<std::int64_t> value = whole(name);
  if (!value) fail("MISSING_PARAMETER", name, "is required");
  return value.value_or(0);
}

std::optional<bool> Parameters::flag(std::string_view name) {
  const JsonValue value = body_[name];
  if (!value.exists()) return std::nullopt;
  const auto flag = value.is_string() ? std::nullopt : value.boolean();
  if (!flag) fail("INVALID_PARAMETER_TYPE", name, "must be a boolean");
  return flag;
}

std::vector<std::string> Parameters::texts(std::string_view name, std::size_t at_most) {
  std::vector<std::string> out;
  const JsonValue value = body_[name];
  if (!value.exists()) return out;
  if (!value.is_array()) fail("INVALID_PARAMETER_TYPE", name, "must be an array");
  for (const JsonValue item : value.items()) {
    out.push_back(string_of(name, item).value_or(""));
  }
  if (out.size() > at_most) fail("INVALID_PARAMETER_EXCEED_LENGTH", name, "has too many items");
  return out;
}

std::vector<Tag> Parameters::tags(std::string_view name, std::size_t at_most) {
  std::vector<Tag> out;
  const JsonValue value = body_[name];
  if (!value.exists()) return out;
  if (!value.is_array()) fail("INVALID_PARAMETER_TYPE", name, "must be an array");
  for (const JsonValue item : value.items()) {
    const auto key = string_of(name, item["key"]);
    const auto text = item["value"].exists() ? string_of(name, item["value"]) : "";
    out.push_back({key.value_or(""), text.value_or("")});
  }
  if (out.size() > at_most) fail("INVALID_PARAMETER_EXCEED_LENGTH", name, "has too many items");
  return out;
}

std::optional<TimePoint> Parameters::time(std::string_view name) {
  const std::string value = text(name);
  if (value.empty()) return std::nullopt;
  const std::optional<TimePoint> at = value.ends_with('Z') ? parse_time(value) : std::nullopt;
  if (!at) fail("INVALID_PARAMETER_DATE_FORMAT_ERROR", name, "must be YYYY-MM-DDThh:mm:ssZ");
  return at;
}

TimePoint Parameters::required_time(std::string_view name) {
  const std::optional<TimePoint> at = time(name);
  if (!at) fail("MISSING_PARAMETER", name, "is required");
  return at.value_or(TimePoint{});
}

Page Parameters::page(std::int64_t largest) {
  Page page;
  page.number = whole("pageNum").value_or(1);
  page.size = whole("pageSize").value_or(20);
  if (page.number < 1) fail("INVALID_PARAMETER_LESS_MINIMUM", "pageNum", "must be at least 1");
  if (page.size < 1) fail("INVALID_PARAMETER_LESS_MINIMUM", "pageSize", "must be at least 1");
  if (page.size > largest) {
    fail("INVALID_PARAMETER_EXCEED_MAXIMUM", "pageSize",
         "must be at most " + std::to_string(largest));
  }
  return page;
}

const SimInstance* visible(const ProviderCall& call, std::string_view id) {
  const SimInstance* instance = call.cloud.instance(id);
  return instance != nullptr && instance->product == call.product ? instance : nullptr;
}

Refusal instance_not_found(std::string_view id) {
  return Refusal{404, "INVALID_INSTANCE_NOT_FOUND",
                 "The instance [" + std::string(id) + "] is not found."};
}

std::string_view internet_charge_word(Product product, InternetCharge internet) {
  switch (internet) {
    case InternetCharge::kByBandwidth:
      return "ByBandwidth";
    case InternetCharge::kByTrafficPackage:
      return "ByTrafficPackage";
    case InternetCharge::kByInstanceBandwidth95:
      return "ByInstanceBandwidth95";
    case InternetCharge::kByClusterBandwidth95:
      return "ByClusterBandwidth95";
    case InternetCharge::kBandwidthCluster:
      return product == Product::kVm ? "BandwidthCluster" : "ByBandwidthCluster";
    case InternetCharge::kUnknown:
      break;
  }
  return "ByQuantum";
}

}  // namespace penstock
