#include "daemon/api_access.h"

#include <algorithm>
#include <cctype>

#include "daemon/config.h"
#include "daemon/join.h"
#include "daemon/json.h"

namespace penstock {
namespace {

std::string lower(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(), [](char c) {
    return static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  });
  return out;
}

/// "Name:8080" -> "name"; an IPv6 address keeps its brackets.
std::string name_of(std::string_view host) {
  const std::size_t colon = host.rfind(':');
  const std::size_t bracket = host.rfind(']');
  const bool has_port =
      colon != std::string_view::npos && (bracket == std::string_view::npos || colon > bracket);
  return lower(has_port ? host.substr(0, colon) : host);
}

bool is_ours(std::string_view host, const AccessRules& rules) {
  const std::string name = name_of(host);
  if (name == "localhost" || !address_bytes(name).empty()) return true;
  return std::any_of(rules.hosts.begin(), rules.hosts.end(),
                     [&](const std::string& each) { return lower(each) == name; });
}

/// Whether a page of another site made the browser send this.
bool is_cross_site(const ServerRequest& request) {
  const std::string_view site = request.header("Sec-Fetch-Site");
  if (!site.empty() && site != "same-origin" && site != "none") return true;
  const std::string_view origin = request.header("Origin");
  if (origin.empty()) return false;
  const std::size_t scheme = origin.find("://");
  return scheme == std::string_view::npos ||
         lower(origin.substr(scheme + 3)) != lower(request.header("Host"));
}

bool is_json(std::string_view content_type) {
  const std::string type = lower(content_type.substr(0, content_type.find(';')));
  return type == "application/json" || type == "application/json ";
}

/// What the request must be allowed; nullopt: nothing.
std::optional<TokenScope> scope_of(Asks asks, const AccessRules& rules) {
  const auto read_if = [](bool needed) {
    return needed ? std::optional(TokenScope::kRead) : std::nullopt;
  };
  switch (asks) {
    case Asks::kNothing:
      return std::nullopt;
    case Asks::kMetrics:
      return read_if(rules.metrics_need_token);
    case Asks::kRead:
      return read_if(rules.read_needs_token);
    case Asks::kOperate:
      return TokenScope::kOperate;
    case Asks::kApprove:
      return TokenScope::kApprove;
  }
  return std::nullopt;
}

std::optional<ServerResponse> refuse_origin(const ServerRequest& request) {
  if (is_cross_site(request)) {
    return api_refusal(403, "cross-site", "changes cannot be asked for from another site's page");
  }
  if (!request.body.empty() && !is_json(request.header("Content-Type"))) {
    return api_refusal(415, "not-json", "the body must be sent as application/json");
  }
  return std::nullopt;
}

/// The word behind "Bearer"; "" if there is none.
std::string_view token_shown(const ServerRequest& request) {
  const std::string_view given = request.header("Authorization");
  constexpr std::string_view kScheme = "bearer ";
  const bool has_scheme =
      given.size() > kScheme.size() && lower(given.substr(0, kScheme.size())) == kScheme;
  return has_scheme ? given.substr(kScheme.size()) : std::string_view{};
}

/// The configured token that `shown` is. All are compared, whichever is the one, so that the time
/// an answer takes does not tell how far down the list somebody came.
struct Recognised {
  const ApiToken* token = nullptr;
  bool any_readable = false;
  std::string trouble;  ///< of a file that could not be read
};

Recognised recognise(std::string_view shown, const std::vector<TokenRule>& rules) {
  Recognised out;
  for (const TokenRule& rule : rules) {
    const Result<Secret> secret = rule.read();
    if (!secret) {
      if (out.trouble.empty()) out.trouble = secret.error().message;
      continue;
    }
    out.any_readable = true;
    const bool same = equal_in_constant_time(shown, secret->expose());
    if (same && !secret->empty() && out.token == nullptr) out.token = &rule.token;
  }
  return out;
}

ServerResponse with_challenge(ServerResponse refusal, std::string challenge) {
  refusal.headers.emplace_back("WWW-Authenticate", std::move(challenge));
  return refusal;
}

void check_token(const ServerRequest& request, TokenScope scope, const AccessRules& rules,
                 Admission& admission) {
  const bool reads = scope == TokenScope::kRead;
  const std::string what = reads ? "read" : "changed";
  if (rules.tokens.empty()) {
    admission.refusal =
        api_refusal(403, "no-token-configured",
                    "nothing can be " + what + " over HTTP: no api-token is configured");
    return;
  }
  const std::string wanted(to_string(scope));
  const Recognised known = recognise(token_shown(request), rules.tokens);
  if (!known.any_readable) {
    admission.refusal = api_refusal(403, "no-token", known.trouble);
  } else if (known.token == nullptr) {
    admission.refusal = with_challenge(
        api_refusal(401, "wrong-token",
                    std::string(reads ? "reading needs" : "changes need") +
                        " the header \"Authorization: Bearer TOKEN\", with the scope " + wanted),
        "Bearer");
  } else if (!known.token->has(scope)) {
    admission.refusal = with_challenge(
        api_refusal(403, "missing-scope",
                    "the token \"" + known.token->name + "\" lacks the scope " + wanted),
        "Bearer error=\"insufficient_scope\", scope=\"" + wanted + "\"");
  } else {
    admission.token = known.token->name;
  }
}

}  // namespace

ServerResponse api_refusal(int status, std::string_view code, std::string_view message) {
  JsonWriter out;
  out.begin_object().key("error").string(message).key("code").string(code).end_object();
  ServerResponse response;
  response.status = status;
  response.body = out.take() + "\n";
  return response;
}

std::optional<ServerResponse> refuse_host(const ServerRequest& request, const AccessRules& rules) {
  const std::string_view host = request.header("Host");
  if (host.empty() || is_ours(host, rules)) return std::nullopt;
  return api_refusal(421, "wrong-host",
                     "this is not a name of this daemon; use its address or \"localhost\"");
}

AccessRules access_rules(const Config& config) {
  AccessRules rules;
  rules.hosts = config.hosts;
  for (const ApiToken& token : all_tokens(config)) {
    rules.tokens.push_back({token, [file = token.file] { return read_secret_file(file); }});
  }
  rules.read_needs_token = reading_needs_token(config);
  rules.metrics_need_token = config.metrics_need_token;
  return rules;
}

Admission admit(const ServerRequest& request, Asks asks, const AccessRules& rules) {
  const std::optional<TokenScope> scope = scope_of(asks, rules);
  if (!scope) return {};
  Admission admission;
  if (*scope != TokenScope::kRead) admission.refusal = refuse_origin(request);
  if (!admission.refusal) check_token(request, *scope, rules, admission);
  return admission;
}

}  // namespace penstock
