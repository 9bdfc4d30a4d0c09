// SourceAuth: how a traffic source proves who it is: basic, bearer, client certificate, headers.
//
//   SourceAuth auth(config, read_secret);       // read_secret: path -> its content, or why not
//   Status ready = auth.apply(request);         // adds headers and the client certificate
//   if (answer.status == 401 && auth.reread()) ask_again();
//
// Secrets come from files: read at the first use, again on reload() and once after a refusal; they
// are in memory and in the Authorization header only. Loop thread only.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "daemon/http.h"
#include "daemon/source_config.h"
#include "policies/result.h"

namespace penstock {

/// A secret file's content without the final line end, or an error that names the file and the
/// cause. The real one refuses files that others may read.
using SecretReader = std::function<Result<std::string>(const std::string& path)>;

class SourceAuth {
 public:
  /// Keeps a reference to `config`, which must outlive it.
  SourceAuth(const SourceConfig& config, SecretReader read_secret);

  Status apply(HttpRequest& request);
  void reload() { authorization_.reset(); }
  /// Reads the secrets again; true when they have changed, so that asking again makes sense.
  bool reread();

 private:
  Result<std::string> read_authorization() const;

  const SourceConfig& config_;
  SecretReader read_secret_;
  std::optional<std::string> authorization_;  ///< "" = none configured
};

/// RFC 4648, with padding.
std::string base64(std::string_view bytes);

/// The URL as it may be shown: without a password in it.
std::string shown_url(std::string_view url);

}  // namespace penstock
