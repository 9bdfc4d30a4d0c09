#include "daemon/due.h"

#include "metrics/printable.h"

namespace penstock {

int rank_of(Action action) {
  switch (action) {
    case Action::kUpgrade:
      return 0;
    case Action::kCancelDowngrade:
    case Action::kReplaceDowngrade:
      return 1;
    case Action::kDowngrade:
    case Action::kScheduleDowngrade:
      return 2;
    case Action::kHold:
      return 3;
  }
  return 3;
}

bool wants_price(const Decision& decision) {
  return decision.action == Action::kHold && decision.reason.code == ReasonCode::kNoPrice &&
         decision.wish != decision.from;
}

bool wants_order(const Decision& decision) {
  return decision.action != Action::kHold || wants_price(decision) ||
         decision.reason.code == ReasonCode::kStateUnread;
}

int rank_of(const Decision& decision) {
  if (decision.action != Action::kHold) return rank_of(decision.action);
  return decision.wish > decision.from ? 0 : 2;
}

std::optional<Mbps> size_to_price(const Tracked& tracked) {
  const Decision& decision = tracked.decision;
  if (!tracked.instance->flat_rate()) return std::nullopt;
  if (wants_price(decision)) return decision.wish;
  if (decision.action == Action::kUpgrade) return decision.to;
  const bool given_back =
      decision.action == Action::kDowngrade && tracked.instance->charge == Charge::kPostpaid;
  return given_back ? std::optional(decision.to) : std::nullopt;
}

OrderKind kind_of(Action action) {
  switch (action) {
    case Action::kDowngrade:
      return OrderKind::kDowngrade;
    case Action::kScheduleDowngrade:
      return OrderKind::kScheduleDowngrade;
    case Action::kCancelDowngrade:
    case Action::kReplaceDowngrade:
      return OrderKind::kCancelDowngrade;
    case Action::kUpgrade:
    case Action::kHold:
      return OrderKind::kUpgrade;
  }
  return OrderKind::kUpgrade;
}

std::string kept_text(const std::string& text) {
  constexpr std::size_t kMost = 300;
  return printable(text, kMost);
}

}  // namespace penstock
