// `penstock report --month 2026-01`: the month's orders and money, for those who pay.
//
//   return run_report({.config = "/etc/penstock/penstock.toml", .month = "2026-01"});
//
// Asks the running daemon for orders and instances; daemon/report.h makes the report of them.
#pragma once

#include <string>

#include "metrics/units.h"

namespace penstock {

struct ReportOptions {
  std::string config;
  bool json = false;
  bool csv = false;
  std::string month;  ///< "2026-01"; "" = the present one
};

int run_report(const ReportOptions& options, TimePoint now);

}  // namespace penstock
