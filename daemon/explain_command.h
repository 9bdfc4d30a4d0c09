// `penstock explain INSTANCE`: how the decision about one instance comes about.
//
//   return run_explain({.config = "/etc/penstock/penstock.toml", .instance = "edge-1"}, clock);
//
// Asks the running daemon, which alone has the traffic. The text is a pure function of its answer.
#pragma once

#include <string>

#include "daemon/chart.h"
#include "daemon/clock.h"
#include "daemon/json.h"

namespace penstock {

struct ExplainCommand {
  std::string config;
  bool json = false;
  std::string instance;  ///< id or name
  std::string account;   ///< where several have it
};

int run_explain(const ExplainCommand& command, Clock& clock);

/// A heading, the samples as a chart, and the decision's own explanation.
std::string explain_text(const JsonValue& explanation, const ChartStyle& style);

}  // namespace penstock
