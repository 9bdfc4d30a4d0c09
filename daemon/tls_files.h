// The listener's certificate and key, read from their files.
//
//   Result<TlsFiles> tls = read_tls_files("cert.pem", "key.pem");   // both or neither
//
// Only read here: whether they belong together the TLS library says.
#pragma once

#include <string>

#include "policies/result.h"

namespace penstock {

struct TlsFiles {
  std::string cert_pem, key_pem;  ///< empty: no TLS
};

/// kInvalid with the file that cannot be read. Two empty names are no TLS.
Result<TlsFiles> read_tls_files(const std::string& cert_file, const std::string& key_file);

}  // namespace penstock
