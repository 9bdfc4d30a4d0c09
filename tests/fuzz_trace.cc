// Bytes -> a trace or an error; what is accepted must keep the series' promises.
#include <cassert>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "daemon/trace_csv.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto series = penstock::parse_trace(text, "fuzz.csv", {});
  if (!series) {
    assert(series.error().message.starts_with("fuzz.csv:"));
    return 0;
  }
  assert(series->size() > 0 && series->at.size() == series->demand.size());
  for (std::size_t i = 0; i < series->size(); ++i) {
    assert(std::isfinite(series->demand[i]) && series->demand[i] >= 0);
    assert(i == 0 || series->at[i] > series->at[i - 1]);
  }
  return 0;
}
