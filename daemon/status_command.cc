#include "daemon/status_command.h"

#include <cstdio>

#include "daemon/ask.h"
#include "daemon/log.h"
#include "daemon/plan.h"
#include "daemon/table.h"

namespace penstock {
namespace {

constexpr std::size_t kMostInstances = 100'000;

std::string text_of(const JsonValue& value) {
  return std::string(value.string().value_or(""));
}
std::string or_dash(const JsonValue& value) {
  return value.exists() ? text_of(value) : "-";
}
std::string count_of(const JsonValue& value) {
  return std::to_string(value.integer().value_or(0));
}

std::string warm_up_text(const JsonValue& warm_up) {
  std::string out;
  if (warm_up["policy"].exists()) {
    const int read = static_cast<int>(warm_up["share"].number().value_or(0) * 100);
    out += "reading the past of " + count_of(warm_up["instances"]) + " instances for policy " +
           printable(text_of(warm_up["policy"])) + ": " + std::to_string(read) + " %\n";
  }
  if (warm_up["error"].exists()) {
    out += "the past cannot be read: " + printable(text_of(warm_up["error"])) + "\n";
  }
  return out;
}

std::string fleet_text(const JsonValue& status) {
  std::string out = "penstock " + printable(text_of(status["version"])) + ", last tick " +
                    second_of(status["at"]) +
                    (status["ready"].boolean().value_or(false) ? "" : ", not ready yet") + "\n";
  out += count_of(status["instances"]) + " instances, " +
         count_of(status["instances_with_policy"]) + " with a policy, " +
         count_of(status["instances_saturated"]) + " saturated; " +
         count_of(status["open_orders"]) + " open orders, " + count_of(status["orders_today"]) +
         " ordered today";
  if (status["orders_per_day"].integer().value_or(0) > 0)
    out += " of " + count_of(status["orders_per_day"]);
  out += "\n";
  if (status["paused"].boolean().value_or(false)) {
    out += "PAUSED: nothing is ordered (" + printable(or_dash(status["pause_reason"])) + ")\n";
  }
  if (status["journal_error"].exists()) {
    out += "NOTHING CAN BE ORDERED: " + printable(text_of(status["journal_error"])) + "\n";
  }
  return out + warm_up_text(status["warm_up"]);
}

std::string accounts_text(const JsonValue& status, bool colour) {
  Table table({{"ACCOUNT"},
               {"INSTANCES", Table::kRight},
               {"CAN SPEND", Table::kRight},
               {"BREAKER"},
               {"STATE"}});
  for (const JsonValue& account : status["accounts"].items()) {
    const bool open = account["breaker_open"].boolean().value_or(false);
    const bool doubt = account["doubt"].boolean().value_or(false);
    const std::string power =
        account["purchasing_power"].exists()
            ? text_of(account["purchasing_power"]) + " " + text_of(account["currency"])
            : "-";
    std::string state = "fine";
    if (doubt) state = "its list shrank by more than 20 %: held";
    for (const char* trouble : {"error", "alarm"}) {
      if (account[trouble].exists()) state = text_of(account[trouble]);
    }
    table.row({text_of(account["name"]), count_of(account["instances"]), power,
               open ? "OPEN" : "closed", state},
              open || state != "fine" ? Table::kBad : Table::kPlain);
  }
  return table.empty() ? "" : "\n" + table.text(colour);
}

std::string sources_text(const JsonValue& status, bool colour) {
  Table table({{"SOURCE"},
               {"SERIES", Table::kRight},
               {"UNMATCHED", Table::kRight},
               {"NEWEST SAMPLE"},
               {"STATE"}});
  for (const JsonValue& source : status["sources"].items()) {
    table.row({text_of(source["name"]), count_of(source["series"]), count_of(source["unmatched"]),
               second_of(source["newest_at"]),
               source["error"].exists() ? text_of(source["error"]) : "fine"},
              source["error"].exists() ? Table::kBad : Table::kPlain);
  }
  return table.empty() ? "" : "\n" + table.text(colour);
}

std::string budgets_text(const JsonValue& status, bool colour) {
  Table table({{"BUDGET"}, {"PER"}, {"SPENT", Table::kRight}, {"LIMIT", Table::kRight}});
  for (const JsonValue& budget : status["budgets"].items()) {
    const std::string policy = text_of(budget["policy"]);
    table.row({policy.empty() ? "fleet" : policy, text_of(budget["period"]),
               text_of(budget["spent"]), or_dash(budget["limit"])});
  }
  return table.empty() ? "" : "\n" + table.text(colour);
}

}  // namespace

std::string status_text(const JsonValue& status, const JsonValue& plan, bool colour) {
  return fleet_text(status) + accounts_text(status, colour) + sources_text(status, colour) +
         budgets_text(status, colour) + "\n" + plan_text(plan, colour);
}

std::string instances_text(const std::vector<JsonValue>& instances, bool colour) {
  Table table({{"INSTANCE"},
               {"NAME", Table::kLeft, Table::kName},
               {"POLICY"},
               {"CAP", Table::kRight},
               {"EGRESS", Table::kRight},
               {"TARGET", Table::kRight},
               {"AT TERM'S END", Table::kRight},
               {"NOW"}});
  const auto mbps = [](const JsonValue& value) {
    return value.exists() ? count_of(value) : std::string("-");
  };
  for (const JsonValue& each : instances) {
    const JsonValue decision = each["decision"];
    const bool saturated = each["saturated"].boolean().value_or(false);
    const bool hold = text_of(decision["action"]) == "hold";
    const std::string why = text_of(decision["reason"]);
    std::string now = hold ? why : text_of(decision["action"]) + ": " + why;
    if (saturated) now.insert(0, "SATURATED, ");
    const bool unlimited = each["unlimited"].boolean().value_or(false);
    table.row({text_of(each["instance_id"]), text_of(each["name"]), or_dash(each["policy"]),
               unlimited ? "unlimited" : mbps(each["cap_mbps"]), mbps(each["egress_mbps"]),
               mbps(decision["target_mbps"]), mbps(each["scheduled_cap_mbps"]), now},
              saturated ? Table::kBad
              : hold    ? (why == "at-target" ? Table::kPlain : Table::kHeld)
                        : Table::kUp);
  }
  return table.empty() ? "" : table.text(colour);
}

int run_status(const StatusCommand& command) {
  return ask_daemon(command.config, [&](DaemonClient& daemon) -> Status {
    const Result<std::string> body = daemon.get("/api/v1/status");
    if (!body) return body.error();
    if (command.json) {
      std::printf("%s", body->c_str());
      return ok();
    }
    const bool colour = stdout_wants_colour();
    const Result<JsonDocument> status = JsonDocument::parse(*body);
    const Result<JsonDocument> plan = ask_json(daemon, "/api/v1/plan");
    if (!plan) return plan.error();
    if (!status) return Error{ErrorKind::kRefused, "the daemon's answer is not JSON", "", ""};
    std::string text = status_text(status->root(), plan->root(), colour);
    if (command.instances) {
      const Result<Rows> rows =
          all_rows(daemon, "/api/v1/instances", {}, "instances", kMostInstances);
      if (!rows) return rows.error();
      text += "\n" + instances_text(rows->rows, colour);
    }
    std::fputs(text.c_str(), stdout);
    return ok();
  });
}

}  // namespace penstock
