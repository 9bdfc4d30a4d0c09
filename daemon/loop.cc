#include "daemon/loop.h"

#include <algorithm>
#include <set>
#include <utility>

#include "daemon/log.h"
#include "daemon/picture.h"
#include "daemon/refusals.h"
#include "policies/explain.h"

namespace penstock {
namespace {

/// Records change a little at every tick (since when rules have agreed): written this often.
constexpr Duration kRecordEvery = 60s;
/// Around the end of a term lists are asked for more often, for a while.
constexpr Duration kRenewalList = 10s;
constexpr Duration kRenewalWatch = 10min;
constexpr Duration kPruneEvery = std::chrono::hours{24};
/// Of all instances, at most this share is saved at once, so that the disk sees an even trickle.
constexpr std::size_t kSaveShare = 10;
constexpr std::size_t kSaveAtLeast = 100;

/// What is worth a line in the history when it differs: another action, reason or size.
struct Shown {
  Action action;
  ReasonCode code;
  Mbps to;
  bool operator==(const Shown&) const = default;
};

Shown shown_of(const Decision& decision) {
  const bool acts = decision.action != Action::kHold;
  return {decision.action, decision.reason.code, acts ? decision.to : Mbps{}};
}

}  // namespace

Loop::Loop(LoopParts parts, const LoopOptions& options)
    : parts_(std::move(parts)),
      options_(options),
      book_(parts_.journal, parts_.telemetry),
      ledger_(parts_.cloud, parts_.quoter, book_),
      balances_(parts_.cloud),
      settle_(parts_.cloud, fleet_, book_, ledger_, parts_.telemetry, options_.settle),
      gather_(parts_.http, parts_.telemetry),
      warm_up_(parts_.clock, parts_.http, parts_.telemetry) {
  gather_.use(parts_.sources);
}

Status Loop::start(std::shared_ptr<const InForce> in_force) {
  in_force_ = std::move(in_force);
  const TimePoint now = parts_.clock.wall();
  const Result<Memory> memory = book_.load(now);
  if (!memory) return memory.error();
  fleet_.remember(*memory);
  for (const Order& order : memory->orders) ledger_.watch(order, now);
  for (const auto& [account, at] : short_of_money_since(memory->orders, *in_force_)) {
    balances_.remember_refusal(account, at, now);
  }
  for (const QuoteFinding& each : memory->quote_findings) parts_.quoter.remember(each);
  load_demand();
  return ok();
}

void Loop::load_demand() {
  if (parts_.demand_store == nullptr || demand_loaded_) return;
  const Status loaded =
      parts_.demand_store->load([&](const InstanceKey& key, std::string_view bytes) {
        Learned learned;
        if (restore_learned(bytes, learned)) fleet_.remember(key, std::move(learned));
      });
  demand_loaded_ = loaded.has_value();
  if (!loaded) log_warn("demand", {{"error", loaded.error().message}});
}

template <class Step>
void Loop::timed(Phase phase, Step&& step) {
  const Duration begun = parts_.clock.monotonic();
  step();
  parts_.telemetry.tick_took(phase, parts_.clock.monotonic() - begun);
}

void Loop::tick(const std::function<bool()>& stop) {
  const Duration begun = parts_.clock.monotonic();
  const TimePoint now = parts_.clock.wall();
  if (now < last_tick_.wall) clock_went_back(now);
  heed_clock({now, begun});
  if (recount_ && book_.recount(now)) {
    recount_ = false;
    assign_budgets();
  }
  ++ticks_;
  take_reload(now);
  // What could not be written in the last tick comes before anything new.
  static_cast<void>(book_.flush(now));
  timed(Phase::kGather, [&] {
    list(now);
    if (!stop()) gather_.run(book_, now);
  });
  if (stop()) return;
  timed(Phase::kSettle, [&] {
    settle_.run(in_force_->limits, now);
    if (!stop()) ledger_.run(now);
    // Also before the first decision: what was too little before a start still is.
    const bool first = ticks_ == 1;
    if ((first || balances_.waiting() || short_of_balance_) && !stop()) balances_.refresh(now);
  });
  Outlook outlook(*in_force_, fleet_, book_, parts_.cloud, balances_);
  heed_instructions(outlook, now);
  timed(Phase::kDecide, [&] { decide_all(outlook, now); });
  if (!stop() && !recount_) {
    timed(Phase::kAct, [&] {
      Act act({.clock = parts_.clock,
               .cloud = parts_.cloud,
               .quoter = parts_.quoter,
               .fleet = fleet_,
               .book = book_,
               .settle = settle_,
               .balances = balances_,
               .pauses = parts_.pauses,
               .telemetry = parts_.telemetry,
               .stop = stop});
      if (options_.order) {
        act.run(outlook, begun + options_.tick);
      } else {
        act.rehearse(outlook, begun + options_.tick);
      }
    });
  }
  if (options_.order && !stop()) {
    month_prices_.run(fleet_, parts_.quoter, parts_.clock.monotonic(), now);
  }
  timed(Phase::kWrite, [&] { write_back(now); });
  publish(now);
}

void Loop::run(const LoopHooks& hooks) {
  Duration next = parts_.clock.monotonic();
  Duration due = next;
  while (!hooks.stop()) {
    parts_.telemetry.tick_began(std::max(parts_.clock.monotonic() - due, Duration{}));
    hooks.before_tick();
    tick(hooks.stop);
    hooks.after_tick();
    // A tick that took too long is followed at once by the next one, not by all that were missed.
    due = next + options_.tick;
    next = std::max(due, parts_.clock.monotonic());
    while (!hooks.stop() && parts_.clock.monotonic() < next) {
      const Duration left = next - parts_.clock.monotonic();
      if (!use_spare_time(left)) parts_.clock.sleep(left);
    }
  }
  finish();
}

bool Loop::use_spare_time(Duration left) {
  return options_.order && warm_up_.run(fleet_, gather_, left);
}

void Loop::finish() {
  const TimePoint now = parts_.clock.wall();
  if (!options_.order) return;
  recorded_at_.reset();
  write_back(now);
  save_demand(now, true);
}

/// A tick is hardly ever the first after a clock was set; then what was delivered before still is.
void Loop::heed_clock(const ClockReading& now) {
  const ClockReading last = std::exchange(last_tick_, now);
  if (last.wall == TimePoint{}) return;
  const std::optional<Duration> step = clock_step(last, now);
  if (!step) return;
  log_warn("clock", {{"reason", "the wall clock was set by " + format(*step)}});
  for (Tracked& tracked : fleet_.all()) carry_over(tracked, now.wall - *step, now.wall);
}

void Loop::clock_went_back(TimePoint now) {
  log_warn("clock", {{"reason", "the wall clock went back by " + format(last_tick_.wall - now)}});
  for (Tracked& tracked : fleet_.all()) {
    tracked.next_read = std::min(tracked.next_read, now);
    tracked.retry_at = std::min(tracked.retry_at, now);
  }
  recount_ = true;
}

void Loop::reload(std::shared_ptr<const InForce> in_force) {
  const std::lock_guard lock(next_mutex_);
  next_ = std::move(in_force);
}

void Loop::reload(std::shared_ptr<const InForce> in_force, std::vector<SampleSource*> sources,
                  std::string by) {
  const std::lock_guard lock(next_mutex_);
  next_by_ = std::move(by);
  next_ = std::move(in_force);
  next_sources_ = std::move(sources);
}

void Loop::take_reload(TimePoint now) {
  std::shared_ptr<const InForce> next;
  std::optional<std::vector<SampleSource*>> sources;
  std::string by;
  {
    const std::lock_guard lock(next_mutex_);
    by = std::exchange(next_by_, "");
    next = std::move(next_);
    next_ = nullptr;
    sources = std::move(next_sources_);
    next_sources_.reset();
  }
  if (sources || next) warm_up_.stop();
  if (sources) gather_.use(*std::move(sources));
  if (!next) return;
  in_force_ = std::move(next);
  assign_owners();
  listed_at_.reset();  // keys and groups may have changed: what they show is looked at now
  book_.note("reload", "",
             std::to_string(in_force_->policies.size()) + " policies in force" +
                 (by.empty() ? "" : ", by " + by),
             now);
  log_info("reload", {{"policies", std::to_string(in_force_->policies.size())}});
}

/// Whoever owns an instance now answers for its orders whose policy is gone.
void Loop::assign_budgets() {
  std::map<InstanceKey, std::string> owners;
  for (const InstanceKey& key : book_.budget().instances()) {
    const Tracked* tracked = fleet_.find(key);
    if (tracked != nullptr && tracked->policy != nullptr) {
      owners.emplace(key, tracked->policy->name);
    }
  }
  std::set<std::string> names;
  for (const Policy& policy : in_force_->policies) names.insert(policy.name);
  book_.budget().assign(std::move(owners), std::move(names));
}

void Loop::assign_owners() {
  fleet_.own(*in_force_);
  assign_budgets();
  term_ends_.clear();
  for (const Tracked& tracked : fleet_.all()) {
    if (tracked.policy == nullptr) continue;
    const auto& ends = tracked.instance->expires;
    if (ends && !tracked.gone_at) term_ends_.push_back(*ends);
  }
  std::ranges::sort(term_ends_);
  gather_.index(*in_force_, fleet_);
}

/// A term has ended since the last list: its renewal is only to be seen in a new one.
bool Loop::term_ended(TimePoint now) const {
  const auto next = std::ranges::upper_bound(term_ends_, now - kRenewalWatch);
  return next != term_ends_.end() && *next <= now;
}

void Loop::list(TimePoint now) {
  const Duration clock = parts_.clock.monotonic();
  const Duration since = listed_at_ ? clock - *listed_at_ : Duration::max();
  const bool renewal = since >= std::min(kRenewalList, options_.list_every) && term_ended(now);
  if (since < options_.list_every && !renewal) return;
  listed_at_ = clock;
  fleet_.take(parts_.cloud.list(), now);
  const auto settled = [&](const InstanceKey& key) {
    return book_.unsettled_of(key) == nullptr && book_.scheduled_of(key) == nullptr;
  };
  for (const InstanceKey& key : fleet_.drop_gone(now, settled)) {
    log_info("instance", {{"instance_id", key.id}, {"state", "gone"}});
  }
  for (const InstanceKey& key : fleet_.forget_departed(now)) book_.forget(key);
  assign_owners();
}

void Loop::decide_all(Outlook& outlook, TimePoint now) {
  short_of_balance_ = false;
  outlook.decide_all(now, [&](Tracked& tracked, const auto& decide) {
    const Shown before = shown_of(tracked.decision);
    const Memo remembered = tracked.memo;  // after a restart the decision is new, the memo is not
    const bool first = !tracked.decided;
    decide();
    const Decision& decision = tracked.decision;
    if (remembered != decision.memo) tracked.record_dirty = true;
    short_of_balance_ = short_of_balance_ || decision.reason.code == ReasonCode::kBalance;
    if (!first && before == shown_of(decision)) return;
    const std::string policy = tracked.policy != nullptr ? tracked.policy->name : "";
    parts_.telemetry.decided(policy, decision.action, decision.reason.code);
    if (policy.empty() && first) return;  // nothing is ever decided about it
    book_.decided({.at = now,
                   .instance = tracked.key(),
                   .policy = policy,
                   .action = decision.action,
                   .from = decision.from,
                   .to = decision.to,
                   .wish = decision.wish,
                   .reason = decision.reason,
                   .wish_reason = decision.wish_reason});
  });
}

void Loop::write_back(TimePoint now) {
  const Duration clock = parts_.clock.monotonic();
  if (options_.order) {
    if (!recorded_at_ || clock - *recorded_at_ >= kRecordEvery) {
      recorded_at_ = clock;
      for (Tracked& tracked : fleet_.all()) {
        if (!tracked.record_dirty) continue;
        book_.remember(memory_of(tracked));
        tracked.record_dirty = false;
      }
    }
    for (const QuoteFinding& each : parts_.quoter.take_findings()) {
      book_.note(std::string(kQuoteFound), each.account, to_text(each), now);
    }
    static_cast<void>(book_.flush(now));
  }
  if (!saved_at_) saved_at_ = clock;
  if (clock - *saved_at_ >= options_.save_demand_every) {
    saved_at_ = clock;
    save_demand(now, false);
  }
  if (options_.order && (!pruned_at_ || now - *pruned_at_ >= kPruneEvery)) {
    pruned_at_ = now;
    book_.budget().prune(now);
    if (const Status pruned = parts_.journal.prune(now); !pruned) {
      log_warn("journal", {{"error", pruned.error().message}});
    }
  }
}

void Loop::save_demand(TimePoint now, bool all) {
  if (parts_.demand_store == nullptr || !options_.order) return;
  // What could not be read at the start is not to be lost by the first save.
  load_demand();
  if (!demand_loaded_) return;
  std::vector<Tracked*> dirty;
  for (Tracked& tracked : fleet_.all()) {
    if (tracked.demand_dirty) dirty.push_back(&tracked);
  }
  if (!all) {
    std::ranges::stable_sort(dirty, {}, &Tracked::demand_saved);
    const std::size_t most = std::max(kSaveAtLeast, fleet_.all().size() / kSaveShare);
    if (dirty.size() > most) dirty.resize(most);
  }
  if (dirty.empty()) return;
  std::vector<SavedDemand> rows;
  for (Tracked* tracked : dirty) {
    rows.push_back({tracked->key(), learned_bytes(*tracked)});
  }
  if (const Status saved = parts_.demand_store->save(rows, now); !saved) {
    log_warn("demand", {{"error", saved.error().message}});
    return;
  }
  for (Tracked* tracked : dirty) {
    tracked->demand_dirty = false;
    tracked->demand_saved = now;
  }
}

void Loop::publish(TimePoint now) {
  std::shared_ptr<Snapshot> next = board_.room();
  picture({.in_force = *in_force_,
           .fleet = fleet_,
           .book = book_,
           .gather = gather_,
           .balances = balances_,
           .cloud = parts_.cloud,
           .standing = standing_,
           .caught_up = settle_.caught_up(),
           .warm_up = warm_up_.view(),
           .tick = ticks_,
           .now = now},
          *next);
  board_.publish(std::move(next));
}

std::shared_ptr<const Explanation> Loop::explain(const InstanceKey& key) {
  const Tracked* tracked = fleet_.find(key);
  if (tracked == nullptr) return nullptr;
  Tracked copy = *tracked;  // deciding leaves its result in what it decides about
  Outlook outlook(*in_force_, fleet_, book_, parts_.cloud, balances_);
  outlook.pause_fleet(standing_.fleet_paused());
  auto out = std::make_shared<Explanation>();
  out->at = parts_.clock.wall();
  out->tick = ticks_;
  out->instance = key;
  add_traffic(*out, copy.demand, out->at);
  out->decision = outlook.decide(copy, std::nullopt, out->at, &out->trace);
  if (copy.policy == nullptr) {
    out->text = penstock::explain(out->decision, key);
    return out;
  }
  out->policy = copy.policy->name;
  for (const Rule& rule : copy.policy->rules) out->rule_kinds.emplace_back(kind_of(rule));
  out->text = penstock::explain(*copy.policy, outlook.situation(copy, out->at), out->decision,
                                out->trace, out->at);
  return out;
}

}  // namespace penstock
