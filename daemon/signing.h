// ZC2-HMAC-SHA256, the API's request signature, over OpenSSL's one-shot calls (their one home).
//
//   SignedRequest request{.headers = {{"content-type", "application/json"}, {"host", host}},
//                         .body = body, .timestamp = "1767225600"};
//   header = authorization(id, password, request);
//
// The daemon signs; the sandbox builds the same text from what a client says it signed and
// compares. Path, action and version are not part of it, and the canonical path is always "/". Pure
// functions.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace penstock {

struct SignedRequest {
  /// Names in lower case, sorted; values exactly as sent. At least content-type and host.
  std::vector<std::pair<std::string, std::string>> headers;
  std::string_view body;
  std::string_view timestamp;  ///< the text of x-zc-timestamp
};

inline constexpr std::string_view kSignatureMethod = "ZC2-HMAC-SHA256";

std::string sha256_hex(std::string_view bytes);  ///< lower case
std::string hmac_sha256_hex(std::string_view key, std::string_view bytes);

std::string canonical_request(const SignedRequest& request);
std::string string_to_sign(const SignedRequest& request);
std::string signature(std::string_view password, const SignedRequest& request);
/// The whole value of the Authorization header.
std::string authorization(std::string_view id, std::string_view password,
                          const SignedRequest& request);

/// An Authorization header taken apart; nullopt when it has another form.
struct AuthorizationParts {
  std::string credential;
  std::vector<std::string> signed_headers;  ///< as listed
  std::string signature;
};
std::optional<AuthorizationParts> parse_authorization(std::string_view header);

}  // namespace penstock
