// SimWorld: the production loop in a simulated world: the provider's state machine with its bills,
// virtual time, traffic as a scrape would see it, a journal on disk, faults where a test wants
// them.
//
//   SimWorld world;
//   world.add(prepaid_vm("i-1", Mbps{72}, DemandShape::flat(500)));
//   world.in_force.policies = {saturation_policy("edge")};
//   world.start();
//   world.run(2min);
//   EXPECT_EQ(world.cap("i-1"), …);
//   world.restart();                       // as after kill -9: only the disk survives
//
// One account, "main", unless a test adds more. Single-threaded.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "daemon/loop.h"
#include "daemon/sim/sim_cloud.h"
#include "daemon/sqlite_journal.h"
#include "tests/testing/child.h"
#include "tests/testing/virtual_clock.h"

namespace penstock::testing {

/// The process ended here.
struct Crash {};

/// What happens to one call that changes something.
enum class CallFault {
  kNone,
  kLostBefore,   ///< never reached the provider; nobody knows
  kLostAfter,    ///< carried out; the answer is lost
  kRefused,      ///< with `refusal_code`
  kCrashBefore,  ///< the process ends before the call
  kCrashAfter,   ///< … after it
};

/// Passes everything on; a test may make the n-th write fail or be the last thing that happens.
class FaultyJournal final : public Journal {
 public:
  explicit FaultyJournal(std::unique_ptr<Journal> real) : real_(std::move(real)) {}
  Result<Memory> load(TimePoint now) override { return real_->load(now); }
  Status commit(const JournalEntry& entry) override;
  Status prune(TimePoint now) override { return real_->prune(now); }
  Result<std::vector<Order>> orders(const HistoryQuery& q) override { return real_->orders(q); }
  Result<std::vector<DecisionRow>> decisions(const HistoryQuery& q) override {
    return real_->decisions(q);
  }
  Result<std::vector<EventRow>> events(const HistoryQuery& q) override { return real_->events(q); }

  /// Called before and after every write of an order.
  std::function<void()> step = [] {};
  std::function<bool()> disk_full = [] { return false; };
  int commits = 0;

 private:
  std::unique_ptr<Journal> real_;
};

/// The simulated provider as a Cloud; several accounts by name.
class CloudOfSim final : public Cloud {
 public:
  explicit CloudOfSim(VirtualClock& clock) : clock_(clock) {}
  std::map<std::string, Result<Inventory>> list() override;
  std::vector<Result<BandwidthStatus>> read_changes(std::span<const InstanceRef> refs) override;
  std::vector<Result<PriceAnswer>> inquire(std::span<const SizeQuestion>) override { return {}; }
  std::vector<Result<Accepted>> modify(std::span<const SizeQuestion> sizes) override;
  std::vector<Result<Accepted>> cancel_downgrade(std::span<const InstanceRef> refs) override;
  std::vector<Result<std::vector<Sample>>> traffic(std::span<const TrafficQuestion>) override {
    return {};
  }
  std::map<std::string, Result<Balance>> balances() override;
  Result<std::vector<penstock::Transaction>> transactions(const std::string& account,
                                                          TimePoint from, TimePoint to) override;
  Rights rights(const std::string&) const override { return granted; }
  void retry_denied(const std::string& account) override { retried.insert(account); }
  int changes_allowed(const std::string&, Duration span) const override;

  std::map<std::string, SimCloud*> accounts;
  std::function<CallFault(const std::string& action, const InstanceKey& key)> fault;
  std::function<std::optional<Error>(const std::string& action, const std::string& account)> broken;
  std::function<void(const InstanceKey& key, BandwidthStatus& status)> distort;  ///< what is read
  std::function<void()> step = [] {};  ///< asked before and after every change
  std::string refusal_code = "OPERATION_DENIED_INSTANCE_NOT_RUNNING";
  std::set<std::string> hidden;               ///< ids missing from the list
  std::vector<penstock::Transaction> others;  ///< what else the account is charged
  Rights granted;
  std::set<std::string> retried;  ///< accounts of which what was denied may be asked again
  int changes_per_second = 5;
  Duration latency{};                ///< of every call or batch of reads
  std::map<std::string, int> calls;  ///< by action; a batch counts once per instance

 private:
  Result<Accepted> change(const std::string& action, const InstanceRef& ref,
                          const std::function<std::variant<SimOrder, Refusal>(SimCloud&)>& call);
  std::optional<Error> failure(const std::string& action, const std::string& account);
  VirtualClock& clock_;
};

/// Traffic as a direct scrape sees it: averages over whole periods, the newest one each.
class SourceOfSim final : public SampleSource {
 public:
  SourceOfSim(std::string name, CloudOfSim& cloud, Duration period, TimePoint start)
      : name_(std::move(name)), cloud_(cloud), period_(period), start_(start) {}
  const std::string& name() const override { return name_; }
  void begin(std::span<const PolicyQuestion> questions, TimePoint now) override;
  std::vector<HttpRequest> requests() override { return {}; }
  void take(std::span<const HttpResponse>) override {}
  std::vector<TrafficAnswer> answers() override;

  bool dark = false;         ///< answers with an error
  bool lower_bound = false;  ///< says that part of the traffic may be missing
  std::function<std::optional<Rate>(const std::string& id, Rate real)> distort;

 private:
  std::string name_;
  CloudOfSim& cloud_;
  Duration period_;
  TimePoint start_;
  TimePoint now_{};
  std::vector<const Policy*> asked_;
};

/// Prices straight from the simulated provider, whose inquiry means the amount due.
class QuoterOfSim final : public Quoter {
 public:
  QuoterOfSim(CloudOfSim& cloud, VirtualClock& clock) : cloud_(cloud), clock_(clock) {}
  std::vector<std::optional<Price>> ask(std::span<const QuoteQuestion> questions,
                                        TimePoint now) override;
  std::vector<QuoteFinding> take_findings() override { return std::exchange(found, {}); }
  void remember(const QuoteFinding& finding) override { remembered.push_back(finding); }
  bool silent = false;
  std::vector<QuoteFinding> found, remembered;

 private:
  CloudOfSim& cloud_;
  VirtualClock& clock_;
};

class NoHttp final : public Http {
 public:
  std::vector<HttpResponse> fetch_all(std::span<const HttpRequest> requests) override {
    return std::vector<HttpResponse>(requests.size());
  }
};

struct SimWorld {
  explicit SimWorld(SimSettings settings = {}, Duration sample_period = 15s);

  SimCloud& account(const std::string& name);  ///< made where it is new
  void add(SimInstance instance, const std::string& account = "main");
  void start();
  /// The process ends without a word and begins again on the same disk.
  void restart();
  void run(Duration span);  ///< ticks for so long
  /// Runs as run() does; when a step crashes the process, goes on after a restart.
  void run_through_crashes(Duration span);

  Mbps cap(const std::string& id);
  std::vector<LedgerEntry> changes(const std::string& id);  ///< accepted by the API
  std::vector<Order> orders();                              ///< from the journal, oldest first
  bool noted(std::string_view kind);                        ///< is such an event in the journal?
  const InstanceView& view(const std::string& id);
  std::shared_ptr<const Snapshot> snapshot() { return loop->board().latest(); }
  /// What every run must leave behind; empty = all is well.
  std::string disagreement();

  TimePoint origin;
  VirtualClock clock;
  SimSettings settings;
  TempFolder folder{/*in_memory=*/true};
  std::map<std::string, std::unique_ptr<SimCloud>> sims;
  CloudOfSim cloud{clock};
  SourceOfSim source;
  QuoterOfSim quoter{cloud, clock};
  NoHttp http;
  Telemetry telemetry;
  LoopOptions options;
  InForce in_force;
  bool keep_demand = true;
  std::vector<SampleSource*> sources;
  std::function<void()> step = [] {};  ///< before and after every write and every change

  std::unique_ptr<FaultyJournal> journal;
  std::string demand_file = "/demand.db";  ///< in the folder
  std::unique_ptr<DemandStore> demand_store;
  std::unique_ptr<Loop> loop;
};

/// 2 USD per Mbps and month; the term ends 30 days after the world begins unless said otherwise.
SimInstance prepaid_vm(const std::string& id, Mbps cap, DemandShape demand);
SimInstance postpaid_vm(const std::string& id, Mbps cap, DemandShape demand);
/// Enforcing, the shipped defaults, every instance.
Policy saturation_policy(const std::string& name);

}  // namespace penstock::testing
