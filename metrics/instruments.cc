#include "metrics/instruments.h"

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

#include <map>
#include <mutex>
#include <utility>
#include <vector>

#include "metrics/exposition.h"

namespace penstock {
namespace {

constexpr std::size_t kMaxSeries = 1000;

using Values = std::vector<std::string>;

double seconds(Duration span) {
  return static_cast<double>(span.count()) / 1000.0;
}

/// One metric and its series by their label values. Looking a series up here is cheaper than in
/// prometheus-cpp, and its number stays bounded.
template <class Metric>
class Series {
 public:
  template <class... Extra>
  Series(prometheus::Family<Metric>& family, std::vector<std::string> labels, Extra... extra)
      : family_(family),
        labels_(std::move(labels)),
        make_([=](auto& f, const auto& l) -> Metric& { return f.Add(l, extra...); }) {}

  Metric& at(Values values) {
    for (std::string& value : values) value = label_text(value);
    auto found = series_.find(values);
    if (found == series_.end() && series_.size() >= kMaxSeries) {
      values.assign(labels_.size(), "other");
      found = series_.find(values);
    }
    if (found != series_.end()) return *found->second;
    prometheus::Labels labels;
    for (std::size_t i = 0; i < labels_.size(); ++i) labels.emplace(labels_[i], values[i]);
    Metric& made = make_(family_, labels);
    series_.emplace(std::move(values), &made);
    return made;
  }

 private:
  prometheus::Family<Metric>& family_;
  std::vector<std::string> labels_;
  std::function<Metric&(prometheus::Family<Metric>&, const prometheus::Labels&)> make_;
  std::map<Values, Metric*> series_;
};

using Buckets = prometheus::Histogram::BucketBoundaries;

/// Seconds; a running change takes seconds to minutes, a scheduled one up to a month.
const Buckets kOrderBuckets{1,   2,   5,    10,   20,     30,     60,      120,
                            300, 600, 1800, 3600, 21'600, 86'400, 604'800, 2'678'400};
const Buckets kRequestBuckets{0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30};
const Buckets kTickBuckets{0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1,
                           0.25,  0.5,    1,     2.5,  5,     10,   30};
/// A loop that has time begins within a millisecond or two; beyond a tick it is overrun.
const Buckets kLateBuckets{0.001, 0.002, 0.005, 0.01, 0.015, 0.02, 0.03, 0.05, 0.1, 0.5, 1, 5, 15};

}  // namespace

struct Instruments::State {
  prometheus::Registry registry;

  prometheus::Family<prometheus::Counter>& counter(const char* name, const char* help) {
    return prometheus::BuildCounter().Name(name).Help(help).Register(registry);
  }
  prometheus::Family<prometheus::Histogram>& histogram(const char* name, const char* help) {
    return prometheus::BuildHistogram().Name(name).Help(help).Register(registry);
  }
  prometheus::Family<prometheus::Gauge>& gauge(const char* name, const char* help) {
    return prometheus::BuildGauge().Name(name).Help(help).Register(registry);
  }

  Series<prometheus::Counter> decisions{
      counter("penstock_decisions_total", "Decisions that differ from the instance's last one."),
      {"policy", "action", "reason"}};
  Series<prometheus::Counter> orders{
      counter("penstock_orders_total", "Orders that reached an outcome."),
      {"product", "kind", "outcome"}};
  Series<prometheus::Histogram> order_effect{
      histogram("penstock_order_effect_seconds", "Time from sending an order to its effect."),
      {"product", "kind"},
      kOrderBuckets};
  Series<prometheus::Counter> spend{
      counter("penstock_spend_total", "Money that orders have cost, as budgets count it."),
      {"policy", "currency"}};
  Series<prometheus::Counter> source_errors{
      counter("penstock_source_errors_total", "Questions to a traffic source that failed."),
      {"source"}};
  Series<prometheus::Counter> api_requests{
      counter("penstock_api_requests_total", "Requests to the provider's API by their answer."),
      {"product", "action", "code"}};
  Series<prometheus::Histogram> api_seconds{
      histogram("penstock_api_request_seconds", "Time that a request to the provider's API took."),
      {"product", "action"},
      kRequestBuckets};
  Series<prometheus::Histogram> tick{
      histogram("penstock_tick_seconds", "Time that each phase of a tick took."),
      {"phase"},
      kTickBuckets};
  prometheus::Histogram& tick_late =
      histogram("penstock_tick_late_seconds", "How much later than it was due a tick began.")
          .Add({}, kLateBuckets);
  Series<prometheus::Counter> alarms{
      counter("penstock_order_alarms_total", "Orders that began to need a person, by why."),
      {"alarm"}};
  prometheus::Counter& journal_errors =
      counter("penstock_journal_errors_total", "Writes to the journal that failed.").Add({});
  prometheus::Gauge& config_ok =
      gauge("penstock_config_last_reload_successful",
            "1 when the newest configuration is in use, 0 when it was refused.")
          .Add({});
  prometheus::Family<prometheus::Gauge>& build =
      gauge("penstock_build_info", "The running version; 1.");

  std::mutex mutex;  ///< of the series maps and `spent`; prometheus-cpp guards its own
  std::map<std::string, std::pair<Money, Money>, std::less<>> spent;  ///< true sum, shown sum
};

Instruments::Instruments(std::string_view version) : state_(std::make_unique<State>()) {
  state_->config_ok.Set(1);
  state_->build.Add({{"version", label_text(version)}}).Set(1);
}

Instruments::~Instruments() = default;

void Instruments::decided(std::string_view policy, std::string_view action,
                          std::string_view reason) {
  const std::lock_guard lock(state_->mutex);
  state_->decisions.at({std::string(policy), std::string(action), std::string(reason)}).Increment();
}

void Instruments::ordered(std::string_view product, std::string_view kind,
                          std::string_view outcome) {
  const std::lock_guard lock(state_->mutex);
  state_->orders.at({std::string(product), std::string(kind), std::string(outcome)}).Increment();
}

void Instruments::order_took(std::string_view product, std::string_view kind, Duration span) {
  const std::lock_guard lock(state_->mutex);
  state_->order_effect.at({std::string(product), std::string(kind)}).Observe(seconds(span));
}

void Instruments::spent(std::string_view policy, Money money) {
  const std::lock_guard lock(state_->mutex);
  auto& [sum, shown] = state_->spent[label_text(policy)];
  sum += money;
  prometheus::Counter& counter = state_->spend.at({std::string(policy), std::string(kCurrency)});
  if (sum <= shown) return;
  counter.Increment(static_cast<double>((Money(sum - shown)).micros()) / 1e6);
  shown = sum;
}

void Instruments::source_failed(std::string_view source) {
  const std::lock_guard lock(state_->mutex);
  state_->source_errors.at({std::string(source)}).Increment();
}

void Instruments::expect_source(std::string_view source) {
  const std::lock_guard lock(state_->mutex);
  state_->source_errors.at({std::string(source)});
}

void Instruments::api_request(std::string_view product, std::string_view action,
                              std::string_view code, Duration span) {
  const std::lock_guard lock(state_->mutex);
  state_->api_requests.at({std::string(product), std::string(action), std::string(code)})
      .Increment();
  state_->api_seconds.at({std::string(product), std::string(action)}).Observe(seconds(span));
}

void Instruments::tick_took(std::string_view phase, Duration span) {
  const std::lock_guard lock(state_->mutex);
  state_->tick.at({std::string(phase)}).Observe(seconds(span));
}

void Instruments::tick_began(Duration late) {
  state_->tick_late.Observe(seconds(late));
}

void Instruments::order_alarm(std::string_view alarm) {
  const std::lock_guard lock(state_->mutex);
  state_->alarms.at({std::string(alarm)}).Increment();
}

void Instruments::journal_failed() {
  state_->journal_errors.Increment();
}

void Instruments::config_loaded(bool well) {
  state_->config_ok.Set(well ? 1 : 0);
}

std::string Instruments::text() const {
  return prometheus::TextSerializer{}.Serialize(state_->registry.Collect());
}

}  // namespace penstock
