// Economic: more is bought when being throttled for the rest of the term would cost more than
// owning it, and not before waiting stops to pay.
//
// Two questions for each level above the cap. Would it be dear to do without: the time spent above
// it lately and the time history expects above it until the term's end, each second counted
// `throttle_weight` times, against the time left to pay for. And is it needed before the next
// chance to order: if it is not likely, waiting costs little and may save the rest of the term. The
// highest level that passes both is wanted. A term's start asks the same with a whole term ahead,
// so it begins near the present traffic and grows with it. Postpaid has no rest of the term: what
// is owned can be given back, and is kept for as long as one late reaction would cost.
#include <algorithm>
#include <cmath>

#include "policies/billing.h"
#include "policies/economic_memory.h"
#include "policies/numbers.h"
#include "policies/recommendation.h"
#include "policies/target.h"

namespace penstock {

namespace {

constexpr double kLately = 1.1;     ///< weight of recent need
constexpr double kRun = 0.8;        ///< a run of saturation is expected to last so much longer
constexpr double kPatience = 0.42;  ///< part of what waiting may save that is waited for
constexpr double kEager = 0.86;     ///< the likelihood asked for, below the one that breaks even
constexpr double kStart = 0.2;      ///< weight of history where a term begins
/// A jump far beyond what was ever seen is answered in steps: a doubling at most.
constexpr double kLeap = 0.693 * LevelCounts::kPerNeper;
/// Postpaid: the part of the time that one late reaction is worth that a level is kept for.
constexpr double kKeep = 0.03;
constexpr Duration kLookBack = 30min;
constexpr double kHair = 1e-6;

enum class When : std::uint8_t { kNow, kNextTerm };

/// What an instance costs by its tariff, in units of what λ multiplies.
class Prices {
 public:
  explicit Prices(const Tariff* tariff) : tariff_(tariff) {
    if (tariff == nullptr) return;
    unit_ = tariff->unit_price;
    for (const PriceStep& step : tariff->steps) {
      unit_ = step.unit_price;
      if (unit_ > Money{}) break;
    }
    plain_ = tariff->steps.empty() && tariff->included <= Mbps{0};
  }
  Money unit() const { return unit_; }
  /// Price of one more Mbps at `to`, or of each of those from `from` on if that is more; 1 is the
  /// unit price.
  double share(Mbps from, Mbps to) const {
    if (tariff_ == nullptr || plain_ || unit_ <= Money{}) return 1;
    const Mbps below = std::max(from, to - std::max(Mbps{1}, Mbps{to.count() / 10}));
    return std::max(average(below, to), average(from, to));
  }

 private:
  double average(Mbps from, Mbps to) const {
    if (to <= from) return 0;
    const Money more = monthly_price(*tariff_, to) - monthly_price(*tariff_, from);
    return std::max(0.0, num(more) / (num(unit_) * num(to - from)));
  }

  const Tariff* tariff_;
  Money unit_;
  bool plain_ = true;
};

/// The choice for one instance after one sample. All times in seconds.
class Choice {
 public:
  Choice(const EconomicRule& rule, const Policy& policy, const Situation& situation)
      : memory_(*situation.economic),
        prices_(situation.tariff),
        weight_(rule.throttle_weight),
        span_(seconds(memory_.span())),
        reaction_(span_ + seconds(memory_.latency())),
        cap_(situation.cap) {
    const auto upper = upper_bound(policy, situation.instance);
    lowest_ = LevelCounts::position(num(lower_bound(policy, situation.instance)));
    highest_ = std::min(LevelCounts::position(num(upper.value_or(Mbps{10'000}))),
                        static_cast<double>(LevelCounts::kLevels - 1));
  }

  /// The highest level from the cap on that is worth its price for `left`; the cap if none is.
  Mbps now(double left) {
    left_ = std::max(left, span_);
    when_ = When::kNow;
    from_ = cap_;
    return pick(LevelCounts::position(num(cap_)), cap_);
  }
  /// What a term of this length should begin with.
  Mbps next_term(double term) {
    left_ = std::max(term, span_);
    when_ = When::kNextTerm;
    from_ = Mbps{0};
    const Mbps size = pick(lowest_, Mbps{1});
    // Where the present traffic is to be carried, it is not to fill the cap at once.
    const bool carries = num(size) >= LevelCounts::mbps(memory_.level()) * 0.999;
    return carries ? std::max(size, std::min(cap_, unfilled())) : size;
  }
  /// The size that the latest sample does not fill.
  Mbps unfilled() const {
    return size_for(Rate{LevelCounts::mbps(memory_.level()) / memory_.full_at() * (1 + 1e-6)});
  }
  /// The highest level that is likely enough to be needed before an order could bring it.
  Mbps likely() {
    const auto needed = [this](double level) {
      return chance(level) * weight_ >= kEager && !leaps(level);
    };
    return size_of(search(lowest_, needed), Mbps{1});
  }
  /// How long a level that can be given back at once is kept.
  Duration keep() const {
    const double longest = seconds(Demand::kMemory);
    const double kept = std::min(kKeep * weight_ * reaction_, longest);
    return Duration{static_cast<std::int64_t>(kept * 1000)};
  }
  /// What throttling at sizes from the cap to `to` is worth, in seconds of paying for each Mbps.
  double worth(Mbps to) const {
    const double low = need(LevelCounts::position(num(cap_)));
    return (low + need(LevelCounts::position(num(to)))) / 2;
  }
  double left() const { return left_; }
  const Prices& prices() const { return prices_; }

 private:
  /// Weighted seconds for which the level will be, or has been, done without.
  double need(double level) const {
    const double expected = weight_ * left_ * memory_.share(level);
    if (when_ == When::kNextTerm) return kStart * expected;
    double recent = kLately * memory_.lately(level);
    if (memory_.saturated()) recent += kRun * memory_.run_seconds() * memory_.tail(level);
    return std::hypot(weight_ * recent, expected);
  }
  bool dear_to_do_without(double level) const {
    const Mbps size{static_cast<std::int64_t>(std::ceil(LevelCounts::mbps(level)))};
    return need(level) >= left_ * prices_.share(from_, size);
  }
  double chance(double level) const {
    // The next term begins from what flows now, whether or not that is all that was wanted.
    if (when_ == When::kNextTerm) return memory_.grown(level);
    return memory_.next(level);
  }
  bool no_time_to_wait(double level, double chance) const {
    const double rate = std::max(memory_.rate(level), 1e-12);
    double saving = 0;
    if (rate * weight_ * reaction_ < 1) {
      saving = kPatience * (1 - std::exp(-rate * left_)) * (1 / rate - weight_ * reaction_);
    }
    return chance * (weight_ * span_ + saving) >= kEager * (span_ + saving);
  }
  bool leaps(double level) const {
    if (when_ != When::kNow) return false;
    const double cap = LevelCounts::position(num(cap_));
    return level > cap + kLeap && memory_.free_share(level) * weight_ < 1;
  }
  bool wanted(double level) const {
    const double likely = chance(level);
    if (likely * weight_ < kEager) return false;
    return dear_to_do_without(level) && no_time_to_wait(level, likely) && !leaps(level);
  }

  Mbps pick(double lowest, Mbps least) const {
    return size_of(search(lowest, [this](double level) { return wanted(level); }), least);
  }
  /// The highest level above `low` that passes; a little below `low` if none does.
  template <class Test>
  double search(double low, Test passes) const {
    if (low >= highest_ || !passes(low + kHair)) return low - kHair;
    double high = highest_;
    if (passes(high)) return high;
    // Finer than a thousandth of the cap.
    while (high - low > 0.02) {
      const double middle = (low + high) / 2;
      (passes(middle) ? low : high) = middle;
    }
    return low + 2 * kHair;
  }
  static Mbps size_of(double level, Mbps least) {
    const double size = std::ceil(LevelCounts::mbps(level) * (1 - 1e-7));
    return std::max(least, Mbps{static_cast<std::int64_t>(size)});
  }

  const EconomicMemory& memory_;
  Prices prices_;
  double weight_;
  double span_;
  double reaction_;
  Mbps cap_;
  Mbps from_{};
  double lowest_ = 0;
  double highest_ = 0;
  double left_ = 0;
  When when_ = When::kNow;
};

/// What a prepaid upgrade costs: by inquiry where there is an answer for this size, else by tariff.
Money price_of(const Situation& situation, Mbps to, Duration left) {
  if (situation.quote && situation.quote->to == to) return situation.quote->due_now;
  if (situation.tariff == nullptr) return {};
  return prepaid_upgrade_price(*situation.tariff, situation.cap, to, left, situation.month);
}

Recommendation raise(const Situation& situation, const Choice& choice, Mbps to, Duration left) {
  const EconomicMemory& memory = *situation.economic;
  const Money price = price_of(situation, to, left);
  const double months = choice.worth(to) / seconds(situation.month);
  const double worth = num(choice.prices().unit()) * num(to - situation.cap) * months;
  const double saturated =
      situation.demand.saturated_share(memory.at() - kLookBack, memory.at()) * seconds(kLookBack);
  return {.wants = to,
          .reason = {ReasonCode::kEconomic,
                     {num(situation.cap), num(to), saturated, seconds(kLookBack), num(price),
                      seconds(left), std::max(worth, num(price))}},
          .weighed = true};
}

Recommendation keep(const Situation& situation) {
  return {.wants = situation.cap,
          .reason = {ReasonCode::kAtTarget, {num(situation.cap)}},
          .weighed = true};
}

Recommendation prepaid(Choice& choice, const Policy& policy, const Situation& situation) {
  const EconomicMemory& memory = *situation.economic;
  const Mbps cap = situation.cap;
  const Duration left = *situation.instance.expires - memory.at();
  const bool last = left < memory.span();
  if (!last) {
    const Mbps to = choice.now(seconds(left - memory.latency()));
    if (to > cap) return raise(situation, choice, to, left);
    // Before its window opens nothing can be ordered for the next term, and all may still change.
    if (left > policy.downgrade.window + memory.span()) return keep(situation);
  }
  const auto months = situation.instance.period_months;
  Duration term = months ? *months * situation.month : memory.term();
  if (term <= Duration::zero()) term = situation.month;
  const Mbps start = choice.next_term(seconds(term));
  if (start == cap || (start > cap && !last)) return keep(situation);
  if (start > cap) return raise(situation, choice, start, std::max(left, Duration::zero()));
  return {.wants = start,
          .reason = {ReasonCode::kNextTerm, {num(start), seconds(term), memory.egress().mbps()}},
          .weighed = true};
}

Recommendation postpaid(Choice& choice, const Situation& situation) {
  const EconomicMemory& memory = *situation.economic;
  const Mbps cap = situation.cap;
  const Mbps likely = choice.likely();
  if (likely > cap) return raise(situation, choice, likely, choice.keep());
  const Duration kept = std::max(choice.keep(), memory.span());
  const Recall seen = situation.demand.recall(memory.at() - kept, memory.at());
  const Mbps to = std::max(likely, size_for(seen.largest * (1 / memory.full_at())));
  if (to >= cap || memory.saturated()) return keep(situation);
  return {.wants = to,
          .reason = {ReasonCode::kQuiet, {num(to), seconds(kept), seen.largest.mbps()}},
          .weighed = true};
}

}  // namespace

Recommendation recommend(const EconomicRule& rule, const Policy& policy, const Situation& situation,
                         TimePoint) {
  if (situation.economic == nullptr || situation.economic->empty()) {
    return {.wants = std::nullopt, .reason = {ReasonCode::kNoData, {}}};
  }
  Choice choice(rule, policy, situation);
  if (situation.instance.charge != Charge::kPrepaid) return postpaid(choice, situation);
  if (!situation.instance.expires) {
    return {.wants = std::nullopt, .reason = {ReasonCode::kTermOver, {0}}};
  }
  return prepaid(choice, policy, situation);
}

}  // namespace penstock
