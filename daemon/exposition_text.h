// The Prometheus text format (0.0.4), read: one pass, no copy of the text, no heap per sample.
//
//   Result<std::size_t> samples = parse_exposition(body, [&](const ExpositionSample& s) {
//     if (s.name == "node_network_transmit_bytes_total") use(s.label("device"), s.value);
//   });
//
// The text comes from outside: lines, labels and samples are bounded, and a malformed line makes
// the whole text an error (as Prometheus does), since a text that is broken in one place cannot be
// trusted to be complete in another. A sample's views are valid during its call only.
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <span>
#include <string_view>

#include "metrics/units.h"
#include "policies/result.h"

namespace penstock {

struct ExpositionLabel {
  std::string_view name;
  std::string_view value;  ///< unescaped; any bytes
};

struct ExpositionSample {
  std::string_view name;
  std::span<const ExpositionLabel> labels;  ///< as written, no name twice
  double value = 0;                         ///< may be NaN or infinite
  std::optional<TimePoint> at;              ///< where the text dates the sample itself

  /// The label's value; nullopt where the series has no such label.
  std::optional<std::string_view> label(std::string_view label_name) const;
};

struct ExpositionLimits {
  std::size_t line_bytes = 64U << 10;
  std::size_t labels = 64;
  std::size_t samples = 2'000'000;
};

using ExpositionVisitor = std::function<void(const ExpositionSample&)>;

/// Calls `visit` for each sample in order and returns their number, or kInvalid with the line
/// number and what is wrong there (samples before it have been visited by then).
Result<std::size_t> parse_exposition(std::string_view text, const ExpositionVisitor& visit,
                                     const ExpositionLimits& limits = {});

/// A value as the format writes it: decimal, exponent, "NaN", "+Inf", "-Inf".
std::optional<double> parse_exposition_value(std::string_view text);

}  // namespace penstock
