// Report: a month's orders and money for those who pay, with sums and what was saved.
//
//   MonthReport report = month_report("2026-01", orders, instances);
//   std::fputs(report_text(report, colour).c_str(), stdout);    // or report_csv, report_json
//
// Orders and instances are rows of the API's documents. Sums are kept in micro-USD. The baseline is
// stated with the figure: each instance kept, through the whole month, at the largest size that it
// was given in it, which is what sizing for the peak by hand would have bought. Pure.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "daemon/json.h"
#include "metrics/units.h"

namespace penstock {

struct ReportLine {
  std::int64_t id = 0;
  TimePoint at{};
  std::string account, instance, name, policy, kind, state, order_number, why;
  std::string who;  ///< "policy", "operator" of an override, or who approved it
  Mbps from, to;
  Money quoted;                  ///< reserved with the intent
  std::optional<Money> charged;  ///< by the provider's transactions
  std::string zone, resource_group;
  std::map<std::string, std::string> tags;
  bool counts = false;  ///< took effect, or may have: its money is in the sums
};

struct ReportSum {
  std::size_t orders = 0;
  Money money;
};

struct MonthReport {
  std::string month;                                             ///< "2026-01"
  std::vector<ReportLine> lines;                                 ///< oldest first
  std::map<std::string, std::map<std::string, ReportSum>> sums;  ///< by what, then its value
  ReportSum total;
  /// Where every instance's price of a month is known.
  Money renewal;           ///< of the next term, at the size that it will have
  Money baseline_renewal;  ///< … had each kept its largest size of this month
  std::size_t priced = 0;  ///< instances in these two sums
  std::size_t unpriced = 0;
};

/// Who approved which order, of an event that tells it; nullopt of any other text.
std::optional<std::pair<std::int64_t, std::string>> approver_of(std::string_view text);

/// First instant of the month "YYYY-MM", and of the one after; nullopt when it is none.
std::optional<std::pair<TimePoint, TimePoint>> month_span(std::string_view month);

MonthReport month_report(const std::string& month, const std::vector<JsonValue>& orders,
                         const std::vector<JsonValue>& instances,
                         const std::map<std::int64_t, std::string>& approvers = {});

std::string report_text(const MonthReport& report, bool colour);
std::string report_csv(const MonthReport& report);
std::string report_json(const MonthReport& report);

}  // namespace penstock
