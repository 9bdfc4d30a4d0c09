#include "daemon/snapshot.h"

#include <utility>

namespace penstock {

std::shared_ptr<Snapshot> SnapshotBoard::room() {
  std::unique_ptr<Snapshot> snapshot;
  {
    const std::lock_guard lock(spare_->mutex);
    snapshot = std::move(spare_->snapshot);
  }
  if (snapshot == nullptr) snapshot = std::make_unique<Snapshot>();
  return {snapshot.release(), [spare = spare_](Snapshot* read) {
            std::unique_ptr<Snapshot> done(read);
            const std::lock_guard lock(spare->mutex);
            if (spare->snapshot == nullptr) spare->snapshot = std::move(done);
          }};
}

void SnapshotBoard::publish(std::shared_ptr<const Snapshot> snapshot) {
  const std::lock_guard lock(mutex_);
  latest_.swap(snapshot);  // the old one is freed by the last reader, outside the lock if it is us
}

std::shared_ptr<const Snapshot> SnapshotBoard::latest() const {
  const std::lock_guard lock(mutex_);
  return latest_;
}

}  // namespace penstock
