#include "daemon/account.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "daemon/address.h"

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
  const Result<Url> read = parse_url(text);
  if (!read) return invalid("base_url " + read.error().message);
  if (!read->path.empty() && read->path != "/") {
    return invalid(
        "base_url must be a scheme, a host and perhaps a port, such as "
        "https://console.zenlayer.com");
  }
  BaseUrl url{.scheme = read->scheme, .host = read->where.host, .loopback = read->where.loopback};
  if (url.scheme == "http" && !url.loopback) {
    return invalid(
        "base_url may use http only on loopback: over the network it would carry the "
        "credentials in the clear");
  }
  const auto port = read->where.port;
  if (port && *port != (url.scheme == "https" ? 443 : 80)) url.host += ":" + std::to_string(*port);
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
