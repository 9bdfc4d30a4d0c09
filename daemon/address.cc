#include "daemon/address.h"

#include <algorithm>
#include <charconv>

namespace penstock {
namespace {

bool only(std::string_view text, std::string_view allowed) {
  return text.find_first_not_of(allowed) == std::string_view::npos;
}

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return out;
}

/// By literal address or by the one name that is reserved for it.
bool is_loopback(std::string_view host) {
  if (host == "localhost" || host == "[::1]") return true;
  return host.starts_with("127.") && only(host, "0123456789.") &&
         std::count(host.begin(), host.end(), '.') == 3;
}

Error invalid(std::string message) {
  return {.kind = ErrorKind::kInvalid, .message = std::move(message)};
}

}  // namespace

std::optional<HostPort> parse_host_port(std::string_view text) {
  HostPort out;
  std::size_t end = 0;
  const std::string low = lower(text);
  if (low.starts_with('[')) {
    end = low.find(']');
    if (end == std::string::npos ||
        !only(std::string_view(low).substr(1, end - 1), "0123456789abcdef:.")) {
      return std::nullopt;
    }
    ++end;
  } else {
    end = std::min(low.find(':'), low.size());
    if (!only(std::string_view(low).substr(0, end), "0123456789abcdefghijklmnopqrstuvwxyz.-_")) {
      return std::nullopt;
    }
  }
  out.host = low.substr(0, end);
  if (out.host.empty() || out.host == "[]") return std::nullopt;
  if (end < low.size()) {
    std::uint16_t port = 0;
    const char* last = low.data() + low.size();
    const auto [stop, error] = std::from_chars(low.data() + end + 1, last, port);
    if (low[end] != ':' || error != std::errc{} || stop != last) return std::nullopt;
    out.port = port;
  }
  out.loopback = is_loopback(out.host);
  return out;
}

Result<Url> parse_url(std::string_view text) {
  Url url;
  const std::size_t colon = std::min(text.find("://"), text.size());
  url.scheme = lower(text.substr(0, colon));
  if (colon == text.size() || (url.scheme != "https" && url.scheme != "http")) {
    return invalid("must start with https:// or http://");
  }
  text.remove_prefix(colon + 3);
  const std::string_view authority = text.substr(0, text.find_first_of("/?#"));
  if (authority.find('@') != std::string_view::npos) {
    return invalid("must not contain a user or password: URLs travel into logs");
  }
  auto where = parse_host_port(authority);
  if (!where || where->port == 0) return invalid("has no proper host and port");
  url.where = *std::move(where);
  url.path = text.substr(authority.size());
  const bool plain =
      std::all_of(url.path.begin(), url.path.end(), [](char c) { return c > ' ' && c < '\x7f'; });
  if (!plain) return invalid("has characters that must be percent-encoded");
  return url;
}

}  // namespace penstock
