// What people have said by now, as the loop heeds and records it: pauses, overrides, approvals.
#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "daemon/log.h"
#include "daemon/loop.h"

namespace penstock {
namespace {

std::string_view kind_of(const Instruction& standing) {
  switch (standing.kind) {
    case Instruction::Kind::kPin:
      return "override";
    case Instruction::Kind::kApproval:
      return "approval";
    case Instruction::Kind::kPause:
    case Instruction::Kind::kResume:
      return "pause";
  }
  return "pause";
}

std::string said_of(const Instruction& standing) {
  std::string out;
  if (standing.kind == Instruction::Kind::kApproval) out = " up to " + format(standing.up_to);
  if (standing.kind == Instruction::Kind::kPin) out = " at " + format(standing.cap);
  // A file that somebody touched names nobody.
  if (!standing.by.empty()) out += " by " + standing.by;
  return out + (standing.reason.empty() ? "" : ": " + standing.reason);
}

}  // namespace

void Loop::heed_instructions(Outlook& outlook, TimePoint now) {
  if (!options_.order) {  // a pass beside the daemon takes nothing from it
    standing_ = parts_.pauses.read(now);
    outlook.heed(standing_);
    return;
  }
  std::vector<Instruction> expired;
  standing_ = parts_.pauses.sweep(now, expired);
  for (const Instruction& ended : expired) {
    const bool approval = ended.kind == Instruction::Kind::kApproval;
    book_.note(approval ? "approval-ended" : "pause-ended", ended.name, ended.file_name(), now);
  }
  std::vector<std::string> names;
  for (const Instruction& each : standing_.instructions) {
    if (each.kind == Instruction::Kind::kResume) {
      // Taken once: were it left in place, it would close every breaker to come.
      const Result<bool> lifted = parts_.pauses.lift(each);
      if (lifted && *lifted) resume(each, now);
      continue;
    }
    const bool approval = each.kind == Instruction::Kind::kApproval;
    if (approval && book_.approval_used(each.identity())) {
      static_cast<void>(parts_.pauses.lift(each));
      continue;
    }
    // A second approval of the same instance is news, though its file has the same name.
    names.push_back(approval ? each.identity() : each.file_name());
    if (std::ranges::find(standing_names_, names.back()) != standing_names_.end()) continue;
    const std::string kind(kind_of(each));
    book_.note(kind, each.name, names.back() + said_of(each), now);
    log_info(kind, {{"what", names.back()}, {"reason", each.reason}, {"by", each.by}});
  }
  for (const std::string& before : standing_names_) {
    if (std::ranges::find(names, before) != names.end()) continue;
    if (before.starts_with("approve@")) continue;  // its use or its expiry has been told
    book_.note("resume", "", before, now);
    log_info("resume", {{"what", before}});
  }
  standing_names_ = std::move(names);
  outlook.heed(standing_);
}

void Loop::resume(const Instruction& instruction, TimePoint now) {
  const bool all = instruction.scope == Scope::kFleet;
  // Rights may have been given back; and who settles an order had better read it first.
  for (const auto& [account, state] : fleet_.accounts()) {
    if (all || instruction.account.empty() || account == instruction.account) {
      parts_.cloud.retry_denied(account);
    }
  }
  if (instruction.scope == Scope::kInstance) {
    for (Tracked& tracked : fleet_.all()) {
      if (instruction.concerns(tracked.key())) settle_.resume(tracked, in_force_->limits, now);
    }
  } else {
    fleet_.accept_shrinking(instruction.account);
    for (const auto& [account, state] : fleet_.accounts()) {
      if (all || account == instruction.account) book_.reset_breaker(account);
    }
    listed_at_.reset();  // a doubted list is looked at again at once
  }
  book_.note("resume", instruction.name, instruction.file_name() + said_of(instruction), now);
  log_info(
      "resume",
      {{"what", instruction.file_name()}, {"reason", instruction.reason}, {"by", instruction.by}});
}

}  // namespace penstock
