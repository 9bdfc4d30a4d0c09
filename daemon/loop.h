// Loop: one thread, one tick after another: gather, settle, decide, act, publish, sleep.
//
//   Loop loop(parts, options);
//   if (Status s = loop.start(in_force); !s) return s.error();     // reads journal and demand
//   store loop.run(stop);                                                // until stop() says so
//
// The production loop is the simulated one: clock, HTTP, cloud, sources, journal and quotes come
// from outside. reload() may be called from any thread and takes effect before the next tick;
// everything else belongs to the loop's thread. What others may see hangs on board().
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "daemon/act.h"
#include "daemon/balances.h"
#include "daemon/clock.h"
#include "daemon/clock_step.h"
#include "daemon/cloud.h"
#include "daemon/demand_store.h"
#include "daemon/explanation.h"
#include "daemon/fleet.h"
#include "daemon/gather.h"
#include "daemon/http.h"
#include "daemon/in_force.h"
#include "daemon/journal.h"
#include "daemon/ledger.h"
#include "daemon/month_prices.h"
#include "daemon/order_book.h"
#include "daemon/outlook.h"
#include "daemon/pauses.h"
#include "daemon/quoter.h"
#include "daemon/sample_source.h"
#include "daemon/settle.h"
#include "daemon/snapshot.h"
#include "daemon/telemetry.h"
#include "daemon/warm_up.h"

namespace penstock {

struct LoopParts {
  Clock& clock;
  Http& http;
  Cloud& cloud;
  Quoter& quoter;
  Journal& journal;
  DemandStore* demand_store = nullptr;  ///< nullptr: history ends with the process
  Pauses pauses;
  Telemetry& telemetry;
  std::vector<SampleSource*> sources;
};

struct LoopOptions {
  Duration tick = 15s;
  Duration list_every = 60s;
  Duration save_demand_every = 60s;
  bool order = true;  ///< false: a pass that only says what it would do (`plan`)
  SettleOptions settle;
};

/// What the loop's owner does around it, all on the loop's thread.
struct LoopHooks {
  std::function<bool()> stop;                 ///< asked between any two steps
  std::function<void()> before_tick = [] {};  ///< the one moment at which nothing is under way
  std::function<void()> after_tick = [] {};
};

class Loop {
 public:
  Loop(LoopParts parts, const LoopOptions& options);

  Status start(std::shared_ptr<const InForce> in_force);
  /// One pass. `stop` is asked between steps.
  void tick(const std::function<bool()>& stop);
  /// What can wait is done between two ticks: one piece of it, in less than `left`. false: there is
  /// nothing to do.
  bool use_spare_time(Duration left);
  /// Ticks and sleeps until `stop`, then writes what is still in memory.
  void run(const LoopHooks& hooks);
  /// Writes what waits: records, demand. The journal's intents are on disk already.
  void finish();

  /// A complete, validated set for the next tick; any thread. Sources, if given, replace the
  /// present ones, which must live until that tick has begun.
  void reload(std::shared_ptr<const InForce> in_force);
  void reload(std::shared_ptr<const InForce> in_force, std::vector<SampleSource*> sources,
              std::string by = "");

  const SnapshotBoard& board() const { return board_; }
  /// How a decision about an instance comes about now; null when it is not known. Changes nothing,
  /// so it may be asked between any two steps. Loop thread.
  std::shared_ptr<const Explanation> explain(const InstanceKey& key);

 private:
  void take_reload(TimePoint now);
  void heed_instructions(Outlook& outlook, TimePoint now);
  void resume(const Instruction& instruction, TimePoint now);
  void list(TimePoint now);
  bool term_ended(TimePoint now) const;
  void decide_all(Outlook& outlook, TimePoint now);
  void write_back(TimePoint now);
  void load_demand();
  void save_demand(TimePoint now, bool all);
  void assign_owners();
  void assign_budgets();
  void clock_went_back(TimePoint now);
  void heed_clock(const ClockReading& now);
  void publish(TimePoint now);
  template <class Step>
  void timed(Phase phase, Step&& step);

  LoopParts parts_;
  LoopOptions options_;
  std::shared_ptr<const InForce> in_force_;
  Fleet fleet_;
  OrderBook book_;
  Ledger ledger_;
  Balances balances_;
  Settle settle_;
  Gather gather_;
  WarmUp warm_up_;
  MonthPrices month_prices_;
  SnapshotBoard board_;

  std::uint64_t ticks_ = 0;
  ClockReading last_tick_;
  bool recount_ = false;  ///< the clock went back: budgets are to be read again
  std::optional<Duration> listed_at_, saved_at_, recorded_at_;  ///< monotonic
  std::optional<TimePoint> pruned_at_;
  std::vector<TimePoint> term_ends_;  ///< of what a policy owns, ascending, as of the last list
  bool demand_loaded_ = false;        ///< what earlier runs learned has been read
  bool short_of_balance_ = false;     ///< something is held for lack of it: look whether it grew
  std::vector<std::string> standing_names_;  ///< instructions as of the last tick, to tell news
  Standing standing_;

  std::mutex next_mutex_;
  std::shared_ptr<const InForce> next_;
  std::optional<std::vector<SampleSource*>> next_sources_;
  std::string next_by_;
};

}  // namespace penstock
