#include "daemon/sim/watch.h"

#include <algorithm>

namespace penstock {
namespace {

constexpr Duration kSlot = 5min;
constexpr std::size_t kSlotsKept = std::size_t{8} * 288;
constexpr double kFull = 0.97;
constexpr Duration kGrowing = 30min;

}  // namespace

Watch::Watch(const Scenario& scenario, SimCloud& cloud)
    : cloud_(cloud), looked_at_(scenario.origin), slot_end_(scenario.origin + kSlot) {
  for (const SimInstance& it : scenario.fleet) {
    all_[it.id].role = role_of(it);
    all_[it.id].dark_since = scenario.origin;
  }
}

void Watch::look(const Look& look) {
  growing_ = false;
  for (auto& [id, watched] : all_) look_at(id, watched, look);
  while (slot_end_ <= look.now) {
    for (auto& [id, watched] : all_) close_slots(id, watched, look.now);
    slot_end_ += kSlot;
  }
  looked_at_ = look.now;
}

void Watch::look_at(const std::string& id, Watched& watched, const Look& look) {
  const SimInstance* it = cloud_.instance(id);
  if (it == nullptr) return;
  const auto policy = look.policy_of.find(watched.role);
  const bool asked = policy != look.policy_of.end();
  const bool provider = asked && policy->second->traffic.query.empty();
  const bool dark = !look.ticked || (asked && !provider && look.samples.dark(id));
  if (!dark) watched.dark_since.reset();
  if (dark && !watched.dark_since) watched.dark_since = looked_at_;
  Open& open = open_[id];
  open.any = true;
  open.seen = open.seen && look.healthy;
  open.dark = open.dark && dark;
  if (look.now <= looked_at_) return;
  const double delivered = cloud_.average(id, looked_at_, look.now);
  const double demand = std::max(cloud_.demand(id, look.now), delivered);
  open.peak = std::max(open.peak, demand);
  const double span_hours = static_cast<double>((look.now - looked_at_).count()) / 3.6e6;
  const auto cap = static_cast<double>(it->cap.count());
  if (it->status == "RUNNING") {
    wanted_ += demand * span_hours;
    throttled_ += (demand - delivered) * span_hours;
  }
  const bool full = cap > 0 && delivered >= kFull * cap && demand > cap;
  if (!full) watched.full_since.reset();
  if (full && !watched.full_since) watched.full_since = looked_at_;
  if (full && asked && look.now - *watched.full_since < kGrowing) growing_ = true;
}

void Watch::close_slots(const std::string& id, Watched& watched, TimePoint now) {
  Open& open = open_[id];
  PastSlot slot{.end = slot_end_,
                .delivered = 0,
                .peak_demand = open.peak,
                .seen = open.any && open.seen,
                .dark = open.any && open.dark};
  if (cloud_.instance(id) != nullptr) {
    slot.delivered = cloud_.average(id, slot_end_ - kSlot, slot_end_);
  }
  watched.past.push_back(slot);
  if (watched.past.size() > kSlotsKept) watched.past.pop_front();
  // A step may be longer than a slot: what it says holds for all of them.
  if (slot_end_ + kSlot > now) open = {};
}

void Watch::forget_recent(std::optional<Duration> span) {
  for (auto& [id, watched] : all_) {
    open_[id].seen = false;
    for (auto slot = watched.past.rbegin(); slot != watched.past.rend(); ++slot) {
      if (span && slot->end < slot_end_ - kSlot - *span) break;
      slot->seen = false;
    }
  }
}

}  // namespace penstock
