// The provider's lists: zones, what is on sale, instances.
#include <algorithm>
#include <charconv>
#include <tuple>

#include "daemon/sim/provider_call.h"

namespace penstock {
namespace {

constexpr std::int64_t kLargestPage = 1000;
constexpr std::size_t kMostIds = 100;
constexpr std::size_t kMostTags = 20;

/// `pattern` ends in `*`: begins with the rest; else equal.
bool matches_name(const std::string& pattern, const std::string& name) {
  if (pattern.empty()) return true;
  if (!pattern.ends_with('*')) return pattern == name;
  return name.starts_with(std::string_view(pattern).substr(0, pattern.size() - 1));
}

bool matches(const std::string& wanted, std::string_view value) {
  return wanted.empty() || wanted == value;
}

bool any_of(const std::vector<std::string>& wanted, const std::vector<std::string>& values) {
  return wanted.empty() || std::any_of(values.begin(), values.end(), [&](const std::string& value) {
           return std::find(wanted.begin(), wanted.end(), value) != wanted.end();
         });
}

bool has_tag(const SimInstance& it, const Tag& wanted) {
  return std::any_of(it.tags.begin(), it.tags.end(), [&](const Tag& tag) {
    return tag.key == wanted.key && tag.value == wanted.value;
  });
}

struct InstanceFilter {
  std::vector<std::string> ids, public_ips, private_ips, tag_keys;
  std::string zone, group, type, internet, status, name, hostname;
  std::vector<Tag> tags;

  InstanceFilter(Parameters& asked, Product product)
      : ids(asked.texts("instanceIds", kMostIds)),
        public_ips(asked.texts("publicIpAddresses", kMostIds)),
        private_ips(asked.texts("privateIpAddresses", kMostIds)),
        tag_keys(asked.texts("tagKeys", kMostTags)),
        zone(asked.text("zoneId")),
        group(asked.text("resourceGroupId")),
        type(asked.text(product == Product::kVm ? "instanceType" : "instanceTypeId")),
        internet(asked.text("internetChargeType")),
        status(asked.text("instanceStatus")),
        name(asked.text("instanceName")),
        tags(asked.tags("tags", kMostTags)) {
    if (product == Product::kBmc) hostname = asked.text("hostname");
  }

  bool admits_tags(const SimInstance& it) const {
    return tag_keys.empty() || std::any_of(it.tags.begin(), it.tags.end(), [&](const Tag& tag) {
             return any_of(tag_keys, {tag.key});
           });
  }

  bool admits(const SimInstance& it) const {
    return (ids.empty() || any_of(ids, {it.id})) && any_of(public_ips, it.public_ips) &&
           any_of(private_ips, it.private_ips) && admits_tags(it) && matches(zone, it.zone) &&
           matches(group, it.group_id) && matches(type, it.type) &&
           matches(internet, internet_charge_word(it.product, it.internet)) &&
           matches(status, it.status) && matches_name(name, it.name) &&
           matches_name(hostname, it.hostname) &&
           std::all_of(tags.begin(), tags.end(), [&](const Tag& tag) { return has_tag(it, tag); });
  }
};

/// Left out by the fault that shortens lists; always the same ones.
bool hidden(const ProviderCall& call, const std::string& id) {
  if (call.quirks.hidden_part <= 0) return false;
  std::uint32_t hash = 2'166'136'261U;
  for (const char c : id) hash = (hash ^ static_cast<unsigned char>(c)) * 16'777'619U;
  return static_cast<double>(hash % 1000) < call.quirks.hidden_part * 1000;
}

std::vector<const SimInstance*> listed(const ProviderCall& call, const InstanceFilter& filter) {
  std::vector<const SimInstance*> out;
  call.cloud.for_each([&](const SimInstance& it) {
    if (it.product == call.product && filter.admits(it) && !hidden(call, it.id)) out.push_back(&it);
  });
  return out;
}

/// The members of bmc's InstanceType, which an instance embeds and a call lists.
void write_bmc_type(const SimType& type, bool modern, WireWriter& out) {
  out.text("instanceTypeId", type.id)
      .text("description", type.description)
      .whole("cpuCoreCount", type.cpu)
      .text("cpuDetail", "Dual " + std::to_string(type.cpu / 2) + " cores 2.4 GHz")
      .whole("cpuCores", type.cpu)
      .whole("cpuThreads", 2 * static_cast<std::int64_t>(type.cpu))
      .text("baseFrequency", "2.4 GHz")
      .whole("memorySize", type.memory_gb)
      .whole("maximumBandwidth", type.limit_mbps)
      .flag("supportSubnet", true)
      .flag("isHA", false)
      .begin_list("supportRaids")
      .end_list()
      .texts("imageIds", {})
      .begin("diskInfo")
      .whole("totalDiskSize", 960)
      .text("diskDescription", "2*480GB SSD")
      .begin_list("disks")
      .begin_item()
      .whole("diskSize", 480)
      .whole("diskCount", 2)
      .end()
      .end_list()
      .end();
  if (modern) out.null("vpuVendor").null("vpuCard").null("vpuCount");
}

void write_vm_parts(const SimInstance& it, const SimType* type, WireWriter& out) {
  out.text("instanceType", it.type)
      .whole("cpuCount", type == nullptr ? 0 : type->cpu)
      .whole("memory", type == nullptr ? 0 : type->memory_gb)
      .whole("internetMaxBandwidthOut", it.cap.count())
      .texts("publicIpv6Addresses", {})
      .text("subnetId", "")
      .texts("securityGroupIds", {})
      .begin("systemDisk")
      .text("diskId", "disk-" + it.id)
      .whole("diskSize", 40)
      .text("diskCategory", "SSD")
      .end()
      .begin_list("dataDisks")
      .end_list();
}

void write_bmc_parts(const SimInstance& it, const SimType* type, bool modern, WireWriter& out) {
  out.text("hostname", it.hostname).text("instanceTypeId", it.type);
  if (type == nullptr) {
    out.null("instanceType");
  } else {
    out.begin("instanceType");
    write_bmc_type(*type, modern, out);
    out.end();
  }
  out.whole("bandwidthOutMbps", it.cap.count())
      .text_or_null("primaryPublicIpAddress", it.public_ips.empty() ? "" : it.public_ips.front())
      .texts("ipv6Addresses", {})
      .texts("subnetIds", {})
      .null("ipxeUrl")
      .null("raidConfig")
      .begin_list("partitions")
      .end_list()
      .flag("enableGatewayMode", false);
  if (modern) out.null("primaryPublicIPv6Address");
}

void write_tags(const SimInstance& it, WireWriter& out) {
  out.begin("tags").begin_list("tags");
  for (const Tag& tag : it.tags) {
    out.begin_item().text("key", tag.key).text("value", tag.value).end();
  }
  out.end_list().end();
}

/// Whether a row says the same of both: everything that write_row reads.
bool same_row(const SimInstance& a, const SimInstance& b) {
  const auto shown = [](const SimInstance& it) {
    return std::tie(it.id, it.product, it.charge, it.internet, it.name, it.hostname, it.zone,
                    it.type, it.status, it.group_id, it.group_name, it.public_ips, it.private_ips,
                    it.cap, it.created, it.expires, it.period_months, it.auto_renew, it.package_tb);
  };
  const auto same_tag = [](const Tag& one, const Tag& other) {
    return one.key == other.key && one.value == other.value;
  };
  return shown(a) == shown(b) && std::ranges::equal(a.tags, b.tags, same_tag);
}

void write_row(const SimInstance& it, const ProviderCall& call, bool odd) {
  WireWriter& out = call.out;
  const bool prepaid = it.charge == Charge::kPrepaid;
  const SimType* type = call.cloud.catalogue().type(it.type);
  out.begin_item().text("instanceId", it.id).text("zoneId", it.zone).text("instanceName", it.name);
  if (it.product == Product::kVm) {
    write_vm_parts(it, type, out);
  } else {
    write_bmc_parts(it, type, call.modern, out);
  }
  out.text("imageId", "debian-12").text("imageName", "Debian 12").null("keyId");
  out.begin("nic").text("wanName", "eth0").text("lanName", "eth1").end();
  out.text("instanceChargeType", prepaid ? "PREPAID" : "POSTPAID")
      .text("internetChargeType", odd ? "ByQuantum" : internet_charge_word(it.product, it.internet))
      .whole_or_null("period",
                     prepaid ? std::optional<std::int64_t>(it.period_months) : std::nullopt)
      .texts("publicIpAddresses", it.public_ips)
      .texts("privateIpAddresses", it.private_ips)
      .time("createTime", it.created);
  if (it.expires) {
    out.time("expiredTime", *it.expires);
  } else {
    out.null("expiredTime");
  }
  out.text("resourceGroupId", it.group_id)
      .text("resourceGroupName", it.group_name)
      .text("instanceStatus", odd ? "HIBERNATING" : it.status)
      .real_or_null("trafficPackageSize", it.package_tb)
      .flag("autoRenew", prepaid && it.auto_renew);
  write_tags(it, out);
  out.end();
}

/// Lists are asked for all the time and hardly ever change: what was written is kept.
void write_instance(const SimInstance& it, const ProviderCall& call) {
  const bool odd = call.quirks.odd_words(it.id);
  WrittenRow& known = call.rows[{it.id, call.modern, odd, call.out.numbers_as_strings()}];
  if (!known.json.empty() && same_row(known.shown, it)) {
    call.out.item(known.json);
    return;
  }
  const std::size_t before = call.out.size();
  write_row(it, call, odd);
  std::string_view written = call.out.since(before);
  if (written.starts_with(',')) written.remove_prefix(1);
  known = {it, std::string(written)};
}

ProviderAnswer zone_not_found(const std::string& zone) {
  return Refusal{404, "INVALID_ZONE_NOT_FOUND", "The zone [" + zone + "] is not found."};
}

}  // namespace

ProviderAnswer describe_zones(ProviderCall& call) {
  Parameters asked(call.parameters);
  const std::vector<std::string> ids = asked.texts("zoneIds", kMostIds);
  if (asked.problem()) return asked.problem();
  call.out.begin_list("zoneSet");
  for (const SimZone& zone : call.cloud.catalogue().zones) {
    if (!any_of(ids, {zone.id})) continue;
    call.out.begin_item().text("zoneId", zone.id).text("zoneName", zone.name);
    if (call.product == Product::kVm) {
      call.out.flag("supportSecurityGroup", true)
          .text("supportNetworkType", "VPC")
          .flag("supportIpv6", true)
          .flag("supportCpuPassThrough", false)
          .text("networkLineType", "PremiumBGP");
    } else {
      call.out.text("cityName", zone.city)
          .text("areaName", zone.area)
          .flag("isCloudRouterAvailable", true)
          .flag("isByoipEnabled", false);
    }
    call.out.end();
  }
  call.out.end_list();
  return std::nullopt;
}

ProviderAnswer describe_instances(ProviderCall& call) {
  Parameters asked(call.parameters);
  const Page page = asked.page(kLargestPage);
  const InstanceFilter filter(asked, call.product);
  if (asked.problem()) return asked.problem();
  const std::vector<const SimInstance*> found = listed(call, filter);
  call.out.whole("totalCount", static_cast<std::int64_t>(found.size())).begin_list("dataSet");
  for (std::size_t i = 0; i < found.size(); ++i) {
    if (page.shows(i)) write_instance(*found[i], call);
  }
  call.out.end_list();
  return std::nullopt;
}

ProviderAnswer describe_instances_status(ProviderCall& call) {
  Parameters asked(call.parameters);
  const Page page = asked.page(kLargestPage);
  const std::vector<std::string> ids = asked.texts("instanceIds", kMostIds);
  if (asked.problem()) return asked.problem();
  Parameters none((JsonValue()));
  InstanceFilter filter(none, call.product);
  filter.ids = ids;
  const std::vector<const SimInstance*> found = listed(call, filter);
  call.out.whole("totalCount", static_cast<std::int64_t>(found.size())).begin_list("dataSet");
  for (std::size_t i = 0; i < found.size(); ++i) {
    if (!page.shows(i)) continue;
    call.out.begin_item()
        .text("instanceId", found[i]->id)
        .text("instanceStatus",
              call.quirks.odd_words(found[i]->id) ? "HIBERNATING" : found[i]->status)
        .end();
  }
  call.out.end_list();
  return std::nullopt;
}

ProviderAnswer describe_zone_instance_config_infos(ProviderCall& call) {
  Parameters asked(call.parameters);
  const std::string charge = asked.required_text("instanceChargeType");
  const std::string zone_id = asked.text("zoneId");
  const std::string type_id = asked.text("instanceType");
  if (!asked.problem() && charge != "PREPAID" && charge != "POSTPAID") {
    asked.fail("INVALID_PARAMETER_VALUE", "instanceChargeType", "must be PREPAID or POSTPAID");
  }
  if (asked.problem()) return asked.problem();
  const SimCatalogue& sold = call.cloud.catalogue();
  if (!zone_id.empty() && sold.zone(zone_id) == nullptr) return zone_not_found(zone_id);
  call.out.begin_list("instanceTypeQuotaSet");
  for (const SimZone& zone : sold.zones) {
    for (const SimType& type : sold.types) {
      if (type.product != Product::kVm || !type.sold) continue;
      if (!matches(zone_id, zone.id) || !matches(type_id, type.id)) continue;
      call.out.begin_item()
          .text("zoneId", zone.id)
          .text("instanceType", type.id)
          .text("instanceTypeName", type.description)
          .whole("cpuCount", type.cpu)
          .whole("memory", type.memory_gb)
          .text("frequency", "2.5 GHz")
          .texts("internetChargeTypes", {"ByBandwidth", "ByTrafficPackage", "BandwidthCluster"})
          .whole("internetMaxBandwidthOutLimit", type.limit_mbps)
          .end();
    }
  }
  call.out.end_list();
  return std::nullopt;
}

ProviderAnswer describe_instance_types(ProviderCall& call) {
  Parameters asked(call.parameters);
  const std::vector<std::string> ids = asked.texts("instanceTypeIds", kMostIds);
  const auto least_cpu = asked.whole("minimumCpuCoreCount");
  const auto most_cpu = asked.whole("maximumCpuCoreCount");
  const auto least_memory = asked.whole("minimumMemorySize");
  const auto most_memory = asked.whole("maximumMemorySize");
  const auto least_bandwidth = asked.whole("minimumBandwidth");
  if (asked.problem()) return asked.problem();
  call.out.begin_list("instanceTypes");
  for (const SimType& type : call.cloud.catalogue().types) {
    if (type.product != Product::kBmc || !type.sold || !any_of(ids, {type.id})) continue;
    if (type.cpu < least_cpu.value_or(type.cpu) || type.cpu > most_cpu.value_or(type.cpu)) continue;
    if (type.memory_gb < least_memory.value_or(type.memory_gb)) continue;
    if (type.memory_gb > most_memory.value_or(type.memory_gb)) continue;
    if (type.limit_mbps < least_bandwidth.value_or(type.limit_mbps)) continue;
    call.out.begin_item();
    write_bmc_type(type, call.modern, call.out);
    call.out.end();
  }
  call.out.end_list();
  return std::nullopt;
}

ProviderAnswer describe_available_resources(ProviderCall& call) {
  Parameters asked(call.parameters);
  asked.required_text("instanceChargeType");
  const std::string type_id = asked.text("instanceTypeId");
  const std::string zone_id = asked.text("zoneId");
  const std::string status = asked.text("sellStatus");
  if (asked.problem()) return asked.problem();
  const SimCatalogue& sold = call.cloud.catalogue();
  if (!zone_id.empty() && sold.zone(zone_id) == nullptr) return zone_not_found(zone_id);
  call.out.begin_list("availableResources");
  for (const SimZone& zone : sold.zones) {
    for (const SimType& type : sold.types) {
      if (type.product != Product::kBmc || !type.sold || !matches(status, "SELL")) continue;
      if (!matches(zone_id, zone.id) || !matches(type_id, type.id)) continue;
      call.out.begin_item()
          .text("zoneId", zone.id)
          .text("sellStatus", "SELL")
          .texts("internetChargeTypes",
                 {"ByBandwidth", "ByTrafficPackage", "ByInstanceBandwidth95"})
          .text("instanceTypeId", type.id)
          .whole("maximumBandwidthOut", type.limit_mbps)
          .whole("defaultBandwidthOut", zone.bmc_included.count())
          .real("defaultTrafficPackageSize", 5)
          .whole("qty", 7)
          .end();
    }
  }
  call.out.end_list();
  return std::nullopt;
}

}  // namespace penstock
