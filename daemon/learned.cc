#include "daemon/learned.h"

#include <optional>
#include <utility>

#include "metrics/bytes.h"

namespace penstock {

namespace {

constexpr std::uint32_t kBoth = 0x504d4c01;   // "PML" 1: demand, then an economic memory
constexpr std::uint32_t kParts = 0x504d4c02;  // "PML" 2: parts, each with its kind and its size

enum class Part : std::uint32_t {
  kDemand = 1,
  kEconomic = 2,
  kBursts = 3,
  kForecast = 4,
  kPast = 5
};

template <class Memory>
void put_part(std::string& bytes, Part part, const Memory* memory) {
  if (memory == nullptr) return;
  std::string own;
  memory->save(own);
  put(bytes, static_cast<std::uint32_t>(part));
  put(bytes, static_cast<std::uint32_t>(own.size()));
  bytes += own;
}

/// The next bytes with their size in front; nullopt where they end early.
std::optional<std::string_view> take_sized(std::string_view& rest) {
  std::uint32_t size = 0;
  if (!take(rest, size) || size > rest.size()) return std::nullopt;
  const std::string_view own = rest.substr(0, size);
  rest.remove_prefix(size);
  return own;
}

template <class Memory>
std::unique_ptr<Memory> restored(std::string_view bytes) {
  auto memory = std::make_unique<Memory>();
  if (!memory->restore(bytes)) memory.reset();
  return memory;
}

bool restore_parts(std::string_view rest, Learned& learned) {
  Learned read;
  bool demand = false;
  std::uint32_t part = 0;
  while (take(rest, part)) {
    const auto own = take_sized(rest);
    if (!own) break;
    // What a later version has added is left out.
    switch (static_cast<Part>(part)) {
      case Part::kDemand:
        demand = read.demand.restore(*own);
        break;
      case Part::kEconomic:
        read.economic = restored<EconomicMemory>(*own);
        break;
      case Part::kBursts:
        read.bursts = restored<BurstRecord>(*own);
        break;
      case Part::kForecast:
        read.forecast = restored<Forecast>(*own);
        break;
      case Part::kPast:
        read.past = restored<Forecast>(*own);
        break;
    }
  }
  if (!demand) return false;
  learned = std::move(read);
  return true;
}

}  // namespace

std::string save_learned(const Demand& demand, const EconomicMemory* economic,
                         const BurstRecord* bursts, const Forecast* forecast,
                         const Forecast* past) {
  std::string bytes;
  put(bytes, kParts);
  put_part(bytes, Part::kDemand, &demand);
  put_part(bytes, Part::kEconomic, economic);
  put_part(bytes, Part::kBursts, bursts);
  put_part(bytes, Part::kForecast, forecast);
  put_part(bytes, Part::kPast, past);
  return bytes;
}

bool restore_learned(std::string_view bytes, Learned& learned) {
  std::string_view rest = bytes;
  std::uint32_t kind = 0;
  if (!take(rest, kind)) return false;
  if (kind == kParts) return restore_parts(rest, learned);
  Learned read;
  if (kind == kBoth) {
    const auto demand = take_sized(rest);
    if (!demand || !read.demand.restore(*demand)) return false;
    read.economic = restored<EconomicMemory>(rest);
  } else if (!read.demand.restore(bytes)) {
    return false;
  }
  learned = std::move(read);
  return true;
}

}  // namespace penstock
