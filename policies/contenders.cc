#include "policies/contenders.h"

#include <algorithm>
#include <array>
#include <cassert>
#include <charconv>
#include <cmath>

#include "policies/decayed_percentile.h"

namespace penstock {

namespace {

/// Rounded up to a whole cap; far-off figures stay inside the integer's range.
std::int64_t whole(double mbps) {
  return static_cast<std::int64_t>(std::ceil(std::clamp(mbps, 0.0, 1e15)));
}

double utilisation(const Glimpse& seen) {
  return seen.observed / static_cast<double>(seen.cap);
}

/// Knows the whole series and always has its largest demand.
class StaticPeak final : public Contender {
 public:
  explicit StaticPeak(const Series& series)
      : peak_(whole(*std::max_element(series.demand.begin(), series.demand.end()))) {}
  std::optional<std::int64_t> start() const override { return peak_; }
  Wish decide(const Glimpse&) override { return {.cap = peak_}; }

 private:
  std::int64_t peak_;
};

/// A careful person: once a cycle, a fifth above the largest observation.
class Review final : public Contender {
 public:
  Wish decide(const Glimpse& seen) override {
    if (seen.in_cycle == 0) largest_ = 0;
    largest_ = std::max(largest_, seen.observed);
    return {.cap = seen.last_of_cycle ? whole(1.2 * largest_) : seen.cap};
  }

 private:
  double largest_ = 0;
};

/// Kubernetes' horizontal autoscaler.
class Hpa final : public Contender {
 public:
  explicit Hpa(double target) : target_(target) {}
  Wish decide(const Glimpse& seen) override {
    const double ratio = utilisation(seen) / target_;
    if (std::abs(ratio - 1) <= 0.1) return {.cap = seen.cap};
    return {.cap = std::max<std::int64_t>(1, whole(static_cast<double>(seen.cap) * ratio))};
  }

 private:
  double target_;
};

/// Nomad's target-value: little tolerance, five minutes between orders.
class Nomad final : public Contender {
 public:
  explicit Nomad(double target) : target_(target) {}
  Wish decide(const Glimpse& seen) override {
    const double ratio = utilisation(seen) / target_;
    const bool cooling = ordered_at_ && seen.now - *ordered_at_ < std::chrono::minutes{5};
    if (cooling || std::abs(ratio - 1) <= 0.01) return {.cap = seen.cap};
    const std::int64_t want = seen.clamp(whole(static_cast<double>(seen.cap) * ratio));
    if (want != seen.cap && want != seen.pending) ordered_at_ = seen.now;
    return {.cap = want};
  }

 private:
  double target_;
  std::optional<TimePoint> ordered_at_;
};

/// Target tracking by two alarms, on points of at least a minute.
class AwsTargetTracking final : public Contender {
 public:
  AwsTargetTracking(double target, double interval)
      : target_(target),
        point_(static_cast<std::size_t>(std::max(1.0, std::ceil(60 / interval)))) {}
  Wish decide(const Glimpse& seen) override {
    sum_ += seen.observed;
    if (++samples_ < point_) return {.cap = seen.cap};
    const double use = sum_ / static_cast<double>(samples_) / static_cast<double>(seen.cap);
    sum_ = 0;
    samples_ = 0;
    high_ = use > target_ ? high_ + 1 : 0;
    low_ = use < 0.9 * target_ ? low_ + 1 : 0;
    if (high_ < 3 && low_ < 15) return {.cap = seen.cap};
    high_ = low_ = 0;
    return {.cap = whole(static_cast<double>(seen.cap) * (use / target_))};
  }

 private:
  double target_;
  std::size_t point_;
  double sum_ = 0;
  std::size_t samples_ = 0;
  int high_ = 0;
  int low_ = 0;
};

/// Alarms with relative steps.
class Step final : public Contender {
 public:
  explicit Step(double share) : share_(share) {}
  Wish decide(const Glimpse& seen) override {
    const double use = utilisation(seen);
    if (use > 0.8) {
      return {.cap = whole(static_cast<double>(seen.cap) * (1 + share_)), .drop_pending = true};
    }
    if (use >= 0.3) return {.cap = seen.cap};
    const auto from = static_cast<double>(seen.pending.value_or(seen.cap));
    return {.cap = std::max<std::int64_t>(1, static_cast<std::int64_t>(from * (1 - share_)))};
  }

 private:
  double share_;
};

/// The vertical autoscaler's recommender: decayed 90th percentile plus 15 %.
class Vpa final : public Contender {
 public:
  Wish decide(const Glimpse& seen) override {
    history_.add(seen.observed, seen.now);
    return {.cap = whole(1.15 * history_.at(0.90))};
  }

 private:
  DecayedPercentile history_{std::chrono::hours{24}};
};

/// The reference: rent until the rent equals the price of the rest of the cycle.
class BreakEven final : public Contender {
 public:
  BreakEven(const Timeline& timeline, double weight)
      : weight_(weight),
        cycle_samples_(timeline.samples_per_cycle()),
        window_(static_cast<std::size_t>(std::floor(7 * 86400 / timeline.interval)) + 1) {}

  Wish decide(const Glimpse& seen) override {
    remember(seen.observed);
    if (seen.in_cycle == 0) pain_ = 0;
    const double threshold = 0.98 * static_cast<double>(seen.cap);
    const bool saturated = seen.observed >= threshold;
    if (saturated) {
      ++pain_;
      const double share = share_at_least(threshold);
      const double left =
          seen.in_cycle < cycle_samples_ ? static_cast<double>(cycle_samples_ - seen.in_cycle) : 1;
      if (weight_ * (static_cast<double>(pain_) + share * left) >= left) {
        // At the largest cap, or with the same order on its way, nothing new can be ordered.
        const std::int64_t want = seen.clamp(whole(1.1 * static_cast<double>(seen.cap)));
        if (seen.would_upgrade(want)) {
          pain_ = 0;
          return {.cap = want};
        }
      }
    }
    if (!seen.last_of_cycle) return {.cap = seen.cap};
    return {.cap = std::min(seen.cap, whole(quantile() / 0.98))};
  }

 private:
  void remember(double observed) {
    above_ += observed >= threshold_ ? 1 : 0;
    if (recent_.size() < window_) {
      recent_.push_back(observed);
    } else {
      above_ -= recent_[next_] >= threshold_ ? 1 : 0;
      recent_[next_] = observed;
      next_ = (next_ + 1) % window_;
    }
  }

  /// Counted anew only when the cap has changed: a week may be half a million samples.
  double share_at_least(double threshold) {
    if (threshold != threshold_) {
      threshold_ = threshold;
      above_ = std::count_if(recent_.begin(), recent_.end(),
                             [&](double one) { return one >= threshold; });
    }
    return static_cast<double>(above_) / static_cast<double>(recent_.size());
  }

  double quantile() const {
    std::vector<double> sorted = recent_;
    const auto n = static_cast<double>(sorted.size());
    const double rank = std::clamp(std::floor((1 - 1 / weight_) * n), 0.0, n - 1);
    const auto nth = sorted.begin() + static_cast<std::ptrdiff_t>(rank);
    std::nth_element(sorted.begin(), nth, sorted.end());
    return *nth;
  }

  double weight_;
  std::size_t cycle_samples_;
  std::size_t window_;
  std::vector<double> recent_;
  std::size_t next_ = 0;
  double threshold_ = HUGE_VAL;
  std::ptrdiff_t above_ = 0;  ///< of recent_, how many are at least threshold_
  std::int64_t pain_ = 0;
};

struct Family {
  std::string_view name;
  ContenderKind kind;
  bool takes_parameter;
  double most;  ///< largest sensible parameter
};

constexpr std::array kFamilies = {
    Family{"static-peak", ContenderKind::kStaticPeak, false, 0},
    Family{"review", ContenderKind::kReview, false, 0},
    Family{"hpa", ContenderKind::kHpa, true, 1},
    Family{"nomad", ContenderKind::kNomad, true, 1},
    Family{"awstt", ContenderKind::kAwsTargetTracking, true, 1},
    Family{"step", ContenderKind::kStep, true, 100},
    Family{"vpa", ContenderKind::kVpa, false, 0},
    Family{"break-even", ContenderKind::kBreakEven, false, 0},
};

constexpr std::string_view kAll =
    "static-peak,review,hpa-0.5,hpa-0.6,hpa-0.7,hpa-0.8,hpa-0.9,nomad-0.7,awstt-0.7,step-0.5,"
    "step-1.0,vpa,break-even";

Error unknown(std::string_view name) {
  return {.kind = ErrorKind::kInvalid,
          .message = "unknown contender \"" + std::string(name.substr(0, 64)) +
                     "\": known are static-peak, review, hpa-T, nomad-T, awstt-T (0 < T <= 1), "
                     "step-P (0 < P), vpa, break-even",
          .code = {},
          .request_id = {}};
}

}  // namespace

Result<ContenderSpec> parse_contender(std::string_view name) {
  for (const Family& family : kFamilies) {
    if (!family.takes_parameter) {
      if (name == family.name) {
        return ContenderSpec{.kind = family.kind, .parameter = 0, .name = std::string(name)};
      }
      continue;
    }
    if (!name.starts_with(family.name) || name.size() < family.name.size() + 2 ||
        name[family.name.size()] != '-') {
      continue;
    }
    const std::string_view digits = name.substr(family.name.size() + 1);
    double parameter = 0;
    const auto [end, error] =
        std::from_chars(digits.data(), digits.data() + digits.size(), parameter);
    const bool number = error == std::errc{} && end == digits.data() + digits.size();
    if (!number || !(parameter > 0) || parameter > family.most) return unknown(name);
    return ContenderSpec{.kind = family.kind, .parameter = parameter, .name = std::string(name)};
  }
  return unknown(name);
}

Result<std::vector<ContenderSpec>> parse_contenders(std::string_view list) {
  std::vector<ContenderSpec> specs;
  if (list == "none") return specs;
  std::string_view rest = list == "all" ? kAll : list;
  while (true) {
    const std::size_t comma = rest.find(',');
    Result<ContenderSpec> spec = parse_contender(rest.substr(0, comma));
    if (!spec) return spec.error();
    const bool known = std::any_of(specs.begin(), specs.end(), [&](const ContenderSpec& one) {
      return one.name == spec->name;
    });
    if (!known) specs.push_back(*std::move(spec));
    if (comma == std::string_view::npos) return specs;
    rest.remove_prefix(comma + 1);
  }
}

std::unique_ptr<Contender> make_contender(const ContenderSpec& spec, const Series& series,
                                          const Timeline& timeline, double weight) {
  switch (spec.kind) {
    case ContenderKind::kStaticPeak:
      return std::make_unique<StaticPeak>(series);
    case ContenderKind::kReview:
      return std::make_unique<Review>();
    case ContenderKind::kHpa:
      return std::make_unique<Hpa>(spec.parameter);
    case ContenderKind::kNomad:
      return std::make_unique<Nomad>(spec.parameter);
    case ContenderKind::kAwsTargetTracking:
      return std::make_unique<AwsTargetTracking>(spec.parameter, timeline.interval);
    case ContenderKind::kStep:
      return std::make_unique<Step>(spec.parameter);
    case ContenderKind::kVpa:
      return std::make_unique<Vpa>();
    case ContenderKind::kBreakEven:
      return std::make_unique<BreakEven>(timeline, weight);
  }
  assert(false);
  return nullptr;
}

}  // namespace penstock
