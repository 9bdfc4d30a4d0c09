// Cloud: the provider, over all configured accounts, as the loop needs it.
//
//   auto states = cloud.read_changes(refs);            // DescribeInstanceInternetStatus, batched
//   auto accepted = cloud.modify({{ref, Mbps{200}}});   // never resent by itself
//
// Batched: answers[i] belongs to questions[i]; accounts are asked side by side, each within its own
// rate. Reads are retried inside; a change is sent at most once and an unclear answer is
// ErrorKind::kUnknownOutcome. One real implementation (ZenlayerCloud) and simulated ones.
// Called from the loop thread only.
#pragma once

#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "metrics/sample.h"
#include "policies/decide.h"
#include "policies/instance.h"
#include "policies/result.h"

namespace penstock {

/// Enough to address one instance in a call.
struct InstanceRef {
  InstanceKey key;
  Product product = Product::kVm;
  Charge charge = Charge::kUnknown;
};

struct SizeQuestion {
  InstanceRef instance;
  Mbps to;
};

/// DescribeInstanceInternetStatus.
struct BandwidthStatus {
  std::optional<Mbps> cap;
  std::optional<Mbps> modified;
  ChangeState::Kind kind = ChangeState::Kind::kRunning;  ///< unknown words count as running
};

/// The raw price answer, in the API's own fields (zenlayer-api 3.6); quote.h gives it a meaning.
struct PriceAnswer {
  struct Item {
    std::optional<Money> original_price, discount_price;   ///< prepaid
    std::optional<Money> unit_price, discount_unit_price;  ///< postpaid, per charge_unit
    std::string charge_unit;                               ///< HOUR, DAY, MONTH
    std::string amount_unit;                               ///< "Mbps": per Mbps; "" = total
    struct Step {
      Mbps from;
      std::optional<Mbps> to;
      std::optional<Money> unit_price, discount_unit_price;
    };
    std::vector<Step> steps;
  };
  std::vector<Item> items;  ///< empty: no price (bmc within the included bandwidth)
};

struct Accepted {
  std::string order_number;  ///< empty = no payment was involved
  std::string request_id;
};

struct Inventory {
  std::vector<Instance> instances;  ///< limits and included bandwidth joined in
};

struct TrafficQuestion {
  InstanceRef instance;
  TimePoint from, to;  ///< at most 24 h, within the last 30 days
};

struct Balance {
  Money purchasing_power;  ///< net of frozen amounts
};

struct Transaction {
  std::string order_number;
  TimePoint at;
  Money amount;
  std::string type;
};

/// What the credentials were seen to be allowed. nullopt = not tried yet.
struct Rights {
  std::optional<bool> list, status, inquire, modify, cancel, traffic, balance, transactions;
};

/// What is noteworthy about the way to an account's API.
struct AccountHealth {
  std::string alarm;                   ///< what a person must look at; "" = nothing
  std::optional<Duration> clock_skew;  ///< the server's clock minus ours, from its Date header
};

class Cloud {
 public:
  virtual ~Cloud() = default;
  /// Every account's instances, or why it could not be listed; one failing leaves others alone.
  virtual std::map<std::string, Result<Inventory>> list() = 0;
  virtual std::vector<Result<BandwidthStatus>> read_changes(std::span<const InstanceRef>) = 0;
  virtual std::vector<Result<PriceAnswer>> inquire(std::span<const SizeQuestion>) = 0;
  virtual std::vector<Result<Accepted>> modify(std::span<const SizeQuestion>) = 0;
  virtual std::vector<Result<Accepted>> cancel_downgrade(std::span<const InstanceRef>) = 0;
  virtual std::vector<Result<std::vector<Sample>>> traffic(std::span<const TrafficQuestion>) = 0;
  virtual std::map<std::string, Result<Balance>> balances() = 0;
  virtual Result<std::vector<Transaction>> transactions(const std::string& account, TimePoint from,
                                                        TimePoint to) = 0;
  virtual Rights rights(const std::string& account) const = 0;
  /// A person says that all is well again: what was denied lately may be asked again at once.
  virtual void retry_denied(const std::string& /*account*/) {}
  virtual AccountHealth health(const std::string&) const { return {}; }
  /// How many changes the account's rate lets through within `span` from now.
  virtual int changes_allowed(const std::string& account, Duration span) const = 0;
};

}  // namespace penstock
