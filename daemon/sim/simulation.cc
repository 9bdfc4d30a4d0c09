#include "daemon/sim/simulation.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <optional>
#include <set>
#include <utility>

#include "daemon/log.h"
#include "daemon/sim/fate.h"
#include "daemon/sim/restart_check.h"
#include "daemon/sim/sim_folder.h"
#include "daemon/sim/watch.h"

namespace penstock {
namespace {

using std::chrono::hours;

constexpr Duration kSlow = 5min;
constexpr Duration kFast = 15s;
constexpr Duration kAround = hours{1};  ///< a fault, an order, the end of a term
constexpr Duration kAsking = 20min;     ///< a price, a type's limit: one question a tick
constexpr Duration kOperatorLooks = 10min;
constexpr Duration kListed = 3min;  ///< a list every minute, and the reading of what it shows
constexpr Duration kTwinEvery = hours{10};

class Run {
 public:
  Run(const Scenario& scenario, const std::vector<PlannedFault>& plan,
      const SimulationOptions& options);
  SimulationOutcome go();

 private:
  void introduce();
  void turn_fate();
  void keep_daemon_alive();
  void start();
  void ended(Fate::End how);
  void look();
  void check(bool last);
  void operate();
  void compare_with_a_restart();
  void next_moment();
  bool soon_a_term_ends();
  void heed_questions();
  void event(const std::string& text);
  void know_policies();

  Scenario scenario_;
  SimulationOptions options_;
  SimFolder folder_;
  SimDisk disk_;
  SqliteDisk mounted_{disk_};
  SimClock clock_;
  SandboxFront front_;
  SimSamples samples_;
  SimNetwork network_;
  SimDaemon daemon_;
  NthCall nth_;
  Fate fate_;
  Watch watch_;
  std::vector<std::unique_ptr<Checker>> checkers_;

  SimulationOutcome outcome_;
  std::vector<LedgerEntry> fresh_;
  std::uint64_t ledger_seen_ = 0;
  std::map<std::string, const Policy*> policy_of_;
  std::set<std::string> asking_;   ///< instances whose size waits for a price
  std::set<std::string> foreign_;  ///< instances whose last change was a person's
  FleetLimits limits_;             ///< of the daemon, or of the last one: what it did counts
  TimePoint restart_at_{}, hot_until_{}, operated_at_{}, twin_at_{}, changed_at_{};
  std::optional<TimePoint> healthy_since_;
  struct {
    std::map<std::string, std::string> differences;
    std::shared_ptr<const Snapshot> after;  ///< of a restarted one that decided otherwise
  } twin_;
  bool ticked_ = false, clock_was_set_ = false, was_paused_ = false;
};

SandboxFront make_front(const Scenario& scenario) {
  SimCloud cloud(scenario.settings, scenario_catalogue(), scenario.origin);
  for (const SimInstance& it : scenario.fleet) cloud.add(it, scenario.origin);
  return SandboxFront(std::move(cloud), {.keys = {}, .seed = scenario.seed});
}

/// Given policies own what their role says, and read the one source whose counters are simulated.
void adjust(const Scenario& scenario, Settings& settings) {
  if (scenario.given.empty()) return;
  settings.policies = scenario.given;
  for (std::size_t i = 0; i < settings.policies.size(); ++i) {
    Policy& policy = settings.policies[i];
    policy.match = {};
    policy.match.tags = {{"role", {"r" + std::to_string(i)}}};
    policy.mode = Mode::kEnforce;
    policy.priority = 0;
    policy.canary_share = 1;
    policy.traffic.source = "scrape";
    policy.traffic.query = R"(node_network_transmit_bytes_total{device="eth0"})";
    policy.traffic.key = "instance_id";
    policy.traffic.join = Join::kId;
    policy.traffic.unit = TrafficUnit::kBps;
  }
}

Run::Run(const Scenario& scenario, const std::vector<PlannedFault>& plan,
         const SimulationOptions& options)
    : scenario_(scenario),
      options_(options),
      clock_(scenario.origin),
      front_(make_front(scenario)),
      samples_(front_.cloud()),
      network_(front_, samples_, clock_, scenario.seed),
      daemon_({.clock = clock_,
               .http = network_,
               .disk = disk_,
               .folder = folder_.path(),
               .adjust = [this](Settings& settings) { adjust(scenario_, settings); }}),
      nth_(options.nth, network_, clock_, disk_, daemon_),
      fate_(scenario_, plan, {clock_, front_, samples_, network_, disk_, daemon_, folder_.path()}),
      watch_(scenario_, front_.cloud()),
      checkers_(options.checkers()),
      twin_at_(scenario.origin + kTwinEvery) {
  network_.step = [this] { fate_.step(); };
  daemon_.step = [this] { fate_.step(); };
  folder_.write("penstock.toml", scenario_.configuration);
  folder_.write_secret("id", SandboxKeys{}.id);
  folder_.write_secret("password", SandboxKeys{}.password);
  folder_.make("policies.d");
  folder_.make("state");
  fate_.write_policies();
}

void Run::event(const std::string& text) {
  const std::string line = format(clock_.truth()) + " " + text;
  for (const char c : line) {
    outcome_.trace = (outcome_.trace ^ static_cast<unsigned char>(c)) * 1'099'511'628'211U;
  }
  if (options_.keep_events) outcome_.events.push_back(line);
}

void Run::know_policies() {
  policy_of_.clear();
  for (const Policy& policy : daemon_.policies()) {
    for (const auto& condition : policy.match.tags) {
      if (condition.key == "role") policy_of_[condition.values.front()] = &policy;
    }
  }
}

void Run::turn_fate() {
  for (const std::string& each : fate_.turn(clock_.truth())) {
    event(each);
    hot_until_ = clock_.truth() + kAround;
  }
  for (const std::string& id : fate_.take_meddled()) watch_.meddled(id, clock_.truth());
  if (const auto surprise = fate_.take_surprise()) {
    outcome_.violations.push_back({clock_.truth(), "reload", *surprise});
  }
  clock_was_set_ = clock_was_set_ || clock_.skew() != Duration{};
}

void Run::start() {
  ++outcome_.starts;
  try {
    const Status started = daemon_.start();
    if (started) {
      event("daemon: started");
      return;
    }
    event("daemon: does not start: " + started.error().message);
    // A world without a daemon would be a world without violations.
    if (outcome_.starts == 1) {
      outcome_.violations.push_back({clock_.truth(), "start", started.error().message});
    }
  } catch (const SimCrash&) {
    event("daemon: ended while it started");
    daemon_.kill();
  }
  fate_.process_ended(fate_.take_end());
  restart_at_ = clock_.truth() + 30s;
}

void Run::ended(Fate::End how) {
  const bool power = how == Fate::End::kPowerCut;
  event(power ? "daemon: power cut" : "daemon: killed");
  daemon_.kill();
  fate_.process_ended(how);
  watch_.forget_recent(power ? std::optional<Duration>() : std::optional<Duration>(20min));
  restart_at_ = clock_.truth() + 10s;
  hot_until_ = clock_.truth() + kAround;
}

void Run::keep_daemon_alive() {
  ticked_ = false;
  if (!daemon_.up()) {
    if (clock_.truth() < restart_at_) return;
    start();
    if (!daemon_.up()) return;
  }
  try {
    fate_.step();
    daemon_.tick();
    ++outcome_.ticks;
    ticked_ = true;
  } catch (const SimCrash&) {
    ended(fate_.take_end());
    return;
  }
  // The power may go in a write, of which the daemon sees only that it failed.
  if (const Fate::End how = fate_.take_end(); how != Fate::End::kNone) ended(how);
}

void Run::look() {
  const TimePoint now = clock_.truth();
  front_.cloud().advance(now);
  fresh_.clear();
  const auto& entries = front_.cloud().ledger().entries();
  for (auto entry = entries.rbegin(); entry != entries.rend(); ++entry) {
    if (entry->sequence <= ledger_seen_) break;
    fresh_.push_back(*entry);
  }
  std::ranges::reverse(fresh_);
  if (!fresh_.empty()) ledger_seen_ = fresh_.back().sequence;
  for (const LedgerEntry& entry : fresh_) {
    if (entry.kind == LedgerKind::kCharge && entry.what == "postpaid") continue;
    event(std::string(to_string(entry.kind)) + ": " + entry.what + " " + entry.instance_id +
          " by " + entry.by + " " + format(entry.from) + " to " + format(entry.to) +
          (entry.amount != Money{} ? " " + format(entry.amount) : ""));
    hot_until_ = now + kAround;
    changed_at_ = now;
    if (entry.kind == LedgerKind::kEffect && foreign_.contains(entry.instance_id)) {
      watch_.meddled(entry.instance_id, now);  // a person's change has come
    }
    if (entry.kind != LedgerKind::kChange) continue;
    if (entry.by != "api") {
      foreign_.insert(entry.instance_id);
      continue;
    }
    foreign_.erase(entry.instance_id);
    ++outcome_.changes[entry.what];
    watch_.ordered(entry.instance_id, now);
  }
  const bool healthy = ticked_ && !fate_.trouble();
  if (!healthy) healthy_since_.reset();
  if (healthy && !healthy_since_) healthy_since_ = now;
  if (daemon_.up()) know_policies();
  watch_.look({.now = now,
               .ticked = ticked_,
               .healthy = healthy,
               .policy_of = policy_of_,
               .samples = samples_});
}

void Run::check(bool last) {
  const bool paused = fate_.fleet_paused() && was_paused_;
  was_paused_ = fate_.fleet_paused();
  if (daemon_.up()) limits_ = daemon_.limits();
  const Scene scene{.now = clock_.truth(),
                    .skew = clock_.skew(),
                    .cloud = front_.cloud(),
                    .watched = watch_.all(),
                    .fresh = fresh_,
                    .policy_of = policy_of_,
                    .limits = limits_,
                    .journal = daemon_.up() && !fate_.trouble() ? &daemon_.journal() : nullptr,
                    .snapshot = daemon_.snapshot(),
                    .fleet_paused = paused,
                    .instances = scenario_.fleet.size(),
                    .healthy_since = healthy_since_,
                    .clock_was_set = clock_was_set_,
                    .last = last};
  for (const auto& checker : checkers_) checker->after_step(scene, outcome_.violations);
}

/// A person looks now and then, when all seems well again, and clears what waits for one.
void Run::operate() {
  const TimePoint now = clock_.truth();
  if (now - operated_at_ < kOperatorLooks || !healthy_since_) return;
  operated_at_ = now;
  const auto snapshot = daemon_.snapshot();
  if (now - *healthy_since_ < kOperatorLooks || !snapshot) return;
  const Pauses pauses(daemon_.state_folder());
  bool acted = false;
  for (const AccountView& account : snapshot->accounts) {
    if (!account.breaker_open && !account.doubt) continue;
    acted = pauses
                .give({.kind = Instruction::Kind::kResume,
                       .scope = Scope::kAccount,
                       .account = account.name})
                .has_value();
  }
  for (const InstanceView& view : snapshot->instances) {
    if (!view.order || view.order->alarm == OrderAlarm::kNone) continue;
    const std::string& id = view.instance->key.id;
    const auto change = front_.cloud().change(id, now);
    if (change && change->change == ChangeWord::kProcessing) continue;
    acted = pauses
                .give({.kind = Instruction::Kind::kResume,
                       .scope = Scope::kInstance,
                       .account = view.instance->key.account,
                       .name = id})
                .has_value();
  }
  if (!acted) return;
  event("operator: resumes");
  healthy_since_ = now;
  hot_until_ = now + kAround;
}

void Run::compare_with_a_restart() {
  const TimePoint now = clock_.truth();
  // The running one has listed since whatever happened last; the new one lists at once.
  const bool calm = healthy_since_ && now - *healthy_since_ > 2h && now - changed_at_ > kListed &&
                    clock_.skew() == Duration{};
  const auto snapshot = daemon_.snapshot();
  if (snapshot == nullptr) {  // it died in its first tick, or cannot begin
    twin_ = {};
    return;
  }
  if (twin_.after != nullptr) {
    // Between the two ticks of the one that went on, the other has decided like either of them.
    const auto later = differences_after_restart(*snapshot, *twin_.after);
    for (const auto& [whom, what] : twin_.differences) {
      const auto still = later.find(whom);
      if (!calm || still == later.end()) continue;
      std::string text = whom;
      text.append(": ").append(what).append("; then ").append(still->second);
      outcome_.violations.push_back({now, "restart", std::move(text)});
      break;
    }
    twin_ = {};
  }
  if (now < twin_at_ || !calm || !fit_to_compare(*snapshot)) return;
  twin_at_ = now + kTwinEvery;
  ++outcome_.twins;
  daemon_.flush();
  // The other one is to show what it remembers, not what a sample of its own would add to it.
  network_.repeat_samples = true;
  const auto after = daemon_.as_if_restarted();
  network_.repeat_samples = false;
  if (!after) {
    outcome_.violations.push_back({now, "restart", after.error().message});
    return;
  }
  twin_.differences = differences_after_restart(*snapshot, **after);
  if (!twin_.differences.empty()) twin_.after = *after;
}

bool Run::soon_a_term_ends() {
  const TimePoint now = clock_.truth();
  for (const SimInstance& each : scenario_.fleet) {
    const SimInstance* it = front_.cloud().instance(each.id);
    if (it == nullptr || !it->expires || !it->flat_rate()) continue;
    if (*it->expires > now && *it->expires - now < kAround) return true;
  }
  return false;
}

/// What takes the daemon several ticks to find out is not to take it as many quiet ones.
void Run::heed_questions() {
  const auto snapshot = daemon_.snapshot();
  if (!snapshot) return;
  std::set<std::string> asking;
  for (const InstanceView& view : snapshot->instances) {
    if (view.decision.reason.code == ReasonCode::kNoPrice) asking.insert(view.instance->key.id);
  }
  if (!std::ranges::includes(asking_, asking)) {
    hot_until_ = std::max(hot_until_, clock_.truth() + kAsking);
  }
  asking_ = std::move(asking);
}

void Run::next_moment() {
  heed_questions();
  const TimePoint now = clock_.truth();
  const bool fast = now < hot_until_ || !daemon_.up() || watch_.growing() || soon_a_term_ends();
  const Duration grid = fast ? kFast : kSlow;
  TimePoint next = std::chrono::floor<std::chrono::seconds>(now);
  next = TimePoint{(next.time_since_epoch() / grid + 1) * grid};
  if (const auto due = fate_.next(now)) next = std::min(next, *due);
  if (twin_.after != nullptr) next = std::min(next, now + 2s);
  clock_.advance(next - now);
}

void Run::introduce() {
  for (const SimInstance& it : scenario_.fleet) {
    event("instance: " + it.id + " " + role_of(it) + " " + std::string(to_string(it.product)) +
          " " + std::string(to_string(it.charge)) + " " + std::string(to_string(it.internet)) +
          " " + it.type + " " + it.zone + " " + format(it.cap) +
          (it.expires ? " until " + format(*it.expires) : ""));
  }
}

SimulationOutcome Run::go() {
  introduce();
  const TimePoint end = scenario_.origin + scenario_.length;
  while (clock_.truth() < end && outcome_.violations.size() < options_.most_violations) {
    turn_fate();
    nth_.armed(true);
    keep_daemon_alive();
    nth_.armed(false);
    look();
    check(false);
    operate();
    if (ticked_) compare_with_a_restart();
    next_moment();
  }
  fresh_.clear();
  if (outcome_.violations.size() < options_.most_violations) check(true);
  SimCloud& cloud = front_.cloud();
  cloud.settle(clock_.truth());
  outcome_.charged = cloud.ledger().totals().charged;
  outcome_.charged_at_once = cloud.ledger().totals().charged_at_once;
  outcome_.requests = network_.requests;
  outcome_.calls = nth_.counts();
  outcome_.wanted = watch_.wanted();
  outcome_.throttled = watch_.throttled();
  outcome_.simulated = clock_.truth() - scenario_.origin;
  event("end: charged " + format(outcome_.charged));
  return std::move(outcome_);
}

}  // namespace

SimulationOutcome simulate(const Scenario& scenario, const std::vector<PlannedFault>& plan,
                           const SimulationOptions& options) {
  return Run(scenario, plan, options).go();
}

}  // namespace penstock
