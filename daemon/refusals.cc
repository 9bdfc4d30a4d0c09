#include "daemon/refusals.h"

#include <algorithm>

#include "daemon/api_error.h"

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

}  // namespace penstock
