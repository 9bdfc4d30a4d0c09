#include "tests/testing/fleet_snapshot.h"

namespace penstock::testing {
namespace {

std::shared_ptr<const Instance> instance(const std::string& account, const std::string& id,
                                         Product product, Charge charge, const std::string& name) {
  auto made = std::make_shared<Instance>();
  made->key = {account, id};
  made->product = product;
  made->charge = charge;
  made->internet_charge = InternetCharge::kByBandwidth;
  made->name = name;
  made->zone = "SIN-A";
  made->type = "M8C";
  made->status = "RUNNING";
  made->public_ips = {"203.0.113.7"};
  return made;
}

InstanceView saturated() {
  InstanceView view;
  view.instance = instance("main", "bmc-1", Product::kBmc, Charge::kPrepaid, "edge \"1\"\n");
  view.policy = "edge";
  view.mode = Mode::kEnforce;
  view.egress = Rate{99.25};
  view.demand = Rate{240};
  view.sample_at = fleet_snapshot_at() - 15s;
  view.cap = Mbps{100};
  view.limit = Mbps{10'000};
  view.cycle_end = *parse_time("2026-01-20T00:00:00Z");
  view.saturated = true;
  view.decision.action = Action::kUpgrade;
  view.decision.from = Mbps{100};
  view.decision.to = view.decision.wish = Mbps{250};
  view.decision.reason = view.decision.wish_reason = {ReasonCode::kSaturated, {100, 250, 30, 2}};
  view.decision.price = Price{Mbps{250}, Money::from_micros(11'400'000), Money::from_units(500)};
  view.decided_at = fleet_snapshot_at();
  view.change.kind = ChangeState::Kind::kIdle;
  Order order;
  order.id = 7;
  order.instance = view.instance->key;
  order.product = Product::kBmc;
  order.policy = "edge";
  order.from = Mbps{100};
  order.to = Mbps{250};
  order.reason = view.decision.reason;
  order.reserved_day = order.reserved_month = Money::from_micros(11'400'000);
  order.planned_at = fleet_snapshot_at();
  view.order = std::make_shared<const Order>(order);
  return view;
}

InstanceView pending() {
  InstanceView view;
  view.instance = instance("main", "vm-2", Product::kVm, Charge::kPrepaid, "db\xff");
  view.policy = "edge";
  view.mode = Mode::kEnforce;
  view.egress = Rate{3};
  view.demand = Rate{3};
  view.sample_at = fleet_snapshot_at() - 20s;
  view.cap = Mbps{200};
  view.scheduled_cap = Mbps{50};
  view.cycle_end = *parse_time("2026-01-16T00:00:00Z");
  view.decision.from = view.decision.to = Mbps{200};
  view.decision.wish = Mbps{50};
  view.decision.reason = {ReasonCode::kDowngradePending, {50, 1'768'521'600}};
  view.decided_at = fleet_snapshot_at();
  view.change = {ChangeState::Kind::kScheduled, Mbps{50}, fleet_snapshot_at() - 1h, 1};
  return view;
}

InstanceView unmatched() {
  InstanceView view;
  view.instance = instance("second", "vm-3", Product::kVm, Charge::kPostpaid, "");
  view.decision.reason = {ReasonCode::kUnmatched, {}};
  return view;
}

}  // namespace

TimePoint fleet_snapshot_at() {
  return *parse_time("2026-01-15T12:00:00Z");
}

Snapshot fleet_snapshot() {
  Snapshot snapshot;
  snapshot.at = fleet_snapshot_at();
  snapshot.tick = 42;
  snapshot.ready = true;
  snapshot.instances = {saturated(), pending(), unmatched()};
  snapshot.open_orders = {*snapshot.instances[0].order};
  SourceView source;
  source.name = "prometheus";
  source.answered_at = source.newest_at = fleet_snapshot_at() - 15s;
  source.series = 2;
  source.unmatched = 1;
  source.dropped.stale = 3;
  snapshot.sources = {source};
  AccountView main, second;
  main.name = "main";
  main.listed_at = fleet_snapshot_at() - 30s;
  main.instances = 2;
  main.health = {.alarm = "", .clock_skew = Duration{-1500}};
  main.purchasing_power = Money::from_units(1000);
  second.name = "second";
  second.error = "HTTP 401";
  second.breaker_open = true;
  second.breaker_failures = 5;
  snapshot.accounts = {main, second};
  PolicyView policy;
  policy.name = "edge";
  policy.mode = Mode::kEnforce;
  policy.file = "/etc/penstock/policies.d/edge.toml";
  policy.source = "prometheus";
  policy.instances = 2;
  policy.month_spent = Money::from_units(400);
  policy.month_limit = Money::from_units(1500);
  snapshot.policies = {policy};
  snapshot.fleet.day_spent = Money::from_units(20);
  snapshot.fleet.month_spent = Money::from_units(400);
  snapshot.fleet.day_limit = Money::from_units(500);
  snapshot.fleet.orders_today = 3;
  snapshot.fleet.orders_limit = 200;
  return snapshot;
}

}  // namespace penstock::testing
