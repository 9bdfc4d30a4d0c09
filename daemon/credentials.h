// Credentials: what one account signs with, a key pair or a bearer token.
//
//   Result<Credentials> credentials = load_credentials(account, process_environment());
//   if (credentials->bearer()) header = "Bearer " + std::string(credentials->token().expose());
//
// Read again on reload and once after an authentication failure. Moves, does not copy, never prints
// itself. Loop thread only.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "daemon/account.h"
#include "daemon/secret.h"

namespace penstock {

/// Value of an environment variable; nullopt if unset. Injected, so tests need no environment.
using Environment = std::function<std::optional<std::string>(const char* name)>;
Environment process_environment();

class Credentials {
 public:
  static Credentials key_pair(Secret id, Secret password);
  static Credentials bearer_token(Secret token);

  bool bearer() const { return !token_.empty(); }
  const Secret& access_key_id() const { return id_; }
  const Secret& access_key_password() const { return password_; }
  const Secret& token() const { return token_; }
  bool same_as(const Credentials& other) const;
  /// `text` without any of these secrets.
  std::string redact(std::string_view text) const;

 private:
  Credentials() = default;
  Secret id_, password_, token_;
};

/// The account's files, else the vendor's own environment variables: ZENLAYERCLOUD_ACCESS_KEY_ID
/// with ZENLAYERCLOUD_ACCESS_KEY_PASSWORD, or ZENLAYER_TOKEN. A relative file is looked for in
/// $CREDENTIALS_DIRECTORY, then beside the configuration. kInvalid says what to do.
Result<Credentials> load_credentials(const AccountConfig& account, const Environment& environment);

/// Where a secret's file is: as given if absolute, else in $CREDENTIALS_DIRECTORY if it exists
/// there, else in `folder`, else in its `credentials` if it exists there. Whether it exists in the
/// end is for the reader to find out.
std::string secret_path(const std::string& name, const std::string& folder,
                        const Environment& environment);

}  // namespace penstock
