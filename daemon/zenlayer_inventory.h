// ZenlayerInventory: every account's instances, complete, with what their types allow joined in.
//
//   ZenlayerInventory inventory(client);
//   std::map<std::string, Result<Inventory>> all = inventory.list();
//
// Lists move while they are read: pages are checked against each other and against the list before.
// Part of ZenlayerCloud; loop thread only; the client must outlive it.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "daemon/api_client.h"
#include "daemon/cloud.h"
#include "daemon/type_limits.h"

namespace penstock {

class ZenlayerInventory {
 public:
  explicit ZenlayerInventory(ApiClient& client) : client_(client) {}

  std::map<std::string, Result<Inventory>> list();
  /// The API refused this size as too large for the instance.
  void refused(const InstanceKey& key, Mbps size);
  /// Asks at the next list what types allow, however lately it did.
  void ask_again();

 private:
  struct Memory {
    TypeLimits limits;
    /// Ids of the last complete list, to notice what a moving list dropped.
    std::map<Product, std::set<std::string>> ids;
    std::map<std::string, Mbps> caps;  ///< as last seen, by id
  };
  struct Listing;
  std::vector<Listing> start_listings() const;
  void read_pages(std::vector<Listing>& listings);
  void find_missing(std::vector<Listing>& listings);
  std::map<std::string, Result<Inventory>> gather(std::vector<Listing>& listings);
  void join_limits(std::map<std::string, Result<Inventory>>& inventories);
  void remember(const std::string& account, const Inventory& inventory);

  ApiClient& client_;
  std::map<std::string, Memory> memory_;
};

}  // namespace penstock
