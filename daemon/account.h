// AccountConfig: one [[account]] of penstock.toml, complete and validated, as the client needs it.
//
//   AccountConfig account{.name = "main", .access_key_id_file = "access-key-id",
//                         .access_key_password_file = "access-key-password"};
//   Result<BaseUrl> url = parse_base_url(account.base_url);   // what `check` reports
//
// Secrets are named here by file, never held. Plain values.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "metrics/units.h"
#include "policies/billing.h"
#include "policies/result.h"

namespace penstock {

/// What a prepaid price inquiry's answer means; kAuto finds out (daemon/quote.h).
enum class PrepaidQuote {
  kAuto,
  kDue,                ///< charged now for the rest of the term
  kMonthlyTotal,       ///< the month's price of the whole new size
  kMonthlyDifference,  ///< the month's price of the new size less that of the present one
};
std::string_view to_string(PrepaidQuote quote);  ///< "auto", "due", "monthly-total", …
std::optional<PrepaidQuote> parse_prepaid_quote(std::string_view text);

/// The versions sent in x-zc-version; both versions of vm and bmc are understood.
struct ApiVersions {
  std::string vm = "2026-04-01";   ///< or 2023-03-13
  std::string bmc = "2026-02-01";  ///< or 2022-11-20
  std::string zbc = "2024-08-08";
};

struct AccountConfig {
  std::string name = "main";
  std::string base_url = "https://console.zenlayer.com";  ///< http only on loopback
  /// Files with the secrets; a relative name is looked up in $CREDENTIALS_DIRECTORY, then in
  /// `folder`. Either a key pair or a token; all empty = only the environment is asked.
  std::string access_key_id_file;
  std::string access_key_password_file;
  std::string token_file;
  std::string folder = ".";                  ///< of the configuration file
  std::vector<std::string> resource_groups;  ///< ids; empty = all that the key may see
  double requests_per_second = 5;
  double changes_per_second = 1;
  PrepaidQuote prepaid_quote = PrepaidQuote::kAuto;
  Duration billing_month = kBillingMonth;  ///< anything else only on loopback, for the sandbox
  ApiVersions versions;
  /// Words of an error code that mean a matter of money: the API documents none of its own.
  std::vector<std::string> money_words = {
      "BALANCE", "PAYMENT", "PURCHASING_POWER", "ARREARS", "OVERDUE", "CREDIT", "ORDER"};
  int list_page_size = 500;  ///< instances asked for per list call, 1 to 1000
};

/// A base URL taken apart and normalised: lower-case, without a default port or trailing slash.
struct BaseUrl {
  std::string scheme;  ///< "https" or "http"
  std::string host;    ///< as the Host header carries it: with the port unless it is the default
  bool loopback = false;

  std::string origin() const { return scheme + "://" + host; }
};

/// kInvalid for anything but scheme, host and port, and for plain http beyond loopback.
Result<BaseUrl> parse_base_url(std::string_view text);

/// Everything that must hold of one account by itself; the error says which key is wrong.
Status check_account(const AccountConfig& account);

}  // namespace penstock
