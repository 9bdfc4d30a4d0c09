#include "tests/testing/sim_world.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <utility>

#include "daemon/api_error.h"
#include "daemon/log.h"

namespace penstock::testing {
namespace {

constexpr TimePoint kOrigin{std::chrono::seconds{1'767'225'600}};  // 2026-01-01, a Thursday

SimCatalogue catalogue() {
  return {.zones = {{"HKG-A", "Hong Kong A", "Hong Kong", "Asia", Mbps{0}},
                    {"SIN-A", "Singapore A", "Singapore", "Asia", Mbps{50}}},
          .types = {{Product::kVm, "c.4c8g", "", 4, 8, 10'000, true},
                    {Product::kBmc, "M9Y", "", 32, 128, 10'000, true}}};
}

Instance instance_of(SimCloud& cloud, const std::string& account, const std::string& id) {
  const SimInstance& it = *cloud.instance(id);
  Instance out;
  out.key = {account, id};
  out.product = it.product;
  out.charge = it.charge;
  out.internet_charge = it.internet;
  out.name = it.name;
  out.zone = it.zone;
  out.type = it.type;
  out.status = it.status;
  out.public_ips = it.public_ips;
  out.tags = it.tags;
  out.cap = it.cap;
  if (const auto limit = cloud.limit(it)) {
    out.limitable = *limit >= 0;
    if (out.limitable) out.limit = Mbps{*limit};
  }
  out.included = cloud.included(it);
  out.expires = it.expires;
  out.auto_renew = it.auto_renew;
  return out;
}

Error error_of(const Refusal& refusal) {
  // A state that is not as expected passes by itself; the rest is a no.
  const bool state = refusal.code.find("PROCESSING") != std::string::npos ||
                     refusal.code.find("EXIST_PLAN") != std::string::npos ||
                     refusal.code.find("NOT_RUNNING") != std::string::npos;
  return {state ? ErrorKind::kTransient : ErrorKind::kRefused, refusal.message, refusal.code, "T1"};
}

/// A world that cannot be set up is no test at all.
void require(const Status& status) {
  if (status) return;
  std::fprintf(stderr, "SimWorld: %s\n", status.error().message.c_str());
  std::abort();
}

template <class T>
void require(const Result<T>& result) {
  require(result ? ok() : Status(result.error()));
}

}  // namespace

Status FaultyJournal::commit(const JournalEntry& entry) {
  ++commits;
  if (!entry.orders.empty()) step();
  if (disk_full()) return Error{ErrorKind::kTransient, "the disk is full", "", ""};
  Status done = real_->commit(entry);
  if (!entry.orders.empty()) step();
  return done;
}

std::optional<Error> CloudOfSim::failure(const std::string& action, const std::string& account) {
  return broken ? broken(action, account) : std::nullopt;
}

std::map<std::string, Result<Inventory>> CloudOfSim::list() {
  std::map<std::string, Result<Inventory>> out;
  for (auto& [name, sim] : accounts) {
    ++calls["list"];
    if (const auto error = failure("list", name)) {
      out.emplace(name, *error);
      continue;
    }
    sim->advance(clock_.wall());
    Inventory inventory;
    for (const std::string& id : sim->ids()) {
      if (sim->instance(id) == nullptr || hidden.contains(id)) continue;
      inventory.instances.push_back(instance_of(*sim, name, id));
    }
    out.emplace(name, std::move(inventory));
  }
  return out;
}

std::vector<Result<BandwidthStatus>> CloudOfSim::read_changes(std::span<const InstanceRef> refs) {
  clock_.advance(latency);
  std::vector<Result<BandwidthStatus>> out;
  for (const InstanceRef& ref : refs) {
    ++calls["status"];
    if (const auto error = failure("status", ref.key.account)) {
      out.emplace_back(*error);
      continue;
    }
    const auto change = accounts.at(ref.key.account)->change(ref.key.id, clock_.wall());
    if (!change) {
      out.emplace_back(Error{ErrorKind::kRefused, "not found", "INVALID_INSTANCE_NOT_FOUND", ""});
      continue;
    }
    BandwidthStatus status;
    status.cap = change->cap;
    status.modified = change->modified;
    switch (change->change) {
      case ChangeWord::kEnable:
        status.kind = ChangeState::Kind::kIdle;
        break;
      case ChangeWord::kProcessing:
        status.kind = ChangeState::Kind::kRunning;
        break;
      case ChangeWord::kWaitToEnable:
        status.kind = ChangeState::Kind::kScheduled;
        break;
    }
    if (distort) distort(ref.key, status);
    out.emplace_back(status);
  }
  return out;
}

Result<Accepted> CloudOfSim::change(
    const std::string& action, const InstanceRef& ref,
    const std::function<std::variant<SimOrder, Refusal>(SimCloud&)>& call) {
  ++calls[action];
  clock_.advance(latency);
  if (const auto error = failure(action, ref.key.account)) return *error;
  const CallFault what = fault ? fault(action, ref.key) : CallFault::kNone;
  const Error lost{ErrorKind::kUnknownOutcome, "the answer was lost", "NETWORK_ERROR", ""};
  step();
  if (what == CallFault::kCrashBefore) throw Crash{};
  if (what == CallFault::kLostBefore) return lost;
  if (what == CallFault::kRefused) return Error{ErrorKind::kRefused, "no", refusal_code, "T9"};
  const auto answer = call(*accounts.at(ref.key.account));
  step();
  if (what == CallFault::kCrashAfter) throw Crash{};
  if (what == CallFault::kLostAfter) return lost;
  if (const auto* refusal = std::get_if<Refusal>(&answer)) return error_of(*refusal);
  return Accepted{std::get<SimOrder>(answer).number, "T1"};
}

std::vector<Result<Accepted>> CloudOfSim::modify(std::span<const SizeQuestion> sizes) {
  std::vector<Result<Accepted>> out;
  for (const SizeQuestion& each : sizes) {
    out.push_back(change("modify", each.instance, [&](SimCloud& sim) {
      return sim.modify(each.instance.key.id, each.to.count(), clock_.wall());
    }));
  }
  return out;
}

std::vector<Result<Accepted>> CloudOfSim::cancel_downgrade(std::span<const InstanceRef> refs) {
  std::vector<Result<Accepted>> out;
  for (const InstanceRef& ref : refs) {
    out.push_back(change("cancel", ref, [&](SimCloud& sim) {
      return sim.cancel_downgrade(ref.key.id, clock_.wall());
    }));
    // The real client learns its rights from any answer that judges the matter.
    const bool judged = out.back() || out.back().error().kind != ErrorKind::kUnknownOutcome;
    if (judged) granted.cancel = out.back() || out.back().error().code != kCodeUnauthorized;
  }
  return out;
}

std::map<std::string, Result<Balance>> CloudOfSim::balances() {
  std::map<std::string, Result<Balance>> out;
  for (auto& [name, sim] : accounts) {
    ++calls["balance"];
    if (const auto error = failure("balance", name)) {
      out.emplace(name, *error);
      continue;
    }
    const SimBalance balance = sim->balance(clock_.wall());
    out.emplace(name, Balance{Money(balance.cash + balance.credit - balance.frozen)});
  }
  return out;
}

Result<std::vector<penstock::Transaction>> CloudOfSim::transactions(const std::string& account,
                                                                    TimePoint from, TimePoint to) {
  ++calls["transactions"];
  if (const auto error = failure("transactions", account)) return *error;
  std::vector<penstock::Transaction> out = others;
  std::erase_if(out, [&](const auto& each) { return each.at < from || each.at > to; });
  for (const LedgerEntry& entry : accounts.at(account)->ledger().entries()) {
    if (entry.kind != LedgerKind::kCharge || entry.at < from || entry.at > to) continue;
    out.push_back({entry.order_number, entry.at, entry.amount, entry.what});
  }
  return out;
}

int CloudOfSim::changes_allowed(const std::string&, Duration span) const {
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(span).count();
  return static_cast<int>(std::max<std::int64_t>(seconds, 0)) * changes_per_second;
}

void SourceOfSim::begin(std::span<const PolicyQuestion> questions, TimePoint now) {
  now_ = now;
  asked_.clear();
  for (const PolicyQuestion& question : questions) asked_.push_back(question.policy);
}

std::vector<TrafficAnswer> SourceOfSim::answers() {
  std::vector<TrafficAnswer> out;
  const TimePoint end = start_ + (now_ - start_) / period_ * period_;
  for (const Policy* policy : asked_) {
    TrafficAnswer answer;
    answer.policy = policy;
    if (dark) {
      answer.error = Error{ErrorKind::kTransient, "connection refused", "", ""};
    } else if (end > start_) {
      for (auto& [name, sim] : cloud_.accounts) {
        for (const std::string& id : sim->ids()) {
          std::optional<Rate> egress = Rate{sim->average(id, end - period_, end)};
          if (distort) egress = distort(id, *egress);
          if (egress) answer.samples.push_back({id, Sample{end, period_, *egress}, lower_bound});
        }
      }
    }
    out.push_back(std::move(answer));
  }
  return out;
}

std::vector<std::optional<Price>> QuoterOfSim::ask(std::span<const QuoteQuestion> questions,
                                                   TimePoint) {
  std::vector<std::optional<Price>> out;
  for (const QuoteQuestion& question : questions) {
    ++cloud_.calls["quote"];
    SimCloud& sim = *cloud_.accounts.at(question.instance->key.account);
    const std::string& id = question.instance->key.id;
    const auto answer = sim.quote(id, question.to.count(), clock_.wall());
    const auto* quote = std::get_if<SimQuote>(&answer);
    if (silent || quote == nullptr || !quote->priced) {
      out.emplace_back();
      continue;
    }
    const SimInstance& it = *sim.instance(id);
    Price price;
    price.to = question.to;
    price.quoted = true;
    if (quote->prepaid) price.due_now = quote->discounted;
    price.per_month = it.tariff.price(question.to, sim.included(it));
    price.per_month_now = it.tariff.price(question.from, sim.included(it));
    out.emplace_back(price);
  }
  return out;
}

SimWorld::SimWorld(SimSettings sim_settings, Duration sample_period)
    : origin(kOrigin),
      clock(kOrigin),
      settings(std::move(sim_settings)),
      source("sim", cloud, sample_period, kOrigin) {
  set_log_level(LogLevel::kError);
  account("main");
  options.tick = 5s;
  options.list_every = 30s;
  options.save_demand_every = 10min;
  sources = {&source};
  in_force.limits = {.orders_per_day = 0,
                     .per_day = std::nullopt,
                     .per_month = std::nullopt,
                     .max_lowered_share = 1,
                     .breaker = {}};
}

SimCloud& SimWorld::account(const std::string& name) {
  auto& sim = sims[name];
  if (!sim) sim = std::make_unique<SimCloud>(settings, catalogue(), clock.wall());
  cloud.accounts[name] = sim.get();
  in_force.accounts[name].billing_month = settings.month;
  in_force.accounts[name].money_words = {"BALANCE"};
  return *sim;
}

void SimWorld::add(SimInstance instance, const std::string& name) {
  account(name).add(std::move(instance), clock.wall());
}

void SimWorld::start() {
  auto real = SqliteJournal::open(folder.path() + "/journal.db");
  require(real);
  journal = std::make_unique<FaultyJournal>(std::move(*real));
  journal->step = [this] { step(); };
  cloud.step = [this] { step(); };
  demand_store = std::make_unique<DemandStore>(folder.path() + demand_file);
  loop =
      std::make_unique<Loop>(LoopParts{.clock = clock,
                                       .http = http,
                                       .cloud = cloud,
                                       .quoter = quoter,
                                       .journal = *journal,
                                       .demand_store = keep_demand ? demand_store.get() : nullptr,
                                       .pauses = Pauses(folder.path()),
                                       .telemetry = telemetry,
                                       .sources = sources},
                             options);
  require(loop->start(std::make_shared<const InForce>(in_force)));
}

void SimWorld::restart() {
  loop.reset();
  journal.reset();
  demand_store.reset();
  start();
}

void SimWorld::run(Duration span) {
  const TimePoint end = clock.wall() + span;
  while (clock.wall() < end) {
    const Duration begun = clock.monotonic();
    loop->tick([] { return false; });
    clock.advance(std::max(options.tick - (clock.monotonic() - begun), Duration{}));
  }
}

void SimWorld::run_through_crashes(Duration span) {
  const TimePoint end = clock.wall() + span;
  while (clock.wall() < end) {
    try {
      run(end - clock.wall());
    } catch (const Crash&) {
      clock.advance(2s);
      restart();
    }
  }
}

Mbps SimWorld::cap(const std::string& id) {
  for (auto& [name, sim] : sims) {
    sim->advance(clock.wall());
    if (const SimInstance* instance = sim->instance(id)) return instance->cap;
  }
  return Mbps{-1};
}

std::vector<LedgerEntry> SimWorld::changes(const std::string& id) {
  std::vector<LedgerEntry> out;
  for (auto& [name, sim] : sims) {
    for (const LedgerEntry& entry : sim->ledger().entries()) {
      const bool change = entry.kind == LedgerKind::kChange && entry.by == "api";
      if (change && entry.instance_id == id) out.push_back(entry);
    }
  }
  return out;
}

bool SimWorld::noted(std::string_view kind) {
  const auto events = journal->events({.limit = 1000});
  return events &&
         std::ranges::any_of(*events, [&](const EventRow& event) { return event.kind == kind; });
}

std::vector<Order> SimWorld::orders() {
  auto orders = journal->orders({.limit = 10'000});
  require(orders);
  std::ranges::reverse(*orders);
  return *std::move(orders);
}

const InstanceView& SimWorld::view(const std::string& id) {
  for (const InstanceView& each : snapshot()->instances) {
    if (each.instance->key.id == id) return each;
  }
  require(Status(Error{ErrorKind::kInvalid, id + " is not in the snapshot", "", ""}));
  std::abort();
}

std::string SimWorld::disagreement() {
  std::string out;
  for (auto& [name, sim] : sims) {
    for (const auto& [what, count] : sim->ledger().totals().violations) {
      out.append(name).append(": ").append(what).append(" x");
      out.append(std::to_string(count)).append("\n");
    }
    // Every change the provider accepted is one order of ours, and the other way round.
    std::vector<std::string> theirs, ours;
    for (const LedgerEntry& entry : sim->ledger().entries()) {
      if (entry.kind != LedgerKind::kChange || entry.by != "api") continue;
      const Mbps size = entry.what == "cancel-downgrade" ? entry.from : entry.to;
      theirs.push_back(entry.instance_id + " " + entry.what + " " + std::to_string(size.count()));
    }
    for (const Order& order : orders()) {
      if (order.instance.account != name) continue;
      const bool never = order.state == OrderState::kRejected ||
                         order.state == OrderState::kSettled ||
                         (order.state == OrderState::kCancelled && !order.effective_at);
      if (never) continue;
      ours.push_back(order.instance.id + " " + std::string(to_string(order.kind)) + " " +
                     std::to_string(order.to.count()));
    }
    std::ranges::sort(theirs);
    std::ranges::sort(ours);
    if (theirs == ours) continue;
    out += name + ": provider";
    for (const std::string& each : theirs) out += " [" + each + "]";
    out += " journal";
    for (const std::string& each : ours) out += " [" + each + "]";
    out += "\n";
  }
  return out;
}

SimInstance prepaid_vm(const std::string& id, Mbps cap, DemandShape demand) {
  SimInstance it;
  it.id = id;
  it.zone = "HKG-A";
  it.type = "c.4c8g";
  it.cap = cap;
  it.tariff.unit_price = Money::from_units(2);
  it.created = kOrigin;
  it.expires = kOrigin + std::chrono::hours{24 * 30};
  it.demand = std::move(demand);
  return it;
}

SimInstance postpaid_vm(const std::string& id, Mbps cap, DemandShape demand) {
  SimInstance it = prepaid_vm(id, cap, std::move(demand));
  it.charge = Charge::kPostpaid;
  it.expires.reset();
  return it;
}

Policy saturation_policy(const std::string& name) {
  Policy policy;
  policy.name = name;
  policy.mode = Mode::kEnforce;
  policy.rules = {SaturationRule{}};
  return policy;
}

}  // namespace penstock::testing
