#include "daemon/source_auth.h"

#include <algorithm>
#include <cstdint>
#include <utility>

#include "daemon/log.h"

namespace penstock {

SourceAuth::SourceAuth(const SourceConfig& config, SecretReader read_secret)
    : config_(config), read_secret_(std::move(read_secret)) {}

Status SourceAuth::apply(HttpRequest& request) {
  if (!authorization_) {
    Result<std::string> read = read_authorization();
    if (!read) return read.error();
    authorization_ = *std::move(read);
  }
  request.headers.insert(request.headers.end(), config_.headers.begin(), config_.headers.end());
  if (!authorization_->empty()) request.headers.emplace_back("Authorization", *authorization_);
  request.tls = config_.tls;
  request.timeout = config_.timeout;
  return ok();
}

bool SourceAuth::reread() {
  Result<std::string> read = read_authorization();
  if (!read || *read == authorization_) return false;
  authorization_ = *std::move(read);
  return true;
}

Result<std::string> SourceAuth::read_authorization() const {
  const bool basic = !config_.basic_user.empty();
  const std::string& path = basic ? config_.basic_password_file : config_.bearer_token_file;
  if (path.empty()) return basic ? "Basic " + base64(config_.basic_user + ":") : std::string();
  Result<std::string> secret = read_secret_(path);
  if (!secret) return secret.error();
  // A line end or another control character would end the header and begin another one.
  const auto is_control = [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; };
  if (secret->empty() || std::any_of(secret->begin(), secret->end(), is_control)) {
    return Error{ErrorKind::kInvalid, path + ": expected one line with the secret", {}, {}};
  }
  return basic ? "Basic " + base64(config_.basic_user + ":" + *secret) : "Bearer " + *secret;
}

std::string base64(std::string_view bytes) {
  static constexpr std::string_view kAlphabet =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  out.reserve((bytes.size() + 2) / 3 * 4);
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    const std::size_t have = std::min<std::size_t>(3, bytes.size() - i);
    std::uint32_t block = 0;
    for (std::size_t k = 0; k < 3; ++k) {
      block = block << 8 | (k < have ? static_cast<unsigned char>(bytes[i + k]) : 0U);
    }
    for (std::size_t k = 0; k < 4; ++k) {
      out += k <= have ? kAlphabet[block >> (18 - 6 * k) & 63] : '=';
    }
  }
  return out;
}

std::string shown_url(std::string_view url) {
  const std::size_t scheme = url.find("://");
  if (scheme == std::string_view::npos) return printable(url);
  const std::size_t host = scheme + 3;
  const std::size_t at = url.substr(0, url.find_first_of("/?#", host)).rfind('@');
  if (at == std::string_view::npos || at < host) return printable(url);
  return printable(std::string(url.substr(0, host)) + std::string(url.substr(at + 1)));
}

}  // namespace penstock
