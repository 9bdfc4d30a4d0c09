// Adversary: series and games made to hurt an online rule, each with a known weakness in mind.
//
//   for (const Series& series : adversarial_series()) …
//
// Four weeks of five-minute samples with 2 % of noise, from fixed seeds.
#pragma once

#include <vector>

#include "policies/series.h"

namespace penstock::testing {

std::vector<Series> adversarial_series();
/// A daily shape between 40 and 160 Mbps in which the third week runs at `level` times that.
Series week_at_another_level(double level);

}  // namespace penstock::testing
