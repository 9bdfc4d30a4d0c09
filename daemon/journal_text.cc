#include "daemon/journal_text.h"

#include <array>
#include <charconv>
#include <cstdint>
#include <system_error>

namespace penstock {
namespace {

/// Takes the next word off the front; "" at the end.
std::string_view next_word(std::string_view& text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  const std::string_view word = text.substr(0, text.find(' '));
  text.remove_prefix(word.size());
  return word;
}

}  // namespace

std::string reason_to_text(const Reason& reason) {
  std::string out(to_string(reason.code));
  std::size_t used = reason.numbers.size();
  while (used > 0 && reason.numbers[used - 1] == 0) --used;
  for (std::size_t i = 0; i < used; ++i) {
    std::array<char, 32> digits{};
    const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), reason.numbers[i]);
    out += ' ';
    out.append(digits.data(), end.ptr);
  }
  return out;
}

std::optional<Reason> reason_from_text(std::string_view text) {
  const std::optional<ReasonCode> code = parse_reason(next_word(text));
  if (!code) return std::nullopt;
  Reason reason{*code, {}};
  for (double& number : reason.numbers) {
    const std::string_view word = next_word(text);
    if (word.empty()) break;
    const auto end = std::from_chars(word.data(), word.data() + word.size(), number);
    if (end.ec != std::errc{} || end.ptr != word.data() + word.size()) return std::nullopt;
  }
  return reason;
}

std::optional<Action> action_from_text(std::string_view text) {
  for (const Action action :
       {Action::kHold, Action::kUpgrade, Action::kDowngrade, Action::kScheduleDowngrade,
        Action::kCancelDowngrade, Action::kReplaceDowngrade}) {
    if (to_string(action) == text) return action;
  }
  return std::nullopt;
}

bool possible(TimePoint time) {
  using namespace std::chrono;
  // A day on either side for time zones.
  constexpr TimePoint kFirst = sys_days{year{0} / January / 1} - days{1};
  constexpr TimePoint kLast = sys_days{year{10'000} / January / 1} + days{1};
  return time >= kFirst && time <= kLast;
}

std::string times_to_text(const std::vector<TimePoint>& times) {
  std::string out;
  for (const TimePoint time : times) {
    if (!out.empty()) out += ' ';
    out += std::to_string(time.time_since_epoch().count());
  }
  return out;
}

std::vector<TimePoint> times_from_text(std::string_view text) {
  std::vector<TimePoint> out;
  for (std::string_view word = next_word(text); !word.empty(); word = next_word(text)) {
    std::int64_t ms = 0;
    const auto end = std::from_chars(word.data(), word.data() + word.size(), ms);
    if (end.ec == std::errc{} && possible(TimePoint{Duration{ms}})) out.emplace_back(Duration{ms});
  }
  return out;
}

}  // namespace penstock
