// Contenders: the sizing algorithms of other autoscalers, and reference rules, to measure against.
//
//   Result<ContenderSpec> spec = parse_contender("hpa-0.7");
//   std::unique_ptr<Contender> hpa = make_contender(*spec, series, timeline, 100);
//
// Translated to prepaid in their favour: wanting more upgrades at once, wanting less sets the
// pending downgrade. A contender keeps state for one replay of one series; make a fresh one each.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "policies/replay.h"
#include "policies/result.h"

namespace penstock {

enum class ContenderKind : std::uint8_t {
  kStaticPeak,
  kReview,
  kHpa,
  kNomad,
  kAwsTargetTracking,
  kStep,
  kVpa,
  kBreakEven,
};

struct ContenderSpec {
  ContenderKind kind = ContenderKind::kStaticPeak;
  double parameter = 0;  ///< target utilisation, or the step's share; 0 where there is none
  std::string name;      ///< as given: the key in JSON
  /// Only these depend on the throttle weight; the others play once for all weights.
  bool weighs() const { return kind == ContenderKind::kBreakEven; }
};

/// "static-peak", "review", "hpa-0.7", "nomad-0.7", "awstt-0.7", "step-0.5", "vpa", "break-even".
Result<ContenderSpec> parse_contender(std::string_view name);
/// "all", "none" or names with commas between; each name once.
Result<std::vector<ContenderSpec>> parse_contenders(std::string_view list);

std::unique_ptr<Contender> make_contender(const ContenderSpec& spec, const Series& series,
                                          const Timeline& timeline, double weight);

}  // namespace penstock
