// Config: penstock.toml, complete and validated.
//
//   ConfigRead read = read_config(text, "/etc/penstock/penstock.toml", process_environment());
//   if (!read.config) std::cerr << render(read.problems);
//
// Defaults are those written here; deploy/penstock.toml is the manual and a test compares the two.
// Reading the text touches the disk in one point only: whether a secret lies in
// $CREDENTIALS_DIRECTORY or beside the file. Plain values, immutable once loaded.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/account.h"
#include "daemon/api_token.h"
#include "daemon/credentials.h"
#include "daemon/fleet_limits.h"
#include "daemon/log.h"
#include "daemon/source_config.h"
#include "daemon/tariff_book.h"
#include "metrics/units.h"
#include "policies/problem.h"
#include "policies/schema.h"

namespace penstock {

struct Config {
  std::string file;                        ///< where it was read from
  std::string listen = "127.0.0.1:19610";  ///< port 0 = any free one
  Duration tick = 15s;
  std::string policies = "policies.d";      ///< folder; absolute once loaded
  std::string state = "/var/lib/penstock";  ///< folder; absolute once loaded
  LogLevel log_level = LogLevel::kInfo;
  bool watch_files = true;     ///< reload when a file changes, without being told
  std::string api_token_file;  ///< absolute once loaded; "" = nothing can be changed over HTTP
  std::string tls_cert_file, tls_key_file;  ///< of the listener; both or neither; absolute
  bool behind_tls_proxy = false;
  std::vector<std::string> hosts;        ///< names the API may be called by, beside its addresses
  std::vector<std::string> allow_from;   ///< ranges that may connect beside this host; empty = all
  std::optional<bool> read_needs_token;  ///< not set: see reading_needs_token()
  bool metrics_need_token = false;
  std::vector<ApiToken> api_tokens;  ///< without that of api_token_file: see all_tokens()
  std::vector<AccountConfig> accounts;
  std::vector<SourceConfig> sources;
  FleetLimits limits;
  std::vector<TariffRule> tariffs;
};

struct ConfigRead {
  std::optional<Config> config;  ///< absent on any problem
  std::vector<Problem> problems;
};

/// Everybody who may open the listener reads, on loopback or behind a proxy, which can ask for more
/// itself; beyond, a token with the scope read is needed. `read_needs_token` overrules both.
bool reading_needs_token(const Config& config);
/// The token of api_token_file, with every scope, and then those that have tables.
std::vector<ApiToken> all_tokens(const Config& config);

/// `file` is named in messages; relative paths are relative to its folder.
ConfigRead read_config(std::string_view text, const std::string& file,
                       const Environment& environment);

/// What differs between two configurations and cannot be changed by a reload, one line each:
/// "listen: …".
std::vector<std::string> reload_refusals(const Config& running, const Config& wanted);

/// Every key of penstock.toml, by table.
std::vector<SectionDoc> config_reference();

}  // namespace penstock
