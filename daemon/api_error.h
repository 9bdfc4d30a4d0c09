// What the API's error codes mean and what to do about them.
//
//   std::string code = normalise_code("Operation.Failed.Instance.Bandwidth.Processing");
//   classify(code, 403, account.money_words)          // ErrorClass::kState: read, then decide
//   kind_of(ErrorClass::kState, Effect::kChange)      // ErrorKind::kTransient: it did not happen
//
// The code decides, never the HTTP status alone: one code has different statuses per service. Pure
// functions.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "metrics/units.h"
#include "policies/result.h"

namespace penstock {

/// What a code asks for.
enum class ErrorClass {
  kRetry,      ///< later, unchanged; a change only after reading the state
  kState,      ///< read the state again, then decide
  kPermanent,  ///< until somebody changes something
  kMoney,      ///< short balance, unpaid order: no more buying
  kAuth,       ///< stop all writes and say so
};
std::string_view to_string(ErrorClass what);

/// Whether a call may change something that costs money. Only reads are ever repeated.
enum class Effect { kRead, kChange };

/// Codes for what never came from the API itself, in its own spelling.
inline constexpr std::string_view kCodeNetwork = "NETWORK_ERROR";
inline constexpr std::string_view kCodeBadBody = "JSON_PARSE_FAILED";
inline constexpr std::string_view kCodeChallenge = "SECURITY_CHALLENGE";
inline constexpr std::string_view kCodeBlocked = "REQUEST_BLOCKED";
inline constexpr std::string_view kCodeLimit = "REQUEST_LIMIT_EXCEEDED";
inline constexpr std::string_view kCodeUnauthorized = "AUTHFAILURE_UNAUTHORIZED_OPERATION";
inline constexpr std::string_view kCodeSignatureExpired = "AUTHFAILURE_SIGNATURE_EXPIRED";
inline constexpr std::string_view kCodeBandwidthExceed = "INVALID_PARAMETER_BANDWIDTH_EXCEED";
inline constexpr std::string_view kCodeDowngradeNotExist = "OPERATION_DENIED_DOWNGRADE_NOT_EXIST";

/// Upper case, "." as "_", known variants folded into one spelling, at most 96 characters of
/// [A-Z0-9_]. Empty for empty text.
std::string normalise_code(std::string_view code);

/// `code` is normalised; empty = the answer carried none and `status` must do.
ErrorClass classify(std::string_view code, int status, std::span<const std::string> money_words);

/// For a change: kUnknownOutcome if it may have happened; anything else means that it did not.
ErrorKind kind_of(std::string_view code, int status, ErrorClass what, Effect effect);

/// Whether a change that was answered so left the state that was asked for: nothing to cancel,
/// nothing to modify.
bool means_done(std::string_view code);

/// The code if it is one of a known, bounded set, else "OTHER": fit for a metric's label, whatever
/// a server sends. A bare HTTP status counts as known.
std::string code_label(std::string_view code);

/// The backstop where the API has no code for a short balance: an upgrade that was refused for no
/// known reason while the balance was below its price.
bool short_of_money(const Error& error, std::optional<Money> price,
                    std::optional<Money> purchasing_power,
                    std::span<const std::string> money_words);

}  // namespace penstock
