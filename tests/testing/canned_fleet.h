// A fleet of any size and what surrounds it, canned: Prometheus, the provider and its prices answer
// at once, always and the same.
//
//   CannedPrometheus prometheus(clock, 1000, 0.25);   // a quarter of it wanders around its cap
//   CannedCloud cloud(clock, 1000);
//   Loop loop({.http = prometheus, .cloud = cloud, …});
//   prometheus.prepare();                             // before each tick: traffic moves on
//
// The hooks are told when a canned answer is made, so that a benchmark can leave it out.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "daemon/cloud.h"
#include "daemon/http.h"
#include "daemon/quoter.h"
#include "tests/testing/random.h"
#include "tests/testing/virtual_clock.h"

namespace penstock::testing {

struct CannedHooks {
  std::function<void()> list_began = [] {};
  std::function<void()> fetch_began = [] {};
  std::function<void()> ended = [] {};
};

/// As long as the provider's, and in no order.
inline std::string canned_id(std::size_t i) {
  const std::uint64_t mixed = (i + 1) * 0x9E3779B97F4A7C15ULL;
  return std::to_string(1'000'000'000'000'000'000ULL + mixed % 1'000'000'000'000'000'000ULL);
}

/// Answers every query with a sample of each instance, dated now.
class CannedPrometheus final : public Http {
 public:
  CannedPrometheus(VirtualClock& clock, std::size_t instances, double busy)
      : clock_(clock), level_(instances, 40), busy_(busy) {
    ids_.reserve(instances);
    for (std::size_t i = 0; i < instances; ++i) {
      ids_.push_back(canned_id(i));
      if (wanders(i)) level_[i] = 90;
    }
  }

  std::vector<HttpResponse> fetch_all(std::span<const HttpRequest> requests) override {
    hooks.fetch_began();
    std::vector<HttpResponse> out;
    for (std::size_t i = 0; i < requests.size(); ++i) {
      ++calls;
      HttpResponse response;
      response.status = 200;
      response.body = body;
      out.push_back(std::move(response));
    }
    hooks.ended();
    return out;
  }
  /// Done between ticks: it is not the daemon's work.
  void prepare() {
    const std::string at = std::to_string(clock_.wall().time_since_epoch().count() / 1000);
    body = R"({"status":"success","data":{"resultType":"vector","result":[)";
    for (std::size_t i = 0; i < level_.size(); ++i) {
      level_[i] = wanders(i) ? std::clamp(level_[i] * random_.between(0.9, 1.12), 5.0, 3000.0)
                             : std::clamp(level_[i] * random_.between(0.98, 1.02), 20.0, 80.0);
      if (i > 0) body += ',';
      body += R"({"metric":{"instance_id":")" + ids_[i] + R"("},"value":[)" + at + R"(,")" +
              std::to_string(level_[i] * 1e6) + "\"]}";
    }
    body += "]}}";
  }
  int calls = 0;
  std::string body;
  CannedHooks hooks;

 private:
  bool wanders(std::size_t i) const {
    return static_cast<double>(i) < busy_ * static_cast<double>(level_.size());
  }
  VirtualClock& clock_;
  std::vector<double> level_;
  std::vector<std::string> ids_;
  double busy_;
  Random random_{1};
};

inline Instance canned_instance(std::size_t i, TimePoint now) {
  Instance it;
  it.key = {"main", canned_id(i)};
  it.charge = Charge::kPrepaid;
  it.internet_charge = InternetCharge::kByBandwidth;
  it.status = "RUNNING";
  it.name = "edge-" + std::to_string(i);
  it.zone = "SIN-A";
  it.type = "c.4c8g";
  it.public_ips = {"203.0.113.7"};
  it.tags = {{"role", "edge"}};
  it.cap = Mbps{100};
  it.limit = Mbps{10'000};
  it.expires = now + std::chrono::hours{24 * 20};
  return it;
}

/// Takes every order and carries it out before the next tick.
class CannedCloud final : public Cloud {
 public:
  CannedCloud(VirtualClock& clock, std::size_t instances) : clock_(clock), instances_(instances) {}
  std::map<std::string, Result<Inventory>> list() override {
    hooks.list_began();
    ++calls["list"];
    Inventory all;
    all.instances.reserve(instances_);
    for (std::size_t i = 0; i < instances_; ++i) {
      all.instances.push_back(canned_instance(i, started_));
      all.instances.back().cap = cap_of(all.instances.back().key.id);
    }
    std::map<std::string, Result<Inventory>> out;
    out.emplace("main", std::move(all));
    hooks.ended();
    return out;
  }
  std::vector<Result<BandwidthStatus>> read_changes(std::span<const InstanceRef> refs) override {
    std::vector<Result<BandwidthStatus>> out;
    for (const InstanceRef& ref : refs) {
      ++calls["status"];
      BandwidthStatus status;
      status.cap = cap_of(ref.key.id);
      status.kind = ChangeState::Kind::kIdle;
      out.emplace_back(status);
    }
    return out;
  }
  std::vector<Result<PriceAnswer>> inquire(std::span<const SizeQuestion>) override { return {}; }
  std::vector<Result<Accepted>> modify(std::span<const SizeQuestion> sizes) override {
    std::vector<Result<Accepted>> out;
    for (const SizeQuestion& each : sizes) {
      ++calls["modify"];
      caps_[each.instance.key.id] = each.to;
      out.emplace_back(Accepted{"", "T"});
    }
    return out;
  }
  std::vector<Result<Accepted>> cancel_downgrade(std::span<const InstanceRef> refs) override {
    return std::vector<Result<Accepted>>(refs.size(), Accepted{});
  }
  std::vector<Result<std::vector<Sample>>> traffic(std::span<const TrafficQuestion>) override {
    return {};
  }
  std::map<std::string, Result<Balance>> balances() override {
    ++calls["balance"];
    std::map<std::string, Result<Balance>> out;
    out.emplace("main", Balance{Money::from_units(1'000'000)});
    return out;
  }
  Result<std::vector<Transaction>> transactions(const std::string&, TimePoint, TimePoint) override {
    return std::vector<Transaction>{};
  }
  Rights rights(const std::string&) const override { return {}; }
  int changes_allowed(const std::string&, Duration span) const override {
    return 50 * static_cast<int>(std::chrono::duration_cast<std::chrono::seconds>(span).count());
  }
  std::map<std::string, int> calls;
  CannedHooks hooks;

 private:
  Mbps cap_of(const std::string& id) const {
    const auto changed = caps_.find(id);
    return changed != caps_.end() ? changed->second : Mbps{100};
  }
  VirtualClock& clock_;
  std::size_t instances_;
  TimePoint started_ = clock_.wall();
  std::map<std::string, Mbps> caps_;  ///< that an order has changed
};

class CannedQuoter final : public Quoter {
 public:
  std::vector<std::optional<Price>> ask(std::span<const QuoteQuestion> questions,
                                        TimePoint) override {
    std::vector<std::optional<Price>> out;
    for (const QuoteQuestion& question : questions) {
      ++calls;
      Price price;
      price.to = question.to;
      price.due_now = Money::from_units(question.to.count() - question.from.count());
      price.quoted = true;
      out.emplace_back(price);
    }
    return out;
  }
  int calls = 0;
};

}  // namespace penstock::testing
