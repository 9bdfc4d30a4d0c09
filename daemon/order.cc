#include "daemon/order.h"

#include <array>
#include <cassert>

namespace penstock {
namespace {

constexpr std::array<std::string_view, 4> kKinds = {"upgrade", "downgrade", "schedule-downgrade",
                                                    "cancel-downgrade"};
constexpr std::array<std::string_view, kOrderStates> kStates = {
    "planned",  "sent",    "accepted", "processing", "effective", "scheduled",
    "rejected", "unknown", "settled",  "cancelled",  "superseded"};
constexpr std::array<std::string_view, 5> kAlarms = {"", "not-started", "timeout", "overdue",
                                                     "unreadable"};

template <class Enum, std::size_t N>
std::optional<Enum> parse(const std::array<std::string_view, N>& names, std::string_view text) {
  for (std::size_t i = 0; i < N; ++i) {
    if (names[i] == text) return static_cast<Enum>(i);
  }
  return std::nullopt;
}

using S = OrderState;
constexpr unsigned bit(S state) {
  return 1U << static_cast<unsigned>(state);
}

/// What may follow each state, as a set of bits.
constexpr unsigned followers(S from) {
  // Whatever reading can prove of a change whose call went out.
  constexpr unsigned kRead = bit(S::kProcessing) | bit(S::kEffective) | bit(S::kScheduled) |
                             bit(S::kSettled) | bit(S::kSuperseded);
  switch (from) {
    case S::kPlanned:
      return bit(S::kSent) | bit(S::kCancelled);
    // A crash between the answer and its journalling leaves `sent` behind: unknown after restart.
    case S::kSent:
      return bit(S::kAccepted) | bit(S::kRejected) | bit(S::kUnknown);
    case S::kAccepted:
    case S::kUnknown:
      return kRead;
    // Scheduled after processing: some answers say Processing first.
    case S::kProcessing:
      return bit(S::kEffective) | bit(S::kScheduled) | bit(S::kSettled) | bit(S::kSuperseded);
    case S::kScheduled:
      return bit(S::kEffective) | bit(S::kCancelled) | bit(S::kSuperseded);
    case S::kEffective:
    case S::kRejected:
    case S::kSettled:
    case S::kCancelled:
    case S::kSuperseded:
      return 0;
  }
  return 0;
}

}  // namespace

std::string_view to_string(OrderKind kind) {
  return kKinds[static_cast<std::size_t>(kind)];
}
std::string_view to_string(OrderState state) {
  return kStates[static_cast<std::size_t>(state)];
}
std::string_view to_string(OrderAlarm alarm) {
  return kAlarms[static_cast<std::size_t>(alarm)];
}

std::optional<OrderKind> parse_order_kind(std::string_view text) {
  return parse<OrderKind>(kKinds, text);
}
std::optional<OrderState> parse_order_state(std::string_view text) {
  return parse<OrderState>(kStates, text);
}
std::optional<OrderAlarm> parse_order_alarm(std::string_view text) {
  return parse<OrderAlarm>(kAlarms, text);
}

bool may_follow(OrderState from, OrderState to) {
  return (followers(from) & bit(to)) != 0;
}
bool is_final(OrderState state) {
  return followers(state) == 0;
}

void Order::advance(OrderState next, TimePoint now) {
  assert(may_follow(state, next));
  state = next;
  changed_at = now;
  if (next == OrderState::kSent) sent_at = now;
  if (next == OrderState::kEffective) effective_at = now;
}

}  // namespace penstock
