// Who may call the API: checks against cross-site requests, DNS rebinding and missing tokens.
//
//   if (auto refusal = refuse_host(request, rules)) return *refusal;
//   if (auto refusal = refuse_change(request, rules)) return *refusal;
//
// Reading needs no token (the listener is on loopback or behind a proxy), so a web page must not
// read through somebody's browser: a request has to name us by an address, by "localhost" or by a
// configured name, which a page of another site with a rebound name cannot. Changing needs the
// bearer token, which no browser adds by itself, and is refused from other origins all the same.
// Pure functions but for reading the token file.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "daemon/secret.h"
#include "daemon/server.h"
#include "policies/result.h"

namespace penstock {

struct AccessRules {
  std::vector<std::string> hosts;  ///< further names of ours, such as a proxy's public one
  /// The token that changes need, read anew for each; not set: nothing can be changed over HTTP.
  std::function<Result<Secret>()> token;
};

/// A refusal as JSON, `{"error":"…","code":"…"}`.
ServerResponse api_refusal(int status, std::string_view code, std::string_view message);

/// 421 unless the request's Host is ours; requests without a Host (no browser) pass.
std::optional<ServerResponse> refuse_host(const ServerRequest& request, const AccessRules& rules);

/// 403 for another site, 415 for what is not JSON, 401 without the right token.
std::optional<ServerResponse> refuse_change(const ServerRequest& request, const AccessRules& rules);

}  // namespace penstock
