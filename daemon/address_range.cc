#include "daemon/address_range.h"

#include <algorithm>
#include <charconv>

#include "daemon/join.h"

namespace penstock {
namespace {

unsigned byte_at(std::string_view bytes, std::size_t i) {
  return static_cast<unsigned char>(bytes[i]);
}

/// The bits of byte `i` that a prefix of so many bits covers.
unsigned mask_at(int prefix, std::size_t i) {
  const int bits = std::clamp(prefix - 8 * static_cast<int>(i), 0, 8);
  return 0xFFU & ~(0xFFU >> static_cast<unsigned>(bits));
}

bool is_loopback(std::string_view address) {
  if (address.size() == 4) return byte_at(address, 0) == 127;
  return address.size() == 16 && address.back() == '\x01' && address.find_first_not_of('\0') == 15;
}

}  // namespace

bool AddressRange::contains(std::string_view address) const {
  if (address.size() != bytes.size()) return false;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    if (((byte_at(address, i) ^ byte_at(bytes, i)) & mask_at(prefix, i)) != 0) return false;
  }
  return !bytes.empty();
}

std::optional<AddressRange> parse_address_range(std::string_view text) {
  const std::size_t slash = std::min(text.find('/'), text.size());
  // A port or brackets, which address_bytes() takes, have no place in a range.
  const std::string_view host = text.substr(0, slash);
  const bool v4 = host.find('.') != std::string_view::npos;
  if (host.find('[') != std::string_view::npos || (v4 && std::ranges::count(host, ':') == 1)) {
    return std::nullopt;
  }
  AddressRange range;
  range.bytes = address_bytes(host);
  if (range.bytes.empty()) return std::nullopt;
  const int most = 8 * static_cast<int>(range.bytes.size());
  range.prefix = most;
  if (slash < text.size()) {
    const std::string_view digits = text.substr(slash + 1);
    const auto [end, error] =
        std::from_chars(digits.data(), digits.data() + digits.size(), range.prefix);
    if (error != std::errc{} || end != digits.data() + digits.size() || range.prefix < 0 ||
        range.prefix > most) {
      return std::nullopt;
    }
  }
  for (std::size_t i = 0; i < range.bytes.size(); ++i) {
    if ((byte_at(range.bytes, i) & ~mask_at(range.prefix, i)) != 0) return std::nullopt;
  }
  return range;
}

bool may_connect(std::string_view peer, std::string_view own,
                 std::span<const AddressRange> allowed) {
  if (allowed.empty() || is_loopback(peer) || (!peer.empty() && peer == own)) return true;
  return std::ranges::any_of(allowed,
                             [&](const AddressRange& each) { return each.contains(peer); });
}

}  // namespace penstock
