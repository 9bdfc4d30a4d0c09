// One call of the provider's API as its actions see it, and the reading of its parameters.
//
//   Parameters asked(call.parameters);
//   const std::string id = asked.required_text("instanceId");
//   if (asked.problem()) return asked.problem();       // 400 MISSING_PARAMETER, …_TYPE, …
//
// An action writes the members of `response` and returns nothing, or returns a refusal; then what
// it wrote is thrown away. Plain functions over the simulated cloud.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/json.h"
#include "daemon/sim/sim_cloud.h"
#include "daemon/sim/wire_writer.h"

namespace penstock {

/// Rows of the list of instances as they were written last, for as long as they would read the
/// same.
struct WrittenRow {
  SimInstance shown;
  std::string json;
};
struct RowKey {
  std::string id;
  bool modern, odd, numbers_as_strings;
  auto operator<=>(const RowKey&) const = default;
};
using WrittenRows = std::map<RowKey, WrittenRow>;

struct ProviderCall {
  SimCloud& cloud;
  WrittenRows& rows;
  Product product;         ///< of the service called; meaningless for zbc
  bool modern;             ///< one of the 2026 versions
  Duration traffic_delay;  ///< until a traffic sample can be read
  TimePoint now;
  JsonValue parameters;
  const WireQuirks& quirks;
  WireWriter& out;
};

using ProviderAnswer = std::optional<Refusal>;
using ProviderAction = ProviderAnswer (*)(ProviderCall&);

/// nullptr for an unknown one.
ProviderAction find_action(std::string_view service, std::string_view action);

// The actions, by file: provider_lists.cc, provider_changes.cc, provider_traffic.cc,
// provider_account.cc.
ProviderAnswer describe_zones(ProviderCall& call);
ProviderAnswer describe_instances(ProviderCall& call);
ProviderAnswer describe_instances_status(ProviderCall& call);
ProviderAnswer describe_zone_instance_config_infos(ProviderCall& call);
ProviderAnswer describe_instance_types(ProviderCall& call);
ProviderAnswer describe_available_resources(ProviderCall& call);
ProviderAnswer describe_instance_internet_status(ProviderCall& call);
ProviderAnswer inquiry_price_instance_bandwidth(ProviderCall& call);
ProviderAnswer modify_instance_bandwidth(ProviderCall& call);
ProviderAnswer cancel_instance_bandwidth_downgrade(ProviderCall& call);
ProviderAnswer describe_instance_traffic(ProviderCall& call);
ProviderAnswer describe_customer_balance(ProviderCall& call);
ProviderAnswer describe_transaction_history(ProviderCall& call);

struct Page {
  std::int64_t number = 1, size = 20;
  /// Whether the row at `index` is on it.
  bool shows(std::size_t index) const {
    return static_cast<std::int64_t>(index) / size == number - 1;
  }
};

/// Reads parameters and remembers the first that is wrong. Unknown ones are ignored, as the
/// provider does.
class Parameters {
 public:
  explicit Parameters(JsonValue body) : body_(body) {}

  std::string text(std::string_view name);  ///< "" if absent
  std::string required_text(std::string_view name);
  std::optional<std::int64_t> whole(std::string_view name);
  std::int64_t required_whole(std::string_view name);
  std::optional<bool> flag(std::string_view name);
  std::vector<std::string> texts(std::string_view name, std::size_t at_most);
  std::vector<Tag> tags(std::string_view name, std::size_t at_most);
  std::optional<TimePoint> time(std::string_view name);
  TimePoint required_time(std::string_view name);
  Page page(std::int64_t largest);
  void fail(std::string_view code, std::string_view name, std::string_view why);

  const std::optional<Refusal>& problem() const { return problem_; }

 private:
  std::optional<std::string> string_of(std::string_view name, JsonValue value);

  JsonValue body_;
  std::optional<Refusal> problem_;
};

/// The instance, if the service called may see it.
const SimInstance* visible(const ProviderCall& call, std::string_view id);
Refusal instance_not_found(std::string_view id);
/// The provider's word, which differs between the services for shared clusters.
std::string_view internet_charge_word(Product product, InternetCharge internet);

}  // namespace penstock
