#include "daemon/address_gate.h"

#include "daemon/join.h"
#include "daemon/log.h"

namespace penstock {
namespace {

/// A line for each would fill the log.
constexpr Duration kTellInterval = 60s;

}  // namespace

bool AddressGate::admits(const std::string& peer, const std::string& own, Duration now) {
  if (allowed_.empty() || may_connect(address_bytes(peer), address_bytes(own), allowed_)) {
    return true;
  }
  if (++turned_away_ == 1 || now - told_at_ >= kTellInterval) {
    log_warn("client_turned_away",
             {{"peer", peer}, {"count", std::to_string(turned_away_)}, {"see", "allow_from"}});
    told_at_ = now;
  }
  return false;
}

}  // namespace penstock
