#include "daemon/account.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

namespace penstock {
namespace {

struct QuoteName {
  PrepaidQuote quote;
  std::string_view name;
};
constexpr std::array kQuoteNames = {
    QuoteName{PrepaidQuote::kAuto, "auto"},
    QuoteName{PrepaidQuote::kDue, "due"},
    QuoteName{PrepaidQuote::kMonthlyTotal, "monthly-total"},
    QuoteName{PrepaidQuote::kMonthlyDifference, "monthly-difference"},
};

Error invalid(std::string message) {
  return {.kind = ErrorKind::kInvalid, .message = std::move(message), .code = {}, .request_id = {}};
}

bool all_of(std::string_view text, std::string_view allowed) {
  return text.find_first_not_of(allowed) == std::string_view::npos;
}

/// Loopback by literal address or by the one name that is reserved for it.
bool is_loopback(std::string_view host) {
  if (host == "localhost" || host == "[::1]") return true;
  return host.starts_with("127.") && all_of(host, "0123456789.") &&
         std::count(host.begin(), host.end(), '.') == 3;
}

/// "HOST", "HOST:PORT", "[V6]" or "[V6]:PORT" into its parts; the port is "" where none is given.
bool split_host(std::string_view text, std::string_view& host, std::string_view& port) {
  std::size_t end = 0;
  if (text.starts_with('[')) {
    end = text.find(']');
    if (end == std::string_view::npos || !all_of(text.substr(1, end - 1), "0123456789abcdef:.")) {
      return false;
    }
    ++end;
  } else {
    end = std::min(text.find(':'), text.size());
    if (!all_of(text.substr(0, end), "0123456789abcdefghijklmnopqrstuvwxyz.-_")) return false;
  }
  host = text.substr(0, end);
  const std::string_view rest = text.substr(end);
  if (rest.empty()) return !host.empty();
  port = rest.substr(1);
  std::uint16_t number = 0;
  const auto read = std::from_chars(port.data(), port.data() + port.size(), number);
  return !host.empty() && rest.front() == ':' && read.ec == std::errc{} &&
         read.ptr == port.data() + port.size() && number != 0;
}

bool header_safe(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c < '\x7f'; });
}

}  // namespace

std::string_view to_string(PrepaidQuote quote) {
  for (const QuoteName& known : kQuoteNames) {
    if (known.quote == quote) return known.name;
  }
  return "?";
}

std::optional<PrepaidQuote> parse_prepaid_quote(std::string_view text) {
  for (const QuoteName& known : kQuoteNames) {
    if (known.name == text) return known.quote;
  }
  return std::nullopt;
}

Result<BaseUrl> parse_base_url(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  std::string_view rest = lower;
  BaseUrl url;
  for (std::string_view scheme : {"https", "http"}) {
    if (rest.starts_with(scheme) && rest.substr(scheme.size()).starts_with("://")) {
      url.scheme = scheme;
      rest.remove_prefix(scheme.size() + 3);
      break;
    }
  }
  if (url.scheme.empty()) return invalid("base_url must start with https:// (http:// on loopback)");
  if (rest.ends_with('/')) rest.remove_suffix(1);
  std::string_view host, port;
  if (!split_host(rest, host, port)) {
    return invalid(
        "base_url must be a scheme, a host and perhaps a port, such as "
        "https://console.zenlayer.com");
  }
  url.loopback = is_loopback(host);
  if (url.scheme == "http" && !url.loopback) {
    return invalid(
        "base_url may use http only on loopback: over the network it would carry the "
        "credentials in the clear");
  }
  const bool default_port = port.empty() || port == (url.scheme == "https" ? "443" : "80");
  url.host = default_port ? std::string(host) : std::string(host) + ":" + std::string(port);
  return url;
}

Status check_account(const AccountConfig& account) {
  if (account.name.empty()) return invalid("name must not be empty");
  const Result<BaseUrl> url = parse_base_url(account.base_url);
  if (!url) return url.error();
  if (account.access_key_id_file.empty() != account.access_key_password_file.empty()) {
    return invalid("access_key_id_file and access_key_password_file belong together");
  }
  if (!account.token_file.empty() && !account.access_key_id_file.empty()) {
    return invalid("token_file and a key pair exclude each other");
  }
  const auto in = [](double value, double low, double high) {
    return std::isfinite(value) && value >= low && value <= high;
  };
  if (!in(account.requests_per_second, 0.1, 100)) {
    return invalid("requests_per_second must lie between 0.1 and 100");
  }
  if (!in(account.changes_per_second, 0.01, account.requests_per_second)) {
    return invalid("changes_per_second must lie between 0.01 and requests_per_second");
  }
  if (account.billing_month <= Duration::zero()) return invalid("billing_month must be positive");
  if (account.billing_month != kBillingMonth && !url->loopback) {
    return invalid("billing_month may differ from 30d only on loopback, for the sandbox");
  }
  if (account.list_page_size < 1 || account.list_page_size > 1000) {
    return invalid("list_page_size must lie between 1 and 1000");
  }
  for (const std::string* version :
       {&account.versions.vm, &account.versions.bmc, &account.versions.zbc}) {
    if (version->empty() || !header_safe(*version))
      return invalid("a version must be a plain date");
  }
  return ok();
}

}  // namespace penstock
