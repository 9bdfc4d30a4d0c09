// The /metrics page: what was counted, the fleet, then every instance, as a stream of blocks.
//
//   response.next_block = metrics_page(instruments, board.latest(), clock.wall());
//
// A policy may limit which of its instances are written (InstanceSeries). The stream keeps the
// snapshot alive until it has been read to the end, so a slow scraper sees one moment and holds up
// nobody. Any thread.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "daemon/snapshot.h"
#include "metrics/instruments.h"
#include "metrics/units.h"

namespace penstock {

/// Gives block after block, then "". `snapshot` may be null before the first tick. `instruments` is
/// read at once and need not outlive the stream.
std::function<std::string()> metrics_page(const Instruments& instruments,
                                          std::shared_ptr<const Snapshot> snapshot, TimePoint now);

}  // namespace penstock
