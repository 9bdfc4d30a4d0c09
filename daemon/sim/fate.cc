#include "daemon/sim/fate.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <system_error>
#include <utility>

namespace penstock {
namespace {

/// What the provider's front can do wrong by itself.
std::optional<FaultKind> front_fault(Trouble trouble) {
  switch (trouble) {
    case Trouble::kLostRequest:
      return FaultKind::kLostRequest;
    case Trouble::kLostAnswer:
      return FaultKind::kLostAnswer;
    case Trouble::kRateLimit:
      return FaultKind::kRateLimit;
    case Trouble::kServerError:
      return FaultKind::kServerError;
    case Trouble::kHtml:
      return FaultKind::kHtml;
    case Trouble::kChallenge:
      return FaultKind::kChallenge;
    case Trouble::kTruncated:
      return FaultKind::kTruncated;
    case Trouble::kWrongTypes:
      return FaultKind::kNumbersAsStrings;
    case Trouble::kUnknownWords:
      return FaultKind::kUnknownWords;
    case Trouble::kDenied:
      return FaultKind::kDenied;
    case Trouble::kSlowProcessing:
      return FaultKind::kSlowProcessing;
    case Trouble::kChangeFails:
      return FaultKind::kChangeFails;
    case Trouble::kDowngradeVanishes:
      return FaultKind::kDowngradeVanishes;
    case Trouble::kShortBalance:
      return FaultKind::kShortBalance;
    case Trouble::kOverdue:
      return FaultKind::kOverdue;
    case Trouble::kPartialList:
      return FaultKind::kPartialList;
    default:
      return std::nullopt;
  }
}

Duration clock_step(const PlannedFault& fault) {
  constexpr std::array<Duration, 8> kSteps{-30s, 90s, -10min, 10min, -2h, 3h, -26h, 40h};
  const std::size_t which = static_cast<std::size_t>(fault.size) % (kSteps.size() + 1);
  // Seldom a wrong month.
  return which < kSteps.size() ? kSteps.at(which) : Duration{24h * 35};
}

bool of_customers(Trouble trouble) {
  return trouble == Trouble::kSurge || trouble == Trouble::kCalm;
}

}  // namespace

Fate::Fate(Scenario& scenario, std::vector<PlannedFault> plan, FateParts parts)
    : scenario_(scenario), plan_(std::move(plan)), parts_(std::move(parts)) {}

std::optional<TimePoint> Fate::next(TimePoint now) const {
  std::optional<TimePoint> next;
  const auto consider = [&](TimePoint at) {
    if (at > now) next = std::min(next.value_or(at), at);
  };
  if (begun_ < plan_.size()) consider(scenario_.origin + plan_[begun_].at);
  for (const PlannedFault& fault : active_) {
    consider(scenario_.origin + fault.at + fault.lasting);
  }
  return next;
}

std::vector<std::string> Fate::turn(TimePoint now) {
  std::vector<std::string> events;
  std::vector<PlannedFault> over;
  for (const PlannedFault& fault : active_) {
    if (scenario_.origin + fault.at + fault.lasting <= now) over.push_back(fault);
  }
  for (const PlannedFault& fault : over) {
    std::erase_if(active_, [&](const PlannedFault& each) { return each.index == fault.index; });
    apply();
    end(fault);
    events.push_back("over: " + describe(fault));
  }
  while (begun_ < plan_.size() && scenario_.origin + plan_[begun_].at <= now) {
    const PlannedFault& fault = plan_[begun_++];
    if (fault.lasting > Duration{}) active_.push_back(fault);
    apply();
    begin(fault);
    events.push_back("fault: " + describe(fault));
  }
  return events;
}

std::string Fate::instance_of(const PlannedFault& fault) const {
  return scenario_.fleet[fault.seed % scenario_.fleet.size()].id;
}

void Fate::begin(const PlannedFault& fault) {
  switch (fault.trouble) {
    case Trouble::kKill:
      end_ = End::kKill;
      break;
    case Trouble::kPowerCut:
      power_ = Random(fault.seed);
      end_ = End::kPowerCut;
      break;
    case Trouble::kKillAtStep:
      steps_left_ = fault.size % 60 + 1;
      break;
    case Trouble::kPowerCutInWrite:
      power_ = Random(fault.seed);
      disk_steps_left_ = fault.size % 200 + 1;
      apply_to_disk();
      break;
    case Trouble::kCounterReset:
      parts_.samples.reset_counters(parts_.clock.truth());
      break;
    case Trouble::kPauseFleet:
      paused_ = Pauses(parts_.folder + "/state")
                    .give({.kind = Instruction::Kind::kPause,
                           .scope = Scope::kFleet,
                           .account = {},
                           .name = {},
                           .until = {},
                           .reason = "simulated"})
                    .has_value();
      break;
    case Trouble::kBadSector:
      parts_.disk.damage(SimDaemon::kJournal, fault.size % 20);
      break;
    case Trouble::kReloadGood:
      change_a_policy(fault);
      break;
    case Trouble::kReloadBad:
      broken_policies_ = true;
      write_policies();
      reload(false);
      break;
    default:
      if (const SimInstance* it = parts_.front.cloud().instance(instance_of(fault))) {
        act_on_instance(fault, SimInstance(*it));
      }
      break;
  }
}

void Fate::act_on_instance(const PlannedFault& fault, const SimInstance& it) {
  SimCloud& cloud = parts_.front.cloud();
  const TimePoint now = parts_.clock.truth();
  const double cap = std::max(static_cast<double>(it.cap.count()), 20.0);
  switch (fault.trouble) {
    case Trouble::kStopped:
      if (it.status == "RUNNING") cloud.console_status(it.id, "STOPPED", now);
      break;
    case Trouble::kGone:
      cloud.vanish(it.id, now);
      break;
    case Trouble::kTypeChanged:
      cloud.console_type(it.id, it.product == Product::kBmc ? "S9I" : "z2a.cpu.4", now);
      meddled_.push_back(it.id);
      break;
    case Trouble::kConsoleChange: {
      // An odd size, so that nobody takes it for one of the daemon's.
      const std::int64_t size = std::max<std::int64_t>(it.cap.count() / 2, 20) + fault.size % 97;
      cloud.console_modify(it.id, Mbps{size * 2 + 1}, now);
      meddled_.push_back(it.id);
      break;
    }
    case Trouble::kNotRenewed:
      cloud.console_auto_renew(it.id, false, now);
      break;
    case Trouble::kSurge:
      cloud.set_demand(it.id, cap * (1.1 + static_cast<double>(fault.size % 50) / 10), now);
      break;
    case Trouble::kCalm:
      cloud.set_demand(it.id, cap * 0.05, now);
      break;
    default:
      break;
  }
}

void Fate::end(const PlannedFault& fault) {
  SimCloud& cloud = parts_.front.cloud();
  const TimePoint now = parts_.clock.truth();
  switch (fault.trouble) {
    case Trouble::kStopped:
      if (const SimInstance* it = cloud.instance(instance_of(fault));
          it != nullptr && it->status == "STOPPED") {
        cloud.console_status(it->id, "RUNNING", now);
      }
      break;
    case Trouble::kSurge:
    case Trouble::kCalm:
      cloud.set_demand(instance_of(fault), std::nullopt, now);
      break;
    case Trouble::kPauseFleet:
      static_cast<void>(Pauses(parts_.folder + "/state")
                            .lift({.kind = Instruction::Kind::kPause, .scope = Scope::kFleet}));
      paused_ = false;
      break;
    case Trouble::kBadSector:
      parts_.disk.heal();
      break;
    case Trouble::kReloadBad:
      broken_policies_ = false;
      write_policies();
      reload(true);
      break;
    default:
      break;
  }
}

// ---- What holds while faults are on ----

void Fate::apply() {
  Faults& front = parts_.front.faults();
  front.clear();
  SampleFaults samples;
  NetworkFaults network;
  SimConditions conditions;
  Duration skew{};
  for (const PlannedFault& fault : active_) {
    if (const auto kind = front_fault(fault.trouble)) {
      const bool list = *kind == FaultKind::kPartialList;
      front.add({.kind = *kind,
                 .count = {},
                 .share = list ? 1 : fault.share,
                 .until = {},
                 .action = list ? "DescribeInstances" : "",
                 .instance = {},
                 .delay = Duration{(fault.size % 5400) * 1000},
                 .status = fault.size % 2 == 0 ? 503 : 500,
                 .part = 0.05 + static_cast<double>(fault.size % 50) / 100});
    }
    conditions.overdue |= fault.trouble == Trouble::kOverdue;
    conditions.short_balance |= fault.trouble == Trouble::kShortBalance;
    conditions.downgrades_vanish |= fault.trouble == Trouble::kDowngradeVanishes;
    if (fault.trouble == Trouble::kTimeOut) network.time_out = fault.share;
    if (fault.trouble == Trouble::kHostileJson) network.hostile_json = fault.share;
    if (fault.trouble == Trouble::kSlowAnswers) network.slow = Duration{fault.size % 9000};
    if (fault.trouble == Trouble::kClockStep) skew += clock_step(fault);
    samples.down |= fault.trouble == Trouble::kSamplesDown;
    samples.garbage |= fault.trouble == Trouble::kSamplesGarbage;
    samples.nan |= fault.trouble == Trouble::kSamplesNan;
    samples.twice |= fault.trouble == Trouble::kSamplesTwice;
    if (fault.trouble == Trouble::kSamplesLate)
      samples.late = 1min + Duration{fault.size % 900'000};
    if (fault.trouble == Trouble::kSamplesMissing) {
      samples.missing = 0.1 + static_cast<double>(fault.size % 90) / 100;
      samples.salt = fault.seed;
    }
  }
  parts_.samples.faults = samples;
  parts_.network.faults = network;
  parts_.clock.set_skew(skew);
  parts_.front.cloud().set_conditions(conditions, parts_.clock.truth());
  apply_to_disk();
}

void Fate::apply_to_disk() {
  bool full = false;
  bool read_only = false;
  for (const PlannedFault& fault : active_) {
    full |= fault.trouble == Trouble::kDiskFull;
    read_only |= fault.trouble == Trouble::kDiskReadOnly;
  }
  parts_.disk.fault = [this, full, read_only](DiskOp op, const std::string& /*name*/) {
    const bool writes = op == DiskOp::kWrite || op == DiskOp::kTruncate || op == DiskOp::kRemove;
    if (disk_steps_left_ && (writes || op == DiskOp::kSync) && --*disk_steps_left_ <= 0) {
      disk_steps_left_.reset();
      end_ = End::kPowerCut;
      parts_.disk.halt();
      return SimDisk::Answer::kIoError;
    }
    if (full && op == DiskOp::kWrite) return SimDisk::Answer::kFull;
    return read_only && writes ? SimDisk::Answer::kReadOnly : SimDisk::Answer::kOk;
  };
}

// ---- The process ----

Fate::End Fate::take_end() {
  return std::exchange(end_, End::kNone);
}

void Fate::step() {
  if (steps_left_ && --*steps_left_ <= 0) {
    steps_left_.reset();
    end_ = End::kKill;
  }
  if (end_ != End::kNone) throw SimCrash{};
}

void Fate::process_ended(End how) {
  if (how == End::kPowerCut) parts_.disk.power_cut(power_);
  parts_.disk.resume();
}

bool Fate::trouble() const {
  if (steps_left_ || disk_steps_left_) return true;
  return std::ranges::any_of(
      active_, [](const PlannedFault& fault) { return !of_customers(fault.trouble); });
}

std::vector<std::string> Fate::take_meddled() {
  return std::exchange(meddled_, {});
}

std::optional<std::string> Fate::take_surprise() {
  return std::exchange(surprise_, std::nullopt);
}

// ---- The operator's files ----

void Fate::write_policies() const {
  const std::string file = parts_.folder + "/policies.d/policies.toml";
  if (scenario_.policies.empty() &&
      !broken_policies_) {  // the operator's own are given as they are
    std::error_code none;
    std::filesystem::remove(file, none);
    return;
  }
  std::ofstream out(file);
  out << policies_text(scenario_.policies);
  if (broken_policies_) out << "[[policy]]\nname = \"broken\nbounds = 7\n";
}

void Fate::reload(bool good) {
  if (!parts_.daemon.up()) return;
  const std::string refusal = parts_.daemon.reload();
  if (refusal.empty() == good) return;
  surprise_ = good ? "good policies were refused: " + refusal : "broken policies were taken";
}

void Fate::change_a_policy(const PlannedFault& fault) {
  if (!scenario_.policies.empty()) {
    DrawnPolicy& policy = scenario_.policies[fault.seed % scenario_.policies.size()];
    switch (fault.size % 6) {
      case 0:
        policy.max = std::max<std::int64_t>(policy.min * 2, policy.max * 3 / 2);
        break;
      case 1:
        policy.max = std::max<std::int64_t>(policy.min * 2, policy.max * 2 / 3);
        break;
      case 2:
        policy.name += "x";  // a new name must not refill a budget
        break;
      case 3:
        if (policy.per_month) policy.per_month = *policy.per_month * 3 / 4 + 1;
        break;
      case 4:
        policy.enforce = !policy.enforce;
        break;
      default:
        policy.step = policy.step == 1 ? 5 : 1;
        break;
    }
  }
  write_policies();
  reload(!broken_policies_);
}

}  // namespace penstock
