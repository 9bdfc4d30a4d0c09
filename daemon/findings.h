// Findings: what `penstock doctor` has to say, one judgement each.
//
//   std::vector<Finding> found = judge_units("prometheus", pairs);
//   std::fputs(findings_text(found, colour).c_str(), stdout);
//
// A finding that is wrong says how to mend it. Pure functions over what was measured, so that every
// judgement can be tested without a world that has the fault.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "daemon/cloud.h"
#include "daemon/snapshot.h"
#include "metrics/units.h"

namespace penstock {

struct Finding {
  enum Level { kFine, kNote, kWrong };
  Level level = kFine;
  std::string about;  ///< "account main", "source prometheus", "state folder"
  std::string text;
  std::string mend;  ///< "" when there is nothing to mend
};

Finding judge_clock(const std::string& account, const std::optional<Duration>& skew);
/// `modify` and `cancel` cannot be tried without changing something.
std::vector<Finding> judge_rights(const std::string& account, const Rights& rights);

/// One instance's egress as the source says and as the provider bills it, over about one time.
struct Compared {
  std::string instance;
  double source_mbps = 0, provider_mbps = 0;
  Mbps cap{};  ///< 0 = unlimited
};
/// Units that are off by 8, 1,000 or 1,024, and private traffic counted in.
std::vector<Finding> judge_units(const std::string& source, const std::vector<Compared>& pairs);

/// `asked`: some policy that owns instances reads it; of the others nothing is expected.
std::vector<Finding> judge_source(const SourceView& source, bool asked = true);
bool is_asked(const Snapshot& snapshot, const std::string& source);
/// Policies that own nothing, and instances that no policy owns.
std::vector<Finding> judge_matches(const Snapshot& snapshot);
/// Somebody else sets the sizes, as a Terraform run that puts them back does. Only what the daemon
/// found before `began` counts: a pass of one's own may take the daemon's order for somebody
/// else's.
std::vector<Finding> judge_drift(const Snapshot& snapshot, TimePoint began);

/// Anything wrong?
bool healthy(const std::vector<Finding>& findings);
std::string findings_text(const std::vector<Finding>& findings, bool colour);
std::string findings_json(const std::vector<Finding>& findings);

}  // namespace penstock
