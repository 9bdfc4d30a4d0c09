#include "daemon/signing.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/sha.h>

#include <array>
#include <cassert>

namespace penstock {
namespace {

using Digest = std::array<unsigned char, SHA256_DIGEST_LENGTH>;

const unsigned char* bytes_of(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

std::string hex(const Digest& digest) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string out;
  out.reserve(2 * digest.size());
  for (const unsigned char byte : digest) {
    out += kDigits[byte >> 4U];
    out += kDigits[byte & 15U];
  }
  return out;
}

std::string signed_names(const SignedRequest& request) {
  std::string names;
  for (const auto& [name, value] : request.headers) {
    if (!names.empty()) names += ';';
    names += name;
  }
  return names;
}

/// The value behind "Name=" at the front of `text`, up to a comma; takes both off `text`.
std::optional<std::string_view> take_field(std::string_view& text, std::string_view name) {
  while (text.starts_with(' ') || text.starts_with(',')) text.remove_prefix(1);
  if (!text.starts_with(name) || !text.substr(name.size()).starts_with('=')) return std::nullopt;
  text.remove_prefix(name.size() + 1);
  const std::string_view value = text.substr(0, text.find(','));
  text.remove_prefix(value.size());
  if (value.empty()) return std::nullopt;
  return value;
}

}  // namespace

std::string sha256_hex(std::string_view bytes) {
  Digest digest{};
  SHA256(bytes_of(bytes), bytes.size(), digest.data());
  return hex(digest);
}

std::string hmac_sha256_hex(std::string_view key, std::string_view bytes) {
  Digest digest{};
  unsigned int size = 0;
  const unsigned char* done = HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()),
                                   bytes_of(bytes), bytes.size(), digest.data(), &size);
  assert(done != nullptr && size == digest.size());
  return hex(digest);
}

std::string canonical_request(const SignedRequest& request) {
  std::string text = "POST\n/\n\n";
  for (const auto& [name, value] : request.headers) {
    text += name;
    text += ':';
    text += value;
    text += '\n';
  }
  return text + "\n" + signed_names(request) + "\n" + sha256_hex(request.body);
}

std::string string_to_sign(const SignedRequest& request) {
  return std::string(kSignatureMethod) + "\n" + std::string(request.timestamp) + "\n" +
         sha256_hex(canonical_request(request));
}

std::string signature(std::string_view password, const SignedRequest& request) {
  return hmac_sha256_hex(password, string_to_sign(request));
}

std::string authorization(std::string_view id, std::string_view password,
                          const SignedRequest& request) {
  return std::string(kSignatureMethod) + " Credential=" + std::string(id) +
         ", SignedHeaders=" + signed_names(request) + ", Signature=" + signature(password, request);
}

std::optional<AuthorizationParts> parse_authorization(std::string_view header) {
  if (!header.starts_with(kSignatureMethod)) return std::nullopt;
  header.remove_prefix(kSignatureMethod.size());
  if (!header.starts_with(' ')) return std::nullopt;
  const auto credential = take_field(header, "Credential");
  const auto names = take_field(header, "SignedHeaders");
  const auto value = take_field(header, "Signature");
  if (!credential || !names || !value || !header.empty()) return std::nullopt;
  AuthorizationParts parts{.credential = std::string(*credential),
                           .signed_headers = {},
                           .signature = std::string(*value)};
  std::string_view rest = *names;
  while (true) {
    const std::string_view name = rest.substr(0, rest.find(';'));
    if (name.empty()) return std::nullopt;
    parts.signed_headers.emplace_back(name);
    if (name.size() == rest.size()) return parts;
    rest.remove_prefix(name.size() + 1);
  }
}

}  // namespace penstock
