// What `penstock backtest` was asked for, as typed, and the plan it makes of it.
//
//   BacktestOptions options{.traces = {"traces/"}, .contenders = "all"};
//   Result<BacktestPlan> plan = make_plan(options);       // every wrong option is an error in
//   words
//
// Texts are checked here, in one place, whoever parsed the command line. Plain values.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "policies/backtest.h"
#include "policies/result.h"

namespace penstock {

struct BacktestOptions {
  std::vector<std::string> traces;        ///< --trace FILE|FOLDER, many times
  std::string time_column = "timestamp";  ///< --time-column
  std::string value_column = "mbps";      ///< --value-column
  std::string value_unit = "mbps";        ///< --value-unit mbps|kbps|bps|gbps|bytes-per-second

  std::string prometheus;            ///< --prometheus URL
  std::string query;                 ///< --query
  std::string key = "instance_id";   ///< --key: the label that names a series
  std::string from;                  ///< --from: a time, or a duration before --to
  std::string to;                    ///< --to: a time; empty = now
  std::string step = "5m";           ///< --step
  std::string basic_user;            ///< --basic-user
  std::string basic_password_file;   ///< --basic-password-file
  std::string bearer_token_file;     ///< --bearer-token-file
  std::vector<std::string> headers;  ///< --header "NAME: VALUE", many times
  std::string ca_file;               ///< --ca-file
  std::string client_cert_file;      ///< --client-cert-file
  std::string client_key_file;       ///< --client-key-file
  std::string timeout = "60s";       ///< --timeout of one request

  std::string policy;                   ///< --policy FILE; empty = the shipped economic.toml
  std::string policy_name;              ///< --policy-name: which of the file's
  bool own_window = false;              ///< --own-window
  std::string billing = "prepaid";      ///< --billing prepaid|postpaid|burst95|package
  std::string cycle = "30d";            ///< --cycle
  std::string unit_price = "1";         ///< --unit-price, per Mbps and 30 days
  std::string price_steps;              ///< --price-steps FROM=PRICE,…: the first from 0
  std::string steps_mode = "marginal";  ///< --steps-mode marginal|volume
  std::int64_t included = 0;            ///< --included, Mbps
  std::string commit = "0";             ///< --commit, Mbps billed at least (burst95)
  std::string package_gigabytes;        ///< --package-gb, per cycle
  std::string package_price;            ///< --package-price, per cycle
  std::string overage_price;            ///< --overage-price, per GB beyond the package
  bool compare_billing = false;         ///< --compare-billing
  std::string postpaid_price;           ///< --postpaid-price; empty = --unit-price
  std::string burst95_price;            ///< --burst95-price; empty = --unit-price
  std::int64_t min = 1;                 ///< --min, Mbps
  std::int64_t max = 10'000;            ///< --max, Mbps
  std::string latency = "60s";          ///< --latency
  double scale_mean = 0;                ///< --scale-mean, Mbps; 0 = as it is
  int skip_cycles = 1;                  ///< --skip-cycles
  std::vector<double> weights;          ///< --throttle-weight, many times; none = 100
  std::string contenders = "all";       ///< --contenders all|none|LIST

  int jobs = 0;           ///< --jobs; 0 = one for each processor
  bool progress = false;  ///< --progress; on a terminal it is shown anyway
  bool json = false;      ///< --json
  std::string html;       ///< --html FILE
};

/// Everything but the policy, which backtest_policy.h reads and puts into the plan.
Result<BacktestPlan> make_plan(const BacktestOptions& options);
/// A price per Mbps and 30 days, as an option gives it.
Result<Money> parse_price(const std::string& option, std::string_view text);
/// Factor from a --value-unit to Mbps.
Result<double> unit_factor(const std::string& unit);
/// "20", "0.5": the shortest decimal without an exponent, as JSON keys have it.
std::string weight_text(double weight);

}  // namespace penstock
