// The plan: what would change now, for whom, when, at what price, and why.
//
//   std::string json = plan_json(*board.latest(), {});          // the API and `plan --json`
//   std::string text = plan_text(JsonDocument::parse(json)->root(), colour);
//
// One document serves the daemon's API and a pass of one's own, so both say the same. Pure.
#pragma once

#include <string>
#include <vector>

#include "daemon/json.h"
#include "daemon/snapshot.h"

namespace penstock {

/// `unknown`: what the maker of the plan could not know, one line each.
std::string plan_json(const Snapshot& snapshot, const std::vector<std::string>& unknown);

/// Whether the plan holds a change that an enforcing policy would order (`plan` then exits 2).
bool changes_due(const JsonValue& plan);

std::string plan_text(const JsonValue& plan, bool colour);

}  // namespace penstock
