#include "daemon/type_told.h"

#include <algorithm>

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
    *this = {.type = instance.type, .included = {}, .limit = {}};
    learned = true;
  }
  if (instance.included_known) {
    learned = learn(included, std::optional(instance.included)) || learned;
  } else if (included && instance.flat_rate()) {
    instance.included = *included;
    instance.included_known = true;
  }
  if (instance.learned_limit) {
    learned = learn(limit, instance.learned_limit) || learned;
  } else if (limit && now >= limit->until) {
    limit.reset();
    learned = true;
  } else if (limit) {
    instance.limit = std::min(instance.limit.value_or(limit->limit), limit->limit);
    instance.learned_limit = limit;
  }
  return learned;
}

}  // namespace penstock
