// Explain: a decision and its trace as the text that a person reads.
//
//   Trace trace;
//   Decision decision = decide(policy, situation, now, &trace);
//   std::fputs(explain(policy, situation, decision, trace, now).c_str(), stdout);
//
// What the traffic said, what each rule wanted, what each guard answered, what it costs and when
// it may change by itself; the same sentences as in log and journal. Pure; any thread.
#pragma once

#include <string>

#include "policies/decide.h"

namespace penstock {

/// Several lines, the last one ended; safe for a terminal whatever names are in it.
std::string explain(const Policy& policy, const Situation& situation, const Decision& decision,
                    const Trace& trace, TimePoint now);

/// The same for an instance that no policy decides about.
std::string explain(const Decision& decision, const InstanceKey& instance);

/// "scheduled: a downgrade to 80 Mbps, replaced 1 time"; what is known of a change.
std::string describe(const ChangeState& change);

}  // namespace penstock
