#include "daemon/tariff_book.h"

#include "policies/match.h"

namespace penstock {

const Tariff* tariff_for(std::span<const TariffRule> tariffs, const Instance& instance) {
  for (const TariffRule& candidate : tariffs) {
    if (matches(candidate.match, instance)) return &candidate.tariff;
  }
  return nullptr;
}

}  // namespace penstock
