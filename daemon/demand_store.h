// DemandStore: what every instance's traffic taught, kept over restarts in a bounded file of its
// own, demand.db. Losing it costs history (forecasts and quiet look-backs start anew) and nothing
// else, so it is written rarely, without waiting for the disk, and replaced when it is damaged.
//
//   DemandStore store("/var/lib/penstock/demand.db");
//   store.load([&](const InstanceKey& key, std::string_view bytes) { … demand.restore(bytes); });
//   store.save({{key, bytes}}, now);
//
// A file that cannot be opened, since the disk is full, is tried again with every use. Loop thread
// only.
#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "daemon/sqlite.h"
#include "metrics/units.h"
#include "policies/instance.h"
#include "policies/result.h"

namespace penstock {

struct SavedDemand {
  InstanceKey key;
  std::string bytes;
};

class DemandStore {
 public:
  static constexpr std::int64_t kMostInstances = 100'000;
  static constexpr Duration kKeep = std::chrono::hours{24 * 30};  ///< after the last save
  static constexpr Duration kDropEvery = std::chrono::hours{1};

  explicit DemandStore(std::string file) : file_(std::move(file)) {}

  /// Done by itself at the first use. A file that is damaged or of another format is moved aside
  /// (`.damaged`) and begun anew.
  Status open();
  Status load(const std::function<void(const InstanceKey&, std::string_view)>& each);
  Status save(std::span<const SavedDemand> rows, TimePoint now);
  bool begun_anew() const { return begun_anew_; }

 private:
  Status drop_old(TimePoint now);

  std::string file_;
  std::optional<Database> db_;
  bool begun_anew_ = false;
  TimePoint dropped_at_{};
};

}  // namespace penstock
