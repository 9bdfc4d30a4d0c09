// Replay: a contender plays one series under one billing model, and what came of it.
//
//   ReplaySettings settings{.tariff = tariff};
//   Outcome outcome = replay(series, make_timeline(series, settings.cycle), contender, settings);
//   double loss = outcome.bill + weight * outcome.throttled_worth;
//
// Exact by definition: only delivered egress is shown to the contender (demand is censored at the
// cap), caps are whole Mbps, sums are kept unrounded. Pure: no clock, no I/O; a contender's state
// is its own. One thread per contender.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <vector>

#include "policies/billing.h"
#include "policies/price_curve.h"
#include "policies/reason.h"
#include "policies/series.h"

namespace penstock {

enum class BillingModel : std::uint8_t { kPrepaid, kPostpaid, kBurst95, kPackage };

struct ReplaySettings {
  BillingModel billing = BillingModel::kPrepaid;
  Tariff tariff;
  Duration cycle = std::chrono::hours{24 * 7};
  Duration latency = std::chrono::minutes{1};
  int skip_cycles = 1;  ///< for learning, not scored
  std::int64_t min_cap = 1;
  std::int64_t max_cap = 10'000;
  double commit = 0;             ///< burst95: billed at least
  double package_gigabytes = 0;  ///< package: paid per cycle at package_price
  double package_price = 0;
  double overage_price = 0;  ///< per gigabyte beyond the package
};

/// What a contender is shown at the end of a sample.
struct Glimpse {
  std::size_t sample = 0;               ///< index in the series
  TimePoint now;                        ///< end of the sample's interval
  double observed = 0;                  ///< delivered egress, averaged over the interval
  std::int64_t cap = 1;                 ///< in force at the interval's end
  bool whole = true;                    ///< the cap did not change inside the interval
  std::int64_t ordered = 1;             ///< the largest upgrade accepted so far, in force or not
  std::optional<std::int64_t> pending;  ///< scheduled downgrade
  std::size_t in_cycle = 0;             ///< samples of this cycle before this one
  bool last_of_cycle = false;
  TimePoint cycle_end;
  std::int64_t least = 1;  ///< bounds that wishes are clamped to
  std::int64_t most = 10'000;

  std::int64_t clamp(std::int64_t wish) const { return std::clamp(wish, least, most); }
  /// Whether a wish, already clamped, is more than what has been ordered so far.
  bool would_upgrade(std::int64_t wish) const { return wish > cap && wish > ordered; }
};

/// What a contender wants after a sample. More than the cap upgrades at once and drops a pending
/// downgrade; less sets the pending downgrade (prepaid) or lowers at once; the cap changes nothing.
struct Wish {
  std::int64_t cap = 0;
  bool drop_pending = false;  ///< also where the cap stays
  Reason reason{};            ///< why, for charts; contenders have none
};

class Contender {
 public:
  Contender() = default;
  Contender(const Contender&) = delete;
  Contender& operator=(const Contender&) = delete;
  virtual ~Contender() = default;
  /// The cap to start with, in place of the first day's largest demand.
  virtual std::optional<std::int64_t> start() const { return std::nullopt; }
  virtual Wish decide(const Glimpse& seen) = 0;
};

/// One thing that happened, for charts.
struct Event {
  enum class Kind : std::uint8_t { kUpgrade, kSchedule, kDrop, kLowered };
  std::size_t sample = 0;  ///< at whose end it was decided
  Kind kind = Kind::kUpgrade;
  std::int64_t from = 0;
  std::int64_t to = 0;
  Reason reason{};
};

/// Everything sample by sample, filled on request.
struct Recording {
  std::vector<double> cap;  ///< in force, averaged over the sample
  std::vector<double> delivered;
  std::vector<Event> events;
};

struct Outcome {
  double bill = 0;
  double overage_bill = 0;       ///< package: the part of the bill beyond it
  double demanded = 0;           ///< Mbps-seconds
  double throttled = 0;          ///< Mbps-seconds of demand above the cap
  double throttled_worth = 0;    ///< what λ = 1 puts on it: unit price x throttled / 30 days
  double saturated_seconds = 0;  ///< time with demand above the cap
  std::int64_t upgrades = 0;
  std::int64_t downgrades = 0;
  std::int64_t cancels = 0;

  double throttled_fraction() const { return demanded > 0 ? throttled / demanded : 0; }
  double loss(double weight) const { return bill + weight * throttled_worth; }
};

/// Plays the whole series; counts from the first scored sample on.
Outcome replay(const Series& series, const Timeline& timeline, Contender& contender,
               const ReplaySettings& settings, Recording* recording = nullptr);

/// What every contender starts with: the first day's largest demand, whole and within bounds.
std::int64_t starting_cap(const Series& series, const Timeline& timeline,
                          const ReplaySettings& settings);

}  // namespace penstock
