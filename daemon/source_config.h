// One [[source]] of penstock.toml: where traffic is read from and with which credentials.
//
//   SourceConfig source{.name = "prometheus", .urls = {"http://127.0.0.1:9090"}};
//
// Built by config.h, complete and validated: URLs parse, files are absolute paths (secrets are read
// by the source itself, on reload and once after an authentication failure). Plain values,
// immutable once loaded.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/http.h"
#include "metrics/units.h"

namespace penstock {

enum class SourceKind : std::uint8_t { kPrometheus, kScrape, kProvider };
std::string_view to_string(SourceKind kind);  ///< "prometheus", "scrape", "provider"

/// One exposition endpoint of a scrape source.
struct ScrapeTarget {
  std::string url;
  /// Which instance every series of this page belongs to; empty: each series says so itself by the
  /// label that the policy's traffic.key names.
  std::string instance_id;
  bool operator==(const ScrapeTarget&) const = default;
};

struct SourceConfig {
  std::string name;
  SourceKind kind = SourceKind::kPrometheus;
  /// prometheus: base URLs, tried in order (an HA pair) or, with `union_urls`, all asked and their
  /// answers put together (one server per region).
  std::vector<std::string> urls;
  bool union_urls = false;
  std::vector<ScrapeTarget> targets;  ///< scrape only
  /// provider only: the account whose instances are asked for; empty = every account.
  std::string account;
  /// Least time between two questions: 0 = every tick. The provider's own data has 5-minute steps.
  Duration interval{};
  Duration timeout = 10s;
  HttpHeaders headers;     ///< sent with every request, such as X-Scope-OrgID; never secrets
  std::string basic_user;  ///< with basic_password_file
  std::string basic_password_file;  ///< absolute; empty = none
  std::string bearer_token_file;    ///< absolute; empty = none
  HttpTls tls;                      ///< client certificate and CA, absolute; empty = none
  bool operator==(const SourceConfig&) const;
};

}  // namespace penstock
