#include "daemon/type_limits.h"

#include <algorithm>
#include <set>

namespace penstock {
namespace {

constexpr Duration kFresh = 6h;
constexpr Duration kAfterFailure = 10min;
constexpr Duration kLearnedFor = 24h;
constexpr std::size_t kMaxLearned = 10'000;

void lower(std::optional<Mbps>& limit, std::optional<Mbps> other) {
  if (other) limit = limit ? std::min(*limit, *other) : *other;
}

}  // namespace

std::vector<TypeLimits::Question> TypeLimits::due(std::span<const Instance> instances,
                                                  Duration now) const {
  std::set<Question> wanted;
  for (const Instance& instance : instances) {
    // Both charges' lists describe the same types; an unknown charge is never touched anyway.
    if (instance.charge == Charge::kUnknown) continue;
    if (instance.product == Product::kVm) {
      wanted.insert({Call::kVmTypes, instance.charge});
      continue;
    }
    wanted.insert({Call::kBmcResources, instance.charge});
    if (!instance.limit && instance.limitable) wanted.insert({Call::kBmcTypes, Charge::kUnknown});
  }
  std::erase_if(wanted, [&](const Question& question) {
    const auto asked = asked_.find(question);
    return asked != asked_.end() && now < asked->second;
  });
  return {wanted.begin(), wanted.end()};
}

void TypeLimits::take(const Question& question, const Result<std::vector<wire::TypeLimit>>& answer,
                      Duration now) {
  asked_[question] = now + (answer ? kFresh : kAfterFailure);
  if (!answer) return;
  // What a row does not say, or not as a number, is as it was.
  const auto learn = [](Known& known, const wire::TypeLimit& said) {
    if (said.limit || !said.limitable) known.limit = said.limit;
    known.limitable = said.limitable;
    if (said.included) known.included = said.included;
  };
  for (const wire::TypeLimit& type : *answer) {
    if (type.type.empty()) continue;
    const Place place{.charge = question.charge, .zone = type.zone, .type = type.type};
    switch (question.call) {
      case Call::kVmTypes:
        learn(vm_[place], type);
        break;
      case Call::kBmcResources:
        learn(resources_[place], type);
        break;
      case Call::kBmcTypes:
        learn(bmc_types_[type.type], type);
        break;
    }
  }
}

/// The place with the instance's own charge, else with the other one: the type is the same.
const TypeLimits::Known* TypeLimits::find(const std::map<Place, Known>& in,
                                          const Instance& instance) const {
  const Charge other = instance.charge == Charge::kPrepaid ? Charge::kPostpaid : Charge::kPrepaid;
  for (const Charge charge : {instance.charge, other}) {
    const auto found = in.find({.charge = charge, .zone = instance.zone, .type = instance.type});
    if (found != in.end()) return &found->second;
  }
  return nullptr;
}

void TypeLimits::join(Instance& instance, TimePoint wall) const {
  const auto apply = [&](const Known* known) {
    if (known == nullptr) return;
    lower(instance.limit, known->limit);
    instance.limitable = instance.limitable && known->limitable;
  };
  if (instance.product == Product::kVm) {
    apply(find(vm_, instance));
  } else {
    if (!instance.limit) {
      const auto type = bmc_types_.find(instance.type);
      apply(type == bmc_types_.end() ? nullptr : &type->second);
    }
    const Known* place = find(resources_, instance);
    apply(place);
    // Bandwidth comes free with the flat rate alone.
    if (place != nullptr && place->included && instance.flat_rate()) {
      instance.included = *place->included;
      instance.included_known = true;
    }
  }
  const auto learned = learned_.find(instance.key);
  if (learned != learned_.end() && wall < learned->second.until) {
    lower(instance.limit, learned->second.limit);
    instance.learned_limit = learned->second;
  }
}

void TypeLimits::refused(const InstanceKey& key, Mbps cap, Mbps size, Duration now,
                         TimePoint wall) {
  std::erase_if(learned_, [&](const auto& entry) { return wall >= entry.second.until; });
  if (size <= cap || learned_.size() >= kMaxLearned) return;
  // Half way: one too many again and again would cost an order for every Mbps.
  learned_[key] = {.limit = cap + Mbps{(size - cap).count() / 2}, .until = wall + kLearnedFor};
  for (auto& [question, when] : asked_) when = std::min(when, now + kAfterFailure);
}

}  // namespace penstock
