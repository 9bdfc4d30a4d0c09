#include "daemon/join.h"

#include <arpa/inet.h>

#include <algorithm>

#include "daemon/log.h"

namespace penstock {
namespace {

std::string parse_address(std::string_view text) {
  char buffer[INET6_ADDRSTRLEN] = {};
  if (text.empty() || text.size() >= sizeof buffer) return {};
  std::copy(text.begin(), text.end(), buffer);
  in_addr v4{};
  if (inet_pton(AF_INET, buffer, &v4) == 1) {
    return {reinterpret_cast<const char*>(&v4), sizeof v4};
  }
  in6_addr v6{};
  if (inet_pton(AF_INET6, buffer, &v6) != 1) return {};
  const std::string bytes(reinterpret_cast<const char*>(&v6), sizeof v6);
  return IN6_IS_ADDR_V4MAPPED(&v6) ? bytes.substr(12) : bytes;
}

std::string quoted(std::string_view key) {
  return "\"" + printable(key, 80) + "\"";
}

/// What became known of one owned instance while the samples were read.
struct Claim {
  const KeyedSample* first = nullptr;
  bool ambiguous = false;
};

}  // namespace

std::string address_bytes(std::string_view text) {
  if (std::string whole = parse_address(text); !whole.empty()) return whole;
  // "203.0.113.7:9100" and "[2001:db8::1]:9100", as scrapers name their targets.
  const std::size_t colon = text.rfind(':');
  if (colon != std::string_view::npos &&
      text.find_first_not_of("0123456789", colon + 1) == std::string_view::npos) {
    const std::string_view host = text.substr(0, colon);
    if (!host.empty() && host.front() != '[') {
      std::string bytes = parse_address(host);
      return bytes.size() == sizeof(in_addr) ? bytes : std::string();
    }
    text = host;
  }
  if (text.size() < 2 || text.front() != '[' || text.back() != ']') return {};
  return parse_address(text.substr(1, text.size() - 2));
}

InstanceIndex::InstanceIndex(std::span<const Instance* const> instances, Join join,
                             std::string_view tag)
    : join_(join), count_(instances.size()) {
  named_.reserve(instances.size());
  for (std::uint32_t i = 0; i < instances.size(); ++i) {
    const Instance& instance = *instances[i];
    switch (join) {
      case Join::kId:
        add(instance.key.id, i);
        break;
      case Join::kName:
        add(instance.name, i);
        break;
      case Join::kPublicIp:
        for (const std::string& ip : instance.public_ips) add(address_bytes(ip), i);
        break;
      case Join::kTag:
        for (const Tag& each : instance.tags) {
          if (each.key == tag) add(each.value, i);
        }
        break;
    }
  }
}

void InstanceIndex::add(std::string key, std::uint32_t position) {
  if (key.empty()) return;
  const auto [entry, fresh] = named_.try_emplace(std::move(key), Named{position});
  Named& named = entry->second;
  if (fresh || named.first == position) return;
  if (named.several == 0) {
    several_.push_back({named.first});
    named.several = static_cast<std::uint32_t>(several_.size());
  }
  std::vector<std::uint32_t>& all = several_[named.several - 1];
  if (all.back() != position) all.push_back(position);
}

std::span<const std::uint32_t> InstanceIndex::find(std::string_view key) const {
  const auto found = join_ == Join::kPublicIp ? named_.find(address_bytes(key)) : named_.find(key);
  if (found == named_.end()) return {};
  const Named& named = found->second;
  if (named.several > 0) return several_[named.several - 1];
  return {&named.first, 1};
}

JoinedTraffic join_traffic(const InstanceIndex& index, std::span<const KeyedSample> samples,
                           const std::function<bool(std::uint32_t)>& owned) {
  JoinedTraffic joined;
  std::vector<Claim> claims(index.size());
  std::vector<std::pair<std::uint32_t, const KeyedSample*>> candidates;
  candidates.reserve(samples.size());
  bool told_name = false, told_keys = false;
  for (const KeyedSample& sample : samples) {
    const std::span<const std::uint32_t> found = index.find(sample.key);
    if (found.empty() && joined.unmatched++ == 0) {
      joined.notes.push_back("no instance is named " + quoted(sample.key));
    }
    if (found.size() > 1 && !std::exchange(told_name, true)) {
      joined.notes.push_back(std::to_string(found.size()) + " instances are named " +
                             quoted(sample.key) + "; none of them gets its traffic");
    }
    bool any_owned = false;
    for (const std::uint32_t position : found) {
      if (!owned(position)) continue;
      any_owned = true;
      Claim& claim = claims[position];
      if (claim.first == nullptr) claim.first = &sample;
      const bool other_key = claim.first->key != sample.key;
      if (other_key && !std::exchange(told_keys, true)) {
        joined.notes.push_back(quoted(claim.first->key) + " and " + quoted(sample.key) +
                               " are the same instance; neither is used");
      }
      claim.ambiguous = claim.ambiguous || other_key || found.size() > 1;
      candidates.emplace_back(position, &sample);
    }
    if (!found.empty() && !any_owned) ++joined.foreign;
  }
  for (const auto& candidate : candidates) {
    if (!claims[candidate.first].ambiguous) joined.matches.push_back(candidate);
  }
  for (std::uint32_t i = 0; i < claims.size(); ++i) {
    if (claims[i].ambiguous) {
      joined.doubtful.push_back(i);
    } else if (claims[i].first == nullptr && owned(i)) {
      joined.without_series.push_back(i);
    }
  }
  return joined;
}

}  // namespace penstock
