#include "daemon/metrics_page.h"

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "metrics/exposition.h"

namespace penstock {
namespace {

/// What happened before is for the history to tell.
constexpr Duration kChangedLately = std::chrono::hours{24};

double number(bool truth) {
  return truth ? 1 : 0;
}
double number(std::uint64_t count) {
  return static_cast<double>(count);
}
double number(Mbps mbps) {
  return static_cast<double>(mbps.count());
}
double number(Money money) {
  return static_cast<double>(money.micros()) / 1e6;
}
double number(Rate rate) {
  return rate.mbps();
}
double seconds(Duration span) {
  return static_cast<double>(span.count()) / 1000;
}
double number(TimePoint at) {
  return seconds(at.time_since_epoch());
}

template <class T>
double number(const std::optional<T>& value) {
  return value ? number(*value) : kAbsent;
}

double age(const std::optional<TimePoint>& at, TimePoint now) {
  return at ? seconds(now - *at) : kAbsent;
}

void write_daemon(ExpositionWriter& out, const Snapshot& snapshot) {
  out.family("penstock_ready", "gauge", "1 once a list, a gathering and the journal were read.");
  out.sample({}, number(snapshot.ready));
  out.family("penstock_last_tick_timestamp_seconds", "gauge", "When the last tick ended.");
  out.sample({}, number(snapshot.at));
  out.family("penstock_paused", "gauge", "1 while nothing is ordered for the whole fleet.");
  out.sample({}, number(snapshot.fleet.paused));
  out.family("penstock_journal_up", "gauge", "0 while nothing can be ordered: no journal.");
  out.sample({}, number(snapshot.journal_error.empty()));

  out.family("penstock_open_orders", "gauge", "Orders that something is still to come of.");
  std::array<std::uint64_t, kOrderStates> open{};
  for (const Order& order : snapshot.open_orders) ++open.at(static_cast<std::size_t>(order.state));
  for (std::size_t i = 0; i < open.size(); ++i) {
    const auto state = static_cast<OrderState>(i);
    if (!is_final(state)) out.sample({{"state", to_string(state)}}, number(open[i]));
  }
  out.family("penstock_stuck_orders", "gauge", "Open orders that need a person, by why.");
  for (const OrderAlarm alarm : {OrderAlarm::kNotStarted, OrderAlarm::kTimeout,
                                 OrderAlarm::kOverdue, OrderAlarm::kUnreadable}) {
    const auto stuck = std::ranges::count(snapshot.open_orders, alarm, &Order::alarm);
    out.sample({{"alarm", to_string(alarm)}}, static_cast<double>(stuck));
  }
}

void write_money(ExpositionWriter& out, const Snapshot& snapshot) {
  const auto each = [&](const auto& write) {
    const FleetView& fleet = snapshot.fleet;
    write("", "day", fleet.day_limit, fleet.day_spent);
    write("", "month", fleet.month_limit, fleet.month_spent);
    for (const PolicyView& policy : snapshot.policies) {
      write(policy.name, "month", policy.month_limit, policy.month_spent);
    }
  };
  out.family("penstock_budget_remaining", "gauge",
             "Money that may still be spent; the fleet's own limits have no policy.");
  each([&](std::string_view policy, std::string_view period, const std::optional<Money>& limit,
           Money spent) {
    if (!limit) return;
    out.sample({{"policy", policy}, {"currency", kCurrency}, {"period", period}},
               number(Money(*limit - spent)));
  });
  out.family("penstock_budget_limit", "gauge", "What a budget was at the start of its period.");
  each([&](std::string_view policy, std::string_view period, const std::optional<Money>& limit,
           Money) {
    if (!limit) return;
    out.sample({{"policy", policy}, {"currency", kCurrency}, {"period", period}}, number(*limit));
  });
}

void write_policies(ExpositionWriter& out, const Snapshot& snapshot) {
  out.family("penstock_policy_instances", "gauge", "Instances that a policy owns.");
  for (const PolicyView& policy : snapshot.policies) {
    const std::string_view mode = policy.mode == Mode::kEnforce ? "enforce" : "observe";
    out.sample({{"policy", policy.name}, {"mode", mode}}, number(std::uint64_t{policy.instances}));
  }
  out.family("penstock_policy_paused", "gauge", "1 while nothing is ordered for the policy.");
  for (const PolicyView& policy : snapshot.policies) {
    out.sample({{"policy", policy.name}}, number(policy.paused));
  }

  out.family("penstock_held_instances", "gauge",
             "Instances that are left as they are, by the reason that holds them.");
  std::map<std::pair<std::string_view, ReasonCode>, std::uint64_t> held;
  for (const InstanceView& view : snapshot.instances) {
    const ReasonCode code = view.decision.reason.code;
    if (view.decision.action != Action::kHold || view.policy.empty()) continue;
    if (code != ReasonCode::kNone && code != ReasonCode::kAtTarget) ++held[{view.policy, code}];
  }
  for (const auto& [name, count] : held) {
    out.sample({{"policy", name.first}, {"reason", to_string(name.second)}}, number(count));
  }
}

void write_warm_up(ExpositionWriter& out, const Snapshot& snapshot) {
  const WarmUpView none{.policy = {}, .instances = 0, .share = 1, .error = {}};
  const WarmUpView& view = snapshot.warm_up ? *snapshot.warm_up : none;
  out.family("penstock_warming_instances", "gauge",
             "Instances whose forecasts are being taught from the past.");
  out.sample({}, number(std::uint64_t{view.instances}));
  out.family("penstock_warm_up_ratio", "gauge",
             "Share of that past that has been read; 1 when nothing is to be read.");
  out.sample({}, view.share);
  out.family("penstock_warm_up_failed", "gauge", "1 when the past could not be read lately.");
  out.sample({}, number(!view.error.empty()));
}

void write_sources(ExpositionWriter& out, const Snapshot& snapshot, TimePoint now) {
  out.family("penstock_source_up", "gauge", "1 when the source answered in the last tick.");
  for (const SourceView& each : snapshot.sources) {
    out.sample({{"source", each.name}}, number(each.error.empty()));
  }
  out.family("penstock_source_age_seconds", "gauge", "Age of the newest sample of a source.");
  for (const SourceView& each : snapshot.sources) {
    out.sample({{"source", each.name}}, age(each.newest_at, now));
  }
  out.family("penstock_source_series", "gauge", "Usable series in the source's last answer.");
  for (const SourceView& each : snapshot.sources) {
    out.sample({{"source", each.name}}, number(each.series));
  }
  out.family("penstock_source_unmatched_series", "gauge", "Usable series that name no instance.");
  for (const SourceView& each : snapshot.sources) {
    out.sample({{"source", each.name}}, number(each.unmatched));
  }
  out.family("penstock_source_dropped_series", "gauge",
             "Series in the source's last answer that were not used, by why.");
  for (const SourceView& each : snapshot.sources) {
    const Dropped& dropped = each.dropped;
    const std::pair<std::string_view, std::uint64_t> reasons[] = {
        {"stale", dropped.stale},
        {"not-finite", dropped.not_finite},
        {"negative", dropped.negative},
        {"no-key", dropped.no_key},
        {"duplicate", dropped.duplicate},
        {"future", dropped.future},
        {"reset", dropped.counter_reset},
        {"incomplete", dropped.incomplete},
        {"implausible", dropped.implausible}};
    for (const auto& [reason, count] : reasons) {
      out.sample({{"source", each.name}, {"reason", reason}}, number(count));
    }
  }
}

void write_accounts(ExpositionWriter& out, const Snapshot& snapshot, TimePoint now) {
  out.family("penstock_account_up", "gauge", "1 when the account's instances could be listed.");
  for (const AccountView& each : snapshot.accounts) {
    out.sample({{"account", each.name}}, number(each.error.empty()));
  }
  out.family("penstock_account_list_age_seconds", "gauge", "Age of the account's last good list.");
  for (const AccountView& each : snapshot.accounts) {
    out.sample({{"account", each.name}}, age(each.listed_at, now));
  }
  out.family("penstock_account_instances", "gauge", "Instances in the account's last good list.");
  for (const AccountView& each : snapshot.accounts) {
    out.sample({{"account", each.name}}, number(std::uint64_t{each.instances}));
  }
  out.family("penstock_inventory_doubt", "gauge",
             "1 while the account's list has shrunk too much at once to be believed.");
  for (const AccountView& each : snapshot.accounts) {
    out.sample({{"account", each.name}}, number(each.doubt));
  }
  out.family("penstock_breaker_open", "gauge",
             "1 while nothing is ordered for the account because too many orders failed.");
  for (const AccountView& each : snapshot.accounts) {
    out.sample({{"account", each.name}}, number(each.breaker_open));
  }
  out.family("penstock_account_alarm", "gauge",
             "1 while the way to the account's API needs a person: see its status.");
  for (const AccountView& each : snapshot.accounts) {
    out.sample({{"account", each.name}}, number(!each.health.alarm.empty()));
  }
  out.family("penstock_clock_skew_seconds", "gauge",
             "The API server's clock minus ours; signatures fail beyond 300.");
  for (const AccountView& each : snapshot.accounts) {
    if (!each.health.clock_skew) continue;
    const double skew = std::chrono::duration<double>(*each.health.clock_skew).count();
    out.sample({{"account", each.name}}, skew);
  }
  out.family("penstock_purchasing_power", "gauge", "What the account may still spend.");
  for (const AccountView& each : snapshot.accounts) {
    out.sample({{"account", each.name}, {"currency", kCurrency}}, number(each.purchasing_power));
  }
}

std::string fleet_text(const Snapshot& snapshot, TimePoint now) {
  ExpositionWriter out;
  write_daemon(out, snapshot);
  write_money(out, snapshot);
  write_policies(out, snapshot);
  write_warm_up(out, snapshot);
  write_sources(out, snapshot, now);
  write_accounts(out, snapshot, now);
  return out.take();
}

InstanceNumbers numbers_of(const InstanceView& view) {
  const Instance& instance = *view.instance;
  InstanceNumbers row;
  row.instance_id = instance.key.id;
  row.account = instance.key.account;
  row.name = instance.name;
  row.product = to_string(instance.product);
  row.zone = instance.zone;
  row.type = instance.type;
  row.policy = view.policy;
  if (!view.policy.empty()) row.mode = view.mode == Mode::kEnforce ? "enforce" : "observe";
  row.egress_mbps = number(view.egress);
  row.demand_mbps = number(view.demand);
  if (view.cap > Mbps{0}) row.cap_mbps = number(view.cap);
  row.limit_mbps = number(view.limit);
  if (view.decision.wish > Mbps{0}) row.target_mbps = number(view.decision.wish);
  row.scheduled_cap_mbps = number(view.scheduled_cap);
  if (view.egress) row.saturated = number(view.saturated);
  row.cycle_end_seconds = number(view.cycle_end);
  return row;
}

/// Something is going on with it that an operator of a large fleet wants to see.
bool is_changed(const InstanceView& view, TimePoint now) {
  const auto lately = [&](const std::optional<TimePoint>& at) {
    return at && now - *at < kChangedLately;
  };
  return view.order || view.scheduled_cap || view.decision.action != Action::kHold ||
         lately(view.record.last_upgrade_at) || lately(view.record.last_downgrade_at) ||
         lately(view.record.drifted_at);
}

/// Places of the instances that have series of their own; nullopt: all of them.
std::optional<std::vector<std::uint32_t>> shown_instances(const Snapshot& snapshot, TimePoint now) {
  std::map<std::string_view, InstanceSeries> limited;
  for (const PolicyView& policy : snapshot.policies) {
    if (policy.instance_series != InstanceSeries::kAll) {
      limited.emplace(policy.name, policy.instance_series);
    }
  }
  if (limited.empty()) return std::nullopt;
  std::vector<std::uint32_t> shown;
  for (std::size_t i = 0; i < snapshot.instances.size(); ++i) {
    const InstanceView& view = snapshot.instances[i];
    const auto limit = limited.find(view.policy);
    if (limit != limited.end() &&
        (limit->second == InstanceSeries::kNone || !is_changed(view, now))) {
      continue;
    }
    shown.push_back(static_cast<std::uint32_t>(i));
  }
  return shown;
}

}  // namespace

std::function<std::string()> metrics_page(const Instruments& instruments,
                                          std::shared_ptr<const Snapshot> snapshot, TimePoint now) {
  // A std::function must be copyable, so the stream's state is shared by its copies.
  struct Stream {
    std::string first;
    std::shared_ptr<const Snapshot> snapshot;
    std::optional<std::vector<std::uint32_t>> shown;
    std::optional<InstanceExposition> instances;
  };
  auto stream = std::make_shared<Stream>();
  stream->first = instruments.text();
  if (snapshot != nullptr) {
    stream->first += fleet_text(*snapshot, now);
    stream->shown = shown_instances(*snapshot, now);
    stream->instances.emplace(
        stream->shown ? stream->shown->size() : snapshot->instances.size(),
        [from = stream.get()](std::size_t i) {
          return numbers_of(from->snapshot->instances[from->shown ? (*from->shown)[i] : i]);
        },
        snapshot->accounts.size() > 1);
    stream->snapshot = std::move(snapshot);
  }
  return [stream]() -> std::string {
    if (!stream->first.empty()) return std::exchange(stream->first, {});
    return stream->instances ? stream->instances->next_block() : std::string();
  };
}

}  // namespace penstock
