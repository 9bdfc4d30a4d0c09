#include "policies/replay.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <deque>

#include "policies/percentile_bill.h"

namespace penstock {

namespace {

constexpr double kMegabitsPerGigabyte = 8000;

/// The world of one contender: its cap, what it has ordered, and the sums.
class Player {
 public:
  Player(const Series& series, const Timeline& timeline, Contender& contender,
         const ReplaySettings& settings, Recording* recording)
      : series_(series),
        timeline_(timeline),
        contender_(contender),
        settings_(settings),
        price_(settings.tariff),
        recording_(recording),
        interval_(std::chrono::milliseconds{std::llround(timeline.interval * 1000)}),
        first_(timeline.first_scored(settings.skip_cycles)) {
    cap_ = clamp(contender.start().value_or(starting_cap(series, timeline, settings)));
    ordered_ = cap_;
    keep_delivered_ = settings.billing == BillingModel::kBurst95;
  }

  Outcome play() {
    for (std::size_t c = 0; c < timeline_.cycles.size(); ++c) {
      const CycleSpan& cycle = timeline_.cycles[c];
      if (c > 0) renew();
      for (std::size_t i = cycle.begin; i < cycle.end; ++i) step(cycle, i);
      if (settings_.billing == BillingModel::kPackage) bill_package(cycle);
    }
    if (settings_.billing == BillingModel::kBurst95) bill_percentile();
    outcome_.throttled_worth = price_.unit_price() * outcome_.throttled / kMonthSeconds;
    return outcome_;
  }

 private:
  struct InFlight {
    TimePoint at;
    std::int64_t cap;
  };

  bool prepaid() const { return settings_.billing == BillingModel::kPrepaid; }

  std::int64_t clamp(std::int64_t cap) const {
    return std::clamp(cap, settings_.min_cap, settings_.max_cap);
  }

  void renew() {
    if (!pending_) return;
    cap_ = *pending_;
    pending_.reset();
    if (in_flight_.empty()) ordered_ = cap_;
  }

  void come_into_force(std::int64_t cap) {
    // Inside a prepaid term the cap never falls; an older, smaller order is overtaken.
    cap_ = prepaid() ? std::max(cap_, cap) : cap;
  }

  void step(const CycleSpan& cycle, std::size_t i) {
    const TimePoint begin = series_.at[i];
    const TimePoint end = begin + interval_;
    Interval sums{.scored = i >= first_, .demand = series_.demand[i]};
    double done = 0;
    while (!in_flight_.empty() && in_flight_.front().at <= end) {
      const InFlight next = in_flight_.front();
      in_flight_.pop_front();
      const double at = static_cast<double>((next.at - begin).count()) / 1000.0;
      if (at > done) {
        deliver(std::min(at, timeline_.interval) - done, sums);
        done = std::min(at, timeline_.interval);
        sums.whole = sums.whole && done >= timeline_.interval;
      }
      come_into_force(next.cap);
    }
    if (done < timeline_.interval) deliver(timeline_.interval - done, sums);
    ask(cycle, i, end, sums);
  }

  struct Interval {
    bool scored;
    double demand;
    double delivered = 0;  ///< Mbps-seconds
    double capacity = 0;   ///< Mbps-seconds
    bool whole = true;
  };

  void deliver(double seconds, Interval& sums) {
    const auto cap = static_cast<double>(cap_);
    const double passed = std::min(sums.demand, cap);
    sums.delivered += passed * seconds;
    sums.capacity += cap * seconds;
    if (!sums.scored) return;
    outcome_.demanded += sums.demand * seconds;
    if (sums.demand > cap) {
      outcome_.throttled += (sums.demand - cap) * seconds;
      outcome_.saturated_seconds += seconds;
    }
    if (settings_.billing == BillingModel::kPackage) cycle_volume_ += passed * seconds;
    if (!prepaid() && settings_.billing != BillingModel::kPostpaid) return;
    if (cap_ != priced_cap_) {
      priced_cap_ = cap_;
      priced_ = price_.at(cap) / kMonthSeconds;
    }
    outcome_.bill += priced_ * seconds;
  }

  void ask(const CycleSpan& cycle, std::size_t i, TimePoint end, const Interval& sums) {
    const double observed = sums.delivered / timeline_.interval;
    if (keep_delivered_) delivered_.push_back(observed);
    if (recording_ != nullptr) {
      recording_->cap.push_back(sums.capacity / timeline_.interval);
      recording_->delivered.push_back(observed);
    }
    const Glimpse seen{.sample = i,
                       .now = end,
                       .observed = observed,
                       .cap = cap_,
                       .whole = sums.whole,
                       .ordered = ordered_,
                       .pending = pending_,
                       .in_cycle = i - cycle.begin,
                       .last_of_cycle = i + 1 == cycle.end,
                       .cycle_end = series_.at.front() + (cycle.number + 1) * settings_.cycle,
                       .least = settings_.min_cap,
                       .most = settings_.max_cap};
    const Wish wish = contender_.decide(seen);
    reason_ = wish.reason;
    scored_ = sums.scored;
    if (prepaid()) {
      obey_prepaid(wish, i, end);
    } else {
      obey_at_once(wish, i, end);
    }
  }

  void obey_prepaid(const Wish& wish, std::size_t i, TimePoint now) {
    const std::int64_t want = clamp(wish.cap);
    if (pending_ && (wish.drop_pending || want > cap_)) {
      note(Event::Kind::kDrop, i, *pending_, cap_, outcome_.cancels);
      pending_.reset();
    }
    if (want > cap_ && want > ordered_) {
      note(Event::Kind::kUpgrade, i, cap_, want, outcome_.upgrades);
      order(want, now);
    } else if (want < cap_ && pending_ != want) {
      if (pending_) note(Event::Kind::kDrop, i, *pending_, cap_, outcome_.cancels);
      note(Event::Kind::kSchedule, i, cap_, want, outcome_.downgrades);
      pending_ = want;
    }
  }

  void obey_at_once(const Wish& wish, std::size_t i, TimePoint now) {
    const std::int64_t want = clamp(wish.cap);
    if (want == cap_ || want == ordered_) return;
    const bool up = want > cap_;
    note(up ? Event::Kind::kUpgrade : Event::Kind::kLowered, i, cap_, want,
         up ? outcome_.upgrades : outcome_.downgrades);
    order(want, now);
  }

  void order(std::int64_t cap, TimePoint now) {
    ordered_ = cap;
    // Without latency it is in force from the next sample on, whatever that one's timestamp.
    if (settings_.latency <= Duration::zero()) {
      cap_ = cap;
    } else {
      in_flight_.push_back({.at = now + settings_.latency, .cap = cap});
    }
  }

  void note(Event::Kind kind, std::size_t i, std::int64_t from, std::int64_t to,
            std::int64_t& count) {
    if (scored_) ++count;
    if (recording_ != nullptr) {
      recording_->events.push_back(
          {.sample = i, .kind = kind, .from = from, .to = to, .reason = reason_});
    }
  }

  void bill_package(const CycleSpan& cycle) {
    if (cycle.begin < first_) return;
    const double share = std::min(1.0, static_cast<double>(cycle.end - cycle.begin) /
                                           static_cast<double>(timeline_.samples_per_cycle()));
    const double over = cycle_volume_ / kMegabitsPerGigabyte - settings_.package_gigabytes * share;
    outcome_.bill += settings_.package_price * share;
    outcome_.overage_bill += settings_.overage_price * std::max(0.0, over);
    outcome_.bill += settings_.overage_price * std::max(0.0, over);
    cycle_volume_ = 0;
  }

  void bill_percentile() {
    for (const BilledMonth& month : billed_months(series_, timeline_, first_, delivered_)) {
      const double level = std::max(billed_level(month.values), settings_.commit);
      outcome_.bill += price_.at(level) * month.share;
    }
  }

  const Series& series_;
  const Timeline& timeline_;
  Contender& contender_;
  const ReplaySettings& settings_;
  PriceCurve price_;
  Recording* recording_;
  Duration interval_;
  std::size_t first_;
  std::int64_t cap_ = 1;
  std::int64_t ordered_ = 1;
  std::optional<std::int64_t> pending_;
  std::deque<InFlight> in_flight_;
  std::int64_t priced_cap_ = -1;
  double priced_ = 0;
  double cycle_volume_ = 0;
  bool keep_delivered_ = false;
  bool scored_ = false;
  Reason reason_;  ///< of the wish that is obeyed
  std::vector<double> delivered_;
  Outcome outcome_;
};

}  // namespace

std::int64_t starting_cap(const Series& series, const Timeline& timeline,
                          const ReplaySettings& settings) {
  const auto day = static_cast<std::size_t>(std::max(1.0, std::floor(86400 / timeline.interval)));
  const auto end =
      series.demand.begin() + static_cast<std::ptrdiff_t>(std::min(day, series.size()));
  const double largest = *std::max_element(series.demand.begin(), end);
  const double bounded = std::min(std::ceil(largest), static_cast<double>(settings.max_cap));
  return std::clamp(static_cast<std::int64_t>(bounded), settings.min_cap, settings.max_cap);
}

Outcome replay(const Series& series, const Timeline& timeline, Contender& contender,
               const ReplaySettings& settings, Recording* recording) {
  assert(settings.min_cap >= 0 && settings.min_cap <= settings.max_cap);
  return Player(series, timeline, contender, settings, recording).play();
}

}  // namespace penstock
