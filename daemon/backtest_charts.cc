#include "daemon/backtest_charts.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>

#include "daemon/backtest_options.h"
#include "policies/price_curve.h"

namespace penstock {

namespace {

constexpr double kNone = std::numeric_limits<double>::quiet_NaN();

double seconds(Duration span) {
  return static_cast<double>(span.count()) / 1000.0;
}

/// Where the samples of one series lie on the screen.
class Screen {
 public:
  Screen(const Series& series, const Timeline& timeline, std::size_t slots)
      : series_(series), begin_(series.at.front()) {
    slot_ = std::max(timeline.interval, timeline.span / static_cast<double>(slots));
    count_ = unbounded(series.size() - 1) + 1;
  }
  double slot() const { return slot_; }
  std::size_t count() const { return count_; }
  double at(std::size_t sample) const { return seconds(series_.at[sample] - begin_); }
  /// A little late, so that jitter seldom puts two samples into one slot.
  std::size_t slot_of(std::size_t sample) const { return std::min(count_ - 1, unbounded(sample)); }
  /// The last value of each slot; empty slots repeat the one before.
  std::vector<double> last_of_each(const std::vector<double>& values) const {
    std::vector<double> out(count_, kNone);
    for (std::size_t i = 0; i < values.size(); ++i) out[slot_of(i)] = values[i];
    for (std::size_t s = 1; s < count_; ++s) {
      if (std::isnan(out[s])) out[s] = out[s - 1];
    }
    return out;
  }

 private:
  std::size_t unbounded(std::size_t sample) const {
    return static_cast<std::size_t>((at(sample) + 0.02 * slot_) / slot_);
  }

  const Series& series_;
  TimePoint begin_;
  double slot_;
  std::size_t count_ = 1;
};

/// What caps have cost by the end of each of kBillPoints equal parts of the scored time.
class BillLine {
 public:
  BillLine(const Series& series, const Timeline& timeline, const ReplaySettings& settings)
      : series_(series),
        interval_(timeline.interval),
        price_(settings.tariff),
        first_(timeline.first_scored(settings.skip_cycles)) {}

  std::vector<double> operator()(const std::vector<double>& caps) const {
    std::vector<double> line(kBillPoints, kNone);
    const TimePoint begin = series_.at[first_];
    const double span = seconds(series_.at.back() - begin) + interval_;
    double bill = 0;
    double priced_cap = kNone;
    double priced = 0;
    line[0] = 0;
    for (std::size_t i = first_; i < series_.size(); ++i) {
      if (caps[i] != priced_cap) {
        priced_cap = caps[i];
        priced = price_.at(priced_cap) * interval_ / kMonthSeconds;
      }
      bill += priced;
      const double share = (seconds(series_.at[i] - begin) + interval_) / span;
      const double part = std::ceil(share * static_cast<double>(kBillPoints - 1) - 1e-9);
      line[std::min(kBillPoints - 1, static_cast<std::size_t>(part))] = bill;
    }
    for (std::size_t p = 1; p < kBillPoints; ++p) {
      if (std::isnan(line[p])) line[p] = line[p - 1];
    }
    return line;
  }

 private:
  const Series& series_;
  double interval_;
  PriceCurve price_;
  std::size_t first_;
};

/// Least and largest demand of each slot.
void keep_demand(const Series& series, const Timeline& timeline, const Screen& screen,
                 ChartedSeries& chart) {
  chart.low.assign(screen.count(), kNone);
  chart.high.assign(screen.count(), kNone);
  bool merged = false;
  std::size_t last = 0;
  for (std::size_t i = 0; i < series.size(); ++i) {
    const std::size_t s = screen.slot_of(i);
    const double demand = series.demand[i];
    // A slot that jitter left out is no gap.
    const bool gap = i > 0 && screen.at(i) - screen.at(i - 1) > 1.5 * timeline.interval;
    for (std::size_t skipped = last + 1; !gap && skipped < s; ++skipped) {
      chart.low[skipped] = chart.high[skipped] = series.demand[i - 1];
    }
    merged = merged || !std::isnan(chart.low[s]);
    chart.low[s] = std::fmin(chart.low[s], demand);
    chart.high[s] = std::fmax(chart.high[s], demand);
    last = s;
  }
  if (!merged) chart.high.clear();
}

ChartedWeight chart_weight(const Series& series, const Timeline& timeline, const Screen& screen,
                           const BacktestPlan& plan, double weight, std::size_t most_orders,
                           const ChartedWeight* earlier) {
  const ReplaySettings& settings = plan.settings;
  const bool flat =
      settings.billing == BillingModel::kPrepaid || settings.billing == BillingModel::kPostpaid;
  const BillLine bill(series, timeline, settings);
  ChartedWeight chart;
  const auto play = [&](Contender& contender) {
    Recording recording;
    replay(series, timeline, contender, settings, &recording);
    if (flat) chart.bills.push_back(bill(recording.cap));
    return recording;
  };
  const Recording policy = play(*plan.policy(series, timeline, weight));
  chart.cap = screen.last_of_each(policy.cap);
  // All of them where there is room, else one in two, in four, … so that no part stays bare.
  std::size_t stride = 1;
  while (policy.events.size() > stride * most_orders) stride *= 2;
  for (std::size_t e = 0; e < policy.events.size(); e += stride) {
    const Event& event = policy.events[e];
    chart.orders.push_back({.at = screen.at(event.sample) + timeline.interval, .event = event});
  }
  chart.more_orders = policy.events.size() - chart.orders.size();
  if (!flat) return chart;
  std::vector<double> best;
  hindsight(series, timeline, settings, weight, &best);
  chart.best_cap = screen.last_of_each(best);
  chart.bills.push_back(bill(best));
  for (std::size_t c = 0; c < plan.contenders.size(); ++c) {
    if (earlier != nullptr && !plan.contenders[c].weighs()) {
      chart.bills.push_back(earlier->bills[c + 2]);
    } else {
      play(*make_contender(plan.contenders[c], series, timeline, weight));
    }
  }
  return chart;
}

/// Short but exact enough for a screen: four significant digits.
void number(JsonWriter& w, double value) {
  if (!(std::abs(value) > 0) || std::isinf(value)) {
    w.number(value);
    return;
  }
  const double power = std::pow(10, 3 - std::floor(std::log10(std::abs(value))));
  // Dividing by a whole number gives the double nearest to the short decimal.
  w.number(power >= 1 ? std::round(value * power) / power
                      : std::round(value * power) * std::round(1 / power));
}

void numbers(JsonWriter& w, const std::vector<double>& values) {
  w.begin_array();
  for (const double value : values) number(w, value);
  w.end_array();
}

/// Pairs of slot and value, where the value changes.
void steps(JsonWriter& w, const std::vector<double>& values) {
  w.begin_array();
  double last = kNone;
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (values[i] == last || std::isnan(values[i])) continue;
    last = values[i];
    w.integer(static_cast<std::int64_t>(i));
    number(w, last);
  }
  w.end_array();
}

std::string_view word_of(Event::Kind kind) {
  switch (kind) {
    case Event::Kind::kUpgrade:
      return "up";
    case Event::Kind::kSchedule:
      return "schedule";
    case Event::Kind::kDrop:
      return "drop";
    case Event::Kind::kLowered:
      return "down";
  }
  return "";
}

void write_weight(JsonWriter& w, const BacktestPlan& plan, const ChartedWeight& chart) {
  w.begin_object();
  w.key("cap");
  steps(w, chart.cap);
  w.key("best");
  steps(w, chart.best_cap);
  w.key("orders").begin_array();
  for (const ChartedOrder& order : chart.orders) {
    const Reason& reason = order.event.reason;
    w.begin_array();
    w.integer(std::llround(order.at));
    w.string(word_of(order.event.kind));
    w.integer(order.event.from);
    w.integer(order.event.to);
    w.string(reason.code == ReasonCode::kNone ? std::string() : render(reason));
    w.end_array();
  }
  w.end_array();
  w.key("more_orders").integer(static_cast<std::int64_t>(chart.more_orders));
  w.key("bills").begin_object();
  for (std::size_t i = 0; i < chart.bills.size(); ++i) {
    w.key(i == 0 ? "policy" : i == 1 ? "hindsight" : plan.contenders[i - 2].name);
    numbers(w, chart.bills[i]);
  }
  w.end_object().end_object();
}

}  // namespace

ChartedSeries chart_series(const Series& series, const BacktestPlan& plan, const ChartSize& size) {
  const Timeline timeline = make_timeline(series, plan.settings.cycle);
  ChartedSeries chart;
  chart.drawn = timeline.scorable(plan.settings.skip_cycles);
  if (!chart.drawn) return chart;
  const Screen screen(series, timeline, size.slots);
  chart.begin = series.at.front();
  chart.slot = screen.slot();
  chart.span = timeline.span;
  chart.scored_from = screen.at(timeline.first_scored(plan.settings.skip_cycles));
  keep_demand(series, timeline, screen, chart);
  chart.weights.reserve(plan.weights.size());
  for (const double weight : plan.weights) {
    const ChartedWeight* earlier = chart.weights.empty() ? nullptr : &chart.weights.front();
    chart.weights.push_back(
        chart_weight(series, timeline, screen, plan, weight, size.orders, earlier));
  }
  return chart;
}

void write_chart(JsonWriter& w, const BacktestPlan& plan, const ChartedSeries& chart) {
  w.begin_object();
  w.key("begin").number(seconds(chart.begin.time_since_epoch()));
  w.key("slot").number(chart.slot);
  w.key("span").number(chart.span);
  w.key("scored_from").number(chart.scored_from);
  w.key("low");
  numbers(w, chart.low);
  w.key("high");
  if (chart.high.empty()) {
    w.null();
  } else {
    numbers(w, chart.high);
  }
  w.key("weights").begin_object();
  for (std::size_t i = 0; i < chart.weights.size(); ++i) {
    w.key(weight_text(plan.weights[i]));
    write_weight(w, plan, chart.weights[i]);
  }
  w.end_object().end_object();
}

}  // namespace penstock
