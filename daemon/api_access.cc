#include "daemon/api_access.h"

#include <algorithm>
#include <cctype>

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

std::optional<ServerResponse> refuse_change(const ServerRequest& request,
                                            const AccessRules& rules) {
  if (is_cross_site(request)) {
    return api_refusal(403, "cross-site", "changes cannot be asked for from another site's page");
  }
  if (!request.body.empty() && !is_json(request.header("Content-Type"))) {
    return api_refusal(415, "not-json", "the body must be sent as application/json");
  }
  if (!rules.token) {
    return api_refusal(403, "no-token-configured",
                       "nothing can be changed over HTTP: no api-token is configured");
  }
  const Result<Secret> token = rules.token();
  if (!token) return api_refusal(403, "no-token", token.error().message);
  const std::string_view given = request.header("Authorization");
  constexpr std::string_view kScheme = "bearer ";
  const bool has_scheme =
      given.size() > kScheme.size() && lower(given.substr(0, kScheme.size())) == kScheme;
  if (has_scheme && !token->empty() &&
      equal_in_constant_time(given.substr(kScheme.size()), token->expose())) {
    return std::nullopt;
  }
  ServerResponse refusal =
      api_refusal(401, "wrong-token", "changes need the header \"Authorization: Bearer TOKEN\"");
  refusal.headers.emplace_back("WWW-Authenticate", "Bearer");
  return refusal;
}

}  // namespace penstock
