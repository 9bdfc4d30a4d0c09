// Who may call the API: checks against cross-site requests, DNS rebinding, missing tokens and
// missing scopes.
//
//   if (auto refusal = refuse_host(request, rules)) return *refusal;
//   Admission admission = admit(request, Asks::kOperate, rules);
//   if (admission.refusal) return *admission.refusal;
//   record.by = admission.token;
//
// Reading needs no token where only this host or a proxy can ask, so a web page must not read
// through somebody's browser: a request has to name us by an address, by "localhost" or by a
// configured name, which a page of another site with a rebound name cannot. Changing needs a bearer
// token, which no browser adds by itself, and is refused from other origins all the same. Pure
// functions but for reading the tokens' files.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "daemon/api_token.h"
#include "daemon/secret.h"
#include "daemon/server.h"
#include "policies/result.h"

namespace penstock {

struct Config;

/// What a request wants to do.
enum class Asks { kNothing, kMetrics, kRead, kOperate, kApprove };

struct TokenRule {
  ApiToken token;
  std::function<Result<Secret>()> read;  ///< called for each request that shows a token
};

struct AccessRules {
  std::vector<std::string> hosts;  ///< further names of ours, such as a proxy's public one
  std::vector<TokenRule> tokens;   ///< none: nothing can be changed over HTTP
  bool read_needs_token = false;
  bool metrics_need_token = false;
};

/// The rules of a configuration, with tokens read from its files.
AccessRules access_rules(const Config& config);

struct Admission {
  std::string token;  ///< its name; "" where none was needed
  std::optional<ServerResponse> refusal;
};

/// A refusal as JSON, `{"error":"…","code":"…"}`.
ServerResponse api_refusal(int status, std::string_view code, std::string_view message);

/// 421 unless the request's Host is ours; requests without a Host (no browser) pass.
std::optional<ServerResponse> refuse_host(const ServerRequest& request, const AccessRules& rules);

/// Of a change 403 for another site and 415 for what is not JSON; 401 without a token that is
/// known, 403 without its scope.
Admission admit(const ServerRequest& request, Asks asks, const AccessRules& rules);

}  // namespace penstock
