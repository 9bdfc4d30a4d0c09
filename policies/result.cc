#include "policies/result.h"

namespace penstock {

std::string_view to_string(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::kInvalid:
      return "invalid";
    case ErrorKind::kTransient:
      return "transient";
    case ErrorKind::kRefused:
      return "refused";
    case ErrorKind::kUnknownOutcome:
      return "unknown-outcome";
  }
  return "invalid";
}

}  // namespace penstock
