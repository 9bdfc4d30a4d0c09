#include "daemon/api_error.h"

#include <algorithm>
#include <array>

namespace penstock {
namespace {

constexpr std::size_t kMaxCode = 96;

struct Known {
  std::string_view code;
  ErrorClass what;
};
using enum ErrorClass;

/// zenlayer's codes as they arrive on the wire, with what each asks for.
constexpr std::array kKnown = {
    Known{kCodeLimit, kRetry},
    Known{"SERVICE_TEMPORARY_UNAVAILABLE", kRetry},
    Known{"INTERNAL_SERVER_ERROR", kRetry},
    Known{"REQUEST_TIMED_OUT", kRetry},
    Known{kCodeNetwork, kRetry},
    Known{kCodeBadBody, kRetry},
    Known{kCodeChallenge, kPermanent},
    Known{kCodeBlocked, kPermanent},
    Known{kCodeSignatureExpired, kAuth},
    Known{"AUTHFAILURE_SIGNATURE_FAILURE", kAuth},
    Known{"AUTHFAILURE_INVALID_AUTHORIZATION", kAuth},
    Known{kCodeUnauthorized, kAuth},
    Known{"MISSING_PARAMETER", kPermanent},
    Known{"INVALID_PARAMETER_TYPE", kPermanent},
    Known{"INVALID_PARAMETER_VALUE", kPermanent},
    Known{"INVALID_PARAMETER_PATTERN_ERROR", kPermanent},
    Known{"INVALID_PARAMETER_DATE_FORMAT_ERROR", kPermanent},
    Known{"INVALID_PARAMETER_LESS_MINIMUM", kPermanent},
    Known{"INVALID_PARAMETER_EXCEED_MAXIMUM", kPermanent},
    Known{"INVALID_PARAMETER_LESS_LENGTH", kPermanent},
    Known{"INVALID_PARAMETER_EXCEED_LENGTH", kPermanent},
    Known{kCodeBandwidthExceed, kPermanent},
    Known{"INVALID_BANDWIDTH_VALUE_EXCEED_MAXIMUM", kPermanent},
    Known{"INVALID_INSTANCE_NOT_FOUND", kState},
    Known{"OPERATION_FAILED_RESOURCE_NOT_FOUND", kState},
    Known{"OPERATION_FAILED_RESOURCE_GROUP_NOT_FOUND", kPermanent},
    Known{"OPERATION_DENIED_INSTANCE_NOT_RUNNING", kState},
    Known{"OPERATION_DENIED_INSTANCE_STATUS", kState},
    Known{"OPERATION_DENIED_INSTANCE_STATUS_NOT_SUPPORT", kState},
    Known{"OPERATION_DENIED_INSTANCE_CREATING", kState},
    Known{"OPERATION_DENIED_INSTANCE_STATUS_INSTALLING", kState},
    Known{"OPERATION_DENIED_INSTANCE_RECYCLED", kPermanent},
    Known{"OPERATION_FAILED_FOR_RECYCLE_RESOURCE", kPermanent},
    Known{"OPERATION_DENIED_INSTANCE_BANDWIDTH_PROCESSING", kState},
    Known{"OPERATION_DENIED_INSTANCE_EXIST_PLAN_BANDWIDTH", kState},
    Known{kCodeDowngradeNotExist, kState},
    Known{"OPERATION_DENIED_INTERNET_CHARGE_TYPE_NOT_SUPPORT", kState},
    // Distinct from the one above but for its misspelt prefix: not offered in the zone.
    Known{"OPERATION_FAILED_INTERNET_CHARGE_TYPE_NOT_SUPPORT", kPermanent},
    Known{"INVALID_INSTANCE_BANDWIDTH_ZONE_NO_SELL", kPermanent},
    Known{"INVALID_INSTANCE_TYPE_ZONE_NO_SELL", kPermanent},
    Known{"INVALID_CHARGE_TYPE_NOT_SUPPORT", kPermanent},
    Known{"INVALID_ZONE_NOT_FOUND", kPermanent},
    Known{"INVALID_INSTANCE_TYPE_NOT_FOUND", kPermanent},
    Known{"INVALID_IMAGE_NOT_FOUND", kPermanent},
    Known{"ORDER_UNPROCESSED_ORDERS_FOR_THIS_RESOURCE", kMoney},
    Known{"INVALID_ORDER_NOT_FOUND", kState},
    Known{"OPERATION_DENIED_INSTANCE_TRAFFIC_PACKAGE_PROCESSING", kState},
    Known{"OPERATION_FAILED_INSTANCE_EXIST_PLAN_TRAFFIC_PACKAGE", kState},
};

const Known* find(std::string_view code) {
  const auto* found = std::find_if(kKnown.begin(), kKnown.end(),
                                   [&](const Known& known) { return known.code == code; });
  return found == kKnown.end() ? nullptr : found;
}

/// vm denies what bmc fails, Java and Go spell differently; one meaning gets one spelling.
std::string folded(std::string code) {
  constexpr std::string_view kFiled = "OPERATION_FILED_";
  constexpr std::string_view kFailed = "OPERATION_FAILED_";
  if (code.starts_with(kFiled)) code.replace(0, kFiled.size(), kFailed);
  if (code == "FAILED_OPERATION_FOR_RECYCLE_RESOURCE") {
    return "OPERATION_FAILED_FOR_RECYCLE_RESOURCE";
  }
  if (code.starts_with(kFailed) && find(code) == nullptr) {
    const std::string twin = "OPERATION_DENIED_" + code.substr(kFailed.size());
    if (find(twin) != nullptr) return twin;
  }
  return code;
}

/// Whether `word` stands in `code` between underscores, in the singular or plural: BALANCE is a
/// word of ACCOUNT_BALANCE_SHORT but not of REBALANCE, ORDER not of BORDER.
bool has_word(std::string_view code, std::string_view word) {
  if (word.empty()) return false;
  for (std::size_t at = code.find(word); at != std::string_view::npos;
       at = code.find(word, at + 1)) {
    std::size_t end = at + word.size();
    if (end < code.size() && code[end] == 'S') ++end;
    const bool starts = at == 0 || code[at - 1] == '_';
    if (starts && (end >= code.size() || code[end] == '_')) return true;
  }
  return false;
}

bool is_status(std::string_view code) {
  return code.size() == 3 && code.find_first_not_of("0123456789") == std::string_view::npos;
}

/// Answers after which nobody but the server knows whether the change was made.
bool leaves_outcome_open(std::string_view code, int status) {
  if (code == kCodeNetwork || code == kCodeBadBody) return true;
  if (code == "SERVICE_TEMPORARY_UNAVAILABLE" || code == "INTERNAL_SERVER_ERROR" ||
      code == "REQUEST_TIMED_OUT") {
    return true;
  }
  if (const Known* known = find(code)) return known->what == kRetry && code != kCodeLimit;
  // A gateway speaks in bare statuses: what happened behind it is not known. Nor is what a code
  // means that nobody knows, in an answer that is no refusal by its status.
  return status >= 500 || status < 400 || code.empty() || is_status(code);
}

}  // namespace

std::string_view to_string(ErrorClass what) {
  switch (what) {
    case kRetry:
      return "retry";
    case kState:
      return "state";
    case kPermanent:
      return "permanent";
    case kMoney:
      return "money";
    case kAuth:
      return "auth";
  }
  return "?";
}

std::string normalise_code(std::string_view code) {
  std::string out;
  for (char c : code.substr(0, kMaxCode)) {
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
    const bool plain = (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    out += plain ? c : '_';
  }
  out = folded(std::move(out));
  if (out.size() > kMaxCode) out.resize(kMaxCode);  // right spellings are longer than wrong ones
  return out;
}

ErrorClass classify(std::string_view code, int status, std::span<const std::string> money_words) {
  if (const Known* known = find(code)) return known->what;
  if (code.starts_with("AUTHFAILURE") || (code.empty() && status == 401)) return kAuth;
  if (std::any_of(money_words.begin(), money_words.end(),
                  [&](const std::string& word) { return has_word(code, word); })) {
    return kMoney;
  }
  if (status == 429 || status >= 500 || status < 400) return kRetry;
  return kPermanent;
}

ErrorKind kind_of(std::string_view code, int status, ErrorClass what, Effect effect) {
  const bool limited = code == kCodeLimit || (status == 429 && find(code) == nullptr);
  if (limited) return ErrorKind::kTransient;
  if (effect == Effect::kChange && leaves_outcome_open(code, status)) {
    return ErrorKind::kUnknownOutcome;
  }
  switch (what) {
    case kRetry:
      return ErrorKind::kTransient;
    case kState:
      return effect == Effect::kChange ? ErrorKind::kTransient : ErrorKind::kRefused;
    case kPermanent:
      return code == "MISSING_PARAMETER" || code.starts_with("INVALID_PARAMETER_")
                 ? ErrorKind::kInvalid
                 : ErrorKind::kRefused;
    case kMoney:
    case kAuth:
      return ErrorKind::kRefused;
  }
  return ErrorKind::kRefused;
}

bool means_done(std::string_view code) {
  return code == kCodeDowngradeNotExist || code.ends_with("_UNMODIFIED") ||
         code.find("_NOT_CHANGE") != std::string_view::npos;
}

std::string code_label(std::string_view code) {
  return find(code) != nullptr || is_status(code) ? std::string(code) : "OTHER";
}

bool short_of_money(const Error& error, std::optional<Money> price,
                    std::optional<Money> purchasing_power,
                    std::span<const std::string> money_words) {
  const ErrorClass what = classify(error.code, 400, money_words);
  if (what == kMoney) return true;
  const bool unexplained = error.kind == ErrorKind::kRefused && find(error.code) == nullptr;
  return unexplained && price && purchasing_power && *purchasing_power < *price;
}

}  // namespace penstock
