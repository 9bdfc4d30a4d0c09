// DaemonClient: how the commands talk to the running daemon, over its own HTTP API.
//
//   DaemonClient daemon(http, address_of(config));
//   Result<std::string> body = daemon.get("/api/v1/status");
//   if (!body && body.error().kind == ErrorKind::kTransient) ... // not reachable
//
// One call at a time, on the caller's thread.
#pragma once

#include <string>
#include <vector>

#include "daemon/clock.h"
#include "daemon/config.h"
#include "daemon/credentials.h"
#include "daemon/http.h"
#include "policies/result.h"

namespace penstock {

struct DaemonAddress {
  std::string address;  ///< HOST:PORT as bound
  bool tls = false;
  std::string ca_file;  ///< with tls: the listener's own certificate will do
  Duration timeout = 30s;
  std::vector<ApiToken> tokens;  ///< one with the scope is looked for among them
};

/// The file in the state folder in which the daemon leaves the address it listens on: with
/// `listen = "…:0"` the configuration cannot tell it.
std::string address_file(const std::string& state_folder);
/// Where the daemon of this configuration listens: what it left there, else what is configured.
/// The token is that of $PENSTOCK_TOKEN_FILE where it is set, else one of the configuration's.
DaemonAddress address_of(const Config& config,
                         const Environment& environment = process_environment());

class DaemonClient {
 public:
  DaemonClient(Http& http, DaemonAddress address) : http_(http), address_(std::move(address)) {}

  /// The body of a 200; kTransient when there is no daemon, kRefused with its words otherwise. A
  /// token is shown only where one is asked for: whoever listens there need not be the daemon.
  Result<std::string> get(const std::string& path);
  /// The same of what the daemon has to prepare (202): asks until it is there, for half a minute.
  Result<std::string> await(const std::string& path, Clock& clock);
  /// POST of a JSON body, with a token that has the scope.
  Result<std::string> post(const std::string& path, const std::string& json, TokenScope scope);

 private:
  Result<std::string> call(HttpRequest request);
  Status sign(HttpRequest& request, TokenScope scope) const;

  Http& http_;
  DaemonAddress address_;
};

}  // namespace penstock
