// Api tokens: who may do what over HTTP, by name.
//
//   [[api_token]]
//   name = "grafana"
//   file = "grafana-token"
//   scopes = ["read"]
//
// The configuration names files, never tokens; a file is read anew for every use, so that a token
// is changed by writing its file. Plain values and pure functions, but for reading files.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/secret.h"

namespace penstock {

/// None implies another: who approves spending need not be who pauses, and the other way round.
enum class TokenScope { kRead, kOperate, kApprove };
std::string_view to_string(TokenScope scope);

struct ApiToken {
  std::string name;
  std::string file;  ///< absolute once loaded
  std::vector<TokenScope> scopes;

  bool has(TokenScope scope) const;
};

/// What the token of api_token_file is called in records; it has every scope.
inline constexpr std::string_view kPlainTokenName = "api-token";

/// What is wrong with the files, a line each: unreadable, too short to be safe, the same token
/// under two names. Secrets are often readable by the service alone, so that a file cannot be read
/// says little when anybody else asks.
std::vector<std::string> token_notes(const std::vector<ApiToken>& tokens);

/// The first token with the scope whose file can be read; the error says what was tried.
Result<Secret> find_token(const std::vector<ApiToken>& tokens, TokenScope scope);

}  // namespace penstock
