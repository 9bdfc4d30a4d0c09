#include <algorithm>

#include "daemon/address.h"
#include "daemon/config_schema.h"

namespace penstock {

template <>
struct Words<SourceKind> {
  static constexpr std::array<Word<SourceKind>, 3> kAll{{{SourceKind::kPrometheus, "prometheus"},
                                                         {SourceKind::kScrape, "scrape"},
                                                         {SourceKind::kProvider, "provider"}}};
};

namespace {

Limits<std::string> url_limits() {
  return {"http or https", [](const std::string& text) {
            const Result<Url> url = parse_url(text);
            return url ? std::string() : url.error().message;
          }};
}

const Schema<ScrapeTarget>& target_schema() {
  using T = ScrapeTarget;
  static const Schema<T> kSchema = [] {
    Schema<T> schema("[[source.targets]]");
    schema.key("url", &T::url, "page in the Prometheus text format", url_limits())
        .required()
        .key("instance_id", &T::instance_id,
             "the instance all its series belong to; left out: each series has the label that "
             "`traffic.key` names",
             text_limits(200));
    return schema;
  }();
  return kSchema;
}

const Schema<HttpTls>& tls_schema() {
  using T = HttpTls;
  static const Schema<T> kSchema = [] {
    Schema<T> schema("tls");
    schema
        .key("ca_file", &T::ca_file, "certificates to trust instead of the system's", text_limits())
        .key("client_cert_file", &T::client_cert_file, "client certificate, PEM", text_limits())
        .key("client_key_file", &T::client_key_file, "its private key, PEM", text_limits())
        .together([](const T& tls, const TomlNode& table, Reading& reading) {
          if (tls.client_cert_file.empty() != tls.client_key_file.empty()) {
            const bool cert = tls.client_key_file.empty();
            reading.clash(table, {cert ? "client_cert_file" : "client_key_file"},
                          std::string("needs ") + (cert ? "client_key_file" : "client_cert_file") +
                              " beside it");
          }
        });
    return schema;
  }();
  return kSchema;
}

bool header_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
         c == '_';
}

void read_headers(const TomlNode& node, SourceConfig& source, Reading& reading) {
  if (!expect_table(node, reading)) return;
  for (const TomlMember& member : node.members) {
    const Reading::Step step(reading, member.key);
    std::string low = member.key;
    for (char& c : low) c = static_cast<char>(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
    if (low == "authorization" || low == "cookie" || low == "proxy-authorization") {
      reading.problem(member.key_at,
                      "would put a secret into this file: use bearer_token_file or "
                      "basic_password_file");
      continue;
    }
    const bool named = !low.empty() && std::all_of(low.begin(), low.end(), header_character);
    if (!named) {
      reading.problem(member.key_at, "is not the name of an HTTP header");
      continue;
    }
    const auto value = read_value<std::string>(member.value, reading, text_limits());
    if (!value) continue;
    const bool plain =
        std::all_of(value->begin(), value->end(), [](char c) { return c >= ' ' && c <= '~'; });
    if (plain) {
      source.headers.emplace_back(member.key, *value);
    } else {
      reading.problem(member.value.at, "must be printable ASCII");
    }
  }
}

/// Each kind has keys that only it understands; one that is written and ignored would mislead.
void check_kind(const SourceConfig& source, const TomlNode& table, Reading& reading) {
  const std::string kind = in_quotes(to_string(source.kind));
  const auto needs = [&](std::string_view key, bool there) {
    if (!there) reading.missing(table, key, "kind " + kind + " needs it");
  };
  const auto refuses = [&](std::string_view key) {
    if (table.find(key) != nullptr) {
      reading.clash(table, {key, "kind"}, "means nothing to kind " + kind);
    }
  };
  if (reading.failed("kind")) return;
  switch (source.kind) {
    case SourceKind::kPrometheus:
      needs("urls", !source.urls.empty());
      refuses("targets");
      refuses("account");
      return;
    case SourceKind::kScrape:
      needs("targets", !source.targets.empty());
      refuses("urls");
      refuses("union_urls");
      refuses("account");
      return;
    case SourceKind::kProvider:
      for (const char* key :
           {"urls", "union_urls", "targets", "headers", "basic_user", "basic_password_file",
            "bearer_token_file", "ca_file", "client_cert_file", "client_key_file"}) {
        refuses(key);
      }
      return;
  }
}

void check_identity(const SourceConfig& source, const TomlNode& table, Reading& reading) {
  if (source.basic_user.empty() != source.basic_password_file.empty()) {
    const bool user = source.basic_password_file.empty();
    reading.clash(
        table, {user ? "basic_user" : "basic_password_file"},
        std::string("needs ") + (user ? "basic_password_file" : "basic_user") + " beside it");
  }
  if (!source.bearer_token_file.empty() && !source.basic_user.empty()) {
    reading.clash(table, {"bearer_token_file", "basic_user"},
                  "excludes basic_user: a source has one way of signing in");
  }
}

/// Over plain http a password could be read on the way; data alone may travel so.
void check_plain_http(const SourceConfig& source, const TomlNode& table, Reading& reading) {
  if (source.basic_password_file.empty() && source.bearer_token_file.empty()) return;
  const auto check = [&](const std::string& text, const std::string& key) {
    const Result<Url> url = parse_url(text);
    if (url && url->scheme == "http" && !url->where.loopback) {
      reading.clash(table, {key},
                    "would carry the password in the clear: use https, or http on loopback");
    }
  };
  for (std::size_t i = 0; i < source.urls.size(); ++i) {
    check(source.urls[i], "urls[" + std::to_string(i) + "]");
  }
  for (std::size_t i = 0; i < source.targets.size(); ++i) {
    check(source.targets[i].url, "targets[" + std::to_string(i) + "].url");
  }
}

}  // namespace

const Schema<SourceConfig>& source_schema() {
  using S = SourceConfig;
  static const Schema<S> kSchema = [] {
    Schema<S> schema("[[source]]");
    schema.key("name", &S::name, "what policies call it in `traffic.source`", name_limits())
        .required()
        .key("kind", &S::kind,
             "a Prometheus server, pages scraped directly, or the provider's own traffic figures "
             "(5-minute data, some minutes late, never the only reason for an upgrade)")
        .key("urls", &S::urls, "prometheus: base URLs, tried in order (an HA pair)", url_limits())
        .key("union_urls", &S::union_urls,
             "prometheus: ask all of `urls` and put the answers together (one server per region)")
        .tables("targets", &S::targets, target_schema(), "scrape: the pages")
        .key("account", &S::account,
             "provider: the account whose instances are asked for; left out: all", text_limits())
        .key("interval", &S::interval, "least time between two questions; 0s: every tick",
             between<Duration>(0s, 24h))
        .otherwise("\"0s\"; provider \"5m\"")
        .key("timeout", &S::timeout, "for one answer", between<Duration>(100ms, 5min))
        .special("headers", "table of text", "none",
                 "sent with every request, such as `X-Scope-OrgID`; never secrets", read_headers)
        .key("basic_user", &S::basic_user, "user for basic authentication", text_limits())
        .key("basic_password_file", &S::basic_password_file, "file with its password",
             text_limits())
        .key("bearer_token_file", &S::bearer_token_file, "file with a bearer token", text_limits())
        .embed(&S::tls, tls_schema())
        .together(check_kind)
        .together(check_identity)
        .together(check_plain_http);
    return schema;
  }();
  return kSchema;
}

std::vector<SectionDoc> source_subsections() {
  return {target_schema().document()};
}

}  // namespace penstock
