// The door of a listener: which addresses may connect, and a word in the log about the others.
//
//   AddressGate gate({*parse_address_range("10.0.0.0/8")});
//   if (!gate.admits("198.51.100.1", "192.0.2.1:19610", now)) hang_up();
//
// Server's thread only.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "daemon/address_range.h"
#include "metrics/units.h"

namespace penstock {

class AddressGate {
 public:
  /// No ranges: everybody may.
  explicit AddressGate(std::vector<AddressRange> allowed) : allowed_(std::move(allowed)) {}

  /// `own` is the address that is listened on. Says so once a minute at most when it refuses.
  bool admits(const std::string& peer, const std::string& own, Duration now);

 private:
  std::vector<AddressRange> allowed_;
  std::uint64_t turned_away_ = 0;
  Duration told_at_{};
};

}  // namespace penstock
