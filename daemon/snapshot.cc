#include "daemon/snapshot.h"

#include <utility>

namespace penstock {

void SnapshotBoard::publish(std::shared_ptr<const Snapshot> snapshot) {
  const std::lock_guard lock(mutex_);
  latest_.swap(snapshot);  // the old one is freed by the last reader, outside the lock if it is us
}

std::shared_ptr<const Snapshot> SnapshotBoard::latest() const {
  const std::lock_guard lock(mutex_);
  return latest_;
}

}  // namespace penstock
