#include "daemon/backtest_options.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

#include "daemon/log.h"

namespace penstock {

namespace {

constexpr std::int64_t kLargestCap = 1'000'000;
constexpr double kLargestWeight = 1e9;

Error wrong(const std::string& option, std::string_view value, const std::string& expected) {
  return {.kind = ErrorKind::kInvalid,
          .message = option + ": \"" + printable(value, 64) + "\" is not " + expected,
          .code = {},
          .request_id = {}};
}

Result<double> amount(const std::string& option, const std::string& text) {
  double number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size() || !(number >= 0) || number > 1e12) {
    return wrong(option, text, "a number of at least 0");
  }
  return number;
}

Result<Duration> positive(const std::string& option, const std::string& text) {
  const std::optional<Duration> span = parse_duration(text);
  if (!span || *span < std::chrono::minutes{1}) {
    return wrong(option, text, "a duration of at least a minute, such as 30d");
  }
  return *span;
}

Result<BillingModel> billing_model(const std::string& text) {
  constexpr std::array kModels = {
      std::pair{"prepaid", BillingModel::kPrepaid}, std::pair{"postpaid", BillingModel::kPostpaid},
      std::pair{"burst95", BillingModel::kBurst95}, std::pair{"package", BillingModel::kPackage}};
  for (const auto& [name, model] : kModels) {
    if (text == name) return model;
  }
  return wrong("--billing", text, "one of prepaid, postpaid, burst95, package");
}

/// "0=2.00,100=1.50": above each size each further Mbps costs the price after it.
Result<std::vector<PriceStep>> price_steps(std::string_view text) {
  std::vector<PriceStep> steps;
  while (!text.empty()) {
    const std::size_t comma = text.find(',');
    const std::string_view one = text.substr(0, comma);
    const std::size_t equals = one.find('=');
    std::int64_t from = -1;
    const auto [end, error] = std::from_chars(one.data(), one.data() + one.size(), from);
    const bool ascending = steps.empty() ? from == 0 : from > steps.back().from.count();
    if (equals == std::string_view::npos || error != std::errc{} || end != one.data() + equals ||
        !ascending || from > kLargestCap) {
      return wrong("--price-steps", one, "FROM=PRICE with sizes that start at 0 and ascend");
    }
    Result<Money> unit = parse_price("--price-steps", one.substr(equals + 1));
    if (!unit) return unit.error();
    steps.push_back({.from = Mbps{from}, .unit_price = *unit});
    text.remove_prefix(comma == std::string_view::npos ? text.size() : comma + 1);
  }
  return steps;
}

Result<Tariff> tariff(const BacktestOptions& options) {
  Tariff tariff;
  Result<Money> unit = parse_price("--unit-price", options.unit_price);
  if (!unit) return unit.error();
  tariff.unit_price = *unit;
  if (options.included < 0 || options.included > kLargestCap) {
    return wrong("--included", std::to_string(options.included), "a size in Mbps");
  }
  tariff.included = Mbps{options.included};
  Result<std::vector<PriceStep>> steps = price_steps(options.price_steps);
  if (!steps) return steps.error();
  tariff.steps = *std::move(steps);
  if (options.steps_mode != "marginal" && options.steps_mode != "volume") {
    return wrong("--steps-mode", options.steps_mode, "marginal or volume");
  }
  tariff.steps_mode = options.steps_mode == "volume" ? StepsMode::kVolume : StepsMode::kMarginal;
  return tariff;
}

/// Each once, in the order given: weights are keys in the document.
std::vector<double> distinct(const std::vector<double>& weights) {
  std::vector<double> once;
  for (const double weight : weights) {
    if (std::find(once.begin(), once.end(), weight) == once.end()) once.push_back(weight);
  }
  return once;
}

Status set_times(const BacktestOptions& options, ReplaySettings& settings) {
  const Result<Duration> cycle = positive("--cycle", options.cycle);
  if (!cycle) return cycle.error();
  settings.cycle = *cycle;
  const std::optional<Duration> latency = parse_duration(options.latency);
  if (!latency) return wrong("--latency", options.latency, "a duration such as 60s");
  settings.latency = *latency;
  if (options.skip_cycles < 0) {
    return wrong("--skip-cycles", std::to_string(options.skip_cycles), "a number of at least 0");
  }
  settings.skip_cycles = options.skip_cycles;
  return ok();
}

Status set_caps(const BacktestOptions& options, ReplaySettings& settings) {
  if (options.min < 1 || options.min > kLargestCap) {
    return wrong("--min", std::to_string(options.min), "a size of at least 1 Mbps");
  }
  if (options.max < options.min || options.max > kLargestCap) {
    return wrong("--max", std::to_string(options.max), "a size from --min to 1000000 Mbps");
  }
  settings.min_cap = options.min;
  settings.max_cap = options.max;
  return ok();
}

Status set_amounts(const BacktestOptions& options, ReplaySettings& settings) {
  struct Amount {
    const char* option;
    const std::string& text;
    double& target;
  };
  for (const Amount& one :
       {Amount{"--commit", options.commit, settings.commit},
        Amount{"--package-gb", options.package_gigabytes, settings.package_gigabytes},
        Amount{"--package-price", options.package_price, settings.package_price},
        Amount{"--overage-price", options.overage_price, settings.overage_price}}) {
    if (one.text.empty()) continue;
    const Result<double> number = amount(one.option, one.text);
    if (!number) return number.error();
    one.target = *number;
  }
  return ok();
}

}  // namespace

Result<Money> parse_price(const std::string& option, std::string_view text) {
  const std::optional<Money> money = parse_money_amount(text);
  if (!money || *money < Money{}) return wrong(option, text, "a price such as 2.50");
  return *money;
}

Result<double> unit_factor(const std::string& unit) {
  constexpr std::array kUnits = {std::pair{"mbps", 1.0}, std::pair{"kbps", 1e-3},
                                 std::pair{"bps", 1e-6}, std::pair{"gbps", 1e3},
                                 std::pair{"bytes-per-second", 8e-6}};
  for (const auto& [name, factor] : kUnits) {
    if (unit == name) return factor;
  }
  return wrong("--value-unit", unit, "one of mbps, kbps, bps, gbps, bytes-per-second");
}

std::string weight_text(double weight) {
  std::array<char, 400> text{};
  const auto end =
      std::to_chars(text.data(), text.data() + text.size(), weight, std::chars_format::fixed).ptr;
  return {text.data(), end};
}

Result<BacktestPlan> make_plan(const BacktestOptions& options) {
  BacktestPlan plan;
  const Result<BillingModel> billing = billing_model(options.billing);
  if (!billing) return billing.error();
  plan.settings.billing = *billing;
  Result<Tariff> prices = tariff(options);
  if (!prices) return prices.error();
  plan.settings.tariff = *std::move(prices);
  for (const auto& set : {set_times, set_caps, set_amounts}) {
    if (const Status status = set(options, plan.settings); !status) return status.error();
  }
  if (!options.weights.empty()) plan.weights = distinct(options.weights);
  for (const double weight : plan.weights) {
    if (!(weight > 0 && weight <= kLargestWeight)) {
      return wrong("--throttle-weight", weight_text(weight), "a number above 0");
    }
  }
  if (!(options.scale_mean >= 0 && options.scale_mean <= static_cast<double>(kLargestCap))) {
    return wrong("--scale-mean", weight_text(options.scale_mean), "a mean in Mbps");
  }
  plan.scale_mean = options.scale_mean;
  Result<std::vector<ContenderSpec>> contenders = parse_contenders(options.contenders);
  if (!contenders) return contenders.error();
  plan.contenders = *std::move(contenders);
  if (options.jobs < 0) return wrong("--jobs", std::to_string(options.jobs), "a number above 0");
  return plan;
}

}  // namespace penstock
