#include "daemon/config_schema.h"

#include "daemon/access_schema.h"
#include "daemon/address.h"
#include "policies/match_schema.h"
#include "policies/rule_schema.h"

namespace penstock {

template <>
struct Words<LogLevel> {
  static constexpr std::array<Word<LogLevel>, 4> kAll{{{LogLevel::kDebug, "debug"},
                                                       {LogLevel::kInfo, "info"},
                                                       {LogLevel::kWarn, "warn"},
                                                       {LogLevel::kError, "error"}}};
};
template <>
struct Words<StepsMode> {
  static constexpr std::array<Word<StepsMode>, 2> kAll{
      {{StepsMode::kMarginal, "marginal"}, {StepsMode::kVolume, "volume"}}};
};

namespace {

Limits<std::string> listen_limits() {
  return {"HOST:PORT", [](const std::string& text) {
            const auto where = parse_host_port(text);
            return where && where->port ? std::string()
                                        : "must be HOST:PORT, such as \"127.0.0.1:19610\"";
          }};
}

Limits<Money> positive_money() {
  return {"above 0.00 USD", [](const Money& money) {
            return money > Money{} ? std::string() : "must be above 0.00 USD";
          }};
}

const Schema<PriceStep>& step_schema() {
  using P = PriceStep;
  static const Schema<P> kSchema = [] {
    Schema<P> schema("[[tariff.steps]]");
    schema
        .key("from", &P::from, "billable bandwidth above which this price holds",
             between(Mbps{0}, kLargestCap))
        .required()
        .key("unit_price", &P::unit_price, "per Mbps and 30 days")
        .required();
    return schema;
  }();
  return kSchema;
}

void check_steps(const Tariff& tariff, const TomlNode& table, Reading& reading) {
  const bool unit = table.find("unit_price") != nullptr;
  const bool steps = table.find("steps") != nullptr;
  if (unit && steps) {
    reading.clash(table, {"unit_price", "steps"}, "excludes steps: write one of the two");
    return;
  }
  if (!unit && !steps) {
    reading.missing(table, "unit_price", "a tariff needs unit_price or steps");
    return;
  }
  if (!steps && table.find("steps_mode") != nullptr) {
    reading.clash(table, {"steps_mode", "steps"}, "means nothing without steps");
  }
  for (std::size_t i = 0; i < tariff.steps.size(); ++i) {
    const std::string key = "steps[" + std::to_string(i) + "].from";
    if (i == 0 && tariff.steps[i].from != Mbps{0}) {
      reading.clash(table, {key}, "must be \"0 Mbps\" in the first step");
    } else if (i > 0 && tariff.steps[i].from <= tariff.steps[i - 1].from) {
      reading.clash(table, {key, "steps[" + std::to_string(i - 1) + "].from"},
                    "must be above the step before (" + format(tariff.steps[i - 1].from) + ")");
    }
  }
}

const Schema<Tariff>& price_schema() {
  using T = Tariff;
  static const Schema<T> kSchema = [] {
    Schema<T> schema("price");
    schema.key("unit_price", &T::unit_price, "per Mbps and 30 days")
        .otherwise("none")
        .key("included", &T::included, "bandwidth that is free", between(Mbps{0}, kLargestCap))
        .tables("steps", &T::steps, step_schema(),
                "prices that change with size, instead of `unit_price`")
        .key("steps_mode", &T::steps_mode,
             "`volume`: all of it at the price of the step that is reached")
        .together(check_steps);
    return schema;
  }();
  return kSchema;
}

void check_listener(const Config& config, const TomlNode& table, Reading& reading) {
  if (config.tls_cert_file.empty() != config.tls_key_file.empty()) {
    const bool cert = config.tls_key_file.empty();
    reading.clash(table, {cert ? "tls_cert_file" : "tls_key_file"},
                  std::string("needs ") + (cert ? "tls_key_file" : "tls_cert_file") + " beside it");
  }
  const auto where = parse_host_port(config.listen);
  const bool secured = !config.tls_cert_file.empty() || config.behind_tls_proxy;
  if (where && !where->loopback && !secured) {
    reading.clash(table, {"listen", "tls_cert_file", "behind_tls_proxy"},
                  "is plain text beyond loopback: give tls_cert_file and tls_key_file, or say "
                  "behind_tls_proxy = true when a TLS proxy stands in front");
  }
}

template <class Named>
void refuse_doubles(const std::vector<Named>& all, const std::string& list, const TomlNode& table,
                    Reading& reading) {
  for (std::size_t later = 1; later < all.size(); ++later) {
    for (std::size_t earlier = 0; earlier < later; ++earlier) {
      if (all[earlier].name != all[later].name) continue;
      const std::string key = list + "[" + std::to_string(later) + "].name";
      reading.clash(table, {key, list + "[" + std::to_string(earlier) + "].name"},
                    in_quotes(all[later].name) + " is taken by another [[" + list + "]]");
      break;
    }
  }
}

/// Accounts that sources and tariffs name must exist.
void check_account_names(const Config& config, const TomlNode& table, Reading& reading) {
  if (reading.failed("account")) return;
  std::vector<std::string_view> names;
  for (const AccountConfig& account : config.accounts) names.emplace_back(account.name);
  const auto check = [&](const std::string& key) {
    const TomlNode* node = find_path(table, key);
    if (node != nullptr && !reading.failed(key)) {
      check_known(*node, key, "[[account]]", names, reading);
    }
  };
  for (std::size_t i = 0; i < config.sources.size(); ++i) {
    check("source[" + std::to_string(i) + "].account");
  }
  for (std::size_t i = 0; i < config.tariffs.size(); ++i) {
    const std::size_t count = config.tariffs[i].match.account.size();
    for (std::size_t j = 0; j < count; ++j) {
      check("tariff[" + std::to_string(i) + "].match.account[" + std::to_string(j) + "]");
    }
  }
}

void check_money(const FleetLimits& limits, const TomlNode& table, Reading& reading) {
  if (limits.per_day && limits.per_month && *limits.per_day > *limits.per_month) {
    reading.clash(table, {"per_day", "per_month"},
                  "per_day (" + Codec<Money>::plain(*limits.per_day) + ") is above per_month (" +
                      Codec<Money>::plain(*limits.per_month) + ")");
  }
}

}  // namespace

const Schema<BreakerLimits>& breaker_schema() {
  using B = BreakerLimits;
  static const Schema<B> kSchema = [] {
    Schema<B> schema("[limits.breaker]");
    schema
        .key("failures", &B::failures,
             "failed orders of one account after which it gets no more until `penstock resume`; "
             "0: never",
             between(0, 1000))
        .key("within", &B::within, "counted over this time", between<Duration>(1s, 24h * 31));
    return schema;
  }();
  return kSchema;
}

const Schema<FleetLimits>& limits_schema() {
  using L = FleetLimits;
  static const Schema<L> kSchema = [] {
    Schema<L> schema("[limits]");
    schema
        .key("orders_per_day", &L::orders_per_day, "orders of the whole fleet per UTC day",
             between(1, 1'000'000))
        .key("per_day", &L::per_day, "money of the whole fleet per UTC day", positive_money())
        .key("per_month", &L::per_month, "money of the whole fleet per UTC calendar month",
             positive_money())
        .key("max_lowered_share", &L::max_lowered_share,
             "share of all instances that may be lowered per UTC day; one may always be, unless "
             "it is 0",
             between(0.0, 1.0))
        .table("breaker", &L::breaker, breaker_schema(), "stops an account whose orders fail")
        .together(check_money);
    return schema;
  }();
  return kSchema;
}

const Schema<TariffRule>& tariff_schema() {
  using T = TariffRule;
  static const Schema<T> kSchema = [] {
    Schema<T> schema("[[tariff]]");
    schema
        .table("match", &T::match, match_schema(),
               "which instances, by the keys of a policy's match; the first tariff that matches "
               "counts")
        .embed(&T::tariff, price_schema());
    return schema;
  }();
  return kSchema;
}

std::vector<SectionDoc> tariff_subsections() {
  return {step_schema().document()};
}

const Schema<Config>& config_schema() {
  using C = Config;
  static const Schema<C> kSchema = [] {
    Schema<C> schema("");
    schema
        .key("listen", &C::listen,
             "where /metrics, health and the API are served; port 0: any free one", listen_limits())
        .key("tick", &C::tick, "how often traffic is read and decided on",
             between<Duration>(1s, 1h))
        .key("policies", &C::policies, "folder of policy files, relative to this file",
             text_limits())
        .key("state", &C::state,
             "folder of the journal and the demand history; $STATE_DIRECTORY goes before it",
             text_limits())
        .key("watch_files", &C::watch_files,
             "reload by itself once changes of this file or of a policy file are complete")
        .key("log_level", &C::log_level, "least level that is logged")
        .key("api_token_file", &C::api_token_file,
             "file with the token that changes over HTTP need; left out: `api-token` in "
             "$CREDENTIALS_DIRECTORY, and where there is none nothing can be changed over HTTP",
             text_limits())
        .key("tls_cert_file", &C::tls_cert_file, "certificate of the listener, PEM", text_limits())
        .key("tls_key_file", &C::tls_key_file, "its private key, PEM", text_limits())
        .key("behind_tls_proxy", &C::behind_tls_proxy,
             "allows plain text beyond loopback, because a TLS proxy stands in front")
        .key("hosts", &C::hosts,
             "names by which the API may be called, such as the proxy's; addresses and `localhost` "
             "always may",
             text_limits())
        .key("allow_from", &C::allow_from,
             "addresses that may connect, beside this host's own; empty: all",
             address_range_limits())
        .key("read_needs_token", &C::read_needs_token,
             "reading the API needs a token with the scope `read`; left out: beyond loopback, "
             "unless behind_tls_proxy")
        .key("metrics_need_token", &C::metrics_need_token,
             "/metrics needs a token with the scope `read`; the health pages never do")
        .tables("api_token", &C::api_tokens, api_token_schema(),
                "tokens with a name and scopes of their own")
        .tables("account", &C::accounts, account_schema(), "Zenlayer accounts; at least one")
        .required()
        .tables("source", &C::sources, source_schema(), "where traffic is read from")
        .table("limits", &C::limits, limits_schema(), "limits of the whole fleet")
        .tables("tariff", &C::tariffs, tariff_schema(), "prices where the API gives none")
        .together(check_listener)
        .together([](const C& config, const TomlNode& table, Reading& reading) {
          refuse_doubles(config.accounts, "account", table, reading);
          refuse_doubles(config.sources, "source", table, reading);
          refuse_doubles(config.api_tokens, "api_token", table, reading);
        })
        .together(check_access)
        .together(check_account_names);
    return schema;
  }();
  return kSchema;
}

}  // namespace penstock
