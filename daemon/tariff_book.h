// [[tariff]]: what bandwidth costs where the API gives no price.
//
//   const Tariff* tariff = tariff_for(config.tariffs, instance);   // nullptr = no price known
//
// Pure; borrows from the list it was given.
#pragma once

#include <span>

#include "policies/billing.h"
#include "policies/instance.h"
#include "policies/policy.h"

namespace penstock {

struct TariffRule {
  Match match;
  Tariff tariff;
};

/// The first that matches, in the order of the configuration.
const Tariff* tariff_for(std::span<const TariffRule> tariffs, const Instance& instance);

}  // namespace penstock
