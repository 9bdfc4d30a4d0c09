#include "daemon/sim/access.h"

#include <algorithm>
#include <charconv>
#include <string_view>
#include <vector>

#include "daemon/secret.h"
#include "daemon/signing.h"

namespace penstock {
namespace {

constexpr std::string_view kMethod = "ZC2-HMAC-SHA256";
constexpr std::string_view kBearer = "Bearer ";

Refusal no(std::string_view code, std::string_view why) {
  return Refusal{401, std::string(code), std::string(why)};
}

Refusal malformed(std::string_view why) {
  return no("AUTHFAILURE_INVALID_AUTHORIZATION", why);
}

std::string_view trim(std::string_view text) {
  while (text.starts_with(' ') || text.starts_with('\t')) text.remove_prefix(1);
  while (text.ends_with(' ') || text.ends_with('\t')) text.remove_suffix(1);
  return text;
}

std::string lower(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
  });
  return out;
}

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  while (true) {
    const std::size_t end = text.find(separator);
    parts.push_back(trim(text.substr(0, end)));
    if (end == std::string_view::npos) return parts;
    text.remove_prefix(end + 1);
  }
}

struct Claim {
  std::string_view credential, signed_headers, signature;
};

/// "ZC2-HMAC-SHA256 Credential=…, SignedHeaders=…, Signature=…", the fields in any order.
std::optional<Claim> read_claim(std::string_view header) {
  if (!header.starts_with(kMethod)) return std::nullopt;
  Claim claim;
  for (const std::string_view field : split(header.substr(kMethod.size()), ',')) {
    const std::size_t equals = field.find('=');
    if (equals == std::string_view::npos) return std::nullopt;
    const std::string_view name = field.substr(0, equals);
    const std::string_view value = field.substr(equals + 1);
    if (name == "Credential") {
      claim.credential = value;
    } else if (name == "SignedHeaders") {
      claim.signed_headers = value;
    } else if (name == "Signature") {
      claim.signature = value;
    } else {
      return std::nullopt;
    }
  }
  if (claim.credential.empty() || claim.signed_headers.empty() || claim.signature.empty()) {
    return std::nullopt;
  }
  return claim;
}

/// The signature over the headers the client lists. Values count as sent; the documents say that
/// they are lower-cased first, which for all known clients is the same.
std::string expected_signature(const ServerRequest& request, std::string_view signed_headers,
                               const std::string& password, bool lower_values) {
  std::string canonical = request.method + "\n/\n\n";
  for (const std::string_view name : split(signed_headers, ';')) {
    const std::string_view value = trim(request.header(name));
    canonical.append(name).append(":");
    canonical += lower_values ? lower(value) : std::string(value);
    canonical += "\n";
  }
  canonical.append("\n").append(signed_headers).append("\n") += sha256_hex(request.body);
  std::string text(kMethod);
  text.append("\n").append(request.header("x-zc-timestamp")).append("\n");
  return hmac_sha256_hex(password, text + sha256_hex(canonical));
}

std::optional<Refusal> check_signed_headers(std::string_view signed_headers) {
  const std::vector<std::string_view> names = split(signed_headers, ';');
  const auto has = [&](std::string_view name) {
    return std::find(names.begin(), names.end(), name) != names.end();
  };
  if (!has("content-type") || !has("host")) {
    return malformed("SignedHeaders must contain content-type and host.");
  }
  if (!std::is_sorted(names.begin(), names.end())) {
    return malformed("SignedHeaders must be sorted.");
  }
  return std::nullopt;
}

std::optional<Refusal> check_time(std::string_view timestamp, TimePoint now) {
  std::int64_t seconds = 0;
  const auto [end, error] =
      std::from_chars(timestamp.data(), timestamp.data() + timestamp.size(), seconds);
  if (error != std::errc{} || end != timestamp.data() + timestamp.size()) {
    return malformed("X-ZC-Timestamp must be Unix seconds.");
  }
  const std::int64_t today =
      std::chrono::floor<std::chrono::seconds>(now.time_since_epoch()).count();
  const std::int64_t allowed = std::chrono::seconds{kSignatureAge}.count();
  // No difference is taken: it could overflow for a timestamp from a hostile client.
  if (seconds < today - allowed || seconds > today + allowed) {
    return no("AUTHFAILURE_SIGNATURE_EXPIRED", "The timestamp is more than 5 minutes off.");
  }
  return std::nullopt;
}

}  // namespace

std::optional<Refusal> check_access(const ServerRequest& request, const SandboxKeys& keys,
                                    TimePoint now) {
  const std::string_view header = request.header("authorization");
  if (header.starts_with(kBearer)) {
    if (equal_in_constant_time(trim(header.substr(kBearer.size())), keys.token)) return {};
    return malformed("The access token is not valid.");
  }
  const std::optional<Claim> claim = read_claim(header);
  if (!claim) return malformed("The Authorization header is malformed.");
  if (const std::string_view method = request.header("x-zc-signature-method");
      !method.empty() && method != kMethod) {
    return malformed("The signature method is not supported.");
  }
  if (auto problem = check_signed_headers(claim->signed_headers)) return problem;
  if (auto problem = check_time(request.header("x-zc-timestamp"), now)) return problem;
  const bool known = equal_in_constant_time(claim->credential, keys.id);
  for (const bool lower_values : {false, true}) {
    const std::string expected =
        expected_signature(request, claim->signed_headers, keys.password, lower_values);
    if (known && equal_in_constant_time(claim->signature, expected)) return {};
  }
  return no("AUTHFAILURE_SIGNATURE_FAILURE", "The signature does not match.");
}

}  // namespace penstock
