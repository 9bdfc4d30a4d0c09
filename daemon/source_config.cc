#include "daemon/source_config.h"

#include <tuple>

namespace penstock {

std::string_view to_string(SourceKind kind) {
  switch (kind) {
    case SourceKind::kPrometheus:
      return "prometheus";
    case SourceKind::kScrape:
      return "scrape";
    case SourceKind::kProvider:
      return "provider";
  }
  return "";
}

bool SourceConfig::operator==(const SourceConfig& other) const {
  const auto parts = [](const SourceConfig& s) {
    return std::tie(s.name, s.kind, s.urls, s.union_urls, s.targets, s.account, s.interval,
                    s.timeout, s.headers, s.basic_user, s.basic_password_file, s.bearer_token_file,
                    s.tls.ca_file, s.tls.client_cert_file, s.tls.client_key_file);
  };
  return parts(*this) == parts(other);
}

}  // namespace penstock
