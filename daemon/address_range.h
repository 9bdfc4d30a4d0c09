// Ranges of client addresses, as `allow_from` writes them.
//
//   const auto office = parse_address_range("10.0.0.0/8");
//   office->contains(client_bytes)                       // address_bytes("10.1.2.3")
//
// An address alone is a range of one. IPv4 written as IPv6 is IPv4. Pure functions.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace penstock {

struct AddressRange {
  std::string bytes;  ///< 4 or 16, without bits beyond the prefix
  int prefix = 0;     ///< bits that count

  /// `address` as address_bytes() gives it; "" is in no range.
  bool contains(std::string_view address) const;
};

/// "10.0.0.0/8", "2001:db8::/32", "192.0.2.7"; nullopt for anything else, and where bits beyond the
/// prefix are set, since then nobody knows which of the two was meant.
std::optional<AddressRange> parse_address_range(std::string_view text);

/// Whether a client may connect: all may where there are no ranges; else those in one of them, and
/// this host's commands, which come from loopback or from the address that is listened on (`own`).
bool may_connect(std::string_view peer, std::string_view own,
                 std::span<const AddressRange> allowed);

}  // namespace penstock
