#include "daemon/report_command.h"

#include <cstdio>
#include <map>

#include "daemon/ask.h"
#include "daemon/memory.h"
#include "daemon/report.h"
#include "daemon/table.h"

namespace penstock {
namespace {

constexpr std::size_t kMostOrders = 1'000'000;
constexpr std::size_t kMostInstances = 100'000;

}  // namespace

int run_report(const ReportOptions& options, TimePoint now) {
  return ask_daemon(options.config, [&](DaemonClient& daemon) -> Status {
    const std::string month = options.month.empty() ? format(now).substr(0, 7) : options.month;
    const auto span = month_span(month);
    if (!span) {
      return Error{ErrorKind::kInvalid, "--month must be a month such as 2026-01", "", ""};
    }
    const Query query{{"from", format(span->first)}, {"to", format(span->second)}};
    const Result<Rows> orders = all_rows(daemon, "/api/v1/orders", query, "orders", kMostOrders);
    if (!orders) return orders.error();
    const Result<Rows> instances =
        all_rows(daemon, "/api/v1/instances", {}, "instances", kMostInstances);
    if (!instances) return instances.error();
    const Result<Rows> events = all_rows(daemon, "/api/v1/events", query, "events", kMostOrders);
    if (!events) return events.error();
    std::map<std::int64_t, std::string> approvers;
    for (const JsonValue& event : events->rows) {
      if (event["kind"].string() != kApprovalUsed) continue;
      if (const auto by = approver_of(event["text"].string().value_or(""))) approvers.insert(*by);
    }
    const MonthReport report = month_report(month, orders->rows, instances->rows, approvers);
    const std::string text = options.json  ? report_json(report) + "\n"
                             : options.csv ? report_csv(report)
                                           : report_text(report, stdout_wants_colour());
    std::fputs(text.c_str(), stdout);
    return ok();
  });
}

}  // namespace penstock
