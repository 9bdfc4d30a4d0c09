// The provider's wire format: what is asked, and how answers are read. Every field may be absent,
// null or a number written as text; the bandwidth has another name per product and per call.
//
//   body = wire::size_request(Product::kBmc, "123", Mbps{200});   // "bandwidthOutMbps"
//   Result<BandwidthStatus> status = wire::read_status(answer.response());
//
// Pure functions; nothing in them trusts an answer. Texts are bounded, ids never cut.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "daemon/cloud.h"
#include "daemon/json.h"

namespace penstock::wire {

// --- requests ---------------------------------------------------------------------------------

/// One page of DescribeInstances; `group` "" = all that the key may see.
std::string list_request(const std::string& group, int page, int page_size);
std::string ids_request(std::span<const std::string> ids);  ///< at most 100
std::string id_request(const std::string& id);
/// ModifyInstanceBandwidth and InquiryPriceInstanceBandwidth.
std::string size_request(Product product, const std::string& id, Mbps size);
std::string charge_request(Charge charge);
std::string traffic_request(const std::string& id, TimePoint from, TimePoint to);
std::string transactions_request(TimePoint from, TimePoint to, int page, int page_size);

// --- answers ----------------------------------------------------------------------------------

/// One page of instances, without what other calls know of their types.
struct InstancePage {
  std::optional<std::int64_t> total;
  std::size_t rows = 0;  ///< also those that could not be used
  std::vector<Instance> instances;
};
/// Fails when the answer has no list although it says that there are instances.
Result<InstancePage> read_instances(Product product, const std::string& account,
                                    JsonValue response);

Result<BandwidthStatus> read_status(JsonValue response);
PriceAnswer read_price(JsonValue response);
Accepted read_accepted(JsonValue response, std::string request_id);
Result<std::vector<Sample>> read_traffic(JsonValue response);
Result<Balance> read_balance(JsonValue response);

struct TransactionPage {
  std::optional<std::int64_t> total;
  std::size_t rows = 0;
  std::vector<Transaction> transactions;
  std::vector<std::string> keys;  ///< what tells one transaction from another, in the same order
};
Result<TransactionPage> read_transactions(JsonValue response);

/// What one of the type calls says about a type, in one zone or (zone = "") everywhere.
struct TypeLimit {
  std::string zone, type;
  std::optional<Mbps> limit;
  bool limitable = true;  ///< false: -1, a speed limit is not supported
  std::optional<Mbps> included;
};
std::vector<TypeLimit> read_vm_limits(JsonValue response);      ///< DescribeZoneInstanceConfigInfos
std::vector<TypeLimit> read_bmc_types(JsonValue response);      ///< DescribeInstanceTypes
std::vector<TypeLimit> read_bmc_resources(JsonValue response);  ///< DescribeAvailableResources

}  // namespace penstock::wire
