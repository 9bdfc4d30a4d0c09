#include "daemon/sim/sim_instance.h"

#include <algorithm>

namespace penstock {

Money SimTariff::list_price(Mbps cap, Mbps included) const {
  const std::int64_t billed = std::max<std::int64_t>(0, (cap - included).count());
  if (steps.empty()) return unit_price * billed;
  Money sum;
  for (std::size_t i = 0; i < steps.size(); ++i) {
    const std::int64_t begin = steps[i].from.count();
    const std::int64_t end = i + 1 < steps.size() ? steps[i + 1].from.count() : billed;
    sum += steps[i].unit_price * std::max<std::int64_t>(0, std::min(end, billed) - begin);
  }
  return sum;
}

Money SimTariff::discounted(Money list) const {
  return scale_round_up(list, discount_percent, 100);
}

Money SimTariff::price(Mbps cap, Mbps included) const {
  return discounted(list_price(cap, included));
}

const SimZone* SimCatalogue::zone(std::string_view id) const {
  const auto found =
      std::find_if(zones.begin(), zones.end(), [&](const SimZone& zone) { return zone.id == id; });
  return found == zones.end() ? nullptr : &*found;
}

const SimType* SimCatalogue::type(std::string_view id) const {
  const auto found =
      std::find_if(types.begin(), types.end(), [&](const SimType& type) { return type.id == id; });
  return found == types.end() ? nullptr : &*found;
}

}  // namespace penstock
