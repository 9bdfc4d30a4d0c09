#include "daemon/learned.h"

#include <utility>

#include "metrics/bytes.h"

namespace penstock {

namespace {
constexpr std::uint32_t kBoth = 0x504d4c01;  // "PML" 1
}

std::string save_learned(const Demand& demand, const EconomicMemory* economic) {
  std::string bytes;
  if (economic == nullptr) {
    demand.save(bytes);
    return bytes;
  }
  std::string first;
  demand.save(first);
  put(bytes, kBoth);
  put(bytes, static_cast<std::uint32_t>(first.size()));
  bytes += first;
  economic->save(bytes);
  return bytes;
}

bool restore_learned(std::string_view bytes, Learned& learned) {
  std::string_view rest = bytes;
  std::uint32_t kind = 0;
  std::uint32_t size = 0;
  const bool both = take(rest, kind) && kind == kBoth && take(rest, size) && size <= rest.size();
  Demand demand;
  if (!demand.restore(both ? rest.substr(0, size) : bytes)) return false;
  learned.demand = demand;
  learned.economic.reset();
  if (!both) return true;
  auto economic = std::make_unique<EconomicMemory>();
  if (economic->restore(rest.substr(size))) learned.economic = std::move(economic);
  return true;
}

}  // namespace penstock
