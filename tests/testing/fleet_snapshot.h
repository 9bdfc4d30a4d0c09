// fleet_snapshot(): a small fleet in every state that the metrics and the API show.
//
//   std::shared_ptr<const Snapshot> snapshot = testing::fleet_snapshot();
//
// Two accounts, three instances (one saturated and about to be upgraded, one with a pending
// downgrade, one that no policy matches), hostile names. Plain value.
#pragma once

#include <memory>

#include "daemon/snapshot.h"

namespace penstock::testing {

/// The moment the snapshot was taken: 2026-01-15T12:00:00Z.
TimePoint fleet_snapshot_at();
Snapshot fleet_snapshot();

}  // namespace penstock::testing
