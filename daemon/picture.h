// Picture: takes the snapshot that a tick publishes.
//
//   std::shared_ptr<Snapshot> next = board.room();
//   picture({.in_force = …, .fleet = fleet, .book = book, …}, *next);
//   board.publish(next);
//
// Reads its parts and changes none of them. Loop thread only.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>

#include "daemon/balances.h"
#include "daemon/cloud.h"
#include "daemon/fleet.h"
#include "daemon/gather.h"
#include "daemon/in_force.h"
#include "daemon/order_book.h"
#include "daemon/pauses.h"
#include "daemon/snapshot.h"

namespace penstock {

struct PictureParts {
  const InForce& in_force;
  const Fleet& fleet;
  OrderBook& book;
  const Gather& gather;
  const Balances& balances;
  const Cloud& cloud;
  const Standing& standing;
  bool caught_up;
  std::optional<WarmUpView> warm_up;
  std::uint64_t tick;
  TimePoint now;
};

/// Into `out`, which may hold an older one.
void picture(const PictureParts& parts, Snapshot& out);

}  // namespace penstock
