// Writing the Prometheus text format: gauges that are read off the state at the time of a scrape.
//
//   ExpositionWriter out;
//   out.family("penstock_paused", "gauge", "1 while nothing is ordered.");
//   out.sample({{"account", name}}, 1);                 // NaN would not be written at all
//
//   InstanceExposition pages(count, [&](std::size_t i) { return numbers_of(i); },
//   several_accounts); for (std::string block = pages.next_block(); !block.empty(); block =
//   pages.next_block()) ...
//
// Per-instance series are written straight from a view of the numbers, block by block, so that a
// scrape of a large fleet holds neither a registry entry per series nor the whole page. Label
// values are outside text: escaped, invalid UTF-8 replaced (it would spoil the whole scrape), cut
// at 256 bytes. One owner, no locks.
#pragma once

#include <cstddef>
#include <functional>
#include <initializer_list>
#include <limits>
#include <string>
#include <string_view>

namespace penstock {

/// What is not known is not written.
inline constexpr double kAbsent = std::numeric_limits<double>::quiet_NaN();

struct MetricLabel {
  std::string_view name;
  std::string_view value;
};

/// Outside text as it may be a label's value: valid UTF-8, no NUL, at most 256 bytes.
std::string label_text(std::string_view text);

class ExpositionWriter {
 public:
  /// Starts a metric; nothing is written of one that gets no sample. `help` is one line.
  void family(std::string_view name, std::string_view type, std::string_view help);
  void sample(std::initializer_list<MetricLabel> labels, double value);

  std::size_t size() const { return text_.size(); }
  std::string take();

 private:
  std::string_view name_, type_, help_;
  bool headed_ = false;
  std::string text_;
};

/// One instance as the exposition shows it. Views must live as long as the call.
struct InstanceNumbers {
  std::string_view instance_id, account;
  std::string_view name, product, zone, type, policy, mode;  ///< on penstock_instance_info only
  double egress_mbps = kAbsent;
  double demand_mbps = kAbsent;
  double cap_mbps = kAbsent;  ///< absent when unlimited
  double limit_mbps = kAbsent;
  double target_mbps = kAbsent;
  double scheduled_cap_mbps = kAbsent;
  double saturated = kAbsent;
  double cycle_end_seconds = kAbsent;
};

class InstanceExposition {
 public:
  using Numbers = std::function<InstanceNumbers(std::size_t)>;

  InstanceExposition(std::size_t instances, Numbers numbers, bool with_account);
  /// The next piece of at least 32 KiB, or what is left; "" at the end.
  std::string next_block();

 private:
  std::size_t instances_;
  Numbers numbers_;
  bool with_account_;
  std::size_t metric_ = 0;  ///< the metric being written
  std::size_t next_ = 0;    ///< and its next instance
  ExpositionWriter out_;
};

}  // namespace penstock
