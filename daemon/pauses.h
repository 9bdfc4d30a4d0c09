// Pauses: what a person told the daemon to leave alone, as one small file each.
//
//   Pauses pauses("/var/lib/penstock");
//   pauses.give({.kind = Instruction::Kind::kPause, .scope = Scope::kFleet, .reason = "invoice"});
//   Standing standing = pauses.read(now);
//   if (standing.fleet_paused()) ...
//
// Files in the state folder's `control`: pause-all, pause-policy@NAME, pause-instance@ACCOUNT@ID,
// pin@ACCOUNT@ID, approve@ACCOUNT@ID, resume-all, resume-account@NAME, resume-instance@ACCOUNT@ID;
// names are percent-encoded and an empty account means any. Works without the daemon, which reads
// the folder before every order: `touch control/pause-all` is enough. Whatever cannot be read
// counts as a pause of the fleet; an approval that lacks its amount, its end or its date is none.
// Each file appears and goes in one step, so any process may write.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "metrics/units.h"
#include "policies/instance.h"
#include "policies/result.h"

namespace penstock {

enum class Scope { kFleet, kAccount, kPolicy, kInstance };

struct Instruction {
  enum class Kind {
    kPause,
    kPin,       ///< `override`: instances only; keep this cap until then
    kApproval,  ///< `approve`: one dear order of an instance may go, for at most `up_to`
    kResume,  ///< once: closes breakers, ends drift holds, doubts and alarms; the daemon removes it
  };
  Kind kind = Kind::kPause;
  Scope scope = Scope::kFleet;
  std::string account;             ///< accounts and instances; an instance's may be empty = any
  std::string name;                ///< of a policy, or an instance's id
  std::optional<TimePoint> until;  ///< nullopt = for good
  Mbps cap{};                      ///< pins
  Money up_to;                     ///< approvals
  std::string reason;
  std::string by;  ///< who, as far as is known
  TimePoint at{};

  /// The name of its file, which tells instructions apart.
  std::string file_name() const;
  /// Tells one approval from an earlier one of the same name: what an order has used up.
  std::string identity() const;
  bool concerns(const InstanceKey& key) const;
};

/// What holds at one time; expired instructions are left out.
struct Standing {
  std::vector<Instruction> instructions;
  std::string unreadable;  ///< why the folder could not be read; then everything is paused

  bool fleet_paused() const { return pause_of_fleet() != nullptr || !unreadable.empty(); }
  const Instruction* pause_of_fleet() const;
  const Instruction* pause_of_policy(std::string_view name) const;
  const Instruction* pause_of(const InstanceKey& key) const;
  const Instruction* pin_of(const InstanceKey& key) const;
  const Instruction* approval_of(const InstanceKey& key) const;
};

class Pauses {
 public:
  explicit Pauses(const std::string& state_folder) : folder_(state_folder + "/control") {}
  /// Makes the folder, open to the daemon's group, whose members may so pause without root.
  Status prepare() const;
  Status give(const Instruction& instruction) const;
  /// Takes one back; false when it did not stand.
  Result<bool> lift(const Instruction& instruction) const;
  Standing read(TimePoint now) const;
  /// The same, but removes what has expired and adds it to `ended`, so that its end can be
  /// recorded.
  Standing sweep(TimePoint now, std::vector<Instruction>& ended) const;

 private:
  std::string folder_;
};

}  // namespace penstock
