#include "daemon/report.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>

#include "daemon/ask.h"
#include "daemon/log.h"
#include "daemon/table.h"
#include "policies/billing.h"

namespace penstock {
namespace {

std::string text(const JsonValue& row, std::string_view key) {
  return std::string(row[key].string().value_or(""));
}

Mbps mbps(const JsonValue& row, std::string_view key) {
  return Mbps{row[key].integer().value_or(0)};
}

std::optional<Money> money(const JsonValue& row, std::string_view key) {
  const auto amount = row[key].decimal();
  return amount ? parse_money_amount(*amount) : std::nullopt;
}

ReportLine line_of(const JsonValue& order) {
  ReportLine line;
  line.id = order["id"].integer().value_or(0);
  line.at = parse_time(text(order, "planned_at")).value_or(TimePoint{});
  line.account = text(order, "account");
  line.instance = text(order, "instance_id");
  line.policy = text(order, "policy");
  line.kind = text(order, "kind");
  line.state = text(order, "state");
  line.order_number = text(order, "order_number");
  line.why = text(order, "why");
  line.who = text(order, "reason") == "override" ? "operator" : "policy";
  line.from = mbps(order, "from_mbps");
  line.to = mbps(order, "to_mbps");
  line.quoted = money(order, "reserved_month").value_or(Money{});
  line.charged = money(order, "charged");
  const bool nothing = line.state == "rejected" || line.state == "settled" ||
                       line.state == "cancelled" || line.state == "planned";
  line.counts = !nothing;
  return line;
}

void describe(ReportLine& line, const JsonValue& instance) {
  line.name = text(instance, "name");
  line.zone = text(instance, "zone");
  line.resource_group = text(instance, "resource_group");
  for (const auto& [key, value] : instance["tags"].members()) {
    line.tags.emplace(key, std::string(value.string().value_or("")));
  }
}

Money cost(const ReportLine& line) {
  return line.charged.value_or(line.quoted);
}

void add_sums(MonthReport& report) {
  for (const ReportLine& line : report.lines) {
    if (!line.counts) continue;
    const auto add = [&](const std::string& by, const std::string& value) {
      ReportSum& sum = report.sums[by][value.empty() ? "-" : value];
      ++sum.orders;
      sum.money += cost(line);
    };
    add("policy", line.policy);
    add("zone", line.zone);
    add("resource group", line.resource_group);
    for (const auto& [key, value] : line.tags) add("tag " + key, value);
    ++report.total.orders;
    report.total.money += cost(line);
  }
}

/// What the next term costs at the size that it will begin with, and at the month's largest.
void add_renewal(MonthReport& report, const JsonValue& instance) {
  if (text(instance, "policy").empty() || instance["gone"].boolean().value_or(false)) return;
  const std::optional<Money> price = money(instance, "month_price");
  const Mbps cap = mbps(instance, "cap_mbps");
  if (!price || cap <= Mbps{0}) {
    ++report.unpriced;
    return;
  }
  const Mbps included = mbps(instance, "included_mbps");
  const Mbps next =
      instance["scheduled_cap_mbps"].exists() ? mbps(instance, "scheduled_cap_mbps") : cap;
  Mbps largest = std::max(cap, next);
  for (const ReportLine& line : report.lines) {
    const bool its =
        line.instance == text(instance, "instance_id") && line.account == text(instance, "account");
    if (its && line.counts) largest = std::max({largest, line.from, line.to});
  }
  ++report.priced;
  report.renewal += scaled_month_price(*price, cap, next, included);
  report.baseline_renewal += scaled_month_price(*price, cap, largest, included);
}

/// What begins like a formula is one to a spreadsheet, in full-width letters as well, and names
/// come from outside. A number is a number.
bool looks_like_formula(std::string_view cell) {
  if (cell.find_first_not_of("-0123456789.") == std::string_view::npos) return false;
  return std::ranges::any_of(
      std::array<std::string_view, 8>{"=", "+", "-", "@", "\xef\xbc\x9d", "\xef\xbc\x8b",
                                      "\xef\xbc\x8d", "\xef\xbc\xa0"},
      [&](std::string_view sign) { return cell.starts_with(sign); });
}

std::string csv_cell(const std::string& text) {
  // Printable: a file is looked at in a terminal, too, and a row stays a line.
  std::string cell = printable(text, 1024);
  if (looks_like_formula(cell)) cell.insert(0, 1, '\'');
  // Semicolons part cells where commas are decimal points.
  if (cell.find_first_of(",;\"") == std::string::npos) return cell;
  std::string out = "\"";
  for (const char c : cell) out += c == '"' ? "\"\"" : std::string(1, c);
  return out + "\"";
}

/// For a column that says what currency it is in.
std::string column(Money amount) {
  const std::string text = format(amount);
  return text.substr(0, text.find(' '));
}

}  // namespace

std::optional<std::pair<std::int64_t, std::string>> approver_of(std::string_view text) {
  constexpr std::string_view kOrder = " order ", kBy = " by ";
  const std::size_t order = text.find(kOrder);
  const std::size_t by = text.find(kBy, order);
  if (!text.starts_with("approve@") || order == text.npos || by == text.npos) return std::nullopt;
  std::int64_t id = 0;
  const char* digits = text.data() + order + kOrder.size();
  if (std::from_chars(digits, text.data() + text.size(), id).ec != std::errc{}) return std::nullopt;
  const std::string_view who = text.substr(by + kBy.size());
  return std::pair(id, std::string(who.substr(0, who.find(": "))));
}

std::optional<std::pair<TimePoint, TimePoint>> month_span(std::string_view month) {
  if (month.size() != 7 || month[4] != '-') return std::nullopt;
  int year = 0;
  unsigned number = 0;
  for (std::size_t i = 0; i < month.size(); ++i) {
    if (i == 4) continue;
    if (month[i] < '0' || month[i] > '9') return std::nullopt;
    const auto digit = static_cast<unsigned>(month[i] - '0');
    if (i < 4) year = year * 10 + static_cast<int>(digit);
    if (i > 4) number = number * 10 + digit;
  }
  const std::chrono::year_month first{std::chrono::year{year}, std::chrono::month{number}};
  if (!first.ok() || year < 2000) return std::nullopt;
  const auto next = first + std::chrono::months{1};
  return std::pair{TimePoint{std::chrono::sys_days{first / 1}},
                   TimePoint{std::chrono::sys_days{next / 1}}};
}

MonthReport month_report(const std::string& month, const std::vector<JsonValue>& orders,
                         const std::vector<JsonValue>& instances,
                         const std::map<std::int64_t, std::string>& approvers) {
  MonthReport report;
  report.month = month;
  std::map<std::pair<std::string, std::string>, JsonValue> known;
  for (const JsonValue& each : instances) {
    known.emplace(std::pair{text(each, "account"), text(each, "instance_id")}, each);
  }
  for (const JsonValue& order : orders) {
    ReportLine line = line_of(order);
    if (const auto by = approvers.find(line.id); by != approvers.end()) line.who = by->second;
    const auto found = known.find({line.account, line.instance});
    if (found != known.end()) describe(line, found->second);
    report.lines.push_back(std::move(line));
  }
  std::ranges::reverse(report.lines);
  add_sums(report);
  for (const JsonValue& each : instances) add_renewal(report, each);
  return report;
}

std::string report_text(const MonthReport& report, bool colour) {
  Table orders({{"DATE"},
                {"INSTANCE"},
                {"NAME", Table::kLeft, Table::kName},
                {"KIND"},
                {"MBPS"},
                {"STATE"},
                {"QUOTED", Table::kRight},
                {"CHARGED", Table::kRight},
                {"ORDER NUMBER", Table::kLeft, Table::kName},
                {"BY"},
                {"WHY"}});
  for (const ReportLine& line : report.lines) {
    orders.row({format(line.at).substr(0, 16), line.instance, line.name, line.kind,
                std::to_string(line.from.count()) + " -> " + std::to_string(line.to.count()),
                line.state, column(line.quoted), line.charged ? column(*line.charged) : "-",
                line.order_number.empty() ? "-" : line.order_number,
                line.who == "policy" ? line.policy : line.who, line.why},
               line.counts ? Table::kPlain : Table::kHeld);
  }
  std::string out = "Orders of " + report.month + " (UTC), USD\n\n";
  out += orders.empty() ? "none\n" : orders.text(colour);
  Table sums({{"SUM BY"},
              {"VALUE", Table::kLeft, Table::kName},
              {"ORDERS", Table::kRight},
              {"USD", Table::kRight}});
  for (const auto& [by, values] : report.sums) {
    for (const auto& [value, sum] : values) {
      sums.row({by, value, std::to_string(sum.orders), column(sum.money)});
    }
  }
  sums.row({"all", "", std::to_string(report.total.orders), column(report.total.money)});
  out += "\n" + sums.text(colour);
  out += "\nThe next month of " + std::to_string(report.priced) + " instances costs " +
         format(report.renewal) + ". Had each been kept at the largest size it was given in " +
         report.month + ": " + format(report.baseline_renewal) + "; saved " +
         format(Money(report.baseline_renewal - report.renewal)) + ".\n";
  if (report.unpriced > 0) {
    out += std::to_string(report.unpriced) +
           " instances are in neither figure: no tariff and no quote gives their price.\n";
  }
  return out;
}

std::string report_csv(const MonthReport& report) {
  std::string out =
      "id,planned_at,account,instance_id,name,zone,resource_group,policy,kind,from_mbps,to_mbps,"
      "state,order_number,quoted,charged,currency,counts,who,why\n";
  for (const ReportLine& line : report.lines) {
    const std::vector<std::string> cells{std::to_string(line.id),
                                         format(line.at),
                                         line.account,
                                         line.instance,
                                         line.name,
                                         line.zone,
                                         line.resource_group,
                                         line.policy,
                                         line.kind,
                                         std::to_string(line.from.count()),
                                         std::to_string(line.to.count()),
                                         line.state,
                                         line.order_number,
                                         format_amount(line.quoted),
                                         line.charged ? format_amount(*line.charged) : "",
                                         std::string(kCurrency),
                                         line.counts ? "yes" : "no",
                                         line.who,
                                         line.why};
    std::string row;
    for (const std::string& cell : cells) row += (row.empty() ? "" : ",") + csv_cell(cell);
    out += row + "\n";
  }
  return out;
}

std::string report_json(const MonthReport& report) {
  JsonWriter out;
  const auto amount = [&](const char* key, const std::optional<Money>& value) {
    out.key(key);
    value ? out.string(format_amount(*value)) : out.null();
  };
  out.begin_object().key("month").string(report.month).key("currency").string(kCurrency);
  out.key("orders").begin_array();
  for (const ReportLine& line : report.lines) {
    out.begin_object().key("id").integer(line.id).key("planned_at").string(format(line.at));
    out.key("account").string(line.account).key("instance_id").string(line.instance);
    out.key("name").string(line.name).key("zone").string(line.zone);
    out.key("resource_group").string(line.resource_group).key("policy").string(line.policy);
    out.key("kind").string(line.kind).key("from_mbps").integer(line.from.count());
    out.key("to_mbps").integer(line.to.count()).key("state").string(line.state);
    out.key("order_number").string(line.order_number);
    amount("quoted", line.quoted);
    amount("charged", line.charged);
    out.key("counts").boolean(line.counts).key("who").string(line.who);
    out.key("why").string(line.why).end_object();
  }
  out.end_array().key("sums").begin_object();
  for (const auto& [by, values] : report.sums) {
    out.key(by).begin_object();
    for (const auto& [value, sum] : values) {
      out.key(value).begin_object().key("orders").integer(static_cast<std::int64_t>(sum.orders));
      amount("money", sum.money);
      out.end_object();
    }
    out.end_object();
  }
  out.end_object().key("total").begin_object();
  out.key("orders").integer(static_cast<std::int64_t>(report.total.orders));
  amount("money", report.total.money);
  out.end_object();
  out.key("baseline").string("each instance kept at the largest size it was given in the month");
  amount("next_month", report.renewal);
  amount("next_month_baseline", report.baseline_renewal);
  amount("saved", Money(report.baseline_renewal - report.renewal));
  out.key("instances_priced").integer(static_cast<std::int64_t>(report.priced));
  out.key("instances_without_price").integer(static_cast<std::int64_t>(report.unpriced));
  return out.end_object().take();
}

}  // namespace penstock
