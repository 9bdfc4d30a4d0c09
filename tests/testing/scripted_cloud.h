// ScriptedCloud: a provider that answers what a test wrote down and keeps what it was asked.
//
//   ScriptedCloud cloud;
//   cloud.statuses["i-1"] = {.cap = Mbps{200}, .kind = ChangeState::Kind::kIdle};
//   cloud.charges = {{.order_number = "O-1", .at = now, .amount = usd(46)}};
//   cloud.transactions_error = Error{ErrorKind::kTransient, "…"};
//
// For tests of one part beside the cloud; SimWorld has a provider with a life of its own. An
// instance without a status cannot be read; what buys or lists is never asked of it.
// Single-threaded.
#pragma once

#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "daemon/cloud.h"

namespace penstock::testing {

class ScriptedCloud final : public Cloud {
 public:
  struct Span {
    std::string account;
    TimePoint from, to;
  };

  std::map<std::string, Result<Inventory>> list() override { return {}; }
  std::vector<Result<BandwidthStatus>> read_changes(std::span<const InstanceRef> refs) override {
    std::vector<Result<BandwidthStatus>> out;
    for (const InstanceRef& ref : refs) {
      read.push_back(ref.key.id);
      const auto found = statuses.find(ref.key.id);
      if (found == statuses.end()) {
        out.emplace_back(status_error);
      } else {
        out.emplace_back(found->second);
      }
    }
    return out;
  }
  std::vector<Result<PriceAnswer>> inquire(std::span<const SizeQuestion>) override { return {}; }
  std::vector<Result<Accepted>> modify(std::span<const SizeQuestion>) override { return {}; }
  std::vector<Result<Accepted>> cancel_downgrade(std::span<const InstanceRef>) override {
    return {};
  }
  std::vector<Result<std::vector<Sample>>> traffic(std::span<const TrafficQuestion>) override {
    return {};
  }
  std::map<std::string, Result<Balance>> balances() override { return {}; }
  Result<std::vector<Transaction>> transactions(const std::string& account, TimePoint from,
                                                TimePoint to) override {
    transactions_asked.push_back({account, from, to});
    if (transactions_error) return *transactions_error;
    std::vector<Transaction> out;
    for (const Transaction& each : charges) {
      if (each.at >= from && each.at <= to) out.push_back(each);
    }
    return out;
  }
  Rights rights(const std::string&) const override { return granted; }
  int changes_allowed(const std::string&, Duration) const override { return 0; }

  std::map<std::string, BandwidthStatus> statuses;  ///< by instance id
  Error status_error{ErrorKind::kTransient, "no answer", "", ""};
  std::vector<Transaction> charges;  ///< of every account
  std::optional<Error> transactions_error;
  Rights granted;

  std::vector<std::string> read;  ///< ids whose status was asked for, in order
  std::vector<Span> transactions_asked;
};

}  // namespace penstock::testing
