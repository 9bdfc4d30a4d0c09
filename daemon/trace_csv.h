// Traces from files: CSV with a time and a bandwidth column, plain or gzip.
//
//   Result<std::vector<std::string>> files = list_traces("traces/");   // a file, or a folder's
//   CSVs Result<Series> series = read_trace(files->front(), {});
//
// Timestamps are Unix seconds (decimals allowed) or RFC 3339, at the start of each interval, and
// must ascend. An empty or NaN value is a sample that is missing. Size, line length and number of
// samples are bounded; every error names file and line. zlib lives here alone.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "policies/result.h"
#include "policies/series.h"

namespace penstock {

struct TraceColumns {
  std::string time = "timestamp";
  std::string value = "mbps";
  double scale = 1;  ///< from the value's unit to Mbps, such as 1e-6 for bps
};

inline constexpr std::size_t kMaxTraceBytes = 1U << 30;
inline constexpr std::size_t kMaxTraceSamples = 50'000'000;
inline constexpr std::size_t kMaxTraceLine = 65'536;

/// The file itself, or a folder's `*.csv` and `*.csv.gz` sorted by name.
Result<std::vector<std::string>> list_traces(const std::string& path);

/// Reads and parses one file; the series is named for the file, without folder and extension.
Result<Series> read_trace(const std::string& path, const TraceColumns& columns);

/// Parses a whole document; `file` stands in messages only.
Result<Series> parse_trace(std::string_view text, std::string_view file,
                           const TraceColumns& columns);

}  // namespace penstock
