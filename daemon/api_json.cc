#include "daemon/api_json.h"

#include <optional>

namespace penstock {
namespace {

/// Typed fields of one object: nullopt and the zero time are null.
class Fields {
 public:
  explicit Fields(JsonWriter& out) : out_(out) {}

  void text(std::string_view name, std::string_view value) { out_.key(name).string(value); }
  void text_or_null(std::string_view name, std::string_view value) {
    out_.key(name);
    value.empty() ? out_.null() : out_.string(value);
  }
  void truth(std::string_view name, bool value) { out_.key(name).boolean(value); }
  void count(std::string_view name, std::uint64_t value) {
    out_.key(name).integer(static_cast<std::int64_t>(value));
  }
  void mbps(std::string_view name, std::optional<Mbps> value) {
    out_.key(name);
    value ? out_.integer(value->count()) : out_.null();
  }
  void mbps(std::string_view name, const std::optional<Rate>& value) {
    mbps(name, value ? std::optional(ceil_to_mbps(*value)) : std::nullopt);
  }
  void time(std::string_view name, const std::optional<TimePoint>& at) {
    out_.key(name);
    at && *at != TimePoint{} ? out_.string(format(*at)) : out_.null();
  }
  void money(std::string_view name, const std::optional<Money>& amount) {
    out_.key(name);
    amount ? out_.string(format_amount(*amount)) : out_.null();
  }
  void reason(std::string_view code, std::string_view sentence, const Reason& why) {
    const bool none = why.code == ReasonCode::kNone;
    text_or_null(code, none ? std::string_view{} : to_string(why.code));
    text_or_null(sentence, none ? std::string() : render(why));
  }

 private:
  JsonWriter& out_;
};

void write_price(JsonWriter& out, const std::optional<Price>& price) {
  if (!price) {
    out.null();
    return;
  }
  out.begin_object();
  Fields fields(out);
  fields.mbps("to_mbps", price->to);
  fields.money("due_now", price->due_now);
  fields.money("per_month", price->per_month);
  fields.text("currency", kCurrency);
  fields.truth("quoted", price->quoted);
  fields.money("tariff", price->own);
  out.end_object();
}

void write_change(JsonWriter& out, const ChangeState& change) {
  out.begin_object();
  Fields fields(out);
  fields.text("state", to_string(change.kind));
  fields.mbps("target_mbps", change.target);
  fields.time("since", change.since);
  out.end_object();
}

void write_right(JsonWriter& out, std::string_view name, const std::optional<bool>& right) {
  out.key(name);
  right ? out.boolean(*right) : out.null();
}

void write_budget(JsonWriter& out, std::string_view policy, std::string_view period, Money spent,
                  const std::optional<Money>& limit) {
  out.begin_object();
  Fields fields(out);
  fields.text_or_null("policy", policy);
  fields.text("period", period);
  fields.money("spent", spent);
  fields.money("limit", limit);
  fields.text("currency", kCurrency);
  out.end_object();
}

void write_dropped(JsonWriter& out, const Dropped& dropped) {
  out.begin_object();
  Fields fields(out);
  fields.count("stale", dropped.stale);
  fields.count("not_finite", dropped.not_finite);
  fields.count("negative", dropped.negative);
  fields.count("no_key", dropped.no_key);
  fields.count("duplicate", dropped.duplicate);
  fields.count("future", dropped.future);
  fields.count("counter_reset", dropped.counter_reset);
  fields.count("incomplete", dropped.incomplete);
  fields.count("implausible", dropped.implausible);
  out.end_object();
}

}  // namespace

std::string_view to_string(Mode mode) {
  return mode == Mode::kEnforce ? "enforce" : "observe";
}

std::string_view to_string(ChangeState::Kind kind) {
  switch (kind) {
    case ChangeState::Kind::kUnread:
      return "unread";
    case ChangeState::Kind::kIdle:
      return "idle";
    case ChangeState::Kind::kRunning:
      return "running";
    case ChangeState::Kind::kScheduled:
      return "scheduled";
    case ChangeState::Kind::kUnsettled:
      return "unsettled";
  }
  return "";
}

void write_json(JsonWriter& out, const Decision& decision) {
  out.begin_object();
  Fields fields(out);
  fields.text("action", to_string(decision.action));
  fields.mbps("from_mbps", decision.from);
  fields.mbps("to_mbps", decision.to);
  fields.mbps("target_mbps", decision.wish);
  fields.reason("reason", "why", decision.reason);
  fields.reason("target_reason", "target_why", decision.wish_reason);
  out.key("price");
  write_price(out, decision.price);
  const Reason& why = decision.reason;
  const bool waits = why.code == ReasonCode::kNeedsApproval;
  const auto micros = static_cast<std::int64_t>(why.numbers[0]);
  fields.money("approval_price", waits ? std::optional(Money::from_micros(micros)) : std::nullopt);
  fields.time("not_before", decision.not_before);
  fields.time("effective_at", decision.effective_at);
  out.end_object();
}

void write_json(JsonWriter& out, const InstanceView& view) {
  const Instance& instance = *view.instance;
  out.begin_object();
  Fields fields(out);
  fields.text("account", instance.key.account);
  fields.text("instance_id", instance.key.id);
  fields.text("name", instance.name);
  fields.text("product", to_string(instance.product));
  fields.text("zone", instance.zone);
  fields.text("type", instance.type);
  fields.text_or_null("resource_group", instance.resource_group);
  out.key("tags").begin_object();
  for (const Tag& tag : instance.tags) out.key(tag.key).string(tag.value);
  out.end_object();
  fields.text("status", instance.status);
  fields.text("charge", to_string(instance.charge));
  fields.text("internet_charge", to_string(instance.internet_charge));
  fields.text_or_null("policy", view.policy);
  fields.text_or_null("mode", view.policy.empty() ? std::string_view{} : to_string(view.mode));
  fields.mbps("egress_mbps", view.egress);
  fields.mbps("demand_mbps", view.demand);
  fields.time("sample_at", view.sample_at);
  fields.truth("saturated", view.saturated);
  fields.truth("unlimited", view.cap == Mbps{0});
  fields.mbps("cap_mbps", view.cap);
  fields.time("cap_since", view.cap_since);
  fields.mbps("limit_mbps", view.limit);
  fields.mbps("scheduled_cap_mbps", view.scheduled_cap);
  fields.mbps("included_mbps", instance.included);
  fields.money("month_price", view.month_price);
  fields.time("cycle_end", view.cycle_end);
  out.key("decision");
  write_json(out, view.decision);
  fields.time("decided_at", view.decided_at);
  out.key("change");
  write_change(out, view.change);
  fields.truth("paused", view.record.paused);
  fields.time("paused_until", view.record.paused_until);
  const auto& pin = view.record.pinned;
  fields.mbps("pinned_mbps", pin ? std::optional(pin->cap) : std::nullopt);
  fields.time("pinned_until", pin ? std::optional(pin->until) : std::nullopt);
  const auto& approved = view.record.approved;
  fields.money("approved_up_to", approved ? std::optional(approved->up_to) : std::nullopt);
  fields.time("approved_until", approved ? std::optional(approved->until) : std::nullopt);
  fields.time("drifted_at", view.record.drifted_at);
  out.key("order");
  view.order ? write_json(out, *view.order) : static_cast<void>(out.null());
  fields.truth("gone", view.gone);
  out.end_object();
}

void write_json(JsonWriter& out, const Order& order) {
  out.begin_object();
  Fields fields(out);
  out.key("id").integer(order.id);
  fields.text("account", order.instance.account);
  fields.text("instance_id", order.instance.id);
  fields.text("product", to_string(order.product));
  fields.text("charge", to_string(order.charge));
  fields.text("policy", order.policy);
  fields.text("kind", to_string(order.kind));
  fields.mbps("from_mbps", order.from);
  fields.mbps("to_mbps", order.to);
  fields.text("state", to_string(order.state));
  fields.text_or_null("alarm", to_string(order.alarm));
  fields.reason("reason", "why", order.reason);
  fields.money("reserved_day", order.reserved_day);
  fields.money("reserved_month", order.reserved_month);
  fields.money("charged", order.charged);
  fields.text("currency", kCurrency);
  fields.time("planned_at", order.planned_at);
  fields.time("sent_at", order.sent_at);
  fields.time("changed_at", order.changed_at);
  fields.time("effective_at", order.effective_at);
  fields.text_or_null("order_number", order.order_number);
  fields.text_or_null("request_id", order.request_id);
  fields.text_or_null("code", order.code);
  fields.text_or_null("message", order.message);
  out.end_object();
}

void write_json(JsonWriter& out, const DecisionRow& row) {
  out.begin_object();
  Fields fields(out);
  fields.time("at", row.at);
  fields.text("account", row.instance.account);
  fields.text("instance_id", row.instance.id);
  fields.text("policy", row.policy);
  fields.text("action", to_string(row.action));
  fields.mbps("from_mbps", row.from);
  fields.mbps("to_mbps", row.to);
  fields.mbps("target_mbps", row.wish);
  fields.reason("reason", "why", row.reason);
  fields.reason("target_reason", "target_why", row.wish_reason);
  out.end_object();
}

void write_json(JsonWriter& out, const EventRow& row) {
  out.begin_object();
  Fields fields(out);
  fields.time("at", row.at);
  fields.text("kind", row.kind);
  fields.text_or_null("subject", row.subject);
  fields.text("text", row.text);
  out.end_object();
}

void write_json(JsonWriter& out, const PolicyView& policy) {
  out.begin_object();
  Fields fields(out);
  fields.text("name", policy.name);
  fields.text("mode", to_string(policy.mode));
  fields.text("file", policy.file);
  fields.text_or_null("source", policy.source);
  fields.count("instances", policy.instances);
  fields.truth("paused", policy.paused);
  fields.money("month_spent", policy.month_spent);
  fields.money("month_limit", policy.month_limit);
  fields.text("currency", kCurrency);
  fields.text_or_null("error", policy.error);
  out.end_object();
}

void write_json(JsonWriter& out, const SourceView& source) {
  out.begin_object();
  Fields fields(out);
  fields.text("name", source.name);
  fields.time("answered_at", source.answered_at);
  fields.time("newest_at", source.newest_at);
  fields.text_or_null("error", source.error);
  fields.count("series", source.series);
  fields.count("unmatched", source.unmatched);
  out.key("dropped");
  write_dropped(out, source.dropped);
  out.key("notes").begin_array();
  for (const std::string& note : source.notes) out.string(note);
  out.end_array();
  out.end_object();
}

void write_json(JsonWriter& out, const WarmUpView& view) {
  out.begin_object();
  Fields fields(out);
  fields.text_or_null("policy", view.policy);
  fields.count("instances", view.instances);
  out.key("share").number(view.share);
  fields.text_or_null("error", view.error);
  out.end_object();
}

void write_json(JsonWriter& out, const AccountView& account) {
  out.begin_object();
  Fields fields(out);
  fields.text("name", account.name);
  fields.time("listed_at", account.listed_at);
  fields.text_or_null("error", account.error);
  fields.text_or_null("alarm", account.health.alarm);
  out.key("clock_skew_seconds");
  if (account.health.clock_skew) {
    out.number(std::chrono::duration<double>(*account.health.clock_skew).count());
  } else {
    out.null();
  }
  fields.count("instances", account.instances);
  fields.truth("doubt", account.doubt);
  fields.truth("breaker_open", account.breaker_open);
  fields.count("breaker_failures", static_cast<std::uint64_t>(account.breaker_failures));
  fields.money("purchasing_power", account.purchasing_power);
  fields.text("currency", kCurrency);
  const Rights& rights = account.rights;
  out.key("rights").begin_object();
  write_right(out, "list", rights.list);
  write_right(out, "status", rights.status);
  write_right(out, "inquire", rights.inquire);
  write_right(out, "modify", rights.modify);
  write_right(out, "cancel", rights.cancel);
  write_right(out, "traffic", rights.traffic);
  write_right(out, "balance", rights.balance);
  write_right(out, "transactions", rights.transactions);
  out.end_object();
  out.end_object();
}

void write_status_fields(JsonWriter& out, const Snapshot& snapshot) {
  const FleetView& fleet = snapshot.fleet;
  Fields fields(out);
  fields.time("at", snapshot.at);
  fields.count("tick", snapshot.tick);
  fields.truth("ready", snapshot.ready);
  fields.truth("paused", fleet.paused);
  fields.text_or_null("pause_reason", fleet.pause_reason);
  fields.text_or_null("journal_error", snapshot.journal_error);
  std::uint64_t owned = 0, saturated = 0;
  for (const InstanceView& view : snapshot.instances) {
    owned += view.policy.empty() ? 0 : 1;
    saturated += view.saturated ? 1 : 0;
  }
  fields.count("instances", snapshot.instances.size());
  fields.count("instances_with_policy", owned);
  fields.count("instances_saturated", saturated);
  fields.count("open_orders", snapshot.open_orders.size());
  fields.count("orders_today", static_cast<std::uint64_t>(fleet.orders_today));
  fields.count("orders_per_day", static_cast<std::uint64_t>(fleet.orders_limit));
  fields.count("lowered_today", static_cast<std::uint64_t>(fleet.lowered_today));
  out.key("budgets").begin_array();
  write_budget(out, "", "day", fleet.day_spent, fleet.day_limit);
  write_budget(out, "", "month", fleet.month_spent, fleet.month_limit);
  for (const PolicyView& policy : snapshot.policies) {
    write_budget(out, policy.name, "month", policy.month_spent, policy.month_limit);
  }
  out.end_array();
  out.key("accounts").begin_array();
  for (const AccountView& account : snapshot.accounts) write_json(out, account);
  out.end_array();
  out.key("sources").begin_array();
  for (const SourceView& source : snapshot.sources) write_json(out, source);
  out.end_array();
  out.key("warm_up");
  if (snapshot.warm_up) {
    write_json(out, *snapshot.warm_up);
  } else {
    out.null();
  }
}

}  // namespace penstock
