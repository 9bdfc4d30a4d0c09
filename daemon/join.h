// Joining traffic to instances: which instance a sample's key names, by id, name, public address
// or tag (traffic.join).
//
//   InstanceIndex index(instances, policy.traffic.join, policy.traffic.join_tag);
//   JoinedTraffic joined = join_traffic(index, answer.samples, [&](auto i) { return owned[i]; });
//   for (const auto& [instance, sample] : joined.matches) demand[instance].observe(sample->sample);
//
// An ambiguous key is doubt for every instance it hits: two instances of one name, or two different
// keys (both addresses of a machine) for one instance; none of them gets a sample. An index is
// built once per list of instances and must not outlive it. Pure; any one thread.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "daemon/sample_source.h"
#include "policies/instance.h"
#include "policies/policy.h"

namespace penstock {

class InstanceIndex {
 public:
  InstanceIndex(std::span<const Instance* const> instances, Join join, std::string_view tag = {});

  /// Positions of the instances that the key names, ascending; more than one is ambiguous.
  std::span<const std::uint32_t> find(std::string_view key) const;
  std::size_t size() const { return count_; }

 private:
  /// Hardly ever does a key name more than one.
  struct Named {
    std::uint32_t first;
    std::uint32_t several = 0;  ///< 1 + index into several_; 0 = `first` alone
  };
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view key) const {
      return std::hash<std::string_view>()(key);
    }
  };
  void add(std::string key, std::uint32_t position);

  Join join_;
  std::size_t count_;
  std::unordered_map<std::string, Named, Hash, std::equal_to<>> named_;
  std::vector<std::vector<std::uint32_t>> several_;
};

struct JoinedTraffic {
  /// Owned instances with their samples, in the samples' order (of the provider's own: several).
  std::vector<std::pair<std::uint32_t, const KeyedSample*>> matches;
  std::vector<std::uint32_t> doubtful;        ///< owned, hit by something ambiguous
  std::vector<std::uint32_t> without_series;  ///< owned, and no key named them
  std::size_t unmatched = 0;                  ///< samples whose key names no instance at all
  std::size_t foreign = 0;                    ///< … whose instances belong to other policies
  std::vector<std::string> notes;             ///< one example of each, printable
};

/// `owned` says whether the policy that asked owns the instance at a position.
JoinedTraffic join_traffic(const InstanceIndex& index, std::span<const KeyedSample> samples,
                           const std::function<bool(std::uint32_t)>& owned);

/// The bytes of an IP address, with or without a port or brackets; "" if it is none. IPv4 in IPv6
/// is IPv4.
std::string address_bytes(std::string_view text);

}  // namespace penstock
