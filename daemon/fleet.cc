#include "daemon/fleet.h"

#include <algorithm>
#include <utility>

#include "daemon/log.h"
#include "policies/match.h"

namespace penstock {
namespace {

template <class Part>
std::unique_ptr<Part> copy_of(const Part* part) {
  return part != nullptr ? std::make_unique<Part>(*part) : nullptr;
}

}  // namespace

Tracked* Roster::find(const InstanceKey& key) const {
  const auto found = by_key_.find(key);
  return found != by_key_.end() ? *found : nullptr;
}

void Roster::add(std::unique_ptr<Tracked> tracked) {
  by_key_.insert(tracked.get());
  in_order_.push_back(std::move(tracked));
}

void Roster::order() {
  const auto before = [](const auto& a, const auto& b) { return a->key() < b->key(); };
  const auto added = in_order_.begin() + static_cast<std::ptrdiff_t>(ordered_);
  std::sort(added, in_order_.end(), before);
  std::inplace_merge(in_order_.begin(), added, in_order_.end(), before);
  ordered_ = in_order_.size();
}

void Fleet::remember(const Memory& memory) {
  for (const InstanceMemory& each : memory.instances) {
    memories_[each.instance] = each;
    departed_[each.instance] = std::nullopt;  // until a list names it
  }
  refusals_ = refusals_of(memory.orders);
}

void Fleet::remember(const InstanceKey& key, Learned learned) {
  // Read late: what was seen meanwhile is newer, and months are worth more than the hours since.
  if (Tracked* tracked = find(key)) {
    if (tracked->demand.empty()) tracked->demand = learned.demand;
    if (learned.economic) tracked->economic = std::move(learned.economic);
    if (learned.bursts) tracked->bursts = std::move(learned.bursts);
    if (learned.forecast) tracked->forecast = std::move(learned.forecast);
    if (learned.past) tracked->past = std::move(learned.past);
    return;
  }
  learned_.insert_or_assign(key, std::move(learned));
}

void Fleet::take(std::map<std::string, Result<Inventory>> lists, TimePoint now) {
  for (auto& [account, list] : lists) {
    AccountState& state = accounts_[account];
    if (!list) {
      if (state.error.empty()) {
        log_warn("list", {{"account", account}, {"error", list.error().message}});
      }
      state.error = list.error().message;
      continue;
    }
    state.error.clear();
    state.listed_at = now;
    take_one(account, *std::move(list), now);
  }
}

void Fleet::take_one(const std::string& account, Inventory inventory, TimePoint now) {
  AccountState& state = accounts_[account];
  const auto listed = static_cast<double>(inventory.instances.size());
  const bool shrank = listed < (1 - kShrink) * static_cast<double>(state.reference);
  const bool doubt = shrank && !state.accept_next;
  if (doubt && !state.doubt) {
    log_error("inventory", {{"account", account},
                            {"listed", std::to_string(inventory.instances.size())},
                            {"known", std::to_string(state.reference)},
                            {"effect", "held; `penstock resume` if they are really gone"}});
  }
  state.doubt = doubt;
  state.accept_next = false;
  if (!doubt) state.reference = inventory.instances.size();
  for (Tracked& tracked : all()) {
    if (tracked.key().account == account) tracked.listed = false;
  }
  for (Instance& instance : inventory.instances) {
    if (instance.key.account != account) continue;  // a source of confusion, never of orders
    if (Tracked* known = find(instance.key)) {
      update(*known, std::move(instance), now);
      continue;
    }
    auto fresh = std::make_unique<Tracked>();
    update(*fresh, std::move(instance), now);
    roster_.add(std::move(fresh));
  }
  roster_.order();
  if (doubt) return;
  for (Tracked& tracked : all()) {
    const bool missing = tracked.key().account == account && !tracked.listed;
    if (missing && !tracked.gone_at) tracked.gone_at = now;
  }
}

void Fleet::depart(Tracked& tracked, TimePoint now) {
  const InstanceKey key = tracked.key();
  departed_[key] = now;
  memories_[key] = memory_of(tracked);
  learned_[key] = {.demand = tracked.demand,
                   .economic = copy_of(tracked.economic.get()),
                   .bursts = copy_of(tracked.bursts.get()),
                   .forecast = copy_of(tracked.forecast.get()),
                   .past = copy_of(tracked.past.get())};
}

std::vector<InstanceKey> Fleet::forget_departed(TimePoint now) {
  std::vector<InstanceKey> forgotten;
  for (auto it = departed_.begin(); it != departed_.end();) {
    // A list that fails or is doubted does not say who is gone.
    const auto account = accounts_.find(it->first.account);
    const bool sure = account != accounts_.end() && account->second.listed_at &&
                      account->second.error.empty() && !account->second.doubt;
    if (!sure) {
      ++it;
      continue;
    }
    if (!it->second) it->second = now;
    const bool over = now - *it->second >= kRemembered;
    if (over) {
      forgotten.push_back(it->first);
      memories_.erase(it->first);
      learned_.erase(it->first);
      refusals_.erase(it->first);
    }
    it = over ? departed_.erase(it) : std::next(it);
  }
  return forgotten;
}

void Fleet::update(Tracked& tracked, Instance instance, TimePoint now) {
  const bool fresh = tracked.instance == nullptr;
  const InstanceKey key = instance.key;
  const std::optional<Mbps> cap = instance.cap;
  if (const auto found = memories_.find(key); fresh && found != memories_.end()) {
    tracked.told = found->second.told;
  }
  if (tracked.told.fill(instance, now)) tracked.record_dirty = true;
  tracked.instance = std::make_shared<const Instance>(std::move(instance));
  tracked.listed = true;
  tracked.gone_at.reset();
  if (fresh) {
    departed_.erase(key);
    if (const auto found = memories_.find(key); found != memories_.end()) {
      const InstanceMemory& memory = found->second;
      tracked.record = memory.record;
      tracked.memo = memory.memo;
      tracked.replacements = memory.replacements;
      tracked.replacements_of = memory.replacements_of;
      tracked.cap = memory.cap;
      tracked.cap_since = memory.cap_since;
      tracked.cap_known = memory.cap_since != TimePoint{};
      memories_.erase(found);
    }
    if (const auto found = refusals_.find(key); found != refusals_.end()) {
      tracked.refusals = found->second.in_row;
      tracked.retry_at = found->second.retry_at;
      tracked.refusal = std::move(found->second.why);
      refusals_.erase(found);
    }
    if (const auto found = learned_.find(key); found != learned_.end()) {
      tracked.demand = found->second.demand;
      tracked.economic = std::move(found->second.economic);
      tracked.bursts = std::move(found->second.bursts);
      tracked.forecast = std::move(found->second.forecast);
      tracked.past = std::move(found->second.past);
      learned_.erase(found);
    }
  }
  if (!cap) {
    tracked.suspect = tracked.suspect || !tracked.cap_known;
  } else if (!tracked.cap_known) {
    tracked.cap = *cap;
    tracked.cap_since = now;
    tracked.cap_known = true;
    tracked.record_dirty = true;
    // What is found at first sight is nobody's drift.
    if (!tracked.record.expected_cap) tracked.record.expected_cap = *cap;
  } else if (*cap != tracked.cap) {
    tracked.suspect = true;
  }
}

void Fleet::own(const InForce& set) {
  for (Tracked& tracked : all()) {
    const Ownership owner = owner_of(set.policies, *tracked.instance);
    tracked.policy = owner.policy;
    tracked.rival = owner.tie ? owner.rival : nullptr;
    tracked.tariff = tariff_for(set.tariffs, *tracked.instance);
  }
}

void Fleet::accept_shrinking(const std::string& account) {
  for (auto& [name, state] : accounts_) {
    if (account.empty() || account == name) state.accept_next = state.doubt;
  }
}

std::size_t Fleet::size() const {
  return static_cast<std::size_t>(
      std::ranges::count_if(all(), [](const Tracked& each) { return !each.gone_at; }));
}

std::string learned_bytes(const Tracked& tracked) {
  return save_learned(tracked.demand, tracked.economic.get(), tracked.bursts.get(),
                      tracked.forecast.get(), tracked.past.get());
}

InstanceMemory memory_of(const Tracked& tracked) {
  InstanceMemory memory;
  memory.instance = tracked.key();
  memory.record = tracked.record;
  // Pins, approvals and pauses live in the control folder.
  memory.record.pinned.reset();
  memory.record.approved.reset();
  memory.record.paused = false;
  memory.record.paused_until.reset();
  memory.cap = tracked.cap;
  memory.cap_since = tracked.cap_known ? tracked.cap_since : TimePoint{};
  memory.memo = tracked.memo;
  memory.replacements = tracked.replacements;
  memory.replacements_of = tracked.replacements_of;
  memory.told = tracked.told;
  return memory;
}

}  // namespace penstock
