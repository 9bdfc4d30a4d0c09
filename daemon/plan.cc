#include "daemon/plan.h"

#include <cstdint>
#include <map>

#include "daemon/table.h"
#include "policies/billing.h"
#include "policies/reason.h"

namespace penstock {
namespace {

/// A change, or what would be one if its policy enforced.
bool is_change(const Decision& decision) {
  return decision.action != Action::kHold ||
         (decision.reason.code == ReasonCode::kObserve && decision.wish != decision.from);
}

/// What an instance costs less after a cut, as long as it stands.
struct Saving {
  Money per_month, per_term;
  int months = 1;  ///< of a term; postpaid has none and counts by the month
};

/// nullopt: it is no cut, or no price of the present size is known.
std::optional<Saving> saving_of(const InstanceView& view) {
  const Decision& decision = view.decision;
  const Instance& instance = *view.instance;
  const Mbps target = decision.action == Action::kHold ? decision.wish : decision.to;
  if (target >= decision.from || !instance.flat_rate()) return std::nullopt;
  Saving saving;
  const auto& price = decision.price;
  if (price && price->to == target && price->per_month_now) {
    saving.per_month = *price->per_month_now - price->per_month;
  } else if (view.month_price) {
    saving.per_month = *view.month_price - scaled_month_price(*view.month_price, decision.from,
                                                              target, instance.included);
  } else {
    return std::nullopt;
  }
  if (instance.charge == Charge::kPrepaid) {
    saving.months = std::max(1, instance.period_months.value_or(1));
  }
  saving.per_term = saving.per_month * saving.months;
  return saving;
}

/// Whom it is about: the head of a row, changed or held.
void write_head(JsonWriter& json, const InstanceView& view) {
  const Instance& instance = *view.instance;
  json.key("account").string(instance.key.account).key("instance_id").string(instance.key.id);
  json.key("name").string(instance.name).key("product").string(to_string(instance.product));
  json.key("zone").string(instance.zone).key("charge").string(to_string(instance.charge));
  json.key("policy").string(view.policy);
  json.key("mode").string(view.mode == Mode::kEnforce ? "enforce" : "observe");
}

void write_change(JsonWriter& json, const InstanceView& view) {
  const Decision& decision = view.decision;
  const Mbps target = decision.action == Action::kHold ? decision.wish : decision.to;
  json.begin_object();
  write_head(json, view);
  json.key("action").string(to_string(decision.action));
  json.key("now_mbps").integer(decision.from.count()).key("target_mbps").integer(target.count());
  json.key("effective_at");
  decision.effective_at ? json.string(format(*decision.effective_at)) : json.null();
  json.key("price");
  if (decision.price) {
    json.begin_object();
    json.key("due_now").string(format_amount(decision.price->due_now));
    json.key("per_month").string(format_amount(decision.price->per_month));
    json.key("currency").string(kCurrency);
    json.key("quoted").boolean(decision.price->quoted).key("tariff");
    const auto& own = decision.price->own;
    own ? json.string(format_amount(*own)) : json.null();
    json.end_object();
  } else {
    json.null();
  }
  const std::optional<Saving> saving = saving_of(view);
  json.key("saves");
  if (saving) {
    json.begin_object().key("per_month").string(format_amount(saving->per_month));
    json.key("per_term").string(format_amount(saving->per_term));
    json.key("term_months").integer(saving->months).key("currency").string(kCurrency);
    json.end_object();
  } else {
    json.null();
  }
  json.key("reason").string(to_string(decision.reason.code));
  json.key("sentence").string(render(decision.reason));
  json.key("because").string(render(decision.wish_reason)).end_object();
}

void write_held(JsonWriter& json, const InstanceView& view) {
  const Decision& decision = view.decision;
  json.begin_object();
  write_head(json, view);
  json.key("now_mbps")
      .integer(decision.from.count())
      .key("wish_mbps")
      .integer(decision.wish.count());
  json.key("not_before");
  decision.not_before ? json.string(format(*decision.not_before)) : json.null();
  json.key("reason").string(to_string(decision.reason.code));
  json.key("sentence").string(render(decision.reason)).end_object();
}

std::string when_of(const JsonValue& change) {
  if (auto at = change["effective_at"].string()) return std::string(*at);
  return "at once";
}

std::string text_of(const JsonValue& value) {
  return std::string(value.string().value_or(""));
}

std::string mbps_of(const JsonValue& value) {
  return std::to_string(value.integer().value_or(0)) + " Mbps";
}

std::string price_of(const JsonValue& change) {
  const JsonValue price = change["price"];
  if (!price.exists()) return "-";
  return text_of(price["due_now"]) + " " + text_of(price["currency"]) +
         (!price["quoted"].boolean().value_or(false) ? " (tariff)"
          : price["tariff"].exists()                 ? " (tariff " + text_of(price["tariff"]) + ")"
                                                     : "");
}

std::string saving_text(const JsonValue& change) {
  const JsonValue saves = change["saves"];
  return saves.exists() ? text_of(saves["per_term"]) + " " + text_of(saves["currency"]) : "-";
}

/// "3 to lower (saves 12.00 USD a term; no price is known of 1)".
std::string cuts_text(const JsonValue& totals) {
  const std::int64_t down = totals["downgrades"].integer().value_or(0);
  const std::int64_t unpriced = totals["cuts_without_price"].integer().value_or(0);
  std::string out = std::to_string(down) + " to lower";
  if (down == 0) return out;
  out += " (saves " + text_of(totals["saves_per_term"]) + " " + text_of(totals["currency"]) +
         " a term";
  if (unpriced > 0) out += "; no price is known of " + std::to_string(unpriced);
  return out + ")";
}

Table::Tone tone_of(const JsonValue& change) {
  if (text_of(change["mode"]) != "enforce") return Table::kHeld;
  return change["target_mbps"].integer() > change["now_mbps"].integer() ? Table::kUp : Table::kDown;
}

}  // namespace

std::string plan_json(const Snapshot& snapshot, const std::vector<std::string>& unknown) {
  JsonWriter json;
  json.begin_object().key("at").string(format(snapshot.at));
  json.key("unknown").begin_array();
  for (const std::string& line : unknown) json.string(line);
  json.end_array().key("changes").begin_array();
  Money due_now, saves;
  std::int64_t up = 0;
  std::int64_t down = 0;
  std::int64_t unchanged = 0;
  std::int64_t unpriced = 0;
  for (const InstanceView& view : snapshot.instances) {
    if (!is_change(view.decision)) continue;
    write_change(json, view);
    if (view.decision.action == Action::kHold) continue;
    if (view.decision.to > view.decision.from) {
      ++up;
      if (view.decision.price) due_now += view.decision.price->due_now;
    } else if (view.decision.to < view.decision.from) {
      ++down;
      const std::optional<Saving> saving = saving_of(view);
      if (saving) saves += saving->per_term;
      if (!saving) ++unpriced;
    }
  }
  json.end_array().key("held").begin_array();
  for (const InstanceView& view : snapshot.instances) {
    if (is_change(view.decision)) continue;
    if (view.decision.reason.code == ReasonCode::kAtTarget) {
      ++unchanged;
      continue;
    }
    write_held(json, view);
  }
  json.end_array().key("totals").begin_object();
  json.key("upgrades")
      .integer(up)
      .key("downgrades")
      .integer(down)
      .key("unchanged")
      .integer(unchanged);
  json.key("due_now").string(format_amount(due_now));
  json.key("saves_per_term").string(format_amount(saves));
  json.key("cuts_without_price").integer(unpriced).key("currency").string(kCurrency);
  json.end_object().end_object();
  return json.take();
}

bool changes_due(const JsonValue& plan) {
  for (const JsonValue& change : plan["changes"].items()) {
    if (change["action"].string() != to_string(Action::kHold)) return true;
  }
  return false;
}

std::string plan_text(const JsonValue& plan, bool colour) {
  std::string out;
  for (const JsonValue& line : plan["unknown"].items()) out += "note: " + text_of(line) + "\n";
  Table changes({{"INSTANCE"},
                 {"NAME", Table::kLeft, Table::kName},
                 {"POLICY"},
                 {"NOW", Table::kRight},
                 {"TARGET", Table::kRight},
                 {"WHEN"},
                 {"PRICE NOW", Table::kRight},
                 {"SAVES A TERM", Table::kRight},
                 {"REASON"}});
  for (const JsonValue& change : plan["changes"].items()) {
    const bool observed = text_of(change["action"]) == to_string(Action::kHold);
    changes.row({text_of(change["instance_id"]), text_of(change["name"]), text_of(change["policy"]),
                 mbps_of(change["now_mbps"]), mbps_of(change["target_mbps"]),
                 observed ? "only observed" : when_of(change), price_of(change),
                 saving_text(change), text_of(change[observed ? "because" : "sentence"])},
                tone_of(change));
  }
  if (!changes.empty()) out += changes.text(colour) + "\n";
  // Held for the same reason in the same policy is one line: the fleet may be large.
  std::map<std::pair<std::string, std::string>, std::pair<std::int64_t, std::string>> held;
  for (const JsonValue& row : plan["held"].items()) {
    auto& [count, sentence] = held[{text_of(row["policy"]), text_of(row["reason"])}];
    if (count++ == 0) sentence = text_of(row["instance_id"]) + ": " + text_of(row["sentence"]);
  }
  Table holds({{"HELD", Table::kRight}, {"POLICY"}, {"REASON"}, {"FOR EXAMPLE"}});
  for (const auto& [key, value] : held) {
    holds.row({std::to_string(value.first), key.first.empty() ? "-" : key.first, key.second,
               value.second},
              Table::kHeld);
  }
  if (!holds.empty()) out += holds.text(colour) + "\n";
  const JsonValue totals = plan["totals"];
  out += std::to_string(totals["upgrades"].integer().value_or(0)) + " to raise (" +
         text_of(totals["due_now"]) + " " + text_of(totals["currency"]) + " now), " +
         cuts_text(totals) + ", " + std::to_string(totals["unchanged"].integer().value_or(0)) +
         " at their target\n";
  return out;
}

}  // namespace penstock
