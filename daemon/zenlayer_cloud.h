// ZenlayerCloud: Cloud over the provider's API 2.0, products vm and bmc, for all accounts.
//
//   ZenlayerCloud cloud(config.accounts, http, clock, {.seed = seed, .observer = count_requests});
//   std::map<std::string, Result<Inventory>> inventories = cloud.list();
//
// The wire format is zenlayer_wire.h's business, sending api_client.h's. Loop thread only; http and
// clock must outlive it.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "daemon/account.h"
#include "daemon/api_client.h"
#include "daemon/cloud.h"
#include "daemon/zenlayer_inventory.h"

namespace penstock {

class ZenlayerCloud final : public Cloud {
 public:
  ZenlayerCloud(const std::vector<AccountConfig>& accounts, Http& http, Clock& clock,
                ApiClientOptions options);
  ZenlayerCloud(const ZenlayerCloud&) = delete;
  ZenlayerCloud& operator=(const ZenlayerCloud&) = delete;

  std::map<std::string, Result<Inventory>> list() override { return inventory_.list(); }
  std::vector<Result<BandwidthStatus>> read_changes(std::span<const InstanceRef>) override;
  std::vector<Result<PriceAnswer>> inquire(std::span<const SizeQuestion>) override;
  std::vector<Result<Accepted>> modify(std::span<const SizeQuestion>) override;
  std::vector<Result<Accepted>> cancel_downgrade(std::span<const InstanceRef>) override;
  std::vector<Result<std::vector<Sample>>> traffic(std::span<const TrafficQuestion>) override;
  std::map<std::string, Result<Balance>> balances() override;
  Result<std::vector<Transaction>> transactions(const std::string& account, TimePoint from,
                                                TimePoint to) override;
  /// list: either product suffices. cancel: refused for one product counts as refused, since a
  /// downgrade that cannot be cancelled must not be ordered. The others: refused when no product
  /// allows it.
  Rights rights(const std::string& account) const override;
  AccountHealth health(const std::string& account) const override;
  int changes_allowed(const std::string& account, Duration span) const override;

  /// Reads keys again, forgets what was denied and what types were said to allow.
  void reload(const std::vector<AccountConfig>& accounts);
  void retry_denied(const std::string& account) override;
  const ApiClient& client() const { return client_; }

 private:
  template <class T, class Questions, class MakeCall, class Read>
  std::vector<Result<T>> ask(const Questions& questions, MakeCall make_call, Read read);

  ApiClient client_;
  ZenlayerInventory inventory_;
};

}  // namespace penstock
