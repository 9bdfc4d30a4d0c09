// Telemetry: what the loop and the client count. What has a state (caps, ages, budgets) is read
// from the snapshot instead.
//
//   telemetry.decided("edge", Action::kUpgrade, ReasonCode::kSaturated);
//   telemetry.ordered(Product::kBmc, OrderKind::kUpgrade, "accepted");
//
// The default counts nothing. Implementations may be called from the loop thread only.
#pragma once

#include <string_view>

#include "daemon/order.h"
#include "metrics/units.h"
#include "policies/decide.h"

namespace penstock {

/// Parts of a tick that are timed.
enum class Phase { kGather, kSettle, kDecide, kAct, kWrite };
inline constexpr std::string_view to_string(Phase phase) {
  switch (phase) {
    case Phase::kGather:
      return "gather";
    case Phase::kSettle:
      return "settle";
    case Phase::kDecide:
      return "decide";
    case Phase::kAct:
      return "act";
    case Phase::kWrite:
      return "write";
  }
  return "";
}

class Telemetry {
 public:
  virtual ~Telemetry() = default;
  /// A decision that differs from the instance's last one.
  virtual void decided(std::string_view, Action, ReasonCode) {}
  /// An order reached `outcome`: an OrderState's text, or "unpriced", "stopped", ….
  virtual void ordered(Product, OrderKind, std::string_view) {}
  virtual void order_took(Product, OrderKind, Duration) {}  ///< from sending to being in force
  virtual void spent(std::string_view, Money) {}            ///< policy; corrections may be negative
  virtual void source_failed(std::string_view) {}
  virtual void api_request(std::string_view, std::string_view, std::string_view, Duration) {}
  virtual void tick_took(Phase, Duration) {}
  virtual void tick_began(Duration) {}  ///< so much later than it was due
  virtual void quote_differs() {}       ///< from the tariff, by more than the policy's quote_alarm
  virtual void alarm(OrderAlarm) {}
  virtual void journal_failed() {}
};

}  // namespace penstock
