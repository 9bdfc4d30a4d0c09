#include "daemon/past_command.h"

#include <algorithm>
#include <cstdio>

#include "daemon/ask.h"
#include "daemon/table.h"

namespace penstock {
namespace {

std::string mbps_of(const JsonValue& value) {
  return std::to_string(value.integer().value_or(0));
}

std::string change_of(const JsonValue& row) {
  return mbps_of(row["from_mbps"]) + " -> " + mbps_of(row["to_mbps"]);
}

/// What it cost, or what is set aside for it: "+" marks what is not known for certain yet.
std::string money_of(const JsonValue& order) {
  if (order["charged"].exists()) return text_or_dash(order["charged"]);
  const std::string reserved = text_or_dash(order["reserved_month"]);
  return reserved == "-" || reserved == "0.00" ? "-" : "~" + reserved;
}

Table::Tone tone_of(const JsonValue& order) {
  if (order["alarm"].exists()) return Table::kBad;
  const std::string state = text_or_dash(order["state"]);
  if (state == "rejected" || state == "unknown") return Table::kBad;
  if (state == "scheduled") return Table::kDown;
  if (state == "effective") return Table::kPlain;
  return state == "cancelled" || state == "settled" || state == "superseded" ? Table::kHeld
                                                                             : Table::kUp;
}

struct Line {
  TimePoint at;
  std::vector<std::string> cells;
  Table::Tone tone;
};

Line line_of_decision(const JsonValue& row) {
  const std::string action = text_or_dash(row["action"]);
  const bool hold = action == "hold";
  const bool would = hold && text_or_dash(row["reason"]) == "observe";
  const std::string size = hold ? mbps_of(row["from_mbps"]) : change_of(row);
  std::string why = text_or_dash(row["why"]);
  if (row["target_why"].exists() &&
      (would || (hold && row["target_mbps"].integer() != row["from_mbps"].integer()))) {
    why += " (" + text_or_dash(row["target_why"]) + ")";
  }
  const Table::Tone tone = would                 ? Table::kHeld
                           : hold                ? Table::kPlain
                           : action == "upgrade" ? Table::kUp
                                                 : Table::kDown;
  return {parse_time(row["at"].string().value_or("")).value_or(TimePoint{}),
          {second_of(row["at"]), text_or_dash(row["instance_id"]), action, size, why},
          tone};
}

Line line_of_event(const JsonValue& row) {
  const std::string kind = text_or_dash(row["kind"]);
  const bool bad = kind == "alarm" || kind == "breaker" || kind == "drift";
  return {parse_time(row["at"].string().value_or("")).value_or(TimePoint{}),
          {second_of(row["at"]), text_or_dash(row["subject"]), kind, "", text_or_dash(row["text"])},
          bad ? Table::kBad : Table::kHeld};
}

std::string cut_note(bool more, std::size_t shown) {
  return more ? "the newest " + std::to_string(shown) + "; --limit shows more\n" : "";
}

void write_rows(JsonWriter& out, std::string_view name, const Rows& rows) {
  out.key(name).begin_array();
  for (const JsonValue& row : rows.rows) copy_json(out, row);
  out.end_array();
}

Result<Query> query_of(DaemonClient& daemon, const PastCommand& command, TimePoint now) {
  Query query{{"from", format(now - command.since)}};
  if (command.instance.empty()) {
    query.emplace_back("account", command.account);
    return query;
  }
  const Result<InstanceChosen> chosen = choose_instance(daemon, command.instance, command.account);
  // An instance that is gone has a past all the same.
  const bool gone = !chosen && chosen.error().kind == ErrorKind::kInvalid;
  if (!chosen && !gone) return chosen.error();
  query.emplace_back("instance_id", gone ? command.instance : chosen->id);
  query.emplace_back("account", gone ? command.account : chosen->account);
  return query;
}

}  // namespace

std::string orders_text(const std::vector<JsonValue>& newest_first, TimePoint now, bool colour) {
  Table table({{"ORDER", Table::kRight},
               {"PLANNED"},
               {"INSTANCE"},
               {"KIND"},
               {"MBPS"},
               {"STATE"},
               {"SINCE", Table::kRight},
               {"USD", Table::kRight},
               {"ORDER NUMBER", Table::kLeft, Table::kName},
               {"REQUEST", Table::kLeft, Table::kName},
               {"NOTE"}});
  for (auto row = newest_first.rbegin(); row != newest_first.rend(); ++row) {
    const JsonValue& order = *row;
    std::string note = order["alarm"].exists() ? "ALARM: " + text_or_dash(order["alarm"]) : "";
    if (note.empty() && order["code"].exists()) note = text_or_dash(order["code"]);
    if (note.empty()) note = text_or_dash(order["why"]);
    table.row({std::to_string(order["id"].integer().value_or(0)), second_of(order["planned_at"]),
               text_or_dash(order["instance_id"]), text_or_dash(order["kind"]), change_of(order),
               text_or_dash(order["state"]), age_of(order["changed_at"], now), money_of(order),
               text_or_dash(order["order_number"]), text_or_dash(order["request_id"]), note},
              tone_of(order));
  }
  return table.empty() ? "no orders in this time\n" : table.text(colour);
}

std::string history_text(const std::vector<JsonValue>& decisions,
                         const std::vector<JsonValue>& events, bool colour) {
  std::vector<Line> lines;
  for (const JsonValue& row : decisions) lines.push_back(line_of_decision(row));
  for (const JsonValue& row : events) lines.push_back(line_of_event(row));
  // Both come newest first; the same instant keeps its order after turning round.
  std::ranges::reverse(lines);
  std::ranges::stable_sort(lines, {}, &Line::at);
  Table table({{"AT"}, {"SUBJECT", Table::kLeft, Table::kName}, {"WHAT"}, {"MBPS"}, {"WHY"}});
  for (Line& line : lines) table.row(std::move(line.cells), line.tone);
  return table.empty() ? "nothing was decided in this time\n" : table.text(colour);
}

int run_orders(const PastCommand& command, TimePoint now) {
  return ask_daemon(command.config, [&](DaemonClient& daemon) -> Status {
    Result<Query> query = query_of(daemon, command, now);
    if (!query) return query.error();
    if (command.open) {
      query->front().second.clear();  // what is open is shown however old it is
      query->emplace_back("open", "true");
    }
    const Result<Rows> rows = all_rows(daemon, "/api/v1/orders", *query, "orders", command.limit);
    if (!rows) return rows.error();
    std::string text;
    if (command.json) {
      JsonWriter out;
      out.begin_object();
      write_rows(out, "orders", *rows);
      out.key("more").boolean(rows->more).end_object();
      text = out.take() + "\n";
    } else {
      text = orders_text(rows->rows, now, stdout_wants_colour()) +
             cut_note(rows->more, rows->rows.size());
    }
    std::fputs(text.c_str(), stdout);
    return ok();
  });
}

int run_history(const PastCommand& command, TimePoint now) {
  return ask_daemon(command.config, [&](DaemonClient& daemon) -> Status {
    const Result<Query> query = query_of(daemon, command, now);
    if (!query) return query.error();
    const Result<Rows> decisions =
        all_rows(daemon, "/api/v1/decisions", *query, "decisions", command.limit);
    if (!decisions) return decisions.error();
    // Events name their subject in their own ways; beside one instance only its own are shown.
    Result<Rows> events =
        all_rows(daemon, "/api/v1/events", {query->front()}, "events", command.limit);
    if (!events) return events.error();
    if (!command.instance.empty()) {
      const std::string& id = (*query)[1].second;
      std::erase_if(events->rows,
                    [&](const JsonValue& row) { return row["subject"].string() != id; });
    }
    std::string text;
    if (command.json) {
      JsonWriter out;
      out.begin_object();
      write_rows(out, "decisions", *decisions);
      write_rows(out, "events", *events);
      out.key("more").boolean(decisions->more || events->more).end_object();
      text = out.take() + "\n";
    } else {
      text = history_text(decisions->rows, events->rows, stdout_wants_colour()) +
             cut_note(decisions->more || events->more, command.limit);
    }
    std::fputs(text.c_str(), stdout);
    return ok();
  });
}

}  // namespace penstock
