#include "daemon/zenlayer_inventory.h"

#include <algorithm>

#include "daemon/log.h"
#include "daemon/paged_list.h"
#include "daemon/zenlayer_wire.h"

namespace penstock {
namespace {

constexpr const char* kList = "DescribeInstances";
constexpr std::size_t kIdsPerCall = 100;
/// More missing ones are the caller's doubt, not an accident between two pages.
constexpr std::size_t kMaxMissing = 200;

ListPage<Instance> keyed(wire::InstancePage page) {
  ListPage<Instance> out{.total = page.total, .rows = page.rows, .keyed = {}};
  for (Instance& instance : page.instances) {
    std::string id = instance.key.id;
    out.keyed.emplace_back(std::move(id), std::move(instance));
  }
  return out;
}

}  // namespace

/// One account's instances of one product and resource group, while they are read.
struct ZenlayerInventory::Listing {
  std::string account;
  Product product = Product::kVm;
  std::string group;
  int page_size = 0;
  PagedList<Instance> pages;
  std::vector<Instance> found;  ///< complete, once finished without error
  std::optional<Error> error;

  ApiCall call(std::string body) const {
    return {.account = account,
            .service = service_of(product),
            .action = kList,
            .body = std::move(body),
            .effect = Effect::kRead};
  }
};

std::vector<ZenlayerInventory::Listing> ZenlayerInventory::start_listings() const {
  std::vector<Listing> out;
  for (const std::string& account : client_.accounts()) {
    const AccountConfig& config = client_.find(account)->config();
    std::vector<std::string> groups = config.resource_groups;
    if (groups.empty()) groups.emplace_back();
    for (const Product product : {Product::kVm, Product::kBmc}) {
      for (const std::string& group : groups) {
        out.push_back({.account = account,
                       .product = product,
                       .group = group,
                       .page_size = config.list_page_size,
                       .pages = PagedList<Instance>(config.list_page_size),
                       .found = {},
                       .error = {}});
      }
    }
  }
  return out;
}

/// Reads all lists side by side, round by round, until each is complete or has failed.
void ZenlayerInventory::read_pages(std::vector<Listing>& listings) {
  while (true) {
    std::vector<ApiCall> calls;
    std::vector<Listing*> owners;
    for (Listing& listing : listings) {
      if (listing.pages.finished()) continue;
      for (const int page : listing.pages.wanted()) {
        calls.push_back(listing.call(wire::list_request(listing.group, page, listing.page_size)));
        owners.push_back(&listing);
      }
    }
    if (calls.empty()) break;
    std::vector<Result<ApiAnswer>> answers = client_.call_all(calls);
    for (std::size_t i = 0; i < answers.size(); ++i) {
      if (!answers[i]) {
        owners[i]->pages.take(answers[i].error());
        continue;
      }
      Result<wire::InstancePage> page =
          wire::read_instances(owners[i]->product, owners[i]->account, answers[i]->response());
      if (page) {
        owners[i]->pages.take(keyed(std::move(*page)));
      } else {
        owners[i]->pages.take(answers[i]->attributed(page.error()));
      }
    }
  }
  for (Listing& listing : listings) {
    listing.error = listing.pages.error();
    if (!listing.error) listing.found = std::move(listing.pages).rows();
  }
}

/// Asks by id for what was there last time and is missing now: where a list has several pages, a
/// row can slip from one that is still to be read into one that was read.
void ZenlayerInventory::find_missing(std::vector<Listing>& listings) {
  std::vector<ApiCall> calls;
  std::vector<Listing*> owners;
  for (Listing& listing : listings) {
    const auto known = memory_.find(listing.account);
    if (listing.error || !listing.pages.more_than_one_page() || known == memory_.end()) continue;
    std::set<std::string> missing = known->second.ids[listing.product];
    for (const Listing& other : listings) {
      if (other.account != listing.account || other.product != listing.product) continue;
      for (const Instance& instance : other.found) missing.erase(instance.key.id);
    }
    if (missing.size() > kMaxMissing) continue;
    const std::vector<std::string> ids(missing.begin(), missing.end());
    for (std::size_t from = 0; from < ids.size(); from += kIdsPerCall) {
      const std::size_t count = std::min(kIdsPerCall, ids.size() - from);
      calls.push_back(listing.call(wire::ids_request(std::span(ids).subspan(from, count))));
      owners.push_back(&listing);
    }
  }
  std::vector<Result<ApiAnswer>> answers = client_.call_all(calls);
  for (std::size_t i = 0; i < answers.size(); ++i) {
    Listing& listing = *owners[i];
    if (!answers[i]) {
      listing.error = answers[i].error();
      continue;
    }
    Result<wire::InstancePage> page =
        wire::read_instances(listing.product, listing.account, answers[i]->response());
    if (!page) {
      listing.error = answers[i]->attributed(page.error());
      continue;
    }
    for (Instance& instance : page->instances) {
      if (listing.group.empty() || instance.resource_group_id == listing.group) {
        listing.found.push_back(std::move(instance));
      }
    }
  }
}

/// Puts each account's lists together. A product that the key may not see is not an error, unless
/// it showed instances before: then it is doubt, and the account's list fails as a whole.
std::map<std::string, Result<Inventory>> ZenlayerInventory::gather(std::vector<Listing>& listings) {
  std::map<std::string, Result<Inventory>> out;
  std::map<std::string, Error> refused;
  std::map<std::string, bool> listed;
  std::set<InstanceKey> seen;
  for (Listing& listing : listings) {
    Result<Inventory>& inventory = out.try_emplace(listing.account, Inventory{}).first->second;
    if (listing.error) {
      const bool not_allowed = listing.error->code == kCodeUnauthorized;
      if (not_allowed && memory_[listing.account].ids[listing.product].empty()) {
        refused.try_emplace(listing.account, *listing.error);
      } else if (inventory) {
        inventory = *listing.error;
      }
      continue;
    }
    listed[listing.account] = true;
    if (!inventory) continue;
    for (Instance& instance : listing.found) {
      // Resource groups may overlap for somebody who may see all.
      if (seen.insert(instance.key).second) inventory->instances.push_back(std::move(instance));
    }
  }
  for (const auto& [account, error] : refused) {
    if (out.at(account) && !listed[account]) out.at(account) = error;
  }
  return out;
}

void ZenlayerInventory::join_limits(std::map<std::string, Result<Inventory>>& inventories) {
  const Duration now = client_.clock().monotonic();
  std::vector<ApiCall> calls;
  std::vector<std::pair<TypeLimits*, TypeLimits::Question>> asked;
  for (const auto& [account, inventory] : inventories) {
    if (!inventory) continue;
    TypeLimits& limits = memory_[account].limits;
    for (const TypeLimits::Question& question : limits.due(inventory->instances, now)) {
      ApiCall call{.account = account};
      switch (question.call) {
        case TypeLimits::Call::kVmTypes:
          call.action = "DescribeZoneInstanceConfigInfos";
          call.body = wire::charge_request(question.charge);
          break;
        case TypeLimits::Call::kBmcTypes:
          call.service = Service::kBmc;
          call.action = "DescribeInstanceTypes";
          break;
        case TypeLimits::Call::kBmcResources:
          call.service = Service::kBmc;
          call.action = "DescribeAvailableResources";
          call.body = wire::charge_request(question.charge);
          break;
      }
      calls.push_back(std::move(call));
      asked.emplace_back(&limits, question);
    }
  }
  std::vector<Result<ApiAnswer>> answers = client_.call_all(calls);
  for (std::size_t i = 0; i < answers.size(); ++i) {
    const auto& [limits, question] = asked[i];
    if (!answers[i]) {
      log_warn("type-limits",
               {{"action", calls[i].action}, {"why", printable(answers[i].error().message)}});
      limits->take(question, answers[i].error(), now);
      continue;
    }
    const JsonValue response = answers[i]->response();
    switch (question.call) {
      case TypeLimits::Call::kVmTypes:
        limits->take(question, wire::read_vm_limits(response), now);
        break;
      case TypeLimits::Call::kBmcTypes:
        limits->take(question, wire::read_bmc_types(response), now);
        break;
      case TypeLimits::Call::kBmcResources:
        limits->take(question, wire::read_bmc_resources(response), now);
        break;
    }
  }
  const TimePoint wall = client_.clock().wall();
  for (auto& [account, inventory] : inventories) {
    if (!inventory) continue;
    const TypeLimits& limits = memory_[account].limits;
    for (Instance& instance : inventory->instances) limits.join(instance, wall);
  }
}

void ZenlayerInventory::remember(const std::string& account, const Inventory& inventory) {
  Memory& memory = memory_[account];
  memory.ids.clear();
  memory.caps.clear();
  for (const Instance& instance : inventory.instances) {
    memory.ids[instance.product].insert(instance.key.id);
    if (instance.cap) memory.caps[instance.key.id] = *instance.cap;
  }
}

std::map<std::string, Result<Inventory>> ZenlayerInventory::list() {
  std::vector<Listing> listings = start_listings();
  read_pages(listings);
  find_missing(listings);
  std::map<std::string, Result<Inventory>> inventories = gather(listings);
  join_limits(inventories);
  for (const auto& [account, inventory] : inventories) {
    if (inventory) remember(account, *inventory);
  }
  return inventories;
}

void ZenlayerInventory::refused(const InstanceKey& key, Mbps size) {
  Memory& memory = memory_[key.account];
  const auto cap = memory.caps.find(key.id);
  memory.limits.refused(key, cap == memory.caps.end() ? Mbps{} : cap->second, size,
                        client_.clock().monotonic(), client_.clock().wall());
}

void ZenlayerInventory::ask_again() {
  for (auto& [name, memory] : memory_) memory.limits.ask_again();
}

}  // namespace penstock
