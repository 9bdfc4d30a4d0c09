// One byte that says of what, and bytes of a store -> what was learned -> what it says -> bytes.
//
// The store's checksum is put right, or nothing would ever get past it. What is restored must be
// fit for use: it learns on, says finite things, and is stored as something that reads back.
#include <cassert>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "daemon/learned.h"
#include "metrics/bytes.h"

namespace {

using namespace penstock;

constexpr Mbps kCap{100};

std::string with_checksum(std::string_view bytes) {
  if (bytes.size() < sizeof(std::uint64_t)) return std::string(bytes);
  std::string out(bytes.substr(0, bytes.size() - sizeof(std::uint64_t)));
  put(out, checksum(out));
  return out;
}

/// Some samples that follow `last`, if there is room for them in time.
template <class Teach>
void go_on(TimePoint last, Teach teach) {
  constexpr TimePoint kLatest{std::chrono::hours{24 * 365 * 200}};
  TimePoint at = last >= TimePoint{} && last < kLatest ? last : kLatest;
  for (const double mbps : {0.0, 50.0, 100.0, 99.0, 1e6, 10.0}) {
    at += mbps > 1000 ? Duration{30h} : Duration{10min};
    teach(Sample{.at = at, .span = Duration{5min}, .egress = Rate{mbps}});
  }
}

void use(Demand& demand) {
  if (!demand.empty()) {
    const TimePoint now = demand.newest(0).at;
    const Recall recall = demand.recall(now - Demand::kMemory, now);
    assert(recall.covered >= Duration::zero());
    assert(std::isfinite(recall.largest.mbps()) && recall.largest >= Rate{});
    for (std::size_t i = 0; i < demand.size(); ++i) (void)demand.newest(i);
  }
  assert(std::isfinite(demand.history().quantile(0.95).mbps()));
  go_on(demand.empty() ? TimePoint{} : demand.newest(0).at,
        [&](const Sample& sample) { demand.observe(sample, kCap, TimePoint{}, kSaturatedAt); });
}

void use(EconomicMemory& memory) {
  const auto look = [&] {
    for (const double mbps : {1.0, 80.0, 100.0, 5000.0}) {
      const double level = LevelCounts::position(mbps);
      for (const double said : {memory.share(level), memory.lately(level), memory.next(level),
                                memory.tail(level), memory.rate(level), memory.grown(level)}) {
        assert(!std::isnan(said));
      }
    }
  };
  look();
  go_on(memory.at(), [&](const Sample& sample) {
    memory.observe({.sample = sample, .cap = kCap, .cap_since = TimePoint{}});
  });
  look();
}

void use(BurstRecord& record) {
  go_on(record.empty() ? TimePoint{} : record.at(),
        [&](const Sample& sample) { record.observe(sample, kCap); });
  for (const double mbps : {0.0, 80.0, 5000.0}) assert(!std::isnan(record.share(mbps)));
  (void)record.above(80);
  (void)record.month();
}

void use(Forecast& forecast) {
  const ForecastRule rule;
  const auto look = [&] {
    const ForecastBand next = forecast.next(rule);
    const ForecastBand term = forecast.term(rule, forecast.at(), std::chrono::hours{24 * 30});
    for (const ForecastBand& band : {next, term}) {
      assert(std::isfinite(band.mbps) && band.mbps >= 0);
      assert(band.held >= 0 && band.held <= 1.01);
    }
    assert(std::isfinite(forecast.beyond(rule, 100)));
  };
  look();
  go_on(forecast.at(),
        [&](const Sample& sample) { forecast.observe({.sample = sample, .rule = rule}); });
  look();
}

template <class Memory>
std::string bytes_of(const Memory& memory) {
  std::string bytes;
  memory.save(bytes);
  return bytes;
}

template <class Memory>
void restore_and_use(std::string_view bytes) {
  Memory memory;
  if (!memory.restore(with_checksum(bytes))) {
    assert(bytes_of(memory) == bytes_of(Memory{}));
    return;
  }
  const std::string stored = bytes_of(memory);
  Memory again;
  assert(again.restore(stored));
  assert(bytes_of(again) == stored);
  use(memory);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  switch (data[0] % 5) {
    case 0:
      restore_and_use<Demand>(bytes);
      break;
    case 1:
      restore_and_use<EconomicMemory>(bytes);
      break;
    case 2:
      restore_and_use<BurstRecord>(bytes);
      break;
    case 3:
      restore_and_use<Forecast>(bytes);
      break;
    default: {
      Learned learned;
      if (restore_learned(bytes, learned)) {
        Learned again;
        assert(restore_learned(
            save_learned(learned.demand, learned.economic.get(), learned.bursts.get(),
                         learned.forecast.get(), learned.past.get()),
            again));
      }
    }
  }
  return 0;
}
