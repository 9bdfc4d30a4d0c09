// Learned: what one instance's traffic taught, as one row of the demand store.
//
//   std::string bytes = save_learned(tracked.demand, tracked.economic.get(), tracked.bursts.get());
//   Learned learned;
//   if (restore_learned(bytes, learned)) …
//
// Rows of a daemon that knew less are read too. A damaged part is left out; the others are kept.
// Plain functions.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "metrics/demand.h"
#include "policies/burst_record.h"
#include "policies/economic_memory.h"
#include "policies/forecast.h"

namespace penstock {

struct Learned {
  Demand demand;
  std::unique_ptr<EconomicMemory> economic;  ///< nullptr: none was stored
  std::unique_ptr<BurstRecord> bursts;       ///< the same
  std::unique_ptr<Forecast> forecast;        ///< the same
  std::unique_ptr<Forecast> past;            ///< the same, taught by the past as well
};

std::string save_learned(const Demand& demand, const EconomicMemory* economic,
                         const BurstRecord* bursts = nullptr, const Forecast* forecast = nullptr,
                         const Forecast* past = nullptr);
/// false, and nothing changed, when not even the demand can be read.
bool restore_learned(std::string_view bytes, Learned& learned);

}  // namespace penstock
