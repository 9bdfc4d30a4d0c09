#include "daemon/starting_files.h"

#include <algorithm>
#include <set>

#include "metrics/printable.h"

namespace penstock {
namespace {

/// Interfaces that never carry public traffic.
bool inner(const std::string& device) {
  for (const char* prefix : {"lo", "docker", "veth", "br-", "virbr", "cali", "flannel", "tun"}) {
    if (device.starts_with(prefix)) return true;
  }
  return false;
}

/// A TOML basic string: names come from outside.
std::string quoted(std::string_view text) {
  std::string out = "\"";
  for (const char c : printable(text, 200)) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out + "\"";
}

std::string most_common_device(const std::vector<Labels>& series) {
  std::map<std::string, std::size_t> counts;
  for (const Labels& labels : series) {
    const auto device = labels.find("device");
    if (device != labels.end() && !inner(device->second)) ++counts[device->second];
  }
  const auto most =
      std::ranges::max_element(counts, {}, [](const auto& entry) { return entry.second; });
  return most == counts.end() ? "" : most->first;
}

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return out;
}

std::string policy_of(const InitGroup& group, const InitFacts& facts) {
  const std::string product(to_string(group.product));
  const std::string charge(to_string(group.charge));
  std::string out = "\n# " + std::to_string(group.instances) + " instances";
  if (group.other_billing > 0) {
    out += ", " + std::to_string(group.other_billing) +
           " of them not billed by configured bandwidth: those are left alone";
  }
  out += ".\n[[policy]]\nname = " + quoted(product + "-" + lower(charge)) +
         "\nmode = \"observe\"          # says what it would order; \"enforce\" orders it\n"
         "match = { product = [\"" +
         product + "\"], charge = [\"" + charge +
         "\"] }\n\n"
         "[policy.traffic]\n";
  if (facts.prometheus) {
    const InitPrometheus& found = *facts.prometheus;
    const std::string device = found.device.empty() ? "" : "{device=" + quoted(found.device) + "}";
    std::string query =
        "8 * sum by (" + found.label + ") (rate(" + found.metric + device + "[1m]))";
    out += "query = '" + query + "'   # bytes to bits; is this the public interface?\n";
    out += "key = " + quoted(found.label) + "\njoin = " + quoted(found.join) + "\nunit = \"bps\"\n";
  } else {
    out +=
        "# The provider's own figures come every five minutes, some minutes late, and never raise\n"
        "# by themselves. A Prometheus source reacts within seconds.\nmax_age = \"20m\"\n";
  }
  out += "\n[policy.bounds]\nmin = \"10 Mbps\"\n# max = \"" + format(group.largest * 2) +
         "\"             # twice the largest of today; the type's own limit always applies\n";
  out +=
      "\n[[policy.rule]]\nkind = \"saturation\"        # grows when full, shrinks after a quiet "
      "day; see also \"economic\"\n";
  out +=
      "\n# Before \"enforce\":\n# [policy.upgrade]\n# max_price = \"100 USD\"      # of one order\n"
      "# [policy.budget]\n# per_month = \"500 USD\"\n";
  return out;
}

}  // namespace

std::vector<InitGroup> groups_of(const std::vector<Instance>& instances) {
  std::map<std::pair<Product, Charge>, InitGroup> groups;
  for (const Instance& each : instances) {
    if (each.charge == Charge::kUnknown) continue;
    InitGroup& group = groups[{each.product, each.charge}];
    group.product = each.product;
    group.charge = each.charge;
    ++group.instances;
    if (!each.flat_rate()) ++group.other_billing;
    if (each.flat_rate() && each.cap) group.largest = std::max(group.largest, *each.cap);
  }
  std::vector<InitGroup> out;
  for (auto& [key, group] : groups) out.push_back(group);
  return out;
}

std::optional<InitPrometheus> best_match(const std::vector<Labels>& series,
                                         const std::vector<Instance>& instances) {
  std::map<std::string, std::map<std::string, std::string>> value_of;  // join, value, instance
  for (const Instance& each : instances) {
    value_of["id"][each.key.id] = each.key.id;
    if (!each.name.empty()) value_of["name"][each.name] = each.key.id;
    for (const std::string& ip : each.public_ips) value_of["public_ip"][ip] = each.key.id;
  }
  std::map<std::pair<std::string, std::string>, std::set<std::string>> found;  // label, join
  for (const Labels& labels : series) {
    for (const auto& [label, value] : labels) {
      for (const auto& [join, values] : value_of) {
        const auto its = values.find(value);
        if (its != values.end()) found[{label, join}].insert(its->second);
      }
    }
  }
  const auto best =
      std::ranges::max_element(found, {}, [](const auto& entry) { return entry.second.size(); });
  if (best == found.end()) return std::nullopt;
  InitPrometheus out;
  out.label = best->first.first;
  out.join = best->first.second;
  out.device = most_common_device(series);
  out.matched = best->second.size();
  return out;
}

std::string starting_config(const InitFacts& facts) {
  std::string out =
      "# Written by `penstock init` from what the account holds. /usr/share/doc/penstock and\n"
      "# penstock.toml(5) have every other setting; `penstock check` after each change.\n\n"
      "[[account]]\nname = " +
      quoted(facts.account) + "\n";
  if (!facts.base_url.empty()) out += "base_url = " + quoted(facts.base_url) + "\n";
  out +=
      "access_key_id_file = \"access-key-id\"              # in $CREDENTIALS_DIRECTORY or beside "
      "this file\naccess_key_password_file = \"access-key-password\"\n";
  if (!facts.month.empty()) {
    out += "billing_month = " + quoted(facts.month) + "            # a sandbox's\n";
  }
  out += "\n[[source]]\n";
  if (facts.prometheus) {
    out += "name = \"prometheus\"\nurls = [" + quoted(facts.prometheus->url) + "]\n# its label " +
           printable(facts.prometheus->label) + " names " +
           std::to_string(facts.prometheus->matched) + " of the account's instances\n";
  } else {
    out += "name = \"zenlayer\"\nkind = \"provider\"             # until there is a Prometheus\n";
  }
  out +=
      "\n[limits]                         # the whole fleet, UTC days and months\n"
      "orders_per_day = 50\nper_day = \"200 USD\"\nper_month = \"1000 USD\"\n"
      "max_lowered_share = 0.1\n";
  return out;
}

std::string starting_policies(const InitFacts& facts) {
  std::string out =
      "#:schema /usr/share/penstock/schema/policy.schema.json\n"
      "# Written by `penstock init`. Nothing is ordered while mode is \"observe\".\n";
  for (const InitGroup& group : facts.groups) {
    if (group.instances > group.other_billing) out += policy_of(group, facts);
  }
  return out;
}

}  // namespace penstock
