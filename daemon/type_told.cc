#include "daemon/type_told.h"

namespace penstock {
namespace {

template <class Value>
bool learn(Value& known, const Value& said) {
  if (known == said) return false;
  known = said;
  return true;
}

}  // namespace

bool TypeTold::fill(Instance& instance, TimePoint now) {
  bool learned = false;
  if (type != instance.type) {
    *this = {.type = instance.type, .included = {}, .limit = {}, .limit_since = {}};
    learned = true;
  }
  if (instance.included_known) {
    learned = learn(included, std::optional(instance.included)) || learned;
  } else if (included && instance.flat_rate()) {
    instance.included = *included;
    instance.included_known = true;
  }
  const bool stands = limit && now >= limit_since && now - limit_since < kLimitFor;
  if (instance.limit) {
    const bool other = learn(limit, instance.limit) || !stands;
    if (other) limit_since = now;
    learned = learned || other;
  } else if (stands && instance.limitable) {
    instance.limit = limit;
  }
  return learned;
}

}  // namespace penstock
