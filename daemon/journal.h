// Journal: what must survive a restart. Intents before calls, outcomes after them.
//
//   Result<Memory> memory = journal.load(now);
//   Status written = journal.commit({.orders = {order}});     // one transaction, on disk when ok()
//
// One real implementation (SqliteJournal) and wrappers in tests that fail or crash at the n-th
// write. Loop thread only; other threads and processes open their own, read-only.
#pragma once

#include <vector>

#include "daemon/memory.h"
#include "metrics/units.h"
#include "policies/result.h"

namespace penstock {

class Journal {
 public:
  virtual ~Journal() = default;
  virtual Result<Memory> load(TimePoint now) = 0;
  virtual Status commit(const JournalEntry& entry) = 0;
  /// Forgets the distant past: 400 days of orders and events, 90 of decisions. Once a day.
  virtual Status prune(TimePoint now) = 0;
  virtual Result<std::vector<Order>> orders(const HistoryQuery& query) = 0;
  virtual Result<std::vector<DecisionRow>> decisions(const HistoryQuery& query) = 0;
  virtual Result<std::vector<EventRow>> events(const HistoryQuery& query) = 0;
};

}  // namespace penstock
