#include "daemon/api_token.h"

#include <algorithm>
#include <utility>

namespace penstock {
namespace {

/// 16 hexadecimal digits are 64 bits: nobody guesses those over a network.
constexpr std::size_t kLeastLength = 16;

}  // namespace

std::string_view to_string(TokenScope scope) {
  switch (scope) {
    case TokenScope::kRead:
      return "read";
    case TokenScope::kOperate:
      return "operate";
    case TokenScope::kApprove:
      return "approve";
  }
  return "";
}

bool ApiToken::has(TokenScope scope) const {
  return std::ranges::find(scopes, scope) != scopes.end();
}

std::vector<std::string> token_notes(const std::vector<ApiToken>& tokens) {
  std::vector<std::string> notes;
  std::vector<std::pair<const ApiToken*, Secret>> seen;
  for (const ApiToken& token : tokens) {
    Result<Secret> secret = read_secret_file(token.file);
    if (!secret) {
      notes.push_back("token " + token.name + ": " + secret.error().message);
      continue;
    }
    if (secret->expose().size() < kLeastLength) {
      notes.push_back("token " + token.name + ": " + token.file + " holds fewer than " +
                      std::to_string(kLeastLength) +
                      " characters, which can be guessed; write one by: openssl rand -hex 32");
    }
    for (const auto& [other, its] : seen) {
      if (!its.same_as(*secret)) continue;
      notes.push_back("token " + token.name + ": is the same as " + other->name +
                      "'s, whose name and scopes count; give each its own");
    }
    seen.emplace_back(&token, std::move(*secret));
  }
  return notes;
}

Result<Secret> find_token(const std::vector<ApiToken>& tokens, TokenScope scope) {
  const std::string wanted(to_string(scope));
  std::string why;
  for (const ApiToken& token : tokens) {
    if (!token.has(scope)) continue;
    Result<Secret> secret = read_secret_file(token.file);
    if (secret) return secret;
    why += (why.empty() ? "" : "; ") + secret.error().message;
  }
  if (why.empty()) why = "the configuration has no token with the scope " + wanted;
  return Error{.kind = ErrorKind::kInvalid,
               .message = "this needs a token with the scope " + wanted + ": " + why +
                          "; $PENSTOCK_TOKEN_FILE may name another file"};
}

}  // namespace penstock
