#include "daemon/tariff_book.h"

#include "policies/match.h"

namespace penstock {

const Tariff* tariff_for(std::span<const ConfiguredTariff> tariffs, const Instance& instance) {
  for (const ConfiguredTariff& candidate : tariffs) {
    if (matches(candidate.match, instance)) return &candidate.tariff;
  }
  return nullptr;
}

}  // namespace penstock
