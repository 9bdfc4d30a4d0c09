#include "daemon/config.h"

#include <algorithm>
#include <filesystem>
#include <initializer_list>

#include "daemon/access_schema.h"
#include "daemon/address.h"
#include "daemon/config_schema.h"
#include "metrics/printable.h"

namespace penstock {
namespace {

namespace fs = std::filesystem;

// The provider's figures come in 5-minute steps: asking more often only costs calls.
constexpr Duration kProviderInterval = 5min;

void make_absolute(std::string& path, const fs::path& folder) {
  if (!path.empty()) path = (folder / path).lexically_normal().string();
}

void resolve_source(SourceConfig& source, const fs::path& folder, const Environment& environment,
                    bool has_interval) {
  for (std::string* secret : {&source.basic_password_file, &source.bearer_token_file,
                              &source.tls.client_key_file, &source.tls.client_cert_file}) {
    if (!secret->empty()) *secret = secret_path(*secret, folder.string(), environment);
  }
  make_absolute(source.tls.ca_file, folder);
  if (source.kind == SourceKind::kProvider && !has_interval) source.interval = kProviderInterval;
}

std::string api_token_path(const std::string& configured, const fs::path& folder,
                           const Environment& environment) {
  if (!configured.empty()) return secret_path(configured, folder.string(), environment);
  const std::string given = environment("CREDENTIALS_DIRECTORY").value_or("");
  if (given.empty()) return {};
  const fs::path token = fs::path(given) / "api-token";
  std::error_code ignored;
  return fs::exists(token, ignored) ? token.string() : "";
}

/// $STATE_DIRECTORY may hold several folders, separated by colons; the first is the unit's own.
std::string state_directory(const Environment& environment) {
  const std::string given = environment("STATE_DIRECTORY").value_or("");
  return given.substr(0, given.find(':'));
}

void resolve(Config& config, const TomlNode& root, const std::string& file,
             const Environment& environment) {
  std::error_code ignored;
  const fs::path absolute = fs::absolute(file, ignored);
  const fs::path folder = absolute.parent_path();
  config.file = absolute.lexically_normal().string();
  make_absolute(config.policies, folder);
  const std::string given = state_directory(environment);
  if (!given.empty()) config.state = given;
  make_absolute(config.state, folder);
  config.api_token_file = api_token_path(config.api_token_file, folder, environment);
  for (ApiToken& token : config.api_tokens) {
    token.file = secret_path(token.file, folder.string(), environment);
  }
  if (!config.tls_cert_file.empty()) {
    config.tls_cert_file = secret_path(config.tls_cert_file, folder.string(), environment);
    config.tls_key_file = secret_path(config.tls_key_file, folder.string(), environment);
  }
  for (AccountConfig& account : config.accounts) account.folder = folder.string();
  const TomlNode* sources = root.find("source");
  for (std::size_t i = 0; i < config.sources.size(); ++i) {
    const bool has_interval = sources->items[i].find("interval") != nullptr;
    resolve_source(config.sources[i], folder, environment, has_interval);
  }
}

}  // namespace

bool reading_needs_token(const Config& config) {
  const auto where = parse_host_port(config.listen);
  const bool beyond = !where || !where->loopback;
  return config.read_needs_token.value_or(beyond && !config.behind_tls_proxy);
}

std::vector<ApiToken> all_tokens(const Config& config) {
  std::vector<ApiToken> all;
  if (!config.api_token_file.empty()) {
    all.push_back({std::string(kPlainTokenName),
                   config.api_token_file,
                   {TokenScope::kRead, TokenScope::kOperate, TokenScope::kApprove}});
  }
  all.insert(all.end(), config.api_tokens.begin(), config.api_tokens.end());
  return all;
}

ConfigRead read_config(std::string_view text, const std::string& file,
                       const Environment& environment) {
  const Lookups nothing;
  Reading reading(printable(file), text, nothing);
  Config config;
  const auto root = reading.parse();
  if (root) config_schema().read(*root, config, reading);
  ConfigRead read{.config = std::nullopt, .problems = reading.problems()};
  if (read.problems.empty()) {
    resolve(config, *root, file, environment);
    read.config = std::move(config);
  }
  return read;
}

std::vector<std::string> reload_refusals(const Config& running, const Config& wanted) {
  std::vector<std::string> refusals;
  const auto compare = [&](const std::string& key, const std::string& from, const std::string& to) {
    if (from == to) return;
    refusals.push_back(key + ": cannot change while running, from " + in_quotes(from) + " to " +
                       in_quotes(to) + ": restart penstock");
  };
  const auto proxy = [](const Config& config) {
    return config.behind_tls_proxy ? "true" : "false";
  };
  const auto joined = [](const std::vector<std::string>& names) {
    std::string all;
    for (const std::string& name : names) all += (all.empty() ? "" : ", ") + name;
    return all;
  };
  compare("listen", running.listen, wanted.listen);
  compare("tls_cert_file", running.tls_cert_file, wanted.tls_cert_file);
  compare("tls_key_file", running.tls_key_file, wanted.tls_key_file);
  compare("behind_tls_proxy", proxy(running), proxy(wanted));
  compare("allow_from", joined(running.allow_from), joined(wanted.allow_from));
  compare("state", running.state, wanted.state);
  for (const AccountConfig& account : running.accounts) {
    const auto same = std::find_if(wanted.accounts.begin(), wanted.accounts.end(),
                                   [&](const auto& other) { return other.name == account.name; });
    if (same == wanted.accounts.end()) continue;
    compare("account " + account.name + ": base_url", account.base_url, same->base_url);
    compare("account " + account.name + ": billing_month",
            Codec<Duration>::plain(account.billing_month),
            Codec<Duration>::plain(same->billing_month));
  }
  return refusals;
}

std::vector<SectionDoc> config_reference() {
  std::vector<SectionDoc> sections{config_schema().document(), api_token_schema().document(),
                                   account_schema().document()};
  const auto append = [&](std::vector<SectionDoc> more) {
    for (SectionDoc& section : more) sections.push_back(std::move(section));
  };
  append(account_subsections());
  append({source_schema().document()});
  append(source_subsections());
  append({limits_schema().document(), breaker_schema().document(), tariff_schema().document()});
  append(tariff_subsections());
  return sections;
}

}  // namespace penstock
