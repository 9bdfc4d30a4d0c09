#include "daemon/refusals.h"

#include <algorithm>

#include "daemon/api_error.h"
#include "daemon/in_force.h"

namespace penstock {
namespace {

constexpr Duration kFirstRetry = std::chrono::seconds{15};
constexpr Duration kLongestRetry = std::chrono::hours{1};
constexpr int kMostDoublings = 10;  // beyond them the longest wait is reached by far

/// Refused, or without an answer that says otherwise, whatever became of it later.
bool refused(const Order& order) {
  return !order.code.empty() || order.state == OrderState::kRejected ||
         order.state == OrderState::kUnknown;
}

}  // namespace

Duration wait_after(int before) {
  return std::min(kFirstRetry * (1 << std::clamp(before, 0, kMostDoublings)), kLongestRetry);
}

std::map<InstanceKey, Refusals> refusals_of(std::span<const Order> orders) {
  std::map<InstanceKey, Refusals> out;
  for (const Order& order : orders) {
    if (order.sent_at == TimePoint{}) continue;  // the API never heard of it
    if (!refused(order)) {
      out.erase(order.instance);
      continue;
    }
    Refusals& its = out[order.instance];
    const bool settled =
        order.state != OrderState::kRejected && order.state != OrderState::kUnknown;
    its.retry_at = (settled ? order.sent_at : order.changed_at) + wait_after(its.in_row);
    its.why = order.message;
    ++its.in_row;
  }
  return out;
}

bool refused_for_money(const Order& order, std::span<const std::string> money_words) {
  return order.kind == OrderKind::kUpgrade && order.state == OrderState::kRejected &&
         classify(order.code, 400, money_words) == ErrorClass::kMoney;
}

std::map<std::string, TimePoint> short_of_money_since(std::span<const Order> orders,
                                                      const InForce& in_force) {
  std::map<std::string, TimePoint> out;
  for (const Order& order : orders) {
    const std::string& account = order.instance.account;
    if (refused_for_money(order, in_force.money_words(account))) {
      out[account] = order.changed_at;
    } else if (order.kind == OrderKind::kUpgrade && order.charge == Charge::kPrepaid &&
               order.sent_at != TimePoint{} && order.code.empty() &&
               order.state != OrderState::kUnknown) {
      out.erase(account);
    }
  }
  return out;
}

}  // namespace penstock
