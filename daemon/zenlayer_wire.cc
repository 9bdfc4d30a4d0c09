#include "daemon/zenlayer_wire.h"

#include <algorithm>

namespace penstock::wire {
namespace {

constexpr std::size_t kMaxText = 256;
constexpr std::size_t kMaxId = 128;
constexpr std::size_t kMaxAddresses = 64;
constexpr std::size_t kMaxTags = 100;
/// More than any port carries; beyond it the unit is not Mbps.
constexpr std::int64_t kMaxMbps = 10'000'000;

Error broken(std::string message) {
  return {
      .kind = ErrorKind::kTransient, .message = std::move(message), .code = {}, .request_id = {}};
}

/// Cut at a character's start, so that it stays valid UTF-8.
std::string text(JsonValue value, std::size_t limit = kMaxText) {
  std::string_view whole = value.string().value_or("");
  if (whole.size() <= limit) return std::string(whole);
  while (limit > 0 && (static_cast<unsigned char>(whole[limit]) & 0xc0U) == 0x80U) --limit;
  return std::string(whole.substr(0, limit));
}

/// An id is used to address something: whole or not at all.
std::string id_text(JsonValue value) {
  if (const auto number = value.is_string() ? std::nullopt : value.integer()) {
    return std::to_string(*number);
  }
  const std::string_view whole = value.string().value_or("");
  return whole.size() <= kMaxId ? std::string(whole) : std::string();
}

std::optional<Mbps> mbps(JsonValue value) {
  const auto number = value.integer();
  if (!number || *number < 0 || *number > kMaxMbps) return std::nullopt;
  return Mbps{*number};
}

/// A sellable maximum: positive, or -1 for "speed limit not supported".
void read_limit(JsonValue value, std::optional<Mbps>& limit, bool& limitable) {
  const auto number = value.integer();
  if (!number) return;
  if (*number < 0) limitable = false;
  if (*number > 0 && *number <= kMaxMbps) limit = Mbps{*number};
}

void add_address(std::vector<std::string>& out, JsonValue value) {
  std::string address = text(value);
  if (address.empty() || out.size() >= kMaxAddresses) return;
  if (std::find(out.begin(), out.end(), address) == out.end()) out.push_back(std::move(address));
}

std::vector<std::string> addresses(JsonValue row) {
  std::vector<std::string> out;
  add_address(out, row["primaryPublicIpAddress"]);
  add_address(out, row["primaryPublicIPv6Address"]);
  for (const char* list : {"publicIpAddresses", "publicIpv6Addresses", "ipv6Addresses"}) {
    for (const JsonValue address : row[list].items()) add_address(out, address);
  }
  return out;
}

/// An object with an inner list in the answer, a plain list in the request; both are taken.
std::vector<Tag> tags(JsonValue value) {
  std::vector<Tag> out;
  const JsonValue list = value.is_array() ? value : value["tags"];
  for (const JsonValue tag : list.items()) {
    if (out.size() >= kMaxTags) break;
    if (tag["key"].is_string()) out.push_back({text(tag["key"]), text(tag["value"])});
  }
  return out;
}

/// Where vm has a string, bmc has an object, and the id beside it.
void read_type(Instance& instance, JsonValue row) {
  const JsonValue type = row["instanceType"];
  if (instance.product == Product::kVm) {
    instance.type = text(type);
    return;
  }
  instance.type = text(row["instanceTypeId"]);
  if (instance.type.empty()) instance.type = text(type["instanceTypeId"]);
  read_limit(type["maximumBandwidth"], instance.limit, instance.limitable);
}

Instance read_instance(Product product, const std::string& account, JsonValue row) {
  Instance instance;
  instance.key = {account, id_text(row["instanceId"])};
  instance.product = product;
  instance.charge = parse_charge(text(row["instanceChargeType"])).value_or(Charge::kUnknown);
  instance.internet_charge = parse_internet_charge(text(row["internetChargeType"]));
  instance.name = text(row["instanceName"]);
  instance.hostname = text(row["hostname"]);
  instance.zone = text(row["zoneId"]);
  instance.status = text(row["instanceStatus"]);
  instance.resource_group = text(row["resourceGroupName"]);
  instance.resource_group_id = text(row["resourceGroupId"]);
  instance.public_ips = addresses(row);
  instance.tags = tags(row["tags"]);
  instance.cap =
      mbps(row[product == Product::kVm ? "internetMaxBandwidthOut" : "bandwidthOutMbps"]);
  instance.expires = parse_time(row["expiredTime"].string().value_or(""));
  const auto months = row["period"].integer();
  if (months && *months > 0 && *months <= 1200) instance.period_months = static_cast<int>(*months);
  instance.auto_renew = row["autoRenew"].boolean().value_or(false);
  read_type(instance, row);
  return instance;
}

bool same_word(std::string_view a, std::string_view lower_case) {
  return std::equal(a.begin(), a.end(), lower_case.begin(), lower_case.end(), [](char x, char y) {
    return (x >= 'A' && x <= 'Z' ? static_cast<char>(x - 'A' + 'a') : x) == y;
  });
}

JsonWriter object() {
  JsonWriter writer;
  writer.begin_object();
  return writer;
}

std::string closed(JsonWriter& writer) {
  writer.end_object();
  return writer.take();
}

}  // namespace

std::string list_request(const std::string& group, int page, int page_size) {
  JsonWriter w = object();
  if (!group.empty()) w.key("resourceGroupId").string(group);
  w.key("pageNum").integer(page).key("pageSize").integer(page_size);
  return closed(w);
}

std::string ids_request(std::span<const std::string> ids) {
  JsonWriter w = object();
  w.key("instanceIds").begin_array();
  for (const std::string& id : ids) w.string(id);
  w.end_array().key("pageNum").integer(1).key("pageSize").integer(100);
  return closed(w);
}

std::string id_request(const std::string& id) {
  JsonWriter w = object();
  w.key("instanceId").string(id);
  return closed(w);
}

std::string size_request(Product product, const std::string& id, Mbps size) {
  JsonWriter w = object();
  w.key("instanceId").string(id);
  w.key(product == Product::kVm ? "internetMaxBandwidthOut" : "bandwidthOutMbps");
  w.integer(size.count());
  return closed(w);
}

std::string charge_request(Charge charge) {
  JsonWriter w = object();
  w.key("instanceChargeType").string(to_string(charge));
  return closed(w);
}

std::string traffic_request(const std::string& id, TimePoint from, TimePoint to) {
  JsonWriter w = object();
  w.key("instanceId").string(id);
  w.key("startTime").string(format(std::chrono::floor<std::chrono::seconds>(from)));
  w.key("endTime").string(format(std::chrono::floor<std::chrono::seconds>(to)));
  return closed(w);
}

std::string transactions_request(TimePoint from, TimePoint to, int page, int page_size) {
  JsonWriter w = object();
  w.key("startTime").string(format(std::chrono::floor<std::chrono::seconds>(from)));
  w.key("endTime").string(format(std::chrono::ceil<std::chrono::seconds>(to)));
  w.key("pageNum").integer(page).key("pageSize").integer(page_size);
  return closed(w);
}

Result<InstancePage> read_instances(Product product, const std::string& account,
                                    JsonValue response) {
  InstancePage page;
  page.total = response["totalCount"].integer();
  const JsonValue list = response["dataSet"];
  if (!list.is_array() && page.total != 0) {
    return broken("the list of instances is missing from the answer");
  }
  for (const JsonValue row : list.items()) {
    ++page.rows;
    Instance instance = read_instance(product, account, row);
    if (!instance.key.id.empty()) page.instances.push_back(std::move(instance));
  }
  return page;
}

Result<BandwidthStatus> read_status(JsonValue response) {
  BandwidthStatus status;
  status.cap = mbps(response["internetMaxBandwidthOut"]);
  status.modified = mbps(response["modifiedInternetMaxBandwidthOut"]);
  const JsonValue word = response["modifiedBandwidthStatus"];
  if (!status.cap && !word.exists()) return broken("the status of the bandwidth is missing");
  if (!word.exists()) {
    // Never changed; unless another size is named, and then nobody says what becomes of it.
    const bool pending = status.modified && status.modified != status.cap;
    status.kind = pending ? ChangeState::Kind::kRunning : ChangeState::Kind::kIdle;
  } else if (same_word(word.string().value_or(""), "enable")) {
    // That nothing is pending lets orders go: too much for an answer that lacks what is in force.
    const bool unlimited = response["internetMaxBandwidthOut"].integer() == -1;
    if (!status.cap && !unlimited) {
      return broken("the bandwidth in force is missing from its status");
    }
    status.kind = ChangeState::Kind::kIdle;
  } else if (same_word(word.string().value_or(""), "waittoenable")) {
    status.kind = ChangeState::Kind::kScheduled;
  }
  return status;
}

Accepted read_accepted(JsonValue response, std::string request_id) {
  return {.order_number = id_text(response["orderNumber"]), .request_id = std::move(request_id)};
}

Result<std::vector<Sample>> read_traffic(JsonValue response) {
  // The service averages over 5 minutes that end at the mark.
  constexpr Duration kSpan = 5min;
  constexpr std::int64_t kMaxBps = 10'000'000'000'000;
  const std::string_view unit = response["unit"].string().value_or("bps");
  if (!same_word(unit, "bps")) return broken("traffic comes in a unit other than bps");
  std::vector<Sample> samples;
  for (const JsonValue row : response["dataList"].items()) {
    const auto at = parse_time(row["time"].string().value_or(""));
    const auto bps = row["internetTX"].number();
    if (!at || !bps || *bps < 0 || *bps > static_cast<double>(kMaxBps)) continue;
    samples.push_back({.at = *at, .span = kSpan, .egress = Rate{*bps / 1e6}});
  }
  // Of two answers for one time the larger counts.
  std::sort(samples.begin(), samples.end(), [](const Sample& a, const Sample& b) {
    return a.at != b.at ? a.at < b.at : a.egress > b.egress;
  });
  const auto repeated = std::unique(samples.begin(), samples.end(),
                                    [](const Sample& a, const Sample& b) { return a.at == b.at; });
  samples.erase(repeated, samples.end());
  return samples;
}

std::vector<TypeLimit> read_vm_limits(JsonValue response) {
  std::vector<TypeLimit> out;
  for (const JsonValue row : response["instanceTypeQuotaSet"].items()) {
    TypeLimit& type = out.emplace_back();
    type.zone = text(row["zoneId"]);
    type.type = text(row["instanceType"]);
    read_limit(row["internetMaxBandwidthOutLimit"], type.limit, type.limitable);
  }
  return out;
}

std::vector<TypeLimit> read_bmc_types(JsonValue response) {
  std::vector<TypeLimit> out;
  for (const JsonValue row : response["instanceTypes"].items()) {
    TypeLimit& type = out.emplace_back();
    type.type = text(row["instanceTypeId"]);
    read_limit(row["maximumBandwidth"], type.limit, type.limitable);
  }
  return out;
}

std::vector<TypeLimit> read_bmc_resources(JsonValue response) {
  std::vector<TypeLimit> out;
  for (const JsonValue row : response["availableResources"].items()) {
    TypeLimit& type = out.emplace_back();
    type.zone = text(row["zoneId"]);
    type.type = text(row["instanceTypeId"]);
    read_limit(row["maximumBandwidthOut"], type.limit, type.limitable);
    type.included = mbps(row["defaultBandwidthOut"]);
  }
  return out;
}

}  // namespace penstock::wire
