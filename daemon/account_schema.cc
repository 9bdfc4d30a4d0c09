#include "daemon/address.h"
#include "daemon/config_schema.h"

namespace penstock {

template <>
struct Words<PrepaidQuote> {
  static constexpr std::array<Word<PrepaidQuote>, 4> kAll{
      {{PrepaidQuote::kAuto, "auto"},
       {PrepaidQuote::kDue, "due"},
       {PrepaidQuote::kMonthlyTotal, "monthly-total"},
       {PrepaidQuote::kMonthlyDifference, "monthly-difference"}}};
};

namespace {

/// What parse_base_url says begins with the key's name, which messages carry anyway.
Limits<std::string> base_url_limits() {
  return {"", [](const std::string& text) {
            const Result<BaseUrl> url = parse_base_url(text);
            if (url) return std::string();
            constexpr std::string_view kKey = "base_url ";
            std::string_view why = url.error().message;
            if (why.starts_with(kKey)) why.remove_prefix(kKey.size());
            return std::string(why);
          }};
}

Limits<std::string> version_limits() {
  return {"", [](const std::string& text) {
            const bool date = text.size() == 10 && parse_time(text + "T00:00:00Z").has_value();
            return date ? std::string() : "must be a date such as \"2026-04-01\"";
          }};
}

const Schema<ApiVersions>& versions_schema() {
  using V = ApiVersions;
  static const Schema<V> kSchema = [] {
    Schema<V> schema("[account.versions]");
    schema.key("vm", &V::vm, "or `2023-03-13`", version_limits())
        .key("bmc", &V::bmc, "or `2022-11-20`", version_limits())
        .key("zbc", &V::zbc, "billing", version_limits());
    return schema;
  }();
  return kSchema;
}

void check_secrets(const AccountConfig& account, const TomlNode& table, Reading& reading) {
  if (account.access_key_id_file.empty() != account.access_key_password_file.empty()) {
    const bool id = account.access_key_password_file.empty();
    reading.clash(table, {id ? "access_key_id_file" : "access_key_password_file"},
                  std::string("needs ") + (id ? "access_key_password_file" : "access_key_id_file") +
                      " beside it");
  }
  if (!account.token_file.empty() && !account.access_key_id_file.empty()) {
    reading.clash(table, {"token_file", "access_key_id_file"},
                  "excludes access_key_id_file: an account signs with a key pair or with a token");
  }
}

void check_month(const AccountConfig& account, const TomlNode& table, Reading& reading) {
  const Result<BaseUrl> url = parse_base_url(account.base_url);
  if (account.billing_month != kBillingMonth && url && !url->loopback) {
    reading.clash(table, {"billing_month", "base_url"},
                  "billing_month may differ from 30d only on loopback: a real account is billed by "
                  "30 days");
  }
}

void check_rates(const AccountConfig& account, const TomlNode& table, Reading& reading) {
  if (account.changes_per_second > account.requests_per_second) {
    reading.clash(table, {"changes_per_second", "requests_per_second"},
                  "changes_per_second (" + Codec<double>::plain(account.changes_per_second) +
                      ") is above requests_per_second (" +
                      Codec<double>::plain(account.requests_per_second) + ")");
  }
}

/// Whatever the client itself insists on beyond the checks above, so that the two never part.
void check_by_client(const AccountConfig& account, const TomlNode& table, Reading& reading) {
  if (reading.failed("")) return;
  const Status accepted = check_account(account);
  if (!accepted) reading.problem(table.at, accepted.error().message);
}

}  // namespace

const Schema<AccountConfig>& account_schema() {
  using A = AccountConfig;
  static const Schema<A> kSchema = [] {
    Schema<A> schema("[[account]]");
    schema.key("name", &A::name, "its name in metrics, messages and `match.account`", name_limits())
        .key("base_url", &A::base_url, "where the API is; http only on loopback", base_url_limits())
        .key("access_key_id_file", &A::access_key_id_file,
             "file with the key's id: in $CREDENTIALS_DIRECTORY, else relative to this file; "
             "refused when others may read it; without any file ZENLAYERCLOUD_ACCESS_KEY_ID and "
             "_PASSWORD are asked",
             text_limits())
        .key("access_key_password_file", &A::access_key_password_file,
             "file with the key's password", text_limits())
        .key("token_file", &A::token_file,
             "file with a bearer token, instead of a key pair; without any file ZENLAYER_TOKEN is "
             "asked",
             text_limits())
        .key("resource_groups", &A::resource_groups,
             "ids of resource groups to look at; empty: all that the key may see", text_limits())
        .key("requests_per_second", &A::requests_per_second,
             "most calls per second over all; halved by itself when the API says that it is too "
             "many",
             between(0.1, 100.0))
        .key("changes_per_second", &A::changes_per_second, "most orders per second",
             between(0.01, 100.0))
        .key("prepaid_quote", &A::prepaid_quote,
             "what the API's price for a prepaid change means; `auto` finds out and lets the "
             "larger reading count until then")
        .key("billing_month", &A::billing_month,
             "length of a month; anything else only on loopback, for the sandbox",
             between<Duration>(1s, kBillingMonth))
        .table("versions", &A::versions, versions_schema(), "API versions to speak")
        .key("money_words", &A::money_words,
             "parts of an error code that mean a matter of money: further orders of that kind wait",
             text_limits(100))
        .key("list_page_size", &A::list_page_size, "instances asked for in one call",
             between(1, 1000))
        .together(check_secrets)
        .together(check_month)
        .together(check_rates)
        .together(check_by_client);
    return schema;
  }();
  return kSchema;
}

std::vector<SectionDoc> account_subsections() {
  return {versions_schema().document()};
}

}  // namespace penstock
