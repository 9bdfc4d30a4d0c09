#include "policies/decide.h"

namespace penstock {

std::string_view to_string(Action action) {
  switch (action) {
    case Action::kHold:
      return "hold";
    case Action::kUpgrade:
      return "upgrade";
    case Action::kDowngrade:
      return "downgrade";
    case Action::kScheduleDowngrade:
      return "schedule-downgrade";
    case Action::kCancelDowngrade:
      return "cancel-downgrade";
    case Action::kReplaceDowngrade:
      return "replace-downgrade";
  }
  return "hold";
}

}  // namespace penstock
