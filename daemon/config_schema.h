// The keys of penstock.toml and what must hold between them.
#pragma once

#include <vector>

#include "daemon/config.h"
#include "policies/schema.h"

namespace penstock {

const Schema<Config>& config_schema();
const Schema<AccountConfig>& account_schema();
const Schema<SourceConfig>& source_schema();
const Schema<FleetLimits>& limits_schema();
const Schema<BreakerLimits>& breaker_schema();
const Schema<TariffRule>& tariff_schema();
/// Of the tables inside these.
std::vector<SectionDoc> account_subsections();
std::vector<SectionDoc> source_subsections();
std::vector<SectionDoc> tariff_subsections();

}  // namespace penstock
